// SPDX-License-Identifier: BSD-3-Clause
//
// What we do with CSV ourselves, beside DuckDB: find out the delimiter and the names from a sample and the types
// from all of the value, so that DuckDB is told instead of guessing (its own detection looks at a sample, and
// then reads 1.5 as 2), and say where records begin and end. Where DuckDB could cut the same bytes differently, the
// records are rewritten for it in the plainest of forms.
//
// Pure; any thread. Tested by csv_test.cc and tests/sql/records_test.cc.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "device/limits.hpp"
#include "device/worker/select_options.hpp"

namespace csd::worker {

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// How much of a value shows its first record, mostly.
inline constexpr size_t kCsvSampleBytes = 1024 * 1024;

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

// Why a record cannot be read. A reader goes on behind the fault as well as it can, for a caller that only samples.
enum class CsvFault : uint8_t { kNone, kOpenQuote, kTextBehindQuote };

// How records are written, as far as it decides what DuckDB may be given.
struct CsvTraits {
    uint8_t line_ends = 0;         // of the three kinds kLineFeed and so on
    bool empty_lines = false;      // lines without a byte
    bool unusual = false;          // DuckDB could read it differently
    bool quoted_line_end = false;  // a line end within quotes
    bool quote_trap = false;  // a reader that starts in the middle could mistake a quote's side

    static constexpr uint8_t kLineFeed = 1, kBoth = 2, kCarriageReturn = 4;
    void add(const CsvTraits& other);
};

// Reads records from the front of `text`. A reader that stops early leaves position() behind the last record.
//
// A field is quoted when a quote is its first byte, spaces aside; spaces around the quotes are dropped. A quote
// anywhere else in an unquoted field is text.
class CsvReader {
  public:
    CsvReader(std::string_view text, const Dialect& dialect);
    // The next record; false at the end. Comments and empty lines are passed over.
    bool next(std::vector<Field>& record);
    size_t position() const { return at_; }
    // The record that next() gave was ended by a delimiter, not by the end of the text. A carriage return at the
    // very end may be half a line end, so it completes nothing.
    bool complete() const { return complete_; }

    // Of the latest next(): the first fault, where it lies, and the traits of all that was passed.
    CsvFault fault() const { return fault_; }
    size_t fault_at() const { return fault_at_; }
    const CsvTraits& traits() const { return traits_; }

  private:
    bool at_delimiter() const {
        return text_[at_] == dialect_.delimiter[0] &&
               (dialect_.delimiter.size() == 1 ||
                text_.substr(at_).starts_with(dialect_.delimiter));
    }
    bool at_quote() const {
        return dialect_.quote != 0 && at_ < text_.size() && text_[at_] == dialect_.quote;
    }
    size_t record_end_bytes() const;
    void pass_record_end(size_t bytes);
    void read_field(Field& field);
    void read_quoted(Field& field);
    void read_unquoted(Field& field);
    void end_quoted(const Field& field);
    void skip_spaces();
    void skip_line();
    void blame(CsvFault fault, size_t at);

    std::string_view text_;
    const Dialect& dialect_;
    std::array<bool, 256>
        stops_field_{};             // by byte: perhaps the first of a delimiter, or to be looked at
    bool spaces_are_text_ = false;  // a space has a meaning of its own in this dialect
    size_t at_ = 0;
    bool complete_ = false;
    CsvFault fault_ = CsvFault::kNone;
    size_t fault_at_ = 0;
    CsvTraits traits_;
};

struct CsvShape {
    Dialect dialect;
    bool header = false;                 // the first record is no data
    std::string line_end;                // "\n", "\r\n", "\r"; empty: no line end in the sample
    std::vector<ColumnSpec> columns;     // as many as the widest record known has fields
    std::vector<bool> columns_of_nulls;  // no record has a value there; empty: no such column
    bool all_text = false;               // every column is text
    bool quoted_nulls = false;           // "" in a column that is not text means null
    bool ragged = false;                 // records are known to differ in their number of fields
    bool cut = false;  // the sample has no whole record, and nothing else is known
    uint64_t max_record_bytes = device::kMaxRecordBytes;
    uint64_t longest_record = 0;  // at least as long as the longest, once that is known
    bool rewrite = false;         // DuckDB may be given it only as rewrite_plainly() writes it
    bool one_thread = false;      // to start in the middle would be to guess

    bool typed() const;  // every column has its type
};

// The dialect and the names, from a sample of the value's front; `whole` when nothing lies behind it. The types
// are those that the options say. With `cut` a longer sample is needed. Errors are kQueryData.
Result<CsvShape> find_csv_shape(std::string_view sample, bool whole, const SelectOptions& options);

// Names as SQL needs them: an empty one is called by its position, and the second of two that differ at most in case gets _1.
void make_names_unique(std::vector<ColumnSpec>& columns);

using CsvSink = std::function<Status(std::string_view)>;
using CsvSource = std::function<Status(const CsvSink&)>;  // gives its bytes piece by piece

// Looks at every record: the shape gets the types that take all fields back as they are, a column for each
// field of the widest record, and whether DuckDB may be given the value as it lies. kQueryData with the line for
// records that cannot be read, are too long or too wide; fails as `read` does.
Status survey_csv(const CsvSource& read, CsvShape& shape);

// Writes what a surveyed shape has for records behind the header, in plain_lines(): each has as many fields as
// there are columns. Fails as `read` and `write` do.
Status rewrite_plainly(const CsvSource& read, const CsvShape& shape, const CsvSink& write);
Dialect plain_lines();

// Writes the records of `text` in another dialect. Quotes what needs it there; an empty field that was
// quoted stays quoted, since null and the empty string differ only in that. `change` may change a field's text.
// Fails as `write` does.
using FieldChange = std::function<void(size_t record, size_t column, Field& field)>;
Status rewrite_csv(std::string_view text, const Dialect& from, const Dialect& to,
                   const CsvSink& write, const FieldChange& change = {});

}  // namespace csd::worker
