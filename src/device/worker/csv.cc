// SPDX-License-Identifier: BSD-3-Clause
// Tested by csv_test.cc.
#include "device/worker/csv.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "device/worker/sql_text.hpp"

namespace csd::worker {

namespace {

constexpr size_t kMaxSampleRecords = 20'000;
constexpr size_t kDelimiterRecords = 100;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

// A pattern of digits and separators: '0' stands for a digit, anything else for itself.
bool matches(std::string_view text, std::string_view pattern) {
    return text.size() == pattern.size() &&
           std::equal(text.begin(), text.end(), pattern.begin(),
                      [](char c, char p) { return p == '0' ? is_digit(c) : c == p; });
}

int two_digits(std::string_view text, size_t at) {
    return (text[at] - '0') * 10 + text[at + 1] - '0';
}

bool is_date(std::string_view text) {
    if (!matches(text, "0000-00-00")) return false;
    constexpr std::array<int, 12> kDays = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = two_digits(text, 0) * 100 + two_digits(text, 2), month = two_digits(text, 5);
    int day = two_digits(text, 8);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month >= 1 && month <= 12 && day >= 1 && day <= kDays[static_cast<size_t>(month - 1)] &&
           (month != 2 || day < 29 || leap);
}

bool is_time(std::string_view text) {
    std::string_view fraction = text.substr(std::min<size_t>(text.size(), 8));
    bool good_fraction =
        fraction.empty() || (fraction.size() >= 2 && fraction.size() <= 7 && fraction[0] == '.' &&
                             std::all_of(fraction.begin() + 1, fraction.end(), is_digit));
    return good_fraction && matches(text.substr(0, 8), "00:00:00") && two_digits(text, 0) < 24 &&
           two_digits(text, 3) < 60 && two_digits(text, 6) < 60;
}

std::string_view number_type(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    size_t whole =
        static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
    if (whole > 1 && text[0] == '0') return "VARCHAR";
    if (whole == text.size()) return whole > 0 && whole <= 18 ? "BIGINT" : "VARCHAR";
    std::string_view rest = text.substr(whole);
    size_t fraction = 0;
    if (rest[0] == '.') {
        rest.remove_prefix(1);
        fraction = static_cast<size_t>(std::find_if_not(rest.begin(), rest.end(), is_digit) -
                                       rest.begin());
        rest.remove_prefix(fraction);
    }
    if (whole + fraction == 0) return "VARCHAR";
    if (rest.empty()) return "DOUBLE";
    if (rest[0] != 'e' && rest[0] != 'E') return "VARCHAR";
    rest.remove_prefix(1);
    if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) rest.remove_prefix(1);
    bool exponent =
        !rest.empty() && rest.size() <= 3 && std::all_of(rest.begin(), rest.end(), is_digit);
    return exponent ? "DOUBLE" : "VARCHAR";
}

// The type that takes both. Empty: none seen yet.
std::string_view join_types(std::string_view a, std::string_view b) {
    if (a.empty() || a == b) return b;
    auto pair = [&](std::string_view x, std::string_view y) {
        return (a == x && b == y) || (a == y && b == x);
    };
    if (pair("BIGINT", "DOUBLE")) return "DOUBLE";
    if (pair("DATE", "TIMESTAMP")) return "TIMESTAMP";
    return "VARCHAR";
}

std::vector<std::vector<Field>> sample_records(std::string_view sample, bool whole,
                                               const Dialect& dialect, size_t most) {
    std::vector<std::vector<Field>> records;
    CsvReader reader(sample, dialect);
    std::vector<Field> record;
    while (records.size() < most && reader.next(record)) {
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
        auto records = sample_records(sample, whole, dialect, kDelimiterRecords);
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

// Names as SQL needs them: none empty, none twice whatever the case.
void make_unique(std::vector<ColumnSpec>& columns) {
    std::set<std::string> taken;
    for (size_t i = 0; i < columns.size(); i++) {
        std::string& name = columns[i].name;
        if (name.empty()) name = "_" + std::to_string(i + 1);
        std::string wanted = name;
        for (int n = 1; !taken.insert(lower(name)).second; n++)
            name = wanted + "_" + std::to_string(n);
    }
}

void find_types(const std::vector<std::vector<Field>>& records, size_t from, CsvShape& shape) {
    std::vector<std::string_view> types(shape.columns.size());
    std::vector<bool> quoted_empty(shape.columns.size());
    for (size_t r = from; r < records.size(); r++)
        for (size_t c = 0; c < std::min(types.size(), records[r].size()); c++) {
            const Field& field = records[r][c];
            if (field.text.empty())
                quoted_empty[c] = quoted_empty[c] || field.quoted;
            else if (types[c] != "VARCHAR")
                types[c] = join_types(types[c], csv_type_of(field.text));
        }
    for (size_t c = 0; c < types.size(); c++) {
        if (!shape.columns[c].type.empty()) continue;
        shape.columns[c].type = types[c].empty() ? "VARCHAR" : std::string(types[c]);
        if (quoted_empty[c] && shape.columns[c].type != "VARCHAR") shape.quoted_nulls = true;
    }
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
    if (!needs_quotes(field, to)) {
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

std::string_view csv_type_of(std::string_view text) {
    if (text.empty()) return "VARCHAR";
    if (is_digit(text[0]) || text[0] == '-' || text[0] == '.') {
        if (std::string_view type = number_type(text); type != "VARCHAR") return type;
        if (is_date(text)) return "DATE";
        if (is_time(text)) return "TIME";
        bool stamp = text.size() >= 19 && (text[10] == ' ' || text[10] == 'T') &&
                     is_date(text.substr(0, 10)) && is_time(text.substr(11));
        return stamp ? "TIMESTAMP" : "VARCHAR";
    }
    bool boolean =
        (text.size() == 4 && lower(text) == "true") || (text.size() == 5 && lower(text) == "false");
    return boolean ? "BOOLEAN" : "VARCHAR";
}

size_t CsvReader::record_end_bytes() const {
    std::string_view rest = text_.substr(at_);
    if (!dialect_.record_delimiter.empty())
        return rest.starts_with(dialect_.record_delimiter) ? dialect_.record_delimiter.size() : 0;
    if (rest.starts_with("\r\n")) return 2;
    return rest.starts_with('\n') || rest.starts_with('\r') ? 1 : 0;
}

void CsvReader::skip_line() {
    while (at_ < text_.size() && record_end_bytes() == 0) at_++;
    at_ += at_ < text_.size() ? record_end_bytes() : 0;
}

void CsvReader::read_field(Field& field) {
    bool in_quotes = dialect_.quote != 0 && at_ < text_.size() && text_[at_] == dialect_.quote;
    if (in_quotes) {
        field.quoted = true;
        at_++;
    }
    while (at_ < text_.size()) {
        char c = text_[at_];
        if (in_quotes) {
            bool more = at_ + 1 < text_.size();
            bool escaped = more && dialect_.escape != 0 && c == dialect_.escape &&
                           (text_[at_ + 1] == dialect_.quote || text_[at_ + 1] == dialect_.escape);
            if (escaped) {
                field.text += text_[at_ + 1];
                at_ += 2;
                continue;
            }
            at_++;
            if (c == dialect_.quote)
                in_quotes = false;
            else
                field.text += c;
            continue;
        }
        if (at_delimiter() || record_end_bytes() > 0) return;
        field.text += c;
        at_++;
    }
}

bool CsvReader::next(std::vector<Field>& record) {
    record.clear();
    complete_ = false;
    while (at_ < text_.size()) {
        bool comment = dialect_.comment != 0 && text_[at_] == dialect_.comment;
        if (!comment && (record_end_bytes() == 0 || dialect_.empty_lines)) break;
        skip_line();
    }
    if (at_ >= text_.size()) return false;
    while (true) {
        read_field(record.emplace_back());
        if (at_ >= text_.size()) return true;
        if (size_t end = record_end_bytes(); end > 0) {
            at_ += end;
            complete_ = true;
            return true;
        }
        at_ += dialect_.delimiter.size();
    }
}

Result<CsvShape> find_csv_shape(std::string_view sample, bool whole, const SelectOptions& options) {
    CsvShape shape;
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (sample.starts_with(kByteOrderMark)) sample.remove_prefix(kByteOrderMark.size());
    shape.dialect.quote = options.quote;
    shape.dialect.escape = options.escape.value_or(options.quote);
    shape.dialect.comment = options.comment;
    shape.dialect.record_delimiter = options.record_delimiter;
    shape.dialect.delimiter =
        options.delimiter ? *options.delimiter : find_delimiter(sample, whole, shape.dialect);
    shape.line_end = find_line_end(sample, shape.dialect);
    shape.header = options.header != Header::kNone;

    auto records = sample_records(sample, whole, shape.dialect, kMaxSampleRecords);
    if (records.empty() && !whole)
        return Status(Code::kQueryData, "the first record of the CSV is longer than " +
                                            std::to_string(sample.size()) + " bytes");
    shape.columns = options.columns;
    if (shape.columns.empty()) {
        shape.columns.resize(records.empty() ? 1 : records[0].size());
        for (size_t i = 0; i < shape.columns.size(); i++)
            if (options.header == Header::kUse && !records.empty())
                shape.columns[i].name = records[0][i].text;
        // Names go into SQL and JSON, which take nothing else.
        for (const ColumnSpec& column : shape.columns)
            if (!is_utf8_text(column.name))
                return Status(Code::kQueryData, "the header is not UTF-8 text");
    }
    make_unique(shape.columns);
    if (options.all_text)
        for (ColumnSpec& column : shape.columns) column.type = "VARCHAR";
    find_types(records, shape.header ? 1 : 0, shape);
    return shape;
}

Status rewrite_csv(std::string_view text, const Dialect& from, const Dialect& to,
                   const CsvSink& write) {
    constexpr size_t kBatchBytes = 256 * 1024;
    CsvReader reader(text, from);
    std::vector<Field> record;
    std::string out;
    while (reader.next(record)) {
        for (size_t i = 0; i < record.size(); i++) {
            if (i > 0) out += to.delimiter;
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
