// SPDX-License-Identifier: BSD-3-Clause
//
// What we do with CSV ourselves, beside DuckDB: find out the delimiter and the names from a sample and the types
// from all of the value, so that DuckDB is told instead of guessing (its own detection looks at a sample, and
// then reads 1.5 as 2), and rewrite record delimiters that DuckDB does not know.
//
// Pure; any thread. Tested by csv_test.cc.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "device/worker/select_options.hpp"

namespace csd::worker {

// How long the first record may be, and how much of the value shows it with its delimiter and a byte order mark.
inline constexpr size_t kMaxFirstRecordBytes = 1024 * 1024;
inline constexpr size_t kCsvSampleBytes = kMaxFirstRecordBytes + 16;

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
    CsvReader(std::string_view text, const Dialect& dialect);
    // The next record; false at the end. Comments and empty lines are passed over.
    bool next(std::vector<Field>& record);
    size_t position() const { return at_; }
    // The record that next() gave was ended by a delimiter, not by the end of the text.
    bool complete() const { return complete_; }

  private:
    bool at_delimiter() const {
        return text_[at_] == dialect_.delimiter[0] &&
               (dialect_.delimiter.size() == 1 ||
                text_.substr(at_).starts_with(dialect_.delimiter));
    }
    size_t record_end_bytes() const;
    void read_field(Field& field);
    void read_quoted(Field& field);
    void skip_line();

    std::string_view text_;
    const Dialect& dialect_;
    std::array<bool, 256> may_end_field_{};  // by byte: the first of a delimiter
    size_t at_ = 0;
    bool complete_ = false;
};

struct CsvShape {
    Dialect dialect;
    bool header = false;              // the first record is no data
    std::string line_end;             // "\n", "\r\n", "\r"; empty: no line end in the sample
    std::vector<ColumnSpec> columns;  // as many as the widest record known has fields
    bool all_text = false;            // every column is text
    bool quoted_nulls = false;        // "" in a column that is not text means null
    bool ragged = false;              // records are known to differ in their number of fields

    bool typed() const;  // every column has its type
};

// The dialect and the names, from a sample of the value's front; `whole` when nothing lies behind it. The types
// are those that the options say. Errors are kQueryData.
Result<CsvShape> find_csv_shape(std::string_view sample, bool whole, const SelectOptions& options);

using CsvSink = std::function<Status(std::string_view)>;
using CsvSource = std::function<Status(const CsvSink&)>;  // gives its bytes piece by piece

// Looks at every record: the shape gets the types that take all fields back as they are, and a column for each
// field of the widest record. kQueryData for records that are too long or too wide; fails as `read` does.
Status survey_csv(const CsvSource& read, CsvShape& shape);

// Writes the records of `text` in another dialect. Quotes what needs it there; an empty field that was
// quoted stays quoted, since null and the empty string differ only in that. Fails as `write` does.
Status rewrite_csv(std::string_view text, const Dialect& from, const Dialect& to,
                   const CsvSink& write);

// The narrowest of BOOLEAN, BIGINT, DOUBLE, DATE, TIMESTAMP, TIME that takes the text back as it is; else VARCHAR.
// Numbers with leading zeros or more digits than fit are text: they are mostly no numbers.
std::string_view csv_type_of(std::string_view text);

}  // namespace csd::worker
