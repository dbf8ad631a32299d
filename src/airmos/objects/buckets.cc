// SPDX-License-Identifier: BSD-3-Clause
//
// Buckets: every drive has the record of each, so any drive can be lost without losing one. A change needs all drives.
// After a crash in mid-change the next start makes the drives equal: a bucket that one of them has exists.
// Tested by set_test.cc, fault_test.cc.
#include "airmos/objects/store.hpp"

namespace csd::airmos::objects {

// One change of a bucket name at a time.
class BusyBucket {
  public:
    BusyBucket(Store& store, const std::string& name) : store_(store), name_(name) {
        const std::lock_guard lock(store_.busy_mutex_);
        mine_ = store_.busy_buckets_.insert(name_).second;
    }
    ~BusyBucket() {
        if (!mine_) return;
        const std::lock_guard lock(store_.busy_mutex_);
        store_.busy_buckets_.erase(name_);
    }
    BusyBucket(const BusyBucket&) = delete;
    BusyBucket& operator=(const BusyBucket&) = delete;
    bool mine() const { return mine_; }

  private:
    Store& store_;
    const std::string name_;
    bool mine_ = false;
};

Task<Outcome<>> Store::on_every_drive(std::function<Status(Drive&, kv::Client&)> change) {
    for (const auto& drive : drives_) {
        auto work = [&](kv::Client& client) -> Outcome<> {
            const Status done = change(*drive, client);
            if (!done.ok()) return error_of(done);
            return Nothing{};
        };
        auto done = co_await drive->run(Lane::kQuick, std::move(work));
        if (!done.ok()) co_return done.error();
    }
    co_return Nothing{};
}

Task<Outcome<>> Store::create_bucket(BucketInfo info) {
    const BusyBucket busy(*this, info.name);
    if (!busy.mine()) co_return Error("OperationAborted");
    if (const auto there = all_available(); !there.ok()) co_return there.error();
    if (catalog_.find(info.name)) {
        co_return Error("BucketAlreadyOwnedByYou").with("BucketName", info.name);
    }
    auto bucket = std::make_shared<Bucket>(random_number());
    if (info.created == 0) info.created = now_ms();
    bucket->info = std::move(info);
    bucket->revision = 1;
    const auto record = encode(BucketRecord{bucket->id, bucket->revision, bucket->info});
    auto stored = co_await on_every_drive([&](Drive& drive, kv::Client& client) {
        return store_value(drive, client, bucket_key(bucket->id), record);
    });
    if (!stored.ok()) {
        for (const auto& drive : drives_) drive->discard(bucket_key(bucket->id));
        co_return stored.error();
    }
    const std::string name = bucket->info.name;
    catalog_.add(bucket, name);
    co_return Nothing{};
}

Task<Outcome<>> Store::delete_bucket(std::string name) {
    const BusyBucket busy(*this, name);
    if (!busy.mine()) co_return Error("OperationAborted");
    const auto found = find_bucket(name);
    if (!found.ok()) co_return found.error();
    if (const auto there = all_available(); !there.ok()) co_return there.error();
    Bucket& bucket = *found.value();
    {
        const std::unique_lock lock(bucket.mutex);
        if (bucket.names.size() > 0) co_return Error("BucketNotEmpty").with("BucketName", name);
        if (bucket.changes > 0 || unclear_count_ > 0) co_return Error("OperationAborted");
        bucket.life = Bucket::Life::kEnding;
    }
    const Key key = bucket_key(bucket.id);
    auto erased = co_await on_every_drive(
        [&](Drive&, kv::Client& client) { return erase_value(client, key); });
    if (!erased.ok()) {
        const std::unique_lock lock(bucket.mutex);
        bucket.life = Bucket::Life::kServed;
        co_return erased.error();
    }
    // No request finds it from here on. Only then is it gone for those who have found it, so that no change is told that there is
    // no such bucket while others still find it.
    catalog_.remove(bucket, name);
    std::vector<std::pair<std::shared_ptr<UploadState>, Parts>> ended;
    {
        const std::unique_lock lock(bucket.mutex);
        bucket.life = Bucket::Life::kGone;
        while (!bucket.uploads.empty()) {
            const auto upload = bucket.uploads.begin()->second;
            ended.emplace_back(upload, end_upload(bucket, *upload));
        }
    }
    for (const auto& [upload, parts] : ended) {
        drives_[upload->drive]->discard(upload_key(upload->id));
        free_parts(*upload, parts);
    }
    co_return Nothing{};
}

Task<Outcome<>> Store::set_bucket_tags(std::string name, Pairs tags) {
    const BusyBucket busy(*this, name);
    if (!busy.mine()) co_return Error("OperationAborted");
    const auto found = find_bucket(name);
    if (!found.ok()) co_return found.error();
    if (const auto there = all_available(); !there.ok()) co_return there.error();
    Bucket& bucket = *found.value();
    BucketRecord record{.id = bucket.id, .revision = 0, .info = {}};
    {
        const std::shared_lock lock(bucket.mutex);
        record.revision = bucket.revision + 1;
        record.info = bucket.info;
    }
    record.info.tags = std::move(tags);
    const auto bytes = encode(record);
    auto stored = co_await on_every_drive([&](Drive& drive, kv::Client& client) {
        return store_value(drive, client, bucket_key(record.id), bytes);
    });
    // Even if a drive failed: some have the new revision, and the next must be above it.
    const std::unique_lock lock(bucket.mutex);
    bucket.revision = record.revision;
    if (!stored.ok()) co_return stored.error();
    bucket.info = std::move(record.info);
    co_return Nothing{};
}

Outcome<BucketInfo> Store::bucket(const std::string& name) const {
    const auto found = find_bucket(name);
    if (!found.ok()) return found.error();
    const std::shared_lock lock(found.value()->mutex);
    return found.value()->info;
}

std::vector<BucketInfo> Store::buckets() const {
    std::vector<BucketInfo> infos;
    for (const auto& bucket : catalog_.all()) {
        const std::shared_lock lock(bucket->mutex);
        infos.push_back(bucket->info);
    }
    return infos;
}

}  // namespace csd::airmos::objects
