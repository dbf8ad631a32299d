// SPDX-License-Identifier: BSD-3-Clause
//
// What a drive says of the extensions: the CSDX area of Identify Namespace, and the answers to
// describe. Tested by identify_test.cc.
#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

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
constexpr size_t kMaxRecordAt = 56;

struct Capability {
    uint8_t bit;
    bool Extensions::*member;
};
constexpr Capability kCapabilities[] = {
    {0, &Extensions::append},       {1, &Extensions::offset},  {2, &Extensions::select},
    {3, &Extensions::asynchronous}, {4, &Extensions::compose}, {5, &Extensions::more},
    {7, &Extensions::reasons},
};

// Offsets within the description of a result.
constexpr size_t kStateAt = 8;
constexpr size_t kReasonAt = 12;
constexpr size_t kPlaceBytesAt = 14;
constexpr size_t kPositionAt = 16;
constexpr size_t kSubjectOffsetAt = 20;
constexpr size_t kSubjectBytesAt = 24;
constexpr size_t kRecordAt = 32;
constexpr size_t kValuesDoneAt = 40;
constexpr size_t kValuesAt = 44;
constexpr size_t kBytesReadAt = 48;
constexpr uint32_t kNoPosition = UINT32_MAX;

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
    store_le<uint64_t>(area, kMaxRecordAt, extensions.max_record_bytes);
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
    extensions.max_record_bytes = load_le<uint64_t>(area, kMaxRecordAt);
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
    store_le<uint32_t>(out, kStateAt, static_cast<uint32_t>(result.state));
    store_le<uint32_t>(out, kValuesDoneAt, result.values_done);
    store_le<uint32_t>(out, kValuesAt, result.values);
    store_le<uint64_t>(out, kBytesReadAt, result.bytes_read);
    if (result.state != ResultState::kFailed) return;
    store_le<uint16_t>(out, kReasonAt, static_cast<uint16_t>(result.reason));
    store_le<uint16_t>(out, kPlaceBytesAt, result.place_bytes);
    store_le<uint32_t>(out, kPositionAt, result.position.value_or(kNoPosition));
    store_le<uint32_t>(out, kSubjectOffsetAt, result.subject_offset);
    store_le<uint32_t>(out, kSubjectBytesAt, result.subject_bytes);
    store_le<uint64_t>(out, kRecordAt, result.record);
}

ResultDescription read_result_description(Bytes in) {
    assert(in.size() >= kDescribeBytes);
    // A state that is not known is a failure to the host: it must not wait for it or read from it.
    const uint32_t state = load_le<uint32_t>(in, kStateAt);
    ResultDescription result;
    result.size = load_le<uint64_t>(in, 0);
    result.state = state <= 1 ? static_cast<ResultState>(state) : ResultState::kFailed;
    result.values_done = load_le<uint32_t>(in, kValuesDoneAt);
    result.values = load_le<uint32_t>(in, kValuesAt);
    result.bytes_read = load_le<uint64_t>(in, kBytesReadAt);
    if (result.state != ResultState::kFailed) return result;
    result.reason = static_cast<ReasonCode>(load_le<uint16_t>(in, kReasonAt));
    // A drive that tells no reasons has zeros here, and no position.
    if (result.reason == ReasonCode::kUnknown) return result;
    result.place_bytes = load_le<uint16_t>(in, kPlaceBytesAt);
    const uint32_t position = load_le<uint32_t>(in, kPositionAt);
    if (position != kNoPosition) result.position = position;
    result.subject_offset = load_le<uint32_t>(in, kSubjectOffsetAt);
    result.subject_bytes = load_le<uint32_t>(in, kSubjectBytesAt);
    result.record = load_le<uint64_t>(in, kRecordAt);
    return result;
}

void describe_reason(const QueryReason& reason, ResultDescription& result) {
    result.reason = reason.code;
    result.position = reason.position;
    result.place_bytes = reason.place_bytes;
    result.subject_offset = reason.subject_offset;
    result.subject_bytes = reason.subject_bytes;
    result.record = reason.record;
}

QueryReason described_reason(const ResultDescription& result, std::string sentence) {
    QueryReason reason;
    const bool fits = result.state == ResultState::kFailed && result.size == sentence.size();
    reason.sentence = std::move(sentence);
    if (!fits) return reason;
    reason.code = result.reason;
    reason.position = result.position;
    reason.record = result.record;
    reason.subject_offset = result.subject_offset;
    reason.subject_bytes = result.subject_bytes;
    reason.place_bytes = result.place_bytes;
    reason.clamp();
    return reason;
}

}  // namespace csd::nvme
