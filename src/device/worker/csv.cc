// SPDX-License-Identifier: BSD-3-Clause
// Tested by csv_test.cc.
#include "device/worker/csv.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>

#include "device/worker/csv_types.hpp"
#include "device/worker/sql_text.hpp"
#include "nvme/query_reason.hpp"

namespace csd::worker {

namespace {

constexpr size_t kSampleRecords = 100;
// A wider record than the first: what it costs is decided by a stranger's single line.
constexpr size_t kMaxLateColumns = 4096;

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

std::vector<std::vector<Field>> sample_records(std::string_view sample, bool whole,
                                               const Dialect& dialect) {
    std::vector<std::vector<Field>> records;
    CsvReader reader(sample, dialect);
    std::vector<Field> record;
    while (records.size() < kSampleRecords && reader.next(record)) {
        if (!reader.complete() && !whole) break;  // cut by the end of the sample
        records.push_back(std::move(record));
    }
    return records;
}

// The candidate that cuts every record of the sample into the same number of fields, the more the better;
// failing that the one with most fields in the first record. A comma when there is nothing to tell by.
std::string find_delimiter(std::string_view sample, bool whole, Dialect dialect) {
    std::string best = ",";
    size_t best_fields = 1;
    bool best_even = false;
    for (const char* candidate : {",", ";", "\t", "|"}) {
        dialect.delimiter = candidate;
        auto records = sample_records(sample, whole, dialect);
        if (records.empty() || records[0].size() < 2) continue;
        size_t fields = records[0].size();
        bool even = std::all_of(records.begin(), records.end(),
                                [fields](const auto& record) { return record.size() == fields; });
        if (even > best_even || (even == best_even && fields > best_fields)) {
            best = candidate;
            best_fields = fields;
            best_even = even;
        }
    }
    return best;
}

std::string find_line_end(std::string_view sample, const Dialect& dialect) {
    CsvReader reader(sample, dialect);
    std::vector<Field> record;
    if (!reader.next(record) || !reader.complete()) return {};
    std::string_view before = sample.substr(0, reader.position());
    return before.ends_with("\r\n") ? "\r\n" : before.ends_with('\r') ? "\r" : "\n";
}

// Columns beyond those that have names are called by their position.
void widen(CsvShape& shape, size_t fields) {
    if (fields <= shape.columns.size()) return;
    shape.columns.resize(fields);
    make_names_unique(shape.columns);
}

// Sees the value piece by piece, so that compressed text need not be unpacked anywhere.
class Records {
  public:
    explicit Records(const Dialect& dialect, uint64_t max_record_bytes = device::kMaxRecordBytes)
        : dialect_(dialect), max_record_bytes_(max_record_bytes) {}

    // Calls `take(record, reader)` for each record that is known to be whole.
    template <typename Take>
    Status feed(std::string_view piece, const Take& take) {
        pending_ += piece;
        return pending_.size() < parse_at_bytes_ ? Status() : take_records(false, take);
    }
    template <typename Take>
    Status finish(const Take& take) {
        return take_records(true, take);
    }

    // What was passed behind the last record: comments and empty lines.
    const CsvTraits& tail() const { return tail_; }
    // Of the byte at which the latest reader() begins, in the whole value.
    uint64_t offset() const { return offset_; }
    uint64_t longest_record() const { return longest_record_; }
    // Where the quote stands that makes a record too long, if one does.
    std::optional<uint64_t> open_quote_at() const { return open_quote_at_; }

