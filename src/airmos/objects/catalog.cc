// SPDX-License-Identifier: BSD-3-Clause
// Tested by store_test.cc.
#include "airmos/objects/catalog.hpp"

namespace csd::airmos::objects {

BucketPointer Catalog::find(const std::string& name) const {
    const std::shared_lock lock(mutex_);
    const auto found = by_name_.find(name);
    return found != by_name_.end() ? found->second : nullptr;
}

BucketPointer Catalog::find(uint64_t id) const {
    const std::shared_lock lock(mutex_);
    const auto found = by_id_.find(id);
    return found != by_id_.end() ? found->second : nullptr;
}

std::vector<BucketPointer> Catalog::all() const {
    const std::shared_lock lock(mutex_);
    std::vector<BucketPointer> buckets;
    for (const auto& [name, bucket] : by_name_) buckets.push_back(bucket);
    return buckets;
}

bool Catalog::add(BucketPointer bucket, const std::string& name) {
    const std::unique_lock lock(mutex_);
    const auto [at, added] = by_name_.try_emplace(name, bucket);
    if (added) by_id_[bucket->id] = std::move(bucket);
    return added;
}

void Catalog::remove(const Bucket& bucket, const std::string& name) {
    const std::unique_lock lock(mutex_);
    by_id_.erase(bucket.id);
    const auto found = by_name_.find(name);
    if (found != by_name_.end() && found->second.get() == &bucket) by_name_.erase(found);
}

}  // namespace csd::airmos::objects
