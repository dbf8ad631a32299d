// SPDX-License-Identifier: BSD-3-Clause
//
// Rebuild: from what lies on a drive to what is in memory, and what lies there for nothing.
//
// All manifests are read, by all threads of the drive, so the time grows with the number of objects (docs/s3.md has
// figures); 50 bytes an object are needed meanwhile. Data that neither a manifest nor a part names, and parts without
// an upload, are what a crash left: they are handed to the drive as garbage. Data of this start is never judged, since its
// upload may be under way. Where a record cannot be read, nothing is collected on that drive, because nobody knows
// what the record named.
// Threads: the keeper of the drive. Doing it again after a failure is safe. Tested by set_test.cc, fault_test.cc.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <vector>

#include "airmos/objects/store.hpp"

namespace csd::airmos::objects {

class Rebuild {
  public:
    struct FoundBucket {
        BucketRecord record;
        std::vector<size_t> drives;  // that have this revision
    };
    // Of all drives together, and before the others: what a drive lacks of the buckets is given to it.
    static Status buckets(Store& store, const std::vector<SetAnswer>& answers);
    static Status drive(Store& store, Drive& drive);

  private:
    Rebuild(Store& store, Drive& drive) : store_(store), drive_(drive) {}

    static void drop_half_made(Store& store, std::map<uint64_t, FoundBucket>& found);
    static Status give_to_others(Store& store, const FoundBucket& bucket);
    Status run();
    Status read_uploads();
    Status read_parts();
    Status read_completions();
    Status end_completed();
    Status read_manifests();
    Status read_some(kv::Client& client, const std::vector<Key>& keys, std::atomic<size_t>& next);
    void take(const Key& key, const Manifest& manifest);
    Status compare_data();
    void drop_missing(const std::vector<DataId>& missing);
    Result<std::vector<Key>> keys_of(RecordType type);
    // A record that cannot be used: said once each, and then nothing is collected.
    void distrust(const Key& key, const std::string& why);

    Store& store_;
    Drive& drive_;
    std::vector<Key> stale_;  // records that belong to nothing
    // Completions of uploads whose own record is there as well.
    struct Announced {
        std::shared_ptr<UploadState> upload;
        DataId data;
        uint64_t ended = 0;
    };
    std::vector<Announced> announced_;
    std::mutex mutex_;
    // Guarded by mutex_.
    std::vector<DataId> named_;  // by a record that is not stale
    size_t distrusted_ = 0;
};

}  // namespace csd::airmos::objects
