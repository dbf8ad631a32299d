// SPDX-License-Identifier: BSD-3-Clause
//
// KeyLocks: one writer lock for each key in use, none for the rest.
//
// An append may hold its key for the time it takes to write gigabytes, so stripes shared by unrelated keys
// will not do. Locks are exact: a small set of held keys in each of 64 shards.
//
// A thread holds one key, or several that it took together with lock_all, which takes them in the order of keys so that
// two threads never wait for each other.
//
// Threads: any. Order: keys before every other lock of the store.
// Tested by key_locks_test.cc.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

#include "csd/cancel.hpp"
#include "csd/key.hpp"

namespace csd::store {

class KeyLocks {
    struct Shard;

  public:
    class Held {
      public:
        Held() = default;
        Held(Held&& other) noexcept
            : shard_(std::exchange(other.shard_, nullptr)), key_(other.key_) {}
        Held& operator=(Held&& other) noexcept {
            release();
            shard_ = std::exchange(other.shard_, nullptr);
            key_ = other.key_;
            return *this;
        }
        ~Held() { release(); }

        explicit operator bool() const { return shard_ != nullptr; }
        void release() {
            if (shard_ == nullptr) return;
            {
                const std::lock_guard guard(shard_->mutex);
                shard_->held.erase(key_);
            }
            std::exchange(shard_, nullptr)->freed.notify_all();
        }

      private:
        friend class KeyLocks;
        Held(Shard* shard, const Key& key) : shard_(shard), key_(key) {}
        Shard* shard_ = nullptr;
        Key key_;
    };

    // Waits for the key; false in a boolean context when cancelled first.
    Held lock(const Key& key, CancelToken cancel = {}) {
        Shard& shard = shards_[KeyHash()(key) % shards_.size()];
        std::unique_lock guard(shard.mutex);
        while (shard.held.contains(key)) {
            if (cancel.cancelled()) return {};
            shard.freed.wait_for(guard, std::chrono::milliseconds(5));
        }
        shard.held.insert(key);
        return {&shard, key};
    }

    // `keys` is sorted and has no key twice. Empty when cancelled first.
    std::vector<Held> lock_all(std::span<const Key> keys, CancelToken cancel = {}) {
        std::vector<Held> all;
        all.reserve(keys.size());
        for (const Key& key : keys) {
            all.push_back(lock(key, cancel));
            if (!all.back()) return {};
        }
        return all;
    }

  private:
    struct Shard {
        std::mutex mutex;
        std::condition_variable freed;
        std::unordered_set<Key, KeyHash> held;  // guarded by mutex
    };
    std::array<Shard, 64> shards_;
};

}  // namespace csd::store
