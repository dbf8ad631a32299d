// SPDX-License-Identifier: BSD-3-Clause
// Tested by records_test.cc.
#include "airmos/objects/layout.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "airmos/objects/digest.hpp"

namespace csd::airmos::objects {
namespace {

constexpr size_t kStartBytes = 8;

// The type, `bytes`, and zeros to the full length, so that all keys of a type are equally long.
Key key_of(RecordType type, Bytes bytes) {
    std::array<uint8_t, Key::kMaxBytes> whole{};
    whole[0] = static_cast<uint8_t>(type);
    std::copy(bytes.begin(), bytes.end(), whole.begin() + 1);
    return *Key::from_bytes(whole);
}

bool is_of(const Key& key, RecordType type) {
    return key.size() == Key::kMaxBytes && key[0] == static_cast<uint8_t>(type);
}

std::array<uint8_t, 8> big_endian(uint64_t number) {
    std::array<uint8_t, 8> bytes;
    for (size_t i = 0; i < bytes.size(); i++)
        bytes[i] = static_cast<uint8_t>(number >> 8 * (7 - i));
    return bytes;
}

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

}  // namespace

NameHash hash_name(uint64_t bucket, std::string_view name) {
    const auto id = big_endian(bucket);
    std::vector<uint8_t> text(id.begin(), id.end());
    text.insert(text.end(), name.begin(), name.end());
    const Digest digest = sha256(text);
    NameHash hash;
    std::copy_n(digest.begin(), hash.key.size(), hash.key.begin());
    hash.spread = load_le<uint64_t>(digest, hash.key.size());
    return hash;
}

size_t DataIdHash::operator()(const DataId& id) const {
    return load_le<uint64_t>(id.bytes, 0) ^ load_le<uint64_t>(id.bytes, 7);
}

std::string UploadId::text() const {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const uint8_t byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

std::optional<UploadId> UploadId::from_text(std::string_view text) {
    UploadId id;
    if (text.size() != 2 * id.bytes.size()) return std::nullopt;
    for (size_t i = 0; i < id.bytes.size(); i++) {
        const int high = digit_of(text[2 * i]);
        const int low = digit_of(text[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        id.bytes[i] = static_cast<uint8_t>(high << 4 | low);
    }
    return id;
}

Key set_key() {
    return key_of(RecordType::kSet, {});
}

Key node_key(std::string_view name) {
    return key_of(RecordType::kNode, Bytes(sha256(as_bytes(name))).first(15));
}

Key bucket_key(uint64_t bucket) {
    return key_of(RecordType::kBucket, big_endian(bucket));
}

Key manifest_key(const NameHash& hash, uint8_t place) {
    std::array<uint8_t, 15> bytes;
    std::copy(hash.key.begin(), hash.key.end(), bytes.begin());
    bytes.back() = place;
    return key_of(RecordType::kManifest, bytes);
}

Key data_key(const DataId& id) {
    return key_of(RecordType::kData, id.bytes);
}

Key upload_key(const UploadId& id) {
    return key_of(RecordType::kUpload, id.bytes);
}

Key completion_key(const UploadId& id) {
    return key_of(RecordType::kCompletion, id.bytes);
}

Key part_key(const UploadId& id, uint32_t number) {
    std::array<uint8_t, 14> bytes;
    std::copy(id.bytes.begin(), id.bytes.end(), bytes.begin());
    bytes[12] = static_cast<uint8_t>(number >> 8);
    bytes[13] = static_cast<uint8_t>(number);
    return key_of(RecordType::kPart, bytes);
}

Key prefix_of(RecordType type) {
    const auto first = static_cast<uint8_t>(type);
    return *Key::from_bytes(Bytes(&first, 1));
}

std::optional<DataId> data_id_of(const Key& key) {
    if (!is_of(key, RecordType::kData)) return std::nullopt;
    DataId id;
    std::copy_n(key.data() + 1, id.bytes.size(), id.bytes.begin());
    return id;
}

std::optional<uint8_t> place_of(const Key& key) {
    if (!is_of(key, RecordType::kManifest)) return std::nullopt;
    return key[Key::kMaxBytes - 1];
}

// Without random numbers nothing here is safe; a system that has none is not one to run on.
uint64_t random_number() {
    uint64_t number = 0;
    if (getrandom(&number, sizeof number, 0) != sizeof number) std::abort();
    return number;
}

UploadId random_upload_id() {
    UploadId id;
    for (uint8_t& byte : id.bytes) byte = static_cast<uint8_t>(random_number());
    return id;
}

DataId FreshIds::next() {
    DataId id;
    const auto start = big_endian(start_);
    const auto number = big_endian(next_.fetch_add(1, std::memory_order_relaxed));
    std::copy(start.begin(), start.end(), id.bytes.begin());
    std::copy(number.begin() + 1, number.end(), id.bytes.begin() + kStartBytes);
    return id;
}

bool FreshIds::made_here(const DataId& id) const {
    const auto start = big_endian(start_);
    return std::equal(start.begin(), start.end(), id.bytes.begin());
}

}  // namespace csd::airmos::objects
