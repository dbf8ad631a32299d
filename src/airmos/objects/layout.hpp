// SPDX-License-Identifier: BSD-3-Clause
//
// Layout: which 16-byte key holds what. docs/s3.md, "Objects on the drives", has the table; this is its only code.
//
// The first byte is the type of the record, so that one listing by prefix finds all of a type. Keys that come from a drive
// are judged by parse functions; those we make are always whole.
// Threads: values; FreshIds from any thread. Tested by records_test.cc.
#pragma once

#include <array>
#include <atomic>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "csd/key.hpp"

namespace csd::airmos::objects {

enum class RecordType : uint8_t {
    kBucket = 'B',
    kCompletion = 'C',
    kData = 'D',
    kManifest = 'M',
    kNode = 'N',
    kPart = 'P',
    kSet = 'S',
    kUpload = 'U',
};

// The name of an object as its keys have it. `key` leads to the manifest; `spread` decides the drive.
struct NameHash {
    std::array<uint8_t, 14> key{};
    uint64_t spread = 0;
};
// SHA-256, because strangers choose names. Tests bring a weaker one to see collisions.
NameHash hash_name(uint64_t bucket, std::string_view name);

// The name of the bytes of one version of an object, or of one part. Never used twice.
struct DataId {
    std::array<uint8_t, 15> bytes{};
    friend auto operator<=>(const DataId&,
                            const DataId&) = default;  // NOLINT(modernize-use-nullptr)
};
struct DataIdHash {
    size_t operator()(const DataId& id) const;
};

struct UploadId {
    std::array<uint8_t, 12> bytes{};
    std::string text() const;  // 24 hexadecimal digits
    static std::optional<UploadId> from_text(std::string_view text);
    friend auto operator<=>(const UploadId&,
                            const UploadId&) = default;  // NOLINT(modernize-use-nullptr)
};

Key set_key();
Key node_key(std::string_view name);
Key bucket_key(uint64_t bucket);
Key manifest_key(const NameHash& hash, uint8_t place);
Key data_key(const DataId& id);
Key upload_key(const UploadId& id);
Key completion_key(const UploadId& id);
Key part_key(const UploadId& id, uint32_t number);

Key prefix_of(RecordType type);
std::optional<DataId> data_id_of(const Key& key);
// Nothing unless the key is of a manifest.
std::optional<uint8_t> place_of(const Key& key);

uint64_t random_number();
UploadId random_upload_id();

// Ids that no start of a node before this one has given: a random number, then a counter.
class FreshIds {
  public:
    FreshIds() : start_(random_number()) {}
    DataId next();
    bool made_here(const DataId& id) const;

  private:
    const uint64_t start_;
    std::atomic<uint64_t> next_{1};
};

}  // namespace csd::airmos::objects
