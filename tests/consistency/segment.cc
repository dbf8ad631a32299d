// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by drive_model_test.cc.
#include "consistency/segment.hpp"

#include <algorithm>
#include <cstring>

namespace csd::consistency {
namespace {

constexpr size_t kIdDigits = 11;
constexpr size_t kIndexAt = 13;
constexpr size_t kIndexDigits = 6;
constexpr size_t kLengthAt = 20;
constexpr size_t kLengthDigits = 11;

void write_digits(uint8_t* at, size_t digits, uint64_t value) {
    while (digits-- > 0) {
        at[digits] = static_cast<uint8_t>('0' + value % 10);
        value /= 10;
    }
}

// The line with index 0, of 32 bytes.
void write_line(const Segment& segment, uint8_t* line) {
    static constexpr char kHex[] = "0123456789abcdef";
    line[0] = 'x';
    for (size_t i = 0; i < kIdDigits; i++) {
        line[1 + i] = static_cast<uint8_t>(kHex[segment.id >> (4 * (kIdDigits - 1 - i)) & 15]);
    }
    line[kIndexAt - 1] = ',';
    write_digits(line + kIndexAt, kIndexDigits, 0);
    line[kLengthAt - 1] = ',';
    write_digits(line + kLengthAt, kLengthDigits, segment.length);
    line[kLineBytes - 1] = '\n';
}

std::optional<uint64_t> read_number(const uint8_t* at, size_t digits, unsigned base) {
    uint64_t value = 0;
    for (size_t i = 0; i < digits; i++) {
        const uint8_t c = at[i];
        unsigned digit = 99;
        if (c >= '0' && c <= '9') digit = c - '0';
        if (c >= 'a' && c <= 'f') digit = 10 + (c - 'a');
        if (digit >= base) return std::nullopt;
        value = value * base + digit;
    }
    return value;
}

// From a whole first line.
std::optional<Segment> read_segment(Bytes bytes) {
    if (bytes.size() < kLineBytes || bytes[0] != 'x') return std::nullopt;
    const auto id = read_number(bytes.data() + 1, kIdDigits, 16);
    // A segment of one line has zeros before its length.
    size_t end = kLengthAt;
    while (end < bytes.size() && bytes[end] != '\n' && end < 2 * kLineBytes) end++;
    if (end < kLengthAt + kLengthDigits) return std::nullopt;
    const auto length = read_number(bytes.data() + end - kLengthDigits, kLengthDigits, 10);
    if (!id || !length || *length < kLineBytes || *length > UINT32_MAX) return std::nullopt;
    return Segment{*id, static_cast<uint32_t>(*length)};
}

}  // namespace

std::string name_of(const Segment& segment) {
    uint8_t line[kLineBytes];
    write_line(segment, line);
    return std::string(as_text(Bytes(line, 1 + kIdDigits)));
}

void append_bytes(const Segment& segment, std::vector<uint8_t>& bytes) {
    if (segment.length == 0) return;
    uint8_t line[kLineBytes];
    write_line(segment, line);
    const size_t start = bytes.size();
    bytes.resize(start + segment.length);
    uint8_t* at = bytes.data() + start;
    for (uint32_t i = 0; i < segment.lines(); i++, at += kLineBytes) {
        write_digits(line + kIndexAt, kIndexDigits, i);
        std::memcpy(at, line, kLineBytes);
    }
    const uint32_t longer = segment.length % kLineBytes;
    if (longer == 0) return;
    at -= kLineBytes;  // the last line once more, with zeros before its length
    std::memset(at + kLengthAt, '0', longer);
    std::memcpy(at + kLengthAt + longer, line + kLengthAt, kLineBytes - kLengthAt);
}

std::optional<std::vector<Segment>> parse_segments(Bytes bytes, size_t* wrong_at) {
    std::vector<Segment> segments;
    std::vector<uint8_t> expected;
    for (size_t at = 0; at < bytes.size();) {
        *wrong_at = at;
        const Bytes rest = bytes.subspan(at);
        const auto segment = read_segment(rest);
        if (!segment || segment->length > rest.size()) return std::nullopt;
        expected.clear();
        append_bytes(*segment, expected);
        if (std::memcmp(rest.data(), expected.data(), expected.size()) != 0) {
            const auto differ = std::mismatch(expected.begin(), expected.end(), rest.begin());
            *wrong_at = at + static_cast<size_t>(differ.first - expected.begin());
            return std::nullopt;
        }
        segments.push_back(*segment);
        at += segment->length;
    }
    return segments;
}

uint64_t hash_bytes(Bytes bytes) {
    uint64_t hash = kEmptyHash ^ bytes.size();
    size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
        uint64_t word;
        std::memcpy(&word, bytes.data() + at, 8);
        hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 32;
    }
    for (; at < bytes.size(); at++) hash = (hash ^ bytes[at]) * 0x100000001B3u;
    return hash ^ (hash >> 29);
}

}  // namespace csd::consistency
