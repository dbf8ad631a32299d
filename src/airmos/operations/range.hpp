// SPDX-License-Identifier: BSD-3-Clause
//
// Ranges of bytes: the Range header of a GET (RFC 9110 section 14) and x-amz-copy-source-range.
// Threads: pure. Tested by range_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "airmos/core/error.hpp"

namespace csd::airmos::ops {

struct ByteRange {
    uint64_t offset = 0;
    uint64_t length = 0;
};

// What a GET answers of a value of `size` bytes. Nothing: the whole, because the header is absent in effect: another unit,
// several ranges or not a range at all, as RFC 9110 wants it. InvalidRange: it lies beyond the end.
Outcome<std::optional<ByteRange>> parse_range(std::string_view header, uint64_t size);

// bytes=first-last, both given and within the source: InvalidArgument, InvalidRange.
Outcome<ByteRange> parse_copy_range(std::string_view header, uint64_t size);

}  // namespace csd::airmos::ops
