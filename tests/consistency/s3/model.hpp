// SPDX-License-Identifier: BSD-3-Clause
//
// The model of an S3 node that the checker plays against: a few names of one prefix, and their uploads, as one object. They
// are one object because a listing shows one instant of all of them, and a Complete ends an upload at the instant at
// which a name changes.
//
// Values are numbers here. The content of an object is that of the bytes that one request sent; a copy has the
// same. Metadata and tags have numbers of their own, so that an answer that mixes two versions matches none.
// Pure; any thread. Tested by model_test.cc.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace csd::consistency::s3 {

inline constexpr size_t kNames = 3;
inline constexpr size_t kUploads = 4;  // open at one moment
inline constexpr size_t kParts = 2;    // numbers of an upload
inline constexpr size_t kThreads = 8;
inline constexpr size_t kCompleted = 8;  // that the model remembers
inline constexpr uint32_t kInParts =
    1u << 31;  // of a content: joined by Complete, so its ETag is another
inline constexpr uint32_t kStrange = ~uint32_t{0};  // what no request of this round sent

enum class Condition : uint8_t { kNone, kAbsent, kMatch, kNoneMatch };  // of the ETag of `expected`

struct Version {
    uint32_t content = 0;  // 0: there is no object
    uint32_t meta = 0;
    uint32_t tags = 0;  // 0: none

    bool operator==(const Version&) const = default;
};

struct OpenUpload {
    uint32_t id = 0;  // 0: the slot is free
    uint8_t name = 0;
    uint32_t meta = 0;
    std::array<uint32_t, kParts> parts{};  // contents; 0: absent

    bool operator==(const OpenUpload&) const = default;
};

// A completed upload, and the request that completed it: the same request is told the same, whatever has happened to the name
// since.
struct Completed {
    uint32_t id = 0;  // 0: the slot is free
    uint32_t content = 0;
    uint8_t number = 0;  // of the part
    Condition condition = Condition::kNone;

    bool operator==(const Completed&) const = default;
};

struct State {
    std::array<Version, kNames> names{};
    std::array<OpenUpload, kUploads> uploads{};  // in the order of their ids, the free slots behind
    std::array<Version, kThreads> copies{};      // read, and not yet written, by thread
    std::array<Completed, kCompleted> completed{};  // the last ones, the latest first
    uint32_t forgotten = 0;  // no upload with a greater id has left `completed`

    bool operator==(const State&) const = default;
};

enum class Kind : uint8_t {
    kPut,
    kDelete,
    kHead,
    kGet,
    kGetRange,
    kAttributes,
    kList,
    kCopyRead,  // the first half of a copy: its source at one instant
    kCopyWrite,
    kGetTags,
    kPutTags,  // also the deletion of all
    kCreateUpload,
    kPutPart,
    kListParts,
    kListUploads,
    kComplete,
    kAbort,
};
inline constexpr size_t kKinds = 17;
const char* name_of(Kind kind);

enum class Result : uint8_t {
    kDone,
    kNoSuchKey,
    kPreconditionFailed,
    kNotModified,
    kNoSuchUpload,
    kInvalidPart,
};

struct Operation {
    Kind kind = Kind::kHead;
    Result result = Result::kDone;
    Condition condition = Condition::kNone;
    uint8_t name = 0;
    uint8_t thread = 0;
    uint8_t number = 0;  // of a part, from 0
    bool replaces_meta = false;
    uint32_t expected = 0;  // the content whose ETag the condition names
    uint32_t upload = 0;
    // What was sent or seen. Of a HEAD or GET `tags` is how many there are.
    Version version;
    std::array<uint32_t, kNames> listed{};     // contents
    std::array<uint32_t, kUploads> uploads{};  // ids in order, zeros behind
    std::array<uint32_t, kParts> parts{};
};

// How many tags the tags of a number are: 1 to 3.
uint32_t tag_count(uint32_t tags);

struct Model {
    using State = s3::State;
    using Operation = s3::Operation;

    bool step(State& state, const Operation& operation) const;
    bool only_observes(const Operation& operation) const;
    uint64_t hash(const State& state) const;
    std::string text(const Operation& operation) const;
    std::string text(const State& state) const;
};

}  // namespace csd::consistency::s3
