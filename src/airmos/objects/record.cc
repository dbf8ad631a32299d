// SPDX-License-Identifier: BSD-3-Clause
// Tested by records_test.cc.
#include "airmos/objects/record.hpp"

#include <algorithm>

#include "airmos/objects/digest.hpp"

namespace csd::airmos::objects {
namespace {

constexpr std::string_view kMagic = "AMOS";
constexpr size_t kHeadBytes = 8;
constexpr size_t kSumBytes = 8;
constexpr size_t kUsualBytes = 512;

}  // namespace

RecordWriter::RecordWriter(RecordType type) {
    bytes_.reserve(kUsualBytes);
    for (const char letter : kMagic) number(static_cast<uint8_t>(letter));
    number(static_cast<uint8_t>(type));
    number(kRecordVersion);
    number(uint16_t{0});
}

void RecordWriter::text(std::string_view text) {
    number(static_cast<uint32_t>(text.size()));
    raw(as_bytes(text));
}

std::vector<uint8_t> RecordWriter::finish() && {
    const Digest digest = sha256(bytes_);
    number(load_le<uint64_t>(digest, 0));
    return std::move(bytes_);
}

Result<RecordReader> RecordReader::open(RecordType type, Bytes value) {
    const bool framed = value.size() >= kHeadBytes + kSumBytes &&
                        as_text(value.first(kMagic.size())) == kMagic &&
                        value[4] == static_cast<uint8_t>(type);
    if (!framed) return Status(Code::kIo, "the value is not a record of AirMOS");
    const Bytes before = value.first(value.size() - kSumBytes);
    const Bytes sum = value.last(kSumBytes);
    if (!std::equal(sum.begin(), sum.end(), sha256(before).begin())) {
        return Status(Code::kIo, "the record is damaged: its checksum is wrong");
    }
    if (value[5] != kRecordVersion) {
        return Status(Code::kUnsupported, "the record is of version " + std::to_string(value[5]) +
                                              "; a newer AirMOS made it");
    }
    return RecordReader(before.subspan(kHeadBytes));
}

Bytes RecordReader::take(size_t bytes) {
    if (bytes > rest_.size()) {
        short_ = true;
        rest_ = {};
        return {};
    }
    const Bytes taken = rest_.first(bytes);
    rest_ = rest_.subspan(bytes);
    return taken;
}

size_t RecordReader::count(size_t least) {
    const size_t count = number<uint32_t>();
    if (count <= rest_.size() / least) return count;
    short_ = true;
    return 0;
}

}  // namespace csd::airmos::objects
