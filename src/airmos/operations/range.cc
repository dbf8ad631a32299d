// SPDX-License-Identifier: BSD-3-Clause
//
// Ranges of bytes. Tested by range_test.cc.
#include "airmos/operations/range.hpp"

#include <algorithm>
#include <string>

#include "airmos/operations/text.hpp"

namespace csd::airmos::ops {

static Error beyond(std::string_view header, uint64_t size) {
    return Error("InvalidRange")
        .with("RangeRequested", std::string(header))
        .with("ActualObjectSize", std::to_string(size));
}

// A number too large for any object is one: it lies behind the end of all.
static std::optional<uint64_t> parse_position(std::string_view text) {
    const bool digits =
        !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
    if (!digits) return std::nullopt;
    return parse_number(text).value_or(UINT64_MAX);
}

Outcome<std::optional<ByteRange>> parse_range(std::string_view header, uint64_t size) {
    const std::optional<ByteRange> whole;
    if (!lower(header.substr(0, 6)).starts_with("bytes=")) return whole;
    const std::string_view spec = trim(header.substr(6));
    const size_t dash = spec.find('-');
    if (dash == std::string_view::npos || spec.find(',') != std::string_view::npos) return whole;
    const std::string_view first_text = spec.substr(0, dash), last_text = spec.substr(dash + 1);
    const auto first = parse_position(first_text), last = parse_position(last_text);
    if ((!first && !first_text.empty()) || (!last && !last_text.empty())) return whole;
    if (!first) {                                             // the last bytes of the value
        if (!last || (*last > 0 && size == 0)) return whole;  // all of nothing, as S3 answers
        if (*last == 0) return beyond(header, size);
        const uint64_t length = std::min(*last, size);
        return std::optional(ByteRange{size - length, length});
    }
    if (last && *last < *first) return whole;
    if (*first >= size) return beyond(header, size);
    const uint64_t end = last ? std::min(*last, size - 1) : size - 1;
    return std::optional(ByteRange{*first, end - *first + 1});
}

Outcome<ByteRange> parse_copy_range(std::string_view header, uint64_t size) {
    const auto wrong = [&] {
        return Error(
                   "InvalidArgument",
                   "The x-amz-copy-source-range value must be of the form bytes=first-last where "
                   "first and last are the zero-based offsets of the first and last bytes to copy")
            .with("ArgumentName", "x-amz-copy-source-range")
            .with("ArgumentValue", std::string(header));
    };
    if (!header.starts_with("bytes=")) return wrong();
    const std::string_view spec = header.substr(6);
    const size_t dash = spec.find('-');
    if (dash == std::string_view::npos) return wrong();
    const auto first = parse_number(spec.substr(0, dash)),
               last = parse_number(spec.substr(dash + 1));
    if (!first || !last || *last < *first) return wrong();
    if (*last >= size) {
        return Error("InvalidArgument", "Range specified is not valid for source object of size: " +
                                            std::to_string(size))
            .with("ArgumentName", "x-amz-copy-source-range")
            .with("ArgumentValue", std::string(header));
    }
    return ByteRange{*first, *last - *first + 1};
}

}  // namespace csd::airmos::ops
