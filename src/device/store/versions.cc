// SPDX-License-Identifier: BSD-3-Clause
// Tested by versions_test.cc and interleaving_test.cc.
#include "device/store/versions.hpp"

#include <bitset>

#include "base/sync_point.hpp"

namespace csd::store {

Versions::Versions(size_t hot_files) {
    for (auto& shard : shards_) {
        shard = std::make_unique<Shard>((hot_files + kShards - 1) / kShards);
    }
}

std::optional<OpenVersion> Versions::opened(const Key& key) {
    Shard& shard = shard_of(key);
    const std::lock_guard guard(shard.mutex);
    const OpenVersion* open = shard.files.find(key);
    return open == nullptr ? std::nullopt : std::optional(*open);
}

std::optional<OpenVersion> Versions::try_opened(const Key& key, bool* busy) {
    Shard& shard = shard_of(key);
    const std::unique_lock guard(shard.mutex, std::try_to_lock);
    *busy = !guard.owns_lock();
    if (*busy) return std::nullopt;
    const OpenVersion* open = shard.files.find(key);
    return open == nullptr ? std::nullopt : std::optional(*open);
}

// The order matters: the caller read the index, then opened the name, and here the index is read again. If it has the
// same version both times, no change of the key took effect in between. A change that is under way may already have
// given the name to its own file, but that file exists at the same time as the old one and has another inode number,
// which the caller has compared.
bool Versions::keep(const Key& key, const OpenVersion& version) {
    Shard& shard = shard_of(key);
    OpenVersion evicted;  // closed after the lock is released
    const std::lock_guard guard(shard.mutex);
    const Index::Found now = index_.find(key);
    if (now.answer != Index::Answer::kPresent || now.record.version != version.version) {
        return false;
    }
    evicted = shard.files.put(key, version);
    return true;
}

void Versions::close_hot_files() {
    for (auto& shard : shards_) {
        HotFiles dropped(0);
        const std::lock_guard guard(shard->mutex);
        dropped = shard->files.clear();
    }
}

void Versions::publish(const Record& record) {
    Shard& shard = shard_of(record.key);
    OpenVersion dropped;
    const std::lock_guard guard(shard.mutex);
    index_.set(record);
    CSD_SYNC_POINT("publish.indexed");
    dropped = shard.files.drop(record.key);
}

void Versions::publish(const Record& record, std::span<const Key> removed) {
    if (removed.empty()) return publish(record);
    std::bitset<kShards> numbers;
    numbers.set(number_of(record.key));
    for (const Key& key : removed) numbers.set(number_of(key));
    std::vector<OpenVersion> dropped;  // closed after the locks are released
    dropped.reserve(removed.size() + 1);
    std::array<std::unique_lock<std::mutex>, kShards> held;
    for (size_t i = 0; i < kShards; i++) {
        if (numbers.test(i)) held[i] = std::unique_lock(shards_[i]->mutex);
    }
    index_.set(record, removed);
    CSD_SYNC_POINT("publish.indexed");
    dropped.push_back(shard_of(record.key).files.drop(record.key));
    for (const Key& key : removed) dropped.push_back(shard_of(key).files.drop(key));
}

void Versions::grow(const Record& record) {
    Shard& shard = shard_of(record.key);
    const std::lock_guard guard(shard.mutex);
    index_.set(record);
    CSD_SYNC_POINT("grow.indexed");
    shard.files.grow(record.key, record.size, record.version);
}

void Versions::remove(const Key& key) {
    Shard& shard = shard_of(key);
    OpenVersion dropped;
    const std::lock_guard guard(shard.mutex);
    index_.remove(key);
    CSD_SYNC_POINT("remove.indexed");
    dropped = shard.files.drop(key);
}

void Versions::clear() {
    std::vector<HotFiles> dropped;
    std::array<std::unique_lock<std::mutex>, kShards> held;
    for (size_t i = 0; i < kShards; i++) held[i] = std::unique_lock(shards_[i]->mutex);
    index_.clear();
    CSD_SYNC_POINT("clear.indexed");
    for (auto& shard : shards_) dropped.push_back(shard->files.clear());
}

}  // namespace csd::store