  private:
    template <typename Take>
    Status take_records(bool last, const Take& take) {
        if (at_start_ && (last || pending_.size() >= kByteOrderMark.size())) {
            if (pending_.starts_with(kByteOrderMark)) erase(kByteOrderMark.size());
            at_start_ = false;
        }
        if (at_start_) return {};
        size_t done = 0;
        CsvReader reader(pending_, dialect_);
        while (reader.next(record_) && (reader.complete() || last)) {
            longest_record_ = std::max<uint64_t>(longest_record_, reader.position() - done);
            done = reader.position();
            Status taken = take(record_, reader);
            if (!taken.ok()) return taken;
        }
        if (last) tail_ = reader.traits();
        if (pending_.size() - done > max_record_bytes_) {
            if (reader.fault() == CsvFault::kOpenQuote)
                open_quote_at_ = offset_ + reader.fault_at();
            return nvme::query_failure(
                nvme::ReasonCode::kRecordTooLong,
                "a record of the CSV is longer than {1} bytes, which is the most that the drive "
                "reads; is the record delimiter right, or a quote open?",
                {.details = {std::to_string(max_record_bytes_)}});
        }
        erase(done);
        // A long record is not looked at again before there is twice as much of it.
        parse_at_bytes_ = 2 * pending_.size();
        return {};
    }

    void erase(size_t bytes) {
        pending_.erase(0, bytes);
        offset_ += bytes;
    }

    const Dialect& dialect_;
    const uint64_t max_record_bytes_;
    bool at_start_ = true;
    std::string pending_;        // what no record's end has been seen of
    size_t parse_at_bytes_ = 0;  // of it
    uint64_t longest_record_ = 0;
    uint64_t offset_ = 0;  // of it in the value
    std::optional<uint64_t> open_quote_at_;
    std::vector<Field> record_;
    CsvTraits tail_;
};

bool is_nothing(const Field& field) {
    return field.text.empty() && !field.quoted;
}

uint8_t kind_of(std::string_view line_end) {
    return line_end == "\r\n" ? CsvTraits::kBoth
           : line_end == "\r" ? CsvTraits::kCarriageReturn
                              : CsvTraits::kLineFeed;
}

class Survey {
  private:
    auto taker() {
        return [this](const std::vector<Field>& record, const CsvReader& reader) {
            if (reader.fault() != CsvFault::kNone) {
                fault_ = reader.fault();
                fault_at_ = records_.offset() + reader.fault_at();
                return Status(Code::kQueryData, "");  // survey_csv() finds the line
            }
            note(reader.traits());
            return judge(record);
        };
    }

  public:
    explicit Survey(CsvShape& shape)
        : shape_(shape),
          records_(shape_.dialect, shape.max_record_bytes),
          skips_record_(shape.header) {
        shape.ragged = false;
    }

    Status feed(std::string_view piece) { return records_.feed(piece, taker()); }

    Status finish() {
        Status taken = records_.finish(taker());
        if (!taken.ok()) return taken;
        note(records_.tail());
        widen(shape_, types_.size());
        for (size_t c = 0; c < shape_.columns.size(); c++) {
            std::string& type = shape_.columns[c].type;
            if (!type.empty()) continue;
            type = c < types_.size() ? sql_name_of(types_[c]) : std::string_view();
            const bool quoted = c < types_.size() && quoted_empty_[c];
            if (type.empty()) {
                type = "VARCHAR";
                shape_.columns_of_nulls.resize(shape_.columns.size());
                shape_.columns_of_nulls[c] = !quoted && !shape_.all_text;
            } else if (quoted && type != "VARCHAR") {
                shape_.quoted_nulls = true;
            }
        }
        bool odd_end = traits_.line_ends != 0 && traits_.line_ends != kind_of(shape_.line_end);
        shape_.rewrite = traits_.unusual || odd_end || gap_before_header_ ||
                         !shape_.dialect.record_delimiter.empty();
        shape_.longest_record = records_.longest_record();
        shape_.one_thread = traits_.quoted_line_end || traits_.quote_trap;
        return {};
    }

    // Where the value cannot be read, if that is known to the byte.
    std::optional<uint64_t> fault_at() const {
        return fault_ == CsvFault::kNone ? records_.open_quote_at() : fault_at_;
    }
    CsvFault fault() const { return fault_; }

