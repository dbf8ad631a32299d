// SPDX-License-Identifier: BSD-3-Clause
//
// The SQL of S3 Select, translated into the drive's: a tokenizer, a parser and a printer of the tree.
// The drive's gate judges what comes out; nothing here is trusted for safety. Dialect: docs/s3.md.
// The drive is to read CSV with the option {"columns": "text"}: S3's columns are text until they are cast.
// Threads: pure. Tested by translate_test.cc, translated_csv_test.cc, translated_json_test.cc, fuzz/s3_select.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "airmos/error.hpp"

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

// ParseUnexpectedToken, UnsupportedSyntax, … with line and column where the expression is none of S3 Select,
// AmbiguousFieldName where the header has several columns of that name.
Outcome<Translation> translate(std::string_view expression, const Dialect& dialect,
                               const Names& names = {});

}  // namespace csd::airmos::select
