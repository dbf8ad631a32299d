// SPDX-License-Identifier: BSD-3-Clause
//
// Index: which values exist, in order, with sizes; complete some time after the drive has opened.
//
// Until complete() it only knows the keys that were touched since open, including those known to be
// absent, and answers kUnknown for the rest: the caller then looks at the file. What it knows wins over
// what the scan of the directory saw, because the scan may have looked before the change.
//
// Threads: any. One reader-writer lock, held for a descent or a page of a listing, never across a system
// call; it is the innermost lock of the store. Tested by index_test.cc.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
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

    Found find(const Key& key) const;
    std::optional<Found> try_find(const Key& key) const;  // nothing when the lock is held
    void set(const Record& record);
    void remove(const Key& key);
    void clear();  // a format: complete, and empty

    // Ends the loading: `scanned` is what the directory held, in any order, without duplicates.
    Totals complete_with(std::vector<Record> scanned);
    bool complete() const { return complete_.load(std::memory_order_acquire); }

    Totals totals() const;
    // The next keys at or after `start` (after it, if `skip_start`), at most `limit`; with `total`, counts all.
    void page(const Key& start, bool skip_start, size_t limit, std::vector<Key>* keys,
              uint64_t* total) const;
    // The same without waiting for the lock; false when it is held.
    bool try_page(const Key& start, bool skip_start, size_t limit, std::vector<Key>* keys,
                  uint64_t* total) const;

  private:
    Found find_locked(const Key& key) const;
    void page_locked(const Key& start, bool skip_start, size_t limit, std::vector<Key>* keys,
                     uint64_t* total) const;

    mutable RwLock lock_;
    KeyTree tree_;                        // guarded by lock_
    Totals totals_;                       // guarded by lock_
    std::atomic<bool> complete_ = false;  // changed under lock_
};

}  // namespace csd::store