  private:
    // DuckDB takes an empty line for the header.
    void note(const CsvTraits& traits) {
        if (skips_record_ && traits.empty_lines) gap_before_header_ = true;
        traits_.add(traits);
    }

    Status judge(const std::vector<Field>& record) {
        size_t fields = record.size();
        // Delimiters behind the last field make no field, as DuckDB has it.
        while (fields > shape_.columns.size() && is_nothing(record[fields - 1])) fields--;
        if (fields != shape_.columns.size()) {
            shape_.ragged = true;
            if (fields > std::max(shape_.columns.size(), kMaxLateColumns))
                return nvme::query_failure(
                    nvme::ReasonCode::kCsvMalformed,
                    "a record of the CSV has {1} fields, more than the {2} that records behind the "
                    "first may have; is the delimiter right?",
                    {.details = {std::to_string(fields), std::to_string(kMaxLateColumns)}});
        }
        if (fields > types_.size()) {
            types_.resize(fields);
            quoted_empty_.resize(fields);
        }
        if (!skips_record_ && !shape_.all_text)
            for (size_t c = 0; c < fields; c++)
                if (c >= shape_.columns.size() || shape_.columns[c].type.empty())
                    join(c, record[c]);
        skips_record_ = false;
        return {};
    }

    void join(size_t c, const Field& field) {
        if (field.text.empty())
            quoted_empty_[c] = quoted_empty_[c] || field.quoted;
        else if (types_[c] != CsvType::kText)
            types_[c] = join_types(types_[c], csv_type_of(field.text));
    }

    CsvShape& shape_;
    Records records_;
    bool skips_record_;
    bool gap_before_header_ = false;
    CsvTraits traits_;
    CsvFault fault_ = CsvFault::kNone;
    uint64_t fault_at_ = 0;
    std::vector<CsvType> types_;  // of the fields seen
    std::vector<bool> quoted_empty_;
};

// Which line, or record where records do not end with lines, the byte at `offset` lies in: from 1.
Result<uint64_t> line_of(const CsvSource& read, uint64_t offset, const std::string& delimiter) {
    uint64_t line = 1, at = 0;
    std::string before;  // as many bytes as a delimiter has
    Status done = read([&](std::string_view piece) {
        for (size_t i = 0; i < piece.size() && at < offset; i++, at++) {
            char c = piece[i];
            if (delimiter.empty()) {
                line += c == '\r' || (c == '\n' && before != "\r") ? 1 : 0;
                before = c;
                continue;
            }
            before += c;
            if (before.size() > delimiter.size()) before.erase(0, 1);
            if (before != delimiter) continue;
            line++;
            before.clear();
        }
        return at < offset ? Status() : Status(Code::kAborted, "the line is known");
    });
    if (!done.ok() && done.code() != Code::kAborted) return done;
    return line;
}

bool needs_quotes(const Field& field, const Dialect& to) {
    if (to.quote == 0) return false;
    const std::string& text = field.text;
    return (text.empty() && field.quoted) || text.find(to.delimiter) != std::string::npos ||
           text.find(to.record_delimiter) != std::string::npos ||
           text.find(to.quote) != std::string::npos || text.find('\n') != std::string::npos ||
           text.find('\r') != std::string::npos;
}

void append_field(const Field& field, const Dialect& to, std::string& out) {
    // At the very front a byte order mark would be taken for the file's.
    bool marked = out.empty() && to.quote != 0 && field.text.starts_with(kByteOrderMark);
    if (!marked && !needs_quotes(field, to)) {
        out += field.text;
        return;
    }
    out += to.quote;
    for (char c : field.text) {
        if (c == to.quote || c == to.escape) out += to.escape;
        out += c;
    }
    out += to.quote;
}

}  // namespace

void make_names_unique(std::vector<ColumnSpec>& columns) {
    std::set<std::string> taken;
    for (size_t i = 0; i < columns.size(); i++) {
        std::string& name = columns[i].name;
        if (name.empty()) name = "_" + std::to_string(i + 1);
        std::string wanted = name;
        for (int n = 1; !taken.insert(lower(name)).second; n++)
            name = wanted + "_" + std::to_string(n);
    }
}

void CsvTraits::add(const CsvTraits& other) {
    line_ends |= other.line_ends;
    empty_lines = empty_lines || other.empty_lines;
    unusual = unusual || other.unusual;
    quoted_line_end = quoted_line_end || other.quoted_line_end;
    quote_trap = quote_trap || other.quote_trap;
}

CsvReader::CsvReader(std::string_view text, const Dialect& dialect)
    : text_(text), dialect_(dialect) {
    auto mark = [&](char c) { stops_field_[static_cast<unsigned char>(c)] = true; };
    mark(dialect.delimiter[0]);
    for (char c : dialect.record_delimiter.empty() ? std::string_view("\r\n")
                                                   : std::string_view(dialect.record_delimiter))
        mark(c);
    if (dialect.quote != 0) mark(dialect.quote);
    if (dialect.comment != 0) mark(dialect.comment);
    spaces_are_text_ = dialect.delimiter[0] == ' ' || dialect.quote == ' ' ||
                       dialect.escape == ' ' || dialect.comment == ' ' ||
                       dialect.record_delimiter.starts_with(' ');
}

size_t CsvReader::record_end_bytes() const {
    if (!stops_field_[static_cast<unsigned char>(text_[at_])]) return 0;
    std::string_view rest = text_.substr(at_);
    if (!dialect_.record_delimiter.empty())
        return rest.starts_with(dialect_.record_delimiter) ? dialect_.record_delimiter.size() : 0;
    if (rest.starts_with("\r\n")) return 2;
    return rest.starts_with('\n') || rest.starts_with('\r') ? 1 : 0;
}

void CsvReader::pass_record_end(size_t bytes) {
    traits_.line_ends |= bytes == 2           ? CsvTraits::kBoth
                         : text_[at_] == '\n' ? CsvTraits::kLineFeed
                                              : CsvTraits::kCarriageReturn;
    at_ += bytes;
}

void CsvReader::blame(CsvFault fault, size_t at) {
    if (fault_ != CsvFault::kNone) return;
    fault_ = fault;
    fault_at_ = at;
}

void CsvReader::skip_line() {
    while (at_ < text_.size() && record_end_bytes() == 0) at_++;
    if (at_ < text_.size()) pass_record_end(record_end_bytes());
}

void CsvReader::skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') at_++;
}

