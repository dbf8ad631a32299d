// SPDX-License-Identifier: BSD-3-Clause
//
// The user's SQL before DuckDB parses it: bounded, plain text, and with the one piece of S3 Select's grammar that
// DuckDB's parser does not know, S3Object[*] and S3Object[*].path, turned into names that it does.
//
//     FROM S3Object[*] s             ->  FROM S3Object s
//     FROM s3object[*].a.b[*] x      ->  FROM "s3object[*].0" x, and the path "a"."b"
//
// The path's text stays out of the SQL, so that nothing that comes back from the parser is ever taken for one.
// It skips string literals, quoted names, dollar quotes and comments (which nest). Pure; any thread.
// Tested by sql_text_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "csd/status.hpp"

namespace csd::worker {

struct PreparedSql {
    std::string text;
    std::vector<std::string> paths;  // names with dots between, each quoted: safe to paste into SQL
    std::string written;             // by the user
    struct Shift {
        size_t prepared;  // from here on in `text`, up to the next shift,
        size_t written;   // it is what begins here in `written`
    };
    std::vector<Shift> shifts;

    // Where a byte of `text` lies in what the user wrote.
    uint32_t position_of(size_t prepared_at) const;
};

// Errors are kQueryRefused: empty, not UTF-8, a NUL byte, brackets nested too deeply, a name with kPathMark.
Result<PreparedSql> prepare_sql(std::string_view sql);

// What stands between an object's name and its path's index in a name that prepare_sql made.
inline constexpr std::string_view kPathMark = "[*].";

// The path that such a name means, of those that prepare_sql found; empty for a name without kPathMark.
// A string is a table's name too (FROM 'x'), so the name may be the user's: any other index is kQueryRefused.
Result<std::string> path_named(std::string_view name, const std::vector<std::string>& paths);

// --- Where things are in the SQL, for sentences about them. The first place that fits is meant. -----------------------------

struct NamePlace {
    uint32_t position = 0;
    bool quoted = false;  // in double quotes
};
struct NamedPlace {
    std::string_view name;
    uint32_t position = 0;
};
// The name as an identifier, whatever its case; neither a function's nor one that AS gives, unless there is no other.
// `from`: a place before it counts only if there is none behind it.
std::optional<NamePlace> find_name(std::string_view sql, std::string_view name, size_t from = 0);
bool is_quoted_name(std::string_view sql, std::string_view name);
// The word, whatever its case.
std::optional<uint32_t> find_word(std::string_view sql, std::string_view word, size_t from = 0);
// The first ? or $1.
std::optional<uint32_t> find_parameter(std::string_view sql);
// The columns that a comparison has on one side of it, and a number on the other.
std::vector<std::string> columns_compared_with_numbers(std::string_view sql);
// The function's name with its bracket, or the operator, of one or more characters.
std::optional<uint32_t> find_function(std::string_view sql, std::string_view name, size_t from = 0);
// A literal with this text; else the first one that contains it.
std::optional<uint32_t> find_literal(std::string_view sql, std::string_view text, size_t from = 0);
// The bracket of a subquery that stands for a value.
std::optional<uint32_t> find_subquery(std::string_view sql, size_t from = 0);
// The names with a bracket behind them, in their order.
std::vector<NamedPlace> calls_in(std::string_view sql);
// Where the user wrote what stands at `position` of the SQL that ran, which is the user's as DuckDB prints it: the same
// token, or one close behind it, and of several that are alike the one with the same number.
std::optional<uint32_t> place_as_written(std::string_view written, std::string_view ran,
                                         size_t position);
// What is the function's first argument, if that may be a column; or what stands left and right of the operator.
std::vector<std::string> arguments_at(std::string_view sql, uint32_t position);
// The token at the position, and the one before it; empty at the SQL's ends.
std::string_view word_at(std::string_view sql, size_t position);
std::string_view word_before(std::string_view sql, size_t position);

// UTF-8 without NUL: what DuckDB takes as text, and JSON as a string.
bool is_utf8_text(std::string_view text);

// As an SQL string literal, and as an identifier.
std::string sql_string(std::string_view text);
std::string sql_name(std::string_view name);

}  // namespace csd::worker
