// SPDX-License-Identifier: BSD-3-Clause
//
// What a drive says of the extensions: the CSDX area of Identify Namespace, and the answers to
// describe. Tested by identify_test.cc.
#include <algorithm>
#include <cassert>
#include <cstring>

#include "nvme/identify.hpp"

namespace csd::nvme {
namespace {

// Offsets within the vendor area.
constexpr char kSignature[] = {'C', 'S', 'D', 'X'};
constexpr uint8_t kVersion = 1;
constexpr size_t kVersionAt = 4;
constexpr size_t kCapabilitiesAt = 5;
constexpr size_t kFormatsAt = 6;
constexpr size_t kDialectAt = 7;
constexpr size_t kMaxValueAt = 8;
constexpr size_t kMaxResultAt = 16;
constexpr size_t kMaxSqlAt = 24;
constexpr size_t kMaxResultsAt = 28;
constexpr size_t kMaxResultsBytesAt = 32;

struct Capability {
    uint8_t bit;
    bool Extensions::*member;
};
constexpr Capability kCapabilities[] = {
    {0, &Extensions::append},       {1, &Extensions::offset},  {2, &Extensions::select},
    {3, &Extensions::asynchronous}, {4, &Extensions::compose}, {5, &Extensions::more},
};

}  // namespace

void write_extensions(const Extensions& extensions, MutableBytes page) {
    assert(page.size() >= kPageBytes);
    const MutableBytes area = page.subspan(kVendorAreaOffset, kPageBytes - kVendorAreaOffset);
    std::fill(area.begin(), area.end(), uint8_t{0});
    std::copy(std::begin(kSignature), std::end(kSignature), area.begin());
    area[kVersionAt] = kVersion;
    for (const Capability& capability : kCapabilities) {
        if (extensions.*capability.member)
            area[kCapabilitiesAt] |= static_cast<uint8_t>(1u << capability.bit);
    }
    area[kFormatsAt] = extensions.formats;
    area[kDialectAt] = extensions.dialect_2023 ? 1 : 0;
    store_le<uint64_t>(area, kMaxValueAt, extensions.max_value_bytes);
    store_le<uint64_t>(area, kMaxResultAt, extensions.max_result_bytes);
    store_le<uint32_t>(area, kMaxSqlAt, extensions.max_sql_bytes);
    store_le<uint32_t>(area, kMaxResultsAt, extensions.max_results);
    store_le<uint64_t>(area, kMaxResultsBytesAt, extensions.max_results_bytes);
}

std::optional<Extensions> read_extensions(Bytes page) {
    if (page.size() < kPageBytes) return std::nullopt;
    const Bytes area = page.subspan(kVendorAreaOffset, kPageBytes - kVendorAreaOffset);
    if (!std::equal(std::begin(kSignature), std::end(kSignature), area.begin()))
        return std::nullopt;
    if (area[kVersionAt] != kVersion) return std::nullopt;
    Extensions extensions;
    for (const Capability& capability : kCapabilities) {
        extensions.*capability.member = (area[kCapabilitiesAt] >> capability.bit & 1) != 0;
    }
    extensions.formats = area[kFormatsAt];
    extensions.dialect_2023 = (area[kDialectAt] & 1) != 0;
    extensions.max_value_bytes = load_le<uint64_t>(area, kMaxValueAt);
    extensions.max_result_bytes = load_le<uint64_t>(area, kMaxResultAt);
    extensions.max_sql_bytes = load_le<uint32_t>(area, kMaxSqlAt);
    extensions.max_results = load_le<uint32_t>(area, kMaxResultsAt);
    extensions.max_results_bytes = load_le<uint64_t>(area, kMaxResultsBytesAt);
    return extensions;
}

void write_value_description(const ValueDescription& value, MutableBytes out) {
    assert(out.size() >= kDescribeBytes);
    std::fill_n(out.begin(), kDescribeBytes, uint8_t{0});
    store_le<uint64_t>(out, 0, value.size);
    store_le<uint64_t>(out, 8, value.version);
}

ValueDescription read_value_description(Bytes in) {
    assert(in.size() >= kDescribeBytes);
    return {.size = load_le<uint64_t>(in, 0), .version = load_le<uint64_t>(in, 8)};
}

void write_result_description(const ResultDescription& result, MutableBytes out) {
    assert(out.size() >= kDescribeBytes);
    std::fill_n(out.begin(), kDescribeBytes, uint8_t{0});
    store_le<uint64_t>(out, 0, result.size);
    store_le<uint32_t>(out, 8, static_cast<uint32_t>(result.state));
}

ResultDescription read_result_description(Bytes in) {
    assert(in.size() >= kDescribeBytes);
    // A state that is not known is a failure to the host: it must not wait for it or read from it.
    const uint32_t state = load_le<uint32_t>(in, 8);
    return {.size = load_le<uint64_t>(in, 0),
            .state = state <= 1 ? static_cast<ResultState>(state) : ResultState::kFailed};
}

}  // namespace csd::nvme