void CsvReader::read_quoted(Field& field) {
    size_t opened = at_++;
    while (true) {
        size_t from = at_;
        while (at_ < text_.size() && text_[at_] != dialect_.quote && text_[at_] != dialect_.escape)
            at_++;
        field.text += text_.substr(from, at_ - from);
        if (at_ >= text_.size()) return blame(CsvFault::kOpenQuote, opened);
        char c = text_[at_++];
        bool escaped = c == dialect_.escape && dialect_.escape != 0 && at_ < text_.size() &&
                       (text_[at_] == dialect_.quote || text_[at_] == dialect_.escape);
        if (escaped) {
            field.text += text_[at_++];
        } else if (c == dialect_.quote) {
            return end_quoted(field);
        } else {
            field.text += c;
            traits_.unusual = true;
        }
    }
}

// A reader that starts within the field, as a second thread does, takes a quote behind a delimiter for one that opens.
void CsvReader::end_quoted(const Field& field) {
    std::string_view text = field.text;
    if (text.find_first_of("\r\n") != std::string_view::npos) traits_.quoted_line_end = true;
    for (size_t at = text.find(dialect_.delimiter); at != std::string_view::npos;
         at = text.find(dialect_.delimiter, at + 1)) {
        size_t behind = text.find_first_not_of(' ', at + dialect_.delimiter.size());
        if (behind == std::string_view::npos || text[behind] == dialect_.quote)
            traits_.quote_trap = true;
    }
}

