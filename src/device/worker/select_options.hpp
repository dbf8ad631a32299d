// SPDX-License-Identifier: BSD-3-Clause
//
// The options of a select: one JSON object from the host, checked name by name, and only here.
// docs/select.md describes them. Pure; any thread. Tested by select_options_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "csd/status.hpp"
#include "nvme/command.hpp"

namespace csd::worker {

enum class Compression : uint8_t { kNone, kGzip, kBzip2, kZstd };
enum class Header : uint8_t { kUse, kIgnore, kNone };
enum class JsonShape : uint8_t { kAny, kLines, kDocument };

struct ByteRange {
    uint64_t first = 0;
    uint64_t last = 0;  // inclusive
};

struct ColumnSpec {
    std::string name;
    std::string type;  // a type of DuckDB's; empty: found out
};

struct SelectOptions {
    Compression compression = Compression::kNone;
    std::optional<std::string> delimiter;  // absent: found out
    char quote = '"';                      // 0: none
    std::optional<char> escape;            // absent: the quote
    char comment = 0;                      // 0: none
    std::string record_delimiter;          // empty: line feed, carriage return or both
    Header header = Header::kNone;
    bool all_text = false;            // "columns": "text"; of JSON only what is a string there
    std::vector<ColumnSpec> columns;  // empty: found out
    JsonShape json = JsonShape::kAny;
    std::optional<ByteRange> scan;
    std::string out_delimiter = ",";
    char out_quote = '"';  // 0: none
    std::string out_record_delimiter = "\n";
};

// What the command itself says.
struct SelectShape {
    nvme::DataFormat input = nvme::DataFormat::kCsv;
    nvme::DataFormat output = nvme::DataFormat::kCsv;
    bool input_header = false;
};

bool is_line_end(std::string_view text);

// `text` may be empty. Errors are kInvalidField with a sentence.
Result<SelectOptions> parse_select_options(std::string_view text, const SelectShape& shape);

}  // namespace csd::worker
