// SPDX-License-Identifier: BSD-3-Clause
//
// The options of a select: any text is refused with a sentence or gives options within their bounds.
//
// Input: one byte for the formats and the header flag, then the JSON.
#include "device/worker/select_options.hpp"

#include <cstdlib>

using namespace csd::worker;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 1) return 0;
    SelectShape shape;
    shape.input = static_cast<csd::nvme::DataFormat>(data[0] % 3);
    shape.output = static_cast<csd::nvme::DataFormat>(data[0] / 3 % 3);
    shape.input_header = (data[0] & 0x80) != 0;
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto options = parse_select_options(text, shape);
    if (!options.ok()) {
        if (options.status().message().empty()) abort();
        return 0;
    }
    const SelectOptions& parsed = options.value();
    if (parsed.scan && parsed.scan->first > parsed.scan->last) abort();
    if (parsed.delimiter && parsed.delimiter->empty()) abort();
    if (parsed.out_delimiter.empty() || parsed.out_record_delimiter.empty()) abort();
    return 0;
}
