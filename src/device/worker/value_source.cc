// SPDX-License-Identifier: BSD-3-Clause
// Tested by tests/sql and query_value_test.cc.
#include "device/worker/value_source.hpp"

#include <algorithm>
#include <optional>
#include <system_error>
#include <thread>

#include "device/worker/blame.hpp"
#include "device/worker/csv.hpp"
#include "device/worker/csv_check.hpp"
#include "device/worker/files.hpp"
#include "device/worker/json_check.hpp"
#include "device/worker/json_survey.hpp"
#include "device/worker/looks_like.hpp"
#include "device/worker/sql_text.hpp"
#include "nvme/query_reason.hpp"

namespace csd::worker {

namespace {

constexpr size_t kFrontBytes = 512 * 1024;  // of JSON, to see how its records lie
// JSON nested deeper than this stays JSON text: types as deep as a stranger likes take minutes and gigabytes.
constexpr size_t kMaxJsonDepth = 20;
// What DuckDB reads of one record of CSV, and of the value at once, unless told otherwise.
constexpr uint64_t kCsvRecordBytes = 2'000'000;
constexpr uint64_t kCsvBufferBytes = 32'000'000;
constexpr uint64_t kCsvSlackBytes = 4096;
// What DuckDB reads of one record of JSON unless told otherwise, and what stands around a record in its buffer.
constexpr uint64_t kJsonRecordBytes = 16 << 20;
constexpr size_t kLinePieceBytes = 1 << 20;  // of a look at lines; far below the above
constexpr uint64_t kJsonSlackBytes = 64 * 1024;

// The bytes to read, perhaps other than the object's.
struct Input {
    int fd = kObjectFd;
    Compression compression = Compression::kNone;
};

const char* duckdb_name(Compression compression) {
    switch (compression) {
        case Compression::kGzip: return "gzip";
        case Compression::kZstd: return "zstd";
        default: return "uncompressed";
    }
}

std::string char_literal(char c) {
    return sql_string(c == 0 ? std::string_view() : std::string_view(&c, 1));
}

std::string columns_literal(const std::vector<ColumnSpec>& columns) {
    std::string out = "{";
    for (const ColumnSpec& column : columns)
        out +=
            (out.size() > 1 ? ", " : "") + sql_string(column.name) + ": " + sql_string(column.type);
    return out + "}";
}

// DuckDB's readers answer to names such as filename and file_row_number that no list of columns shows; the
// first would tell the drive's path of the value. A subquery exposes its columns and nothing else.
std::string without_extra_columns(const std::string& reader, const std::string& replaced = {}) {
    return "(SELECT *" + replaced + " FROM " + reader + ")";
}

// DuckDB's type of an untyped NULL goes with every function and operator. Its reader of CSV knows no such type.
std::string nulls_instead(const CsvShape& csv) {
    std::string replaced;
    for (size_t c = 0; c < csv.columns_of_nulls.size(); c++)
        if (csv.columns_of_nulls[c])
            replaced +=
                (replaced.empty() ? "" : ", ") + ("NULL AS " + sql_name(csv.columns[c].name));
    return replaced.empty() ? replaced : " REPLACE (" + replaced + ")";
}

Result<Input> decompress_to_scratch(Compression compression) {
    Status done = empty_file(kInputScratchFd);
    if (done.ok())
        done = decompress(kObjectFd, compression,
                          [](std::string_view text) { return write_all(kInputScratchFd, text); });
    if (!done.ok()) return done;
    return Input{kInputScratchFd, Compression::kNone};
}

// Where the record begins that starts at or behind `at`; the end of the text if there is none. Within a
// scan range a record delimiter is one wherever it stands, as S3 has it. None given: every kind of line end.
size_t record_start(std::string_view text, uint64_t at, std::string_view delimiter) {
    if (at == 0) return 0;
    if (at >= text.size()) return text.size();
    // The delimiter's last byte lies just before the record, so it may begin before `at`.
    if (!delimiter.empty()) {
        uint64_t from = at >= delimiter.size() ? at - delimiter.size() : 0;
        size_t found = text.find(delimiter, from);
        return found == std::string_view::npos ? text.size() : found + delimiter.size();
    }
    size_t end = text.find_first_of("\r\n", at - 1);
    if (end == std::string_view::npos) return text.size();
    return end + (text.substr(end).starts_with("\r\n") ? 2 : 1);
}

// The records that start within the range, with the `front` before them, in the scratch file.
Result<Input> cut_range(ByteRange range, size_t front_bytes, std::string_view delimiter) {
    MappedFile value(kObjectFd);
    if (!value.ok())
        return nvme::query_failure(nvme::ReasonCode::kMemory,
                                   "the value is too large to scan a part of it; leave out the "
                                   "option scan");
    std::string_view text = value.text();
    size_t begin = std::max(record_start(text, range.first, delimiter), front_bytes);
    size_t end =
        range.last == UINT64_MAX ? text.size() : record_start(text, range.last + 1, delimiter);
    Status done = empty_file(kInputScratchFd);
    if (done.ok()) done = write_all(kInputScratchFd, text.substr(0, front_bytes));
    if (done.ok() && end > begin)
        done = write_all(kInputScratchFd, text.substr(begin, end - begin));
    if (!done.ok()) return done;
    return Input{kInputScratchFd, Compression::kNone};
}

CsvSource text_of(const Input& input) {
    return [input](const CsvSink& sink) { return decompress(input.fd, input.compression, sink); };
}

// Gives the two halves of a text to two checks at once. It is cut behind a line end, of which only the front's check can
// tell whether it lies between records. False when one of them is not content, or there is no such cut or no thread.
template <typename Check>
bool holds_by_halves(std::string_view text, char line_end, Check& front, Check& back) {
    size_t middle = text.find(line_end, text.size() / 2);
    if (middle == std::string_view::npos) return false;
    bool front_holds = false;
    std::thread helper;
    try {
        helper = std::thread(
            [&] { front_holds = front.feed(text.substr(0, middle + 1)) && front.finish(); });
    } catch (const std::system_error&) {
        return false;
    }
    bool back_holds = back.feed(text.substr(middle + 1)) && back.finish();
    helper.join();
    return front_holds && back_holds;
}

bool is_plain_by_halves(const Input& input, CsvShape& csv) {
    if (input.compression != Compression::kNone) return false;
    MappedFile value(input.fd);  // empty when it is too large to map
    CsvCheck front(csv), back(csv, false);
    if (!holds_by_halves(value.text(), csv.line_end.back(), front, back)) return false;
    csv.one_thread = front.one_thread() || back.one_thread();
    csv.longest_record = std::max(front.longest_record(), back.longest_record());
    return true;
}

// Whether nothing about the value is left to find out, types included.
Result<bool> is_plain(const Input& input, CsvShape& csv, unsigned threads) {
    if (csv.ragged || !csv.typed() || csv.line_end.empty()) return false;
    if (threads > 1 && is_plain_by_halves(input, csv)) return true;
    CsvCheck check(csv);
    bool plain = true;
    Status read = decompress(input.fd, input.compression, [&](std::string_view piece) {
        plain = check.feed(piece);
        return plain ? Status() : Status(Code::kAborted, "for the survey to see");
    });
    if (!plain) return false;
    if (!read.ok()) return read;
    plain = check.finish();
    csv.one_thread = check.one_thread();
    csv.longest_record = check.longest_record();
    return plain;
}

// CSV that DuckDB could cut otherwise than we do becomes CSV that it could not.
Result<Input> rewrite_for_duckdb(const Input& input, CsvShape& csv) {
    Input to{input.fd == kInputScratchFd ? kOutputScratchFd : kInputScratchFd, Compression::kNone};
    Status done = empty_file(to.fd);
    if (done.ok())
        done = rewrite_plainly(text_of(input), csv,
                               [to](std::string_view text) { return write_all(to.fd, text); });
    if (!done.ok()) return done;
    // Every byte may have become two, and every field may have quotes.
    csv.longest_record = 2 * csv.longest_record + 3 * csv.columns.size();
    csv.dialect = plain_lines();
    csv.line_end = csv.dialect.record_delimiter;
    csv.header = csv.ragged = false;
    return to;
}

// What begins as something else than text is not read as text.
Status check_is_text(std::string_view front) {
    const Look look = look_of(front.substr(0, kLookBytes));
    nvme::ReasonParts parts{.details = {std::string(name_of(look)), std::string(advice_of(look))}};
    switch (look) {
        case Look::kGzip:
        case Look::kBzip2:
        case Look::kZstd:
            return nvme::query_failure(nvme::ReasonCode::kCompressed, "the value is {1}; {2}",
                                       parts);
        case Look::kParquet:
        case Look::kZip:
            return nvme::query_failure(nvme::ReasonCode::kFormatDiffers,
                                       "the value is {1}, not text; {2}", parts);
        case Look::kUtf16:
            return nvme::query_failure(nvme::ReasonCode::kNotUtf8, "the value is UTF-16 text; {2}",
                                       parts);
        default: return {};
    }
}

std::string read_csv(const Input& input, const CsvShape& csv) {
    const Dialect& dialect = csv.dialect;
    std::string sql =
        "read_csv(" + sql_string(path_of(input.fd)) +
        ", auto_detect=false, skip=0, header=" + (csv.header ? "true" : "false") +
        ", delim=" + sql_string(dialect.delimiter) + ", quote=" + char_literal(dialect.quote) +
        ", escape=" + char_literal(dialect.escape) + ", comment=" + char_literal(dialect.comment) +
        ", allow_quoted_nulls=" + (csv.quoted_nulls ? "true" : "false") +
        ", compression=" + sql_string(duckdb_name(input.compression));
    if (csv.longest_record + kCsvSlackBytes > kCsvRecordBytes)
        sql += ", max_line_size=" + std::to_string(csv.longest_record + kCsvSlackBytes) +
               ", buffer_size=" +
               std::to_string(std::max(csv.longest_record + 2 * kCsvSlackBytes, kCsvBufferBytes));
    if (csv.ragged) sql += ", null_padding=true";
    // Several threads cannot tell a short record from the rest of one that a quoted line end began.
    if (csv.ragged || csv.one_thread) sql += ", parallel=false";
    if (csv.line_end == "\r\n") sql += ", new_line='\\r\\n'";
    if (csv.line_end == "\n") sql += ", new_line='\\n'";
    if (csv.line_end == "\r") sql += ", new_line='\\r'";
    return without_extra_columns(sql + ", columns=" + columns_literal(csv.columns) + ")",
                                 nulls_instead(csv));
}

// The records that start within the scan range, with the header.
Result<Input> cut_csv(ByteRange range, std::string_view sample, const CsvShape& csv) {
    size_t mark = sample.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    CsvReader reader(sample.substr(mark), csv.dialect);
    std::vector<Field> header;
    if (csv.header) (void)reader.next(header);
    return cut_range(range, mark + reader.position(), csv.dialect.record_delimiter);
}

// The shape by the value's front, as much of it as the first record needs.
Result<CsvShape> first_look(const Input& input, const SelectOptions& options, std::string& sample) {
    size_t bytes = kCsvSampleBytes;
    while (true) {
        auto front = decompressed_front(input.fd, input.compression, bytes);
        if (!front.ok()) return front.status();
        sample = std::move(front).value();
        Status plain = check_is_text(sample);
        if (!plain.ok()) return plain;
        auto found = find_csv_shape(sample, sample.size() < bytes, options);
        if (!found.ok() || !found.value().cut) return found;
        if (bytes > device::kMaxRecordBytes)
            return nvme::query_failure(
                nvme::ReasonCode::kRecordTooLong,
                "the first record of the CSV is longer than {1} bytes, which is the most that the "
                "drive reads; is the record delimiter right?",
                {.details = {std::to_string(device::kMaxRecordBytes)}, .record = 1});
        bytes = std::min(8 * bytes, size_t{device::kMaxRecordBytes} + kCsvSlackBytes);
    }
}

Result<ValueSource> open_csv(const SelectOptions& options, unsigned threads) {
    Input input{kObjectFd, options.compression};
    if (options.compression == Compression::kBzip2) {
        auto plain = decompress_to_scratch(options.compression);
        if (!plain.ok()) return plain.status();
        input = plain.value();
    }
    std::string sample;
    auto found = first_look(input, options, sample);
    if (!found.ok()) return found.status();
    CsvShape csv = std::move(found).value();

    if (options.scan) {
        auto cut = cut_csv(*options.scan, sample, csv);
        if (!cut.ok()) return cut.status();
        input = cut.value();
    }
    sample = {};  // it may be as long as a record
    auto plain_text = is_plain(input, csv, threads);
    if (!plain_text.ok()) return plain_text.status();
    if (!plain_text.value()) {
        Status seen = survey_csv(text_of(input), csv);
        if (!seen.ok()) return seen;
    }
    if (csv.longest_record > csv.max_record_bytes + kCsvSlackBytes)
        return nvme::query_failure(
            nvme::ReasonCode::kRecordTooLong,
            "a record of the CSV is longer than {1} bytes, which is the most that the drive reads",
            {.details = {std::to_string(csv.max_record_bytes)}});
    if (csv.rewrite) {
        auto rewritten = rewrite_for_duckdb(input, csv);
        if (!rewritten.ok()) return rewritten.status();
        input = rewritten.value();
    }
    ValueSource source;
    source.from = read_csv(input, csv);
    for (const ColumnSpec& column : csv.columns) source.names.push_back(column.name);
    return source;
}

// Of lines that lie within one piece the length is not found out: they are shorter than a piece.
class LongestLine {
  public:
    void feed(std::string_view piece) {
        size_t end = piece.find('\n');
        open_ += std::min(end, piece.size());
        longest_ = std::max(longest_, open_);
        if (end == std::string_view::npos) return;
        open_ = piece.size() - piece.rfind('\n');
        longest_ = std::max<uint64_t>(longest_, piece.size());
    }
    uint64_t bytes() const { return longest_; }

