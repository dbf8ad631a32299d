// SPDX-License-Identifier: BSD-3-Clause
//
// The SQL of S3 Select, translated into the drive's: a tokenizer, a parser and a printer of the tree. The node parses an
// expression once and prints it whenever it has learned more about the object.
//
//     Outcome<Statement> statement = Statement::parse("SELECT s.name FROM S3Object s");
//     Outcome<Translation> first = statement.value().print(dialect);
//     Outcome<Translation> again = statement.value().print(dialect, {.header = {"Name", "name"}});
//
// The drive's gate judges what comes out; nothing here is trusted for safety. Dialect: docs/s3.md.
// The drive is to read CSV with the option {"columns": "text"}: S3's columns are text until they are cast.
// Threads: values. Tested by translate_test.cc, translated_csv_test.cc, translated_json_test.cc, fuzz/s3_select.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "airmos/core/error.hpp"

namespace csd::airmos::select {

struct Dialect {
    enum class Input { kCsv, kJson, kParquet } input = Input::kCsv;
    bool csv_header = false;      // FileHeaderInfo USE: columns have names
    bool csv_output = false;      // decimals are written without idle zeros
    bool parquet_output = false;  // timestamps stay timestamps
};

constexpr size_t kMostExpressionBytes = 256 * 1024;  // S3's limit
constexpr size_t kMostSqlBytes = 64 * 1024;          // the drive's, of what an expression becomes

struct Translation {
    std::string sql;       // the drive's
    bool by_name = false;  // it speaks of columns of the object by their names
};

// What is known of the object.
struct Names {
    std::vector<std::string>
        header;  // of CSV, as it is spelled: the drive tells no names apart by case
    std::vector<std::string> absent;  // members that no record of JSON has; lower case
};

class Statement {
  public:
    // ParseUnexpectedToken, UnsupportedSyntax, … with line and column where the expression is none of S3 Select.
    static Outcome<Statement> parse(std::string_view expression);
    // How many expressions this process has parsed. Tests check with it that a request parses its own once.
    static uint64_t parses();

    // AmbiguousFieldName where the header has several columns of a name that the expression has, ExpressionTooLong where the
    // SQL is longer than the drive takes.
    Outcome<Translation> print(const Dialect& dialect, const Names& names = {}) const;

    // The S3 error of a drive that failed to run what was printed. If the drive's reason is about a name, the message begins
    // with the place of that name in the expression; the drive's own position is one in SQL that the client has not written.
    Error error_of(const Status& failed) const;

  private:
    struct Parsed;
    explicit Statement(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}

    std::shared_ptr<const Parsed> parsed_;
};

}  // namespace csd::airmos::select
