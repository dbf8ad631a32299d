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

#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"

namespace csd::worker {

struct PreparedSql {
    std::string text;
    std::vector<std::string> paths;  // names with dots between, each quoted: safe to paste into SQL
};

// Errors are kQueryRefused: empty, not UTF-8, a NUL byte, brackets nested too deeply, a name with kPathMark.
Result<PreparedSql> prepare_sql(std::string_view sql);

// What stands between an object's name and its path's index in a name that prepare_sql made.
inline constexpr std::string_view kPathMark = "[*].";

// The path that such a name means, of those that prepare_sql found; empty for a name without kPathMark.
// A string is a table's name too (FROM 'x'), so the name may be the user's: any other index is kQueryRefused.
Result<std::string> path_named(std::string_view name, const std::vector<std::string>& paths);

// UTF-8 without NUL: what DuckDB takes as text, and JSON as a string.
bool is_utf8_text(std::string_view text);

// As an SQL string literal, and as an identifier.
std::string sql_string(std::string_view text);
std::string sql_name(std::string_view name);

}  // namespace csd::worker
