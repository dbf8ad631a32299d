// SPDX-License-Identifier: BSD-3-Clause
//
// Pins: which data is being read. Data that nothing names any more is freed when its last reader has gone.
//
// A reader pins what the index names while it holds the bucket's lock; a writer frees what the index has ceased to name. So
// a pin comes before the question whether anybody reads, or finds another name in the index.
// Threads: any. Tested by listing_test.cc, store_test.cc.
#pragma once

#include <mutex>
#include <unordered_map>

#include "airmos/objects/layout.hpp"

namespace csd::airmos::objects {

class Pins {
  public:
    void pin(const DataId& id) {
        const std::lock_guard lock(mutex_);
        pinned_[id].readers++;
    }
    // True: it may be freed now. Else unpin() says so to the last reader.
    bool may_free(const DataId& id) {
        const std::lock_guard lock(mutex_);
        const auto found = pinned_.find(id);
        if (found == pinned_.end()) return true;
        found->second.doomed = true;
        return false;
    }
    // True: it was to be freed, and nobody reads it any more.
    bool unpin(const DataId& id) {
        const std::lock_guard lock(mutex_);
        const auto found = pinned_.find(id);
        if (--found->second.readers > 0) return false;
        const bool doomed = found->second.doomed;
        pinned_.erase(found);
        return doomed;
    }

  private:
    struct Pinned {
        uint32_t readers = 0;
        bool doomed = false;
    };
    std::mutex mutex_;
    std::unordered_map<DataId, Pinned, DataIdHash> pinned_;  // guarded by mutex_
};

}  // namespace csd::airmos::objects
