// SPDX-License-Identifier: BSD-3-Clause
//
// HotFiles: descriptors of values read lately, so that a retrieve costs one read.
//
// An entry is the present version of its key, always: whoever changes a value updates the index first and
// drops the entry then, and an entry is only added while the index still agrees (see add). A reader holds
// its entry by shared_ptr, so the bytes stay readable after the entry, or the file's name, has gone.
//
// Threads: any. Sharded by key; a shard's lock is held for a look-up, and around one index look-up when an
// entry is added (order: shard, then index). Tested by hot_files_test.cc.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/key.hpp"
#include "base/unique_fd.hpp"

namespace csd::store {

struct HotFile {
    HotFile(UniqueFd file, uint64_t bytes) : fd(std::move(file)), size(bytes) {}
    const UniqueFd fd;           // read-only
    std::atomic<uint64_t> size;  // committed; grows when the value is appended to in place
};
using HotFilePtr = std::shared_ptr<HotFile>;

class HotFiles {
  public:
    explicit HotFiles(size_t capacity) : shard_capacity_((capacity + kShards - 1) / kShards) {}

    HotFilePtr find(const Key& key);
    // Nothing also when another thread holds the shard.
    HotFilePtr try_find(const Key& key);
    // Adds the file if `is_current()` says, under the shard's lock, that it is still the value of the key.
    void add(const Key& key, HotFilePtr file, const std::function<bool()>& is_current);
    void drop(const Key& key);
    void grow(const Key& key, uint64_t size);
    void clear();

  private:
    struct Entry {
        HotFilePtr file;
        uint64_t used_at = 0;  // the number of additions when it last went to the front
        std::list<Key>::iterator place;
    };
    struct Shard {
        std::mutex mutex;
        std::unordered_map<Key, Entry, KeyHash> by_key;  // guarded by mutex
        std::list<Key> recent;   // roughly the latest first; guarded by mutex
        uint64_t additions = 0;  // guarded by mutex
    };

    static constexpr size_t kShards = 32;
    // The high bits: KeyLocks and the hash tables use the low ones.
    Shard& shard_of(const Key& key) { return shards_[KeyHash()(key) >> 20 & (kShards - 1)]; }
    HotFilePtr find_locked(Shard& shard, const Key& key);

    const size_t shard_capacity_;
    std::array<Shard, kShards> shards_;
};

}  // namespace csd::store
