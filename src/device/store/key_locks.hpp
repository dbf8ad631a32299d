// SPDX-License-Identifier: BSD-3-Clause
//
// KeyLocks: one writer lock for each key in use, none for the rest.
//
// An append may hold its key for the time it takes to write gigabytes, so stripes shared by unrelated keys
// will not do. Locks are exact: a small set of held keys in each of 64 shards.
//
// Threads: any. A thread holds at most one key. Order: a key before every other lock of the store.
// Tested by key_locks_test.cc.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "base/cancel.hpp"
#include "base/key.hpp"

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
                std::erase(shard_->held, key_);
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
        const auto is_free = [&] {
            return std::find(shard.held.begin(), shard.held.end(), key) == shard.held.end();
        };
        while (!is_free()) {
            if (cancel.cancelled()) return {};
            shard.freed.wait_for(guard, std::chrono::milliseconds(5));
        }
        shard.held.push_back(key);
        return {&shard, key};
    }

  private:
    struct Shard {
        std::mutex mutex;
        std::condition_variable freed;
        std::vector<Key> held;  // guarded by mutex
    };
    std::array<Shard, 64> shards_;
};

}  // namespace csd::store
