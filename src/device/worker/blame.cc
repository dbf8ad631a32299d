// SPDX-License-Identifier: BSD-3-Clause
// Tested by tests/sql/mistakes_test.cc.
#include "device/worker/blame.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/bytes.hpp"
#include "device/worker/files.hpp"
#include "device/worker/json_tree.hpp"
#include "device/worker/looks_like.hpp"

namespace csd::worker {

namespace {

using nvme::DataFormat;
using nvme::query_failure;
using nvme::ReasonCode;
using nvme::ReasonParts;

// Functions and operators of which an argument that is text means that the column should have been numbers.
constexpr std::array<std::string_view, 24> kOfNumbers = {
    "+",   "-",     "*",      "/",        "%",       "sum",  "avg",  "mean",
    "abs", "round", "ceil",   "floor",    "sqrt",    "exp",  "ln",   "log",
    "pow", "power", "stddev", "variance", "product", "fsum", "favg", "mod"};

struct Found {
    uint64_t record = 0;
    std::string text;
};

uint64_t number_of(std::string_view digits) {
    uint64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

// The name of the column that the user calls `written`: _2 is the second one.
std::string column_called(const Failed& failed, const std::string& written) {
    for (const std::string& name : failed.names)
        if (lower(name) == lower(written)) return name;
    const bool positional = written.size() > 1 && written[0] == '_';
    const uint64_t position = positional ? number_of(std::string_view(written).substr(1)) : 0;
    if (position >= 1 && position <= failed.names.size()) return failed.names[position - 1];
    return failed.names.empty() ? written : std::string();
}

// The first record whose field of a text column fulfils the condition on `v`, its text. Numbers of records are those of the
// value: a header is a record. None within a scan range, where they are not known.
std::optional<Found> first_record(const Failed& failed, const std::string& column,
                                  const std::string& condition) {
    if (column.empty() || failed.options.scan) return std::nullopt;
    const Rows rows = failed.database.query("SELECT n, v FROM (SELECT row_number() OVER () AS n, " +
                                            sql_name(column) + " AS v FROM " + failed.from +
                                            ") WHERE typeof(v) = 'VARCHAR' AND v IS NOT NULL AND " +
                                            condition + " LIMIT 1");
    if (rows.error || rows.rows.size() != 1 || rows.rows[0].size() != 2 || !rows.rows[0][0] ||
        !rows.rows[0][1])
        return std::nullopt;
    const bool header =
        failed.shape.input == DataFormat::kCsv && failed.options.header != Header::kNone;
    return Found{number_of(*rows.rows[0][0]) + (header ? 1 : 0), *rows.rows[0][1]};
}

// sum(price), where one record made price text.
Status blame_argument(const Failed& failed, const Status& status, const ReasonParts& parts) {
    const bool of_numbers =
        std::find(kOfNumbers.begin(), kOfNumbers.end(), lower(parts.subject)) != kOfNumbers.end();
    const bool found_types = !failed.options.all_text && failed.options.columns.empty();
    if (!of_numbers || !parts.position || !found_types) return status;
    for (const std::string& written : arguments_at(failed.sql.written, *parts.position)) {
        const std::string column = column_called(failed, written);
        const auto found = first_record(failed, column, "TRY_CAST(v AS DOUBLE) IS NULL");
        if (!found) continue;
        ReasonParts more = parts;
        more.record = found->record;
        more.details = {column, found->text};
        return query_failure(
            ReasonCode::kArgumentTypes,
            "{subject} needs numbers, but the column \"{1}\" is text, because record {record} has "
            "'{2}'; write TRY_CAST(\"{1}\" AS DOUBLE), which makes null of it",
            more, failed.sql.written);
    }
    return status;
}

// price > 1, where one record made price text.
Status blame_comparison(const Failed& failed, const Status& status, const ReasonParts& parts) {
    if (failed.options.all_text || !failed.options.columns.empty()) return status;
    for (const std::string& written : columns_compared_with_numbers(failed.sql.written)) {
        const std::string column = column_called(failed, written);
        const auto found = first_record(failed, column, "TRY_CAST(v AS DOUBLE) IS NULL");
        if (!found) continue;
        ReasonParts more = parts;
        more.subject = column;
        more.record = found->record;
        more.details = {found->text};
        if (auto place = find_name(failed.sql.written, written)) more.position = place->position;
        return query_failure(
            ReasonCode::kTypesDiffer,
            "the column \"{subject}\" is text, because record {record} has '{1}', and "
            "cannot be compared with a number; write TRY_CAST(\"{subject}\" AS DOUBLE), "
            "which makes null of it",
            more, failed.sql.written);
    }
    return status;
}

// CAST(price AS INT), where a record has something else.
Status blame_field(const Failed& failed, const Status& status, const ReasonParts& parts) {
    if (parts.subject.empty() || parts.details.size() < 2) return status;
    // The text and the type stand in either order.
    const std::string& first = parts.details[0];
    const std::string& second = parts.details[1];
    const auto found = first_record(failed, column_called(failed, parts.subject),
                                    "v IN (" + sql_string(first) + ", " + sql_string(second) + ")");
    if (!found) return status;
    ReasonParts more = parts;
    more.record = found->record;
    more.details = {found->text, found->text == first ? second : first};
    return query_failure(ReasonCode::kCastFailed,
                         "the column \"{subject}\" has '{1}' in record {record}, which is no {2}; "
                         "TRY_CAST gives null instead",
                         more, failed.sql.written);
}

// What DuckDB says of a damaged Parquet file is about its own inside. Whether the value is to blame shows when it is read
// without the query.
Status blame_parquet(const Failed& failed, const Status& status) {
    // A count would come from the footer alone.
    const auto error = failed.database.execute("SELECT max(hash(COLUMNS(*))) FROM " + failed.from);
    if (!error) return status;
    return query_failure(
        ReasonCode::kParquetMalformed,
        "the Parquet file is damaged: its pages or its footer cannot be read; store "
        "it again");
}

// The front of the value as it is when decompressed; empty if it cannot be.
std::string front_of(const Failed& failed) {
    auto front = decompressed_front(kObjectFd, failed.options.compression, kLookBytes);
    return front.ok() ? std::move(front).value() : std::string();
}

// CSV read as JSON and the reverse.
Status blame_json(const Failed& failed, const Status& status) {
    const std::string front = front_of(failed);
    const size_t begin = front.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    const Look look = look_of(front);
    // What begins as a JSON value is JSON with a mistake.
    const bool is_other =
        begin != std::string::npos && look != Look::kJson &&
        std::string_view("{[\"-0123456789tfnNI").find(front[begin]) == std::string_view::npos;
    if (!is_other) return status;
    return query_failure(ReasonCode::kJsonMalformed, "the value is no JSON, it looks like {1}; {2}",
                         {.details = {std::string(name_of(look)), std::string(advice_of(look))}});
}

Status blame_csv(const Failed& failed, const Status& status) {
    const Look look = look_of(front_of(failed));
    if (look != Look::kJson && look != Look::kXml) return status;
    return query_failure(ReasonCode::kCsvMalformed,
                         "the value cannot be read as CSV, it looks like {1}; {2}",
                         {.details = {std::string(name_of(look)), std::string(advice_of(look))},
                          .record = status.reason()->record});
}

Status blame_column(const Failed& failed, const Status& status, const ReasonParts& parts) {
    const Look look = look_of(front_of(failed));
    ReasonParts more = parts;
    if (look == Look::kNothing)
        return query_failure(ReasonCode::kColumnUnknown,
                             "there is no column \"{subject}\", as the value is empty; store the "
                             "value first",
                             more, failed.sql.written);
    if (look != Look::kJson && look != Look::kXml) return status;
    more.details = {std::string(name_of(look)), std::string(advice_of(look))};
    return query_failure(ReasonCode::kColumnUnknown,
                         "there is no column \"{subject}\", as the value is read as CSV and looks "
                         "like {1}; {2}",
                         more, failed.sql.written);
}

// Which byte of the value is not UTF-8, and on which line.
Status blame_encoding(const Failed& failed, const Status& status) {
    if (look_of(front_of(failed)) == Look::kUtf16) return status;
    uint64_t offset = 0, line = 1;
    std::string pending;
    std::optional<ReasonParts> found;
    const Status read =
        decompress(kObjectFd, failed.options.compression, [&](std::string_view piece) -> Status {
            pending += piece;
            const auto bad = first_not_utf8(pending, false);
            // A character that the piece's end cuts is looked at with the next.
            const size_t done = bad ? *bad : pending.size() - std::min<size_t>(pending.size(), 3);
            line += static_cast<uint64_t>(
                std::count(pending.begin(), pending.begin() + static_cast<ptrdiff_t>(done), '\n'));
            offset += done;
            if (bad) {
                constexpr std::string_view kDigits = "0123456789ABCDEF";
                const auto byte = static_cast<unsigned char>(pending[*bad]);
                found = ReasonParts{
                    .details = {{kDigits[byte >> 4], kDigits[byte & 15]}, std::to_string(offset)},
                    .record = line};
                return Status(Code::kAborted, "it is found");
            }
            pending.erase(0, done);
            return {};
        });
    if (!found && read.ok() && first_not_utf8(pending, true)) {
        const size_t bad = *first_not_utf8(pending, true);
        found = ReasonParts{.details = {"??", std::to_string(offset + bad)}, .record = line};
    }
    if (!found) return status;
    return query_failure(
        ReasonCode::kNotUtf8,
        "line {record} of the value is not UTF-8 text: byte {1}h at byte offset {2}; "
        "convert the value to UTF-8, from Latin-1 by iconv -f LATIN1 -t UTF-8",
        *found);
}

bool is_general(ReasonCode code) {
    return (static_cast<uint16_t>(code) & 0xFF) == 0 && code != ReasonCode::kUnknown;
}

}  // namespace

Status blame_value(const Failed& failed, const Status& status, const ReasonParts& parts) {
    if (status.reason() == nullptr) return status;
    const ReasonCode code = status.reason()->code;
    const DataFormat input = failed.shape.input;
    if (code == ReasonCode::kNotUtf8 && input != DataFormat::kParquet)
        return blame_encoding(failed, status);
    if (input == DataFormat::kJson &&
        (code == ReasonCode::kJsonMalformed || code == ReasonCode::kData))
        return blame_json(failed, status);
    if (code == ReasonCode::kCsvMalformed) return blame_csv(failed, status);
    if (failed.from.empty()) return status;
    if (code == ReasonCode::kArgumentTypes) return blame_argument(failed, status, parts);
    if (code == ReasonCode::kTypesDiffer) return blame_comparison(failed, status, parts);
    if (code == ReasonCode::kCastFailed) return blame_field(failed, status, parts);
    if (code == ReasonCode::kColumnUnknown && input == DataFormat::kCsv)
        return blame_column(failed, status, parts);
    if (input == DataFormat::kParquet && is_general(code)) return blame_parquet(failed, status);
    return status;
}

Status check_parquet_frame() {
    constexpr std::string_view kMagic = "PAR1";
    constexpr size_t kLeastBytes = 12;  // the magic twice, and the footer's length
    const uint64_t bytes = file_bytes(kObjectFd);
    const std::string front = read_some(kObjectFd, 0, kLookBytes);
    if (front.starts_with("PARE"))
        return query_failure(ReasonCode::kParquetMalformed,
                             "the Parquet file is encrypted, which the drive cannot read; store it "
                             "without encryption");
    if (!front.starts_with(kMagic)) {
        const Look look = look_of(front);
        return query_failure(
            ReasonCode::kParquetMalformed, "the value is no Parquet file, it looks like {1}; {2}",
            {.details = {std::string(name_of(look)), std::string(advice_of(look))}});
    }
    const std::string end =
        bytes < kLeastBytes ? std::string() : read_some(kObjectFd, bytes - 8, 8);
    if (!end.ends_with(kMagic))
        return query_failure(ReasonCode::kParquetMalformed,
                             "the Parquet file ends too early: it does not end with PAR1; store it "
                             "whole");
    const uint32_t footer = load_le<uint32_t>(as_bytes(end), 0);
    if (footer > bytes - kLeastBytes)
        return query_failure(
            ReasonCode::kParquetMalformed,
            "the Parquet file is damaged: its footer is said to have {1} bytes, more "
            "than the file; store it again",
            {.details = {std::to_string(footer)}});
    return {};
}

}  // namespace csd::worker