void CsvReader::read_unquoted(Field& field) {
    while (at_ < text_.size()) {
        size_t from = at_;
        while (at_ < text_.size() && !stops_field_[static_cast<unsigned char>(text_[at_])]) at_++;
        field.text += text_.substr(from, at_ - from);
        if (at_ >= text_.size() || at_delimiter() || record_end_bytes() > 0) return;
        if (at_quote()) traits_.quote_trap = true;
        if (dialect_.comment != 0 && text_[at_] == dialect_.comment) traits_.unusual = true;
        field.text += text_[at_++];
    }
}

void CsvReader::read_field(Field& field) {
    field.text.clear();
    size_t from = at_;
    if (!spaces_are_text_ && at_ < text_.size() && text_[at_] == ' ') {
        skip_spaces();
        if (at_quote())
            traits_.unusual = true;
        else
            at_ = from;
    }
    field.quoted = at_quote();
    if (!field.quoted) return read_unquoted(field);
    read_quoted(field);
    size_t closed = at_;
    if (!spaces_are_text_) skip_spaces();
    if (at_ > closed) traits_.unusual = true;
    if (at_ >= text_.size() || at_delimiter() || record_end_bytes() > 0) return;
    blame(CsvFault::kTextBehindQuote, closed);
    read_unquoted(field);
}

bool CsvReader::next(std::vector<Field>& record) {
    complete_ = false;
    fault_ = CsvFault::kNone;
    traits_ = {};
    while (at_ < text_.size()) {
        bool comment = dialect_.comment != 0 && text_[at_] == dialect_.comment;
        bool empty = !comment && record_end_bytes() > 0;
        traits_.empty_lines = traits_.empty_lines || empty;
        if (!comment && (!empty || dialect_.empty_lines)) break;
        skip_line();
    }
    size_t fields = 0;
    while (at_ < text_.size() || fields > 0) {
        // The strings of the record before are used again.
        if (fields == record.size()) record.emplace_back();
        read_field(record[fields++]);
        if (at_ >= text_.size()) break;
        if (size_t end = record_end_bytes(); end > 0) {
            pass_record_end(end);
            complete_ =
                at_ < text_.size() || text_.back() != '\r' || !dialect_.record_delimiter.empty();
            break;
        }
        at_ += dialect_.delimiter.size();
    }
    record.resize(fields);
    return fields > 0;
}

Result<CsvShape> find_csv_shape(std::string_view sample, bool whole, const SelectOptions& options) {
    CsvShape shape;
    if (sample.starts_with(kByteOrderMark)) sample.remove_prefix(kByteOrderMark.size());
    shape.dialect.quote = options.quote;
    shape.dialect.escape = options.escape.value_or(options.quote);
    shape.dialect.comment = options.comment;
    // A line end that is named stands for all of them, as it does when none is.
    if (!is_line_end(options.record_delimiter))
        shape.dialect.record_delimiter = options.record_delimiter;
    shape.dialect.delimiter =
        options.delimiter ? *options.delimiter : find_delimiter(sample, whole, shape.dialect);
    shape.line_end = find_line_end(sample, shape.dialect);
    shape.header = options.header != Header::kNone;
    shape.all_text = options.all_text;

    auto records = sample_records(sample, whole, shape.dialect);
    shape.cut = records.empty() && !whole;
    if (shape.cut) return shape;
    shape.columns = options.columns;
    if (shape.columns.empty()) {
        shape.columns.resize(records.empty() ? 1 : records[0].size());
        for (size_t i = 0; i < shape.columns.size(); i++)
            if (options.header == Header::kUse && !records.empty())
                shape.columns[i].name = records[0][i].text;
        // Names go into SQL and JSON, which take nothing else.
        for (const ColumnSpec& column : shape.columns)
            if (!is_utf8_text(column.name))
                return nvme::query_failure(nvme::ReasonCode::kNotUtf8,
                                           "the header is not UTF-8 text, or has a NUL byte; "
                                           "convert the value to UTF-8 (iconv -f LATIN1 -t UTF-8)",
                                           {.record = 1});
    }
    make_names_unique(shape.columns);
    for (const auto& record : records)
        shape.ragged = shape.ragged || record.size() != shape.columns.size();
    if (shape.all_text)
        for (ColumnSpec& column : shape.columns) column.type = "VARCHAR";
    return shape;
}

