// SPDX-License-Identifier: BSD-3-Clause
//
// Catalog: the buckets, their names and their uploads, in memory. Everything in it was read from the drives or stored there
// before it came here.
//
// Memory decides which version of a name is current: a change stores on the drive what it needs to survive a crash, and then
// takes effect at one instant, under the lock of the bucket. Whatever a request reads from a drive it compares with the version
// that memory names.
//
// A bucket that was deleted leaves the catalog, and then becomes kGone for requests that still hold it. A change of a name
// registers with its bucket while it lasts, so that a bucket is never deleted under it. Until the deletion has taken effect or
// failed, changes are told to come again: the bucket is still there for all who ask.
//
// Locks      of a name (Drive::lock_of), then of a bucket, then of an upload, then of the catalog; only the first is
//            held while a drive works.
// Threads    as the locks say. Tested by store_test.cc.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "airmos/objects/name_index.hpp"
#include "airmos/objects/objects.hpp"
#include "airmos/objects/records.hpp"

namespace csd::airmos::objects {

struct Bucket;

struct StoredPart {
    Part part;
    DataId data;
};

struct UploadState {
    enum class Phase : uint8_t { kOpen, kCompleting, kGone };

    UploadId id;
    size_t drive = 0;
    Upload upload;
    std::weak_ptr<Bucket> bucket;  // which holds the upload

    mutable std::mutex mutex;
    // Guarded by mutex; changed under the lock of the name as well.
    Phase phase = Phase::kOpen;
    std::map<uint32_t, StoredPart> parts;
    std::array<uint8_t, 32> request{};  // that is being completed
    bool recorded = false;              // its drive may have a CompletionRecord of it
};

struct Bucket {
    explicit Bucket(uint64_t id_) : id(id_) {}
    const uint64_t id;

    mutable std::shared_mutex mutex;
    // Guarded by mutex.
    uint64_t revision = 0;
    BucketInfo info;
    NameIndex names;
    std::map<std::pair<std::string, std::string>, std::shared_ptr<UploadState>> uploads;
    uint32_t changes = 0;  // under way
    enum class Life : uint8_t { kServed, kEnding, kGone };
    Life life = Life::kServed;

    // OperationAborted, NoSuchBucket; otherwise end_change() must follow.
    Outcome<> begin_change() {
        const std::unique_lock lock(mutex);
        if (life == Life::kEnding) return Error("OperationAborted");
        if (life == Life::kGone) return Error("NoSuchBucket").with("BucketName", info.name);
        changes++;
        return Nothing{};
    }
    void end_change() {
        const std::unique_lock lock(mutex);
        changes--;
    }
};
using BucketPointer = std::shared_ptr<Bucket>;

// A change of a name or upload of a bucket, from its construction to its end.
class BucketChange {
  public:
    explicit BucketChange(Bucket& bucket) : bucket_(bucket), begun_(bucket.begin_change()) {}
    ~BucketChange() {
        if (begun_.ok()) bucket_.end_change();
    }
    BucketChange(const BucketChange&) = delete;
    BucketChange& operator=(const BucketChange&) = delete;
    const Outcome<>& begun() const { return begun_; }

  private:
    Bucket& bucket_;
    const Outcome<> begun_;
};

class Catalog {
  public:
    BucketPointer find(const std::string& name) const;
    BucketPointer find(uint64_t id) const;
    std::vector<BucketPointer> all() const;  // by name
    // False: there is one of that name.
    bool add(BucketPointer bucket, const std::string& name);
    void remove(const Bucket& bucket, const std::string& name);

  private:
    mutable std::shared_mutex mutex_;
    // Guarded by mutex_.
    std::map<std::string, BucketPointer> by_name_;
    std::unordered_map<uint64_t, BucketPointer> by_id_;
};

}  // namespace csd::airmos::objects
