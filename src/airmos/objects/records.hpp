// SPDX-License-Identifier: BSD-3-Clause
//
// The records: what each small value on a drive says, with encode and decode side by side. docs/s3.md describes them.
// Decoding judges: what comes from a drive may be anything. Threads: values. Tested by records_test.cc.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "airmos/objects/layout.hpp"
#include "airmos/objects/objects.hpp"
#include "csd/status.hpp"

namespace csd::airmos::objects {

// On every drive: whose it is. A set is being formed until every drive of it says `formed`.
struct SetRecord {
    std::array<uint8_t, 16> set{};
    uint32_t count = 0;
    uint32_t index = 0;  // from 0
    bool formed = false;
};

// On every drive, the same. The highest revision is the truth.
struct BucketRecord {
    uint64_t id = 0;
    uint64_t revision = 0;
    BucketInfo info;
};

// The object: whichever data it names is the object's.
struct Manifest {
    uint64_t bucket = 0;
    DataId data;
    ObjectInfo info;
    // Tells this manifest from every other that its name has had: new data has a new id, and new tags other bytes. It is the
    // checksum of the record, so it is not stored beside it: decode() fills it, and version_of() gives that of an encoded one.
    uint64_t version = 0;
};

struct UploadRecord {
    uint64_t bucket = 0;
    UploadId id;
    Upload upload;
};

// How an upload ended, for clients that ask again. It is stored before the manifest that it announces: an upload whose record
// is still there has ended only if a manifest names `data`.
struct CompletionRecord {
    uint64_t bucket = 0;
    UploadId id;
    DataId data;
    uint64_t ended = 0;                 // milliseconds since 1970
    std::array<uint8_t, 32> request{};  // SHA-256 of what the client asked for
    std::string name;
    Completion made;
};

struct PartRecord {
    UploadId upload;
    DataId data;
    Part part;
};

struct NodeRecord {
    std::string name;
    std::string value;
};

std::vector<uint8_t> encode(const SetRecord& record);
std::vector<uint8_t> encode(const BucketRecord& record);
std::vector<uint8_t> encode(const Manifest& record);
std::vector<uint8_t> encode(const UploadRecord& record);
std::vector<uint8_t> encode(const CompletionRecord& record);
std::vector<uint8_t> encode(const PartRecord& record);
std::vector<uint8_t> encode(const NodeRecord& record);

uint64_t version_of(Bytes manifest);

// Tells one request to complete an upload from another.
std::array<uint8_t, 32> digest_of(const std::vector<CompletedPart>& parts,
                                  const Condition& condition);

// decode<Manifest>(value), and so on.
template <typename T>
Result<T> decode(Bytes value);
template <>
Result<SetRecord> decode(Bytes value);
template <>
Result<BucketRecord> decode(Bytes value);
template <>
Result<Manifest> decode(Bytes value);
template <>
Result<UploadRecord> decode(Bytes value);
template <>
Result<CompletionRecord> decode(Bytes value);
template <>
Result<PartRecord> decode(Bytes value);
template <>
Result<NodeRecord> decode(Bytes value);

}  // namespace csd::airmos::objects
