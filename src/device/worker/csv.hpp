// SPDX-License-Identifier: BSD-3-Clause
//
// What we do with CSV ourselves, beside DuckDB: find out the delimiter, the names and the types from a sample,
// so that DuckDB is told instead of guessing (its own detection costs more than a small query and makes one
// column of ragged rows), and rewrite record delimiters that DuckDB does not know.
//
// Pure; any thread. Tested by csv_test.cc.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "device/worker/select_options.hpp"

namespace csd::worker {

struct Dialect {
    std::string delimiter = ",";
    char quote = '"';              // 0: none
    char escape = '"';             // 0: none
    char comment = 0;              // 0: none
    std::string record_delimiter;  // empty: line feed, carriage return or both
    bool empty_lines = false;      // an empty line is a record of one null
};

struct Field {
    std::string text;
    bool quoted = false;
};

// Reads records from the front of `text`. A reader that stops early leaves position() behind the last record.
class CsvReader {
  public:
    CsvReader(std::string_view text, const Dialect& dialect) : text_(text), dialect_(dialect) {}
    // The next record; false at the end. Comments and empty lines are passed over.
    bool next(std::vector<Field>& record);
    size_t position() const { return at_; }
    // The record that next() gave was ended by a delimiter, not by the end of the text.
    bool complete() const { return complete_; }

  private:
    bool at_delimiter() const { return text_.substr(at_).starts_with(dialect_.delimiter); }
    size_t record_end_bytes() const;
    void read_field(Field& field);
    void skip_line();

    std::string_view text_;
    const Dialect& dialect_;
    size_t at_ = 0;
    bool complete_ = false;
};

struct CsvShape {
    Dialect dialect;
    bool header = false;   // the first record is no data
    std::string line_end;  // "\n", "\r\n", "\r"; empty when there is no line end in the sample
    std::vector<ColumnSpec> columns;  // names and types, complete
    bool quoted_nulls = false;        // "" in a column that is not text means null
};

// Looks at a sample of the value's front, and what lies behind it if that is known (`whole`).
// Errors are kQueryData.
Result<CsvShape> find_csv_shape(std::string_view sample, bool whole, const SelectOptions& options);

using CsvSink = std::function<Status(std::string_view)>;

// Writes the records of `text` in another dialect. Quotes what needs it there; an empty field that was
// quoted stays quoted, since null and the empty string differ only in that. Fails as `write` does.
Status rewrite_csv(std::string_view text, const Dialect& from, const Dialect& to,
                   const CsvSink& write);

// The narrowest of BOOLEAN, BIGINT, DOUBLE, DATE, TIMESTAMP, TIME that takes the text back as it is; else VARCHAR.
// Numbers with leading zeros or more digits than fit are text: they are mostly no numbers.
std::string_view csv_type_of(std::string_view text);

}  // namespace csd::worker
