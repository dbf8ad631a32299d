// SPDX-License-Identifier: BSD-3-Clause
//
// DriveModel: what a drive promises of a small group of keys, for the checker of linearizability.
//
// The group is one object, because Compose, List and Format see several keys at one instant. The state is
// the content of each key. Versions are not part of it, because what a version belongs to would have to be guessed
// until the next description; check_without_order() compares them by time.
//
// Operation is plain data, so that it can lie in memory that outlives a killed process.
// Tested by drive_model_test.cc.
#pragma once

#include <array>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "consistency/linearizability.hpp"
#include "consistency/segment.hpp"
#include "csd/kv.hpp"
#include "csd/status.hpp"

namespace csd::consistency {

inline constexpr size_t kMaxKeys = 8;
inline constexpr size_t kMaxSources = 3;
inline constexpr size_t kMaxNamed = 6;

enum class Kind : uint8_t {
    kStore,          // one command, or several whose last replaces the value
    kStoreStaged,    // the same in two steps, with time between
    kAppend,         // one command without a guard
    kAppendGuarded,  // one command, only at the size given
    kAppendClient,   // Client::append: looks at the size, then appends there
    kDelete,
    kExist,
    kDescribe,
    kRetrieve,       // the whole value, in as many commands as that takes
    kRetrieveRange,  // one command
    kSelect,
    kList,
    kCompose,
    kFormat,
    kCount
};
inline constexpr size_t kKinds = static_cast<size_t>(Kind::kCount);
const char* name_of(Kind kind);

struct Operation {
    // What is asked for.
    Kind kind = Kind::kExist;
    uint8_t key = 0;
    kv::When when = kv::When::kAlways;
    bool delete_sources = false;
    bool forgiving = false;  // the drive deletes absent keys with success
    uint8_t source_count = 0;
    std::array<uint8_t, kMaxSources> sources{};
    Segment segment;      // what it writes
    uint64_t guard = 0;   // kAppendGuarded
    uint64_t offset = 0;  // kRetrieveRange
    // kStoreStaged: when the piece before the last had come, and when the last was sent; 0: never.
    uint64_t staged_since = 0, published_at = 0;

    // What came back, if anything did.
    bool known = false;
    Code code = Code::kOk;
    bool torn = false;  // the bytes are not whole segments, from `wrong_at` on
    uint64_t wrong_at = 0;
    uint64_t size = 0;                   // of the whole value
    uint64_t version = 0;                // 0: the drive does not tell
    uint64_t bytes = 0;                  // that came back
    uint64_t hash = 0;                   // kRetrieve: of the sequence; kRetrieveRange: of the bytes
    uint32_t present = 0;                // kList: a bit for each key; kExist: 0 or 1
    uint32_t lines = 0;                  // kSelect
    uint64_t first_id = 0, last_id = 0;  // kSelect: smallest and largest
    uint32_t segment_count = 0;
    std::array<uint64_t, kMaxNamed> ids{};  // of the first segments, for people
};

using DriveEntry = Entry<Operation>;
using DriveHistory = std::span<const DriveEntry>;

class DriveModel {
  public:
    using Operation = consistency::Operation;

    using Value = uint32_t;  // 0: absent; else the number of a content of this model
    using State = std::array<Value, kMaxKeys>;

    explicit DriveModel(size_t keys) : keys_(keys) {}

    bool step(State& state, const Operation& operation) const;
    bool only_observes(const Operation& operation) const;
    uint64_t parts(const Operation& operation) const;  // a bit for each key
    uint64_t hash(const State& state) const;
    std::string text(const Operation& operation) const;
    std::string text(const State& state) const;

  private:
    struct Content {
        std::vector<Segment> segments;
        uint64_t hash = kEmptyHash;
        uint64_t size = 0;
        uint64_t lines = 0;
        uint64_t first_id = ~uint64_t{0}, last_id = 0;
    };

    const Content& of(Value value) const { return contents_[value]; }
    uint32_t intern(Content content) const;
    static void extend(Content& content, const Segment& segment);
    Code expected(const State& state, const Operation& operation) const;
    bool apply(State& state, const Operation& operation) const;
    bool observes(const State& state, const Operation& operation) const;
    void compose(State& state, const Operation& operation) const;
    uint64_t hash_range(const Content& content, uint64_t offset, uint64_t bytes) const;

    const size_t keys_;
    // All contents that any order has led to. Slot 0 stands for an absent key. A memory, not a state.
    mutable std::vector<Content> contents_{1};
    mutable std::unordered_map<uint64_t, uint32_t> numbers_;
};

// What is wrong with a history, for people; empty when every promise was kept. Where the drive was opened again in
// between, a value may have had another version for a while.
std::string check_drive_history(DriveHistory history, size_t keys, bool opened_again = false);

// The promises that need no order: whole values, versions, format and what ends with it.
std::string check_without_order(const DriveModel& model, DriveHistory history, bool opened_again);

}  // namespace csd::consistency
