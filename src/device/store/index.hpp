// SPDX-License-Identifier: BSD-3-Clause
//
// Index: which values exist, in order, with sizes; complete some time after the drive has opened.
//
// Until complete() it only knows the keys that were touched since open, including those known to be
// absent, and answers kUnknown for the rest: the caller then looks at the file and adopts what it saw. What
// the index knows wins over what the scan of the directory saw, because the scan may have looked before a change, or
// in the middle of it.
//
// Threads: any. One reader-writer lock, held for a descent, a change or a listing, never across a system
// call; it is the innermost lock of the store. Tested by index_test.cc.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "device/store/key_tree.hpp"
#include "device/store/record.hpp"
#include "device/store/rw_lock.hpp"

namespace csd::store {

class Index {
  public:
    enum class Answer : uint8_t { kPresent, kAbsent, kUnknown };
    struct Found {
        Answer answer = Answer::kUnknown;
        Record record;  // when present
    };
    struct Totals {
        uint64_t keys = 0;
        uint64_t bytes = 0;  // of keys and values
    };

    // Told each key in order until it returns false. It runs under the lock: it must be quick and must not call the store.
    using Visit = std::function<bool(const Key&)>;

    Found find(const Key& key) const;
    std::optional<Found> try_find(const Key& key) const;  // nothing when the lock is held
    // While loading: the record, which may be absent, becomes known unless the key is. Returns what is known then.
    Found adopt(const Record& seen);
    // In one step, also for listings: the record is there and the other keys are gone.
    void set(const Record& record, std::span<const Key> removed = {});
    void remove(const Key& key);
    void clear();  // a format: complete, and empty

    // Ends the loading: `scanned` is what the directory held, in any order, without duplicates.
    Totals complete_with(std::vector<Record> scanned);
    bool complete() const { return complete_.load(std::memory_order_acquire); }

    Totals totals() const;
    // All keys at or after `start`, as they are at one instant; with `total`, counts them, in O(log n).
    void list(const Key& start, const Visit& visit, uint64_t* total) const;
    // The same without waiting for the lock; false when it is held.
    bool try_list(const Key& start, const Visit& visit, uint64_t* total) const;

  private:
    Found find_locked(const Key& key) const;
    void set_locked(const Record& record);
    void remove_locked(const Key& key);
    void list_locked(const Key& start, const Visit& visit, uint64_t* total) const;

    mutable RwLock lock_;
    KeyTree tree_;                        // guarded by lock_
    Totals totals_;                       // guarded by lock_
    std::atomic<bool> complete_ = false;  // changed under lock_
};

}  // namespace csd::store
