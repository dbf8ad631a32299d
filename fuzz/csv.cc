// SPDX-License-Identifier: BSD-3-Clause
//
// The worker's own CSV reader and writer: whatever is read is written as CSV that reads alike.
//
// Input: one byte that chooses a dialect, then the file.
#include "device/worker/csv.hpp"

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

    SelectOptions options;
    (void)find_csv_shape(text.substr(0, text.size() / 2), false, options);
    const auto found = find_csv_shape(text, true, options);
    if (found.ok()) compare_surveys(text, found.value());
    return 0;
}