Status survey_csv(const CsvSource& read, CsvShape& shape) {
    Survey survey(shape);
    Status done = read([&](std::string_view piece) { return survey.feed(piece); });
    if (done.ok()) done = survey.finish();
    if (!survey.fault_at()) return done;
    const std::string& delimiter = shape.dialect.record_delimiter;
    auto line = line_of(read, *survey.fault_at(), delimiter);
    if (!line.ok()) return line.status();
    std::string where = delimiter.empty() ? "line" : "record";
    switch (survey.fault()) {
        case CsvFault::kOpenQuote:
            return nvme::query_failure(
                nvme::ReasonCode::kCsvMalformed,
                "{1} {record} of the CSV has an unterminated quote; close it, or give the option "
                "quote",
                {.details = {where}, .record = line.value()});
        case CsvFault::kTextBehindQuote:
            return nvme::query_failure(
                nvme::ReasonCode::kCsvMalformed,
                "{1} {record} of the CSV has text behind the closing quote of a field; double the "
                "quotes within it, or give the option quote or escape",
                {.details = {where}, .record = line.value()});
        case CsvFault::kNone: break;
    }
    if (done.reason() == nullptr) return done;
    return nvme::query_failure(
        done.code(),
        nvme::make_reason(done.reason()->code, "{1}; a quote on {2} {record} is open",
                          {.details = {done.message(), where}, .record = line.value()}));
}

Dialect plain_lines() {
    return {",", '"', '"', 0, "\n"};
}

Status rewrite_plainly(const CsvSource& read, const CsvShape& shape, const CsvSink& write) {
    constexpr size_t kBatchBytes = 256 * 1024;
    const Dialect to = plain_lines();
    Dialect from = shape.dialect;
    // The empty lines of one column are its nulls.
    from.empty_lines = shape.columns.size() == 1;
    Records records(from);
    bool skips_record = shape.header;
    std::string out;
    auto take = [&](const std::vector<Field>& record, const CsvReader&) {
        bool empty_line = record.size() == 1 && is_nothing(record[0]);
        if (skips_record) {
            skips_record = empty_line;
            return Status();
        }
        for (size_t c = 0; c < shape.columns.size(); c++) {
            if (c > 0) out += to.delimiter;
            if (c < record.size()) append_field(record[c], to, out);
        }
        out += to.record_delimiter;
        if (out.size() < kBatchBytes) return Status();
        Status written = write(out);
        out.clear();
        return written;
    };
    Status done = read([&](std::string_view piece) { return records.feed(piece, take); });
    if (done.ok()) done = records.finish(take);
    return done.ok() ? write(out) : done;
}

bool CsvShape::typed() const {
    return std::none_of(columns.begin(), columns.end(),
                        [](const ColumnSpec& column) { return column.type.empty(); });
}

Status rewrite_csv(std::string_view text, const Dialect& from, const Dialect& to,
                   const CsvSink& write, const FieldChange& change) {
    constexpr size_t kBatchBytes = 256 * 1024;
    CsvReader reader(text, from);
    std::vector<Field> record;
    std::string out;
    for (size_t number = 0; reader.next(record); number++) {
        for (size_t i = 0; i < record.size(); i++) {
            if (i > 0) out += to.delimiter;
            if (change) change(number, i, record[i]);
            append_field(record[i], to, out);
        }
        out += to.record_delimiter;
        if (out.size() < kBatchBytes) continue;
        Status written = write(out);
        if (!written.ok()) return written;
        out.clear();
    }
    return write(out);
}

}  // namespace csd::worker