  private:
    uint64_t open_ = 0;  // bytes of the line that the last piece ended in
    uint64_t longest_ = 0;
};

struct JsonLook {
    std::string format;                // what DuckDB is told of how the records lie
    std::optional<JsonColumns> found;  // when it was asked for
    uint64_t longest_record = 0;
    std::optional<uint64_t> doubt_at;  // where it is malformed, as far as DuckDB minds it too
};

bool is_whole_json(std::string_view text) {
    JsonCheck check(false);
    return check.feed(text).ok() && check.finish().ok();
}

// What has_good_lines() looks for everywhere.
class LineCheck {
  public:
    bool feed(std::string_view text) {
        for (; !text.empty(); text.remove_prefix(std::min(kLinePieceBytes, text.size()))) {
            std::string_view piece = text.substr(0, kLinePieceBytes);
            longest_.feed(piece);
            if (!commas_.feed(piece)) return false;
        }
        return true;
    }
    bool finish() { return commas_.finish(); }
    uint64_t longest() const { return longest_.bytes(); }

  private:
    JsonCommaCheck commas_;
    LongestLine longest_;
};

bool has_whole_last_line(std::string_view text) {
    size_t end = text.find_last_not_of(" \t\r\n");
    if (end == std::string_view::npos) return true;
    size_t begin = text.rfind('\n', end) + 1;  // 0 when there is none
    return end - begin <= device::kMaxRecordBytes && is_whole_json(text.substr(begin));
}

std::optional<uint64_t> good_lines_by_halves(std::string_view text) {
    LineCheck front, back;
    if (!holds_by_halves(text, '\n', front, back) || !has_whole_last_line(text)) return {};
    return std::max(front.longest(), back.longest());
}

// Whether a value that is larger than its front has its records one a line, as far as DuckDB does not mind them itself: it
// refuses any line that is not one whole record, but for commas before closing brackets. So does a query that
// stops early, but for the last line. Nothing when the quick check cannot tell; else how long a line may be.
Result<std::optional<uint64_t>> has_good_lines(const Input& input, std::string_view front,
                                               unsigned threads) {
    JsonCheck front_check(false);
    size_t lines_end = front.rfind('\n');
    bool good = lines_end != std::string_view::npos &&
                front_check.feed(front.substr(0, lines_end + 1)).ok() &&
                front_check.finish().ok() && front_check.one_a_line();
    if (!good) return std::optional<uint64_t>();
    if (threads > 1 && input.compression == Compression::kNone) {
        MappedFile value(input.fd);
        std::string_view text = value.text();  // empty when it is too large to map
        if (!text.empty()) return good_lines_by_halves(text);
    }
    LineCheck lines;
    std::string last_line;
    Status read = decompress(input.fd, input.compression, [&](std::string_view piece) {
        if (!lines.feed(piece)) return Status(Code::kAborted, "for the whole check to see");
        size_t end = piece.find_last_not_of(" \t\r\n");
        if (end == std::string_view::npos) return Status();
        size_t begin = piece.rfind('\n', end);
        if (begin != std::string_view::npos) {
            last_line = piece.substr(begin + 1);
            return Status();
        }
        last_line += piece;
        return last_line.size() <= device::kMaxRecordBytes
                   ? Status()
                   : Status(Code::kAborted, "for the whole check to see");
    });
    if (read.code() == Code::kAborted || !lines.finish()) return std::optional<uint64_t>();
    if (!read.ok()) return read;
    if (!is_whole_json(last_line)) return std::optional<uint64_t>();
    return std::optional(lines.longest());
}

Status survey_status(JsonSurvey::Fault fault, uint64_t at) {
    const nvme::ReasonParts where{
        .details = {std::to_string(at), std::to_string(device::kMaxRecordBytes)}};
    switch (fault) {
        case JsonSurvey::Fault::kMalformed: break;
        case JsonSurvey::Fault::kLongNumber:
            return nvme::query_failure(nvme::ReasonCode::kData,
                                       "the number at byte offset {1} of the JSON has more digits "
                                       "than DOUBLE holds; write it as a string to keep them",
                                       where);
        case JsonSurvey::Fault::kLongRecord:
            return nvme::query_failure(
                nvme::ReasonCode::kRecordTooLong,
                "the record at byte offset {1} of the JSON is longer than {2} bytes", where);
        case JsonSurvey::Fault::kManyMembers:
            return nvme::query_failure(nvme::ReasonCode::kData,
                                       "the records at byte offset {1} of the JSON have more "
                                       "different members than a table may have columns",
                                       where);
    }
    return nvme::query_failure(nvme::ReasonCode::kJsonMalformed,
                               "the JSON is malformed at byte offset {1}", where);
}

// One pass over the value: whether it is whole JSON, how its records lie, and what they have in them.
Result<JsonLook> read_json_once(const Input& input, bool in_array, const SelectOptions& options,
                                bool& arrays) {
    const bool with_survey = options.columns.empty();
    JsonCheck check(in_array);
    JsonSurvey survey(in_array, kMaxJsonDepth);
    bool goes_on = with_survey;
    Status read = decompress(input.fd, input.compression, [&](std::string_view piece) {
        goes_on = goes_on && survey.feed(piece);
        return check.feed(piece);
    });
    if (read.ok()) read = check.finish();
    arrays = check.array_follows();
    if (!read.ok()) return read;
    JsonLook look;
    look.format = check.one_a_line() ? "newline_delimited" : "unstructured";
    if (in_array) look.format = "array";
    look.longest_record = check.longest_record();
    if (!with_survey) return look;
    if (goes_on) survey.finish();
    if (survey.fault() == JsonSurvey::Fault::kMalformed)
        look.doubt_at = survey.fault_at();
    else if (survey.fault())
        return survey_status(*survey.fault(), survey.fault_at());
    else
        look.found = survey.columns(options.all_text);
    look.longest_record = std::max(look.longest_record, survey.longest_record());
    return look;
}

Result<JsonLook> look_at_json(const Input& input, std::string_view front, JsonShape wanted,
                              const SelectOptions& options, unsigned threads) {
    const bool with_survey = options.columns.empty();
    size_t begin = front.find_first_not_of(" \t\r\n");
    const bool empty = begin == std::string_view::npos;
    bool in_array = wanted != JsonShape::kLines && !empty && front[begin] == '[';
    bool perhaps_lines = wanted != JsonShape::kDocument && !in_array && !with_survey;
    if (perhaps_lines && front.size() == kFrontBytes) {
        auto lines = has_good_lines(input, front, threads);
        if (!lines.ok()) return lines.status();
        if (lines.value()) return JsonLook{"newline_delimited", {}, *lines.value(), {}};
    }
    bool arrays = false;
    auto look = read_json_once(input, in_array, options, arrays);
    // Behind an array that is all of the value nothing stands. Behind one that is a record another one may.
    if (arrays && wanted == JsonShape::kAny) look = read_json_once(input, false, options, arrays);
    if (!look.ok()) return look;
    if (wanted == JsonShape::kLines) look.value().format = "newline_delimited";
    if (wanted == JsonShape::kDocument && !in_array) look.value().format = "unstructured";
    if (wanted == JsonShape::kAny && !in_array && empty) look.value().format = "auto";
    return look;
}

// A member of a record that is one JSON value, read as its type. For names that SQL can't tell apart.
std::string member_as(const ColumnSpec& column) {
    std::string pointer = "/";
    for (char c : column.name) pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    const std::string path = sql_string(pointer), value = "(json -> " + path + ")";
    if (column.type == "JSON") return "nullif(" + value + ", 'null'::JSON)";
    if (column.type == "VARCHAR") return "(json ->> " + path + ")";
    return "CAST(" + value + " AS " + column.type + ")";
}

// DuckDB is told all columns, and infers nothing.
ValueSource json_source(const std::string& reader, const JsonColumns& found) {
    ValueSource source;
    if (found.objects && found.by_name) {
        for (const ColumnSpec& column : found.columns) source.names.push_back(column.name);
        source.from =
            without_extra_columns(reader + ", columns=" + columns_literal(found.columns) + ")");
        return source;
    }
    std::vector<ColumnSpec> columns = {{"json", found.objects ? "JSON" : found.columns[0].type}};
    const std::string records =
        reader + ", records=false, columns=" + columns_literal(columns) + ")";
    source.names.push_back("json");
    source.from = without_extra_columns(records);
    if (!found.objects) return source;
    columns = found.columns;
    make_names_unique(columns);
    std::string members;
    source.names.clear();
    for (size_t c = 0; c < columns.size(); c++) {
        members +=
            (c > 0 ? ", " : "") + member_as(found.columns[c]) + " AS " + sql_name(columns[c].name);
        source.names.push_back(columns[c].name);
    }
    source.from = "(SELECT " + members + " FROM " + records + ")";
    return source;
}

// DuckDB reads a byte order mark in front of lines, but not in front of an array.
Result<Input> without_mark(const Input& input) {
    Input to{input.fd == kInputScratchFd ? kOutputScratchFd : kInputScratchFd, Compression::kNone};
    Status done = empty_file(to.fd);
    size_t mark = kByteOrderMark.size();
    if (done.ok())
        done = decompress(input.fd, input.compression, [&](std::string_view piece) {
            size_t skipped = std::min(mark, piece.size());
            mark -= skipped;
            return write_all(to.fd, piece.substr(skipped));
        });
    if (!done.ok()) return done;
    return to;
}

Result<ValueSource> open_json(const SelectOptions& options, unsigned threads) {
    Input input{kObjectFd, options.compression};
    if (options.compression == Compression::kBzip2) {
        auto plain = decompress_to_scratch(options.compression);
        if (!plain.ok()) return plain.status();
        input = plain.value();
    }
    if (options.scan) {
        auto cut = cut_range(*options.scan, 0, "\n");
        if (!cut.ok()) return cut.status();
        input = cut.value();
    }
    auto front = decompressed_front(input.fd, input.compression, kFrontBytes);
    if (!front.ok()) return front.status();
    Status plain = check_is_text(front.value());
    if (!plain.ok()) return plain;
    if (front.value().starts_with(kByteOrderMark)) {
        auto unmarked = without_mark(input);
        if (!unmarked.ok()) return unmarked.status();
        input = unmarked.value();
        front.value().erase(0, kByteOrderMark.size());
    }
    auto look = look_at_json(input, front.value(), options.scan ? JsonShape::kLines : options.json,
                             options, threads);
    if (!look.ok()) return look.status();
    std::string reader = "read_json(" + sql_string(path_of(input.fd)) +
                         ", format=" + sql_string(look.value().format) +
                         ", compression=" + sql_string(duckdb_name(input.compression)) +
                         ", maximum_depth=" + std::to_string(kMaxJsonDepth);
    if (look.value().longest_record + kJsonSlackBytes > kJsonRecordBytes)
        reader += ", maximum_object_size=" +
                  std::to_string(look.value().longest_record + kJsonSlackBytes);
    const std::optional<JsonColumns>& found = look.value().found;
    if (found && !found->columns.empty()) return json_source(reader, *found);
    ValueSource source;
    if (!options.columns.empty()) {
        for (const ColumnSpec& column : options.columns) source.names.push_back(column.name);
        reader += ", columns=" + columns_literal(options.columns);
    }
    if (look.value().doubt_at) reader += ", sample_size=-1";
    source.from = without_extra_columns(reader + ")");
    if (look.value().doubt_at)
        source.doubt = survey_status(JsonSurvey::Fault::kMalformed, *look.value().doubt_at);
    return source;
}

}  // namespace

Result<ValueSource> open_value(const SelectOptions& options, const SelectShape& shape,
                               unsigned threads) {
    switch (shape.input) {
        case nvme::DataFormat::kCsv: return open_csv(options, threads);
        case nvme::DataFormat::kJson: return open_json(options, threads);
        case nvme::DataFormat::kParquet: break;
    }
    if (file_bytes(kObjectFd) == 0)
        return nvme::query_failure(nvme::ReasonCode::kParquetMalformed,
                                   "the value is empty, so it is no Parquet file; store the value "
                                   "first");
    if (Status frame = check_parquet_frame(); !frame.ok()) return frame;
    return ValueSource{
        without_extra_columns("read_parquet(" + sql_string(path_of(kObjectFd)) + ")"), {}};
}

}  // namespace csd::worker
