// SPDX-License-Identifier: BSD-3-Clause
//
// Segment: what one command writes. A value is a sequence of segments, and its bytes say which.
//
// A segment is lines of CSV, each of 32 bytes: the segment's id, the number of the line, the length of the
// segment. The last line is as much longer as the length asks for, by zeros before its length. So a torn, mixed
// or shortened value cannot be read as segments, an appended or composed value is a list of ids, and the drive can
// run a SELECT over all of them. Tested by drive_model_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace csd::consistency {

inline constexpr uint32_t kLineBytes = 32;
inline constexpr uint64_t kMaxSegmentId = (uint64_t{1} << 44) - 1;

struct Segment {
    uint64_t id = 0;
    uint32_t length = 0;  // at least kLineBytes

    bool operator==(const Segment&) const = default;
    uint32_t lines() const { return length / kLineBytes; }
};

std::string name_of(const Segment& segment);  // as the lines begin: x and 11 hexadecimal digits

void append_bytes(const Segment& segment, std::vector<uint8_t>& bytes);

// The segments that the bytes consist of; nothing if they are not whole segments. `wrong_at` is where not.
std::optional<std::vector<Segment>> parse_segments(Bytes bytes, size_t* wrong_at);

// A hash of a sequence of segments, one segment longer.
inline constexpr uint64_t kEmptyHash = 0x243F6A8885A308D3u;
inline uint64_t extend_hash(uint64_t hash, const Segment& segment) {
    hash = (hash ^ segment.id) * 0x9E3779B97F4A7C15u;
    hash = (hash ^ (hash >> 29) ^ segment.length) * 0xC2B2AE3D27D4EB4Fu;
    return hash ^ (hash >> 32);
}

uint64_t hash_bytes(Bytes bytes);

}  // namespace csd::consistency
