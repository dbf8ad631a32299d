// SPDX-License-Identifier: BSD-3-Clause
//
// The worker's own CSV reader and writer: whatever is read is written as CSV that reads alike, and what the quick check
// calls plain is plain to the reader too.
//
// Input: one byte that chooses a dialect, then the file.
#include "device/worker/csv.hpp"
#include "device/worker/csv_check.hpp"

#include <array>
#include <cstdlib>

using namespace csd::worker;

static std::vector<std::vector<std::string>> records_of(std::string_view text,
                                                        const Dialect& dialect) {
    std::vector<std::vector<std::string>> records;
    CsvReader reader(text, dialect);
    std::vector<Field> record;
    size_t at = 0;
    while (reader.next(record)) {
        if (reader.position() < at || reader.position() > text.size()) abort();
        at = reader.position();
        auto& texts = records.emplace_back();
        for (const Field& field : record) texts.push_back(field.text);
    }
    return records;
}

// What is found does not depend on how the file comes in pieces.
static void compare_surveys(std::string_view text, const CsvShape& shape) {
    const auto survey = [&](size_t piece) {
        CsvShape seen = shape;
        const csd::Status status = survey_csv(
            [&](const CsvSink& sink) {
                csd::Status taken;
                for (size_t at = 0; at < text.size() && taken.ok(); at += piece)
                    taken = sink(text.substr(at, piece));
                return taken;
            },
            seen);
        return std::pair(status.ok(), seen);
    };
    const auto [whole_ok, whole] = survey(text.size());
    const auto [pieces_ok, pieces] = survey(7);
    if (whole_ok != pieces_ok) abort();
    if (!whole_ok) return;
    if (whole.columns.size() != pieces.columns.size() || whole.ragged != pieces.ragged) abort();
    for (size_t i = 0; i < whole.columns.size(); i++)
        if (whole.columns[i].type != pieces.columns[i].type) abort();
}

static void check_plainness(std::string_view text, const CsvShape& shape) {
    const auto check = [&](size_t piece) {
        CsvCheck check(shape);
        bool plain = true;
        for (size_t at = 0; at < text.size() && plain; at += piece)
            plain = check.feed(text.substr(at, piece));
        plain = plain && check.finish();
        return std::pair(plain, plain && check.one_thread());
    };
    const auto found = check(text.size());
    if (found != check(5)) abort();
    if (!found.first) return;
    CsvShape seen = shape;
    const csd::Status surveyed = survey_csv([&](const CsvSink& sink) { return sink(text); }, seen);
    // The survey also minds how long a record is; so does DuckDB.
    if (!surveyed.ok() || seen.rewrite || seen.ragged) abort();
    if (seen.one_thread && !found.second) abort();
}

// What DuckDB is given instead of a value that it could cut differently has the records that the reader sees.
static void check_rewriting(std::string_view text, const Dialect& dialect) {
    CsvShape shape;
    shape.dialect = dialect;
    shape.columns.resize(1);
    shape.all_text = true;
    const CsvSource read = [&](const CsvSink& sink) { return sink(text); };
    if (!survey_csv(read, shape).ok()) return;
    std::string lines;
    const auto written = rewrite_plainly(read, shape, [&](std::string_view piece) {
        lines += piece;
        return csd::Status();
    });
    if (!written.ok()) return;
    Dialect plain = plain_lines(), own = dialect;
    plain.empty_lines = own.empty_lines = shape.columns.size() == 1;
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    if (records_of(lines, plain).size() != records_of(text, own).size()) abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 1 || size > 64 * 1024) return 0;
    Dialect from;
    static const std::array<std::string, 4> kDelimiters = {",", ";", "\t", "||"};
    from.delimiter = kDelimiters[data[0] % 4];
    if ((data[0] & 4) != 0) from.comment = '#';
    if ((data[0] & 8) != 0) from.escape = '\\';
    if ((data[0] & 16) != 0) from.record_delimiter = "\r\n";
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);

    const auto records = records_of(text, from);
    const Dialect plain;
    std::string rewritten;
    const auto status = rewrite_csv(text, from, plain, [&](std::string_view piece) {
        rewritten += piece;
        return csd::Status();
    });
    if (status.ok() && records_of(rewritten, plain).size() > records.size()) abort();

    check_rewriting(text, from);

    SelectOptions options;
    (void)find_csv_shape(text.substr(0, text.size() / 2), false, options);
    const auto found = find_csv_shape(text, true, options);
    if (!found.ok()) return 0;
    compare_surveys(text, found.value());
    check_plainness(text, found.value());
    return 0;
}
