// SPDX-License-Identifier: BSD-3-Clause
// Tested by hot_files_test.cc.
#include "device/store/hot_files.hpp"

#include <utility>

namespace csd::store {

HotFilePtr HotFiles::find_locked(Shard& shard, const Key& key) {
    const auto found = shard.by_key.find(key);
    if (found == shard.by_key.end()) return nullptr;
    shard.recent.splice(shard.recent.begin(), shard.recent, found->second);
    return found->second->file;
}

HotFilePtr HotFiles::find(const Key& key) {
    Shard& shard = shard_of(key);
    const std::lock_guard guard(shard.mutex);
    return find_locked(shard, key);
}

HotFilePtr HotFiles::try_find(const Key& key) {
    Shard& shard = shard_of(key);
    const std::unique_lock guard(shard.mutex, std::try_to_lock);
    if (!guard.owns_lock()) return nullptr;
    return find_locked(shard, key);
}

void HotFiles::add(const Key& key, HotFilePtr file, const std::function<bool()>& is_current) {
    Shard& shard = shard_of(key);
    std::list<Entry> evicted;  // closed after the lock is released
    const std::lock_guard guard(shard.mutex);
    if (!is_current()) return;
    const auto found = shard.by_key.find(key);
    if (found != shard.by_key.end()) {
        std::swap(found->second->file, file);
        return;
    }
    shard.recent.push_front({key, std::move(file)});
    shard.by_key.emplace(key, shard.recent.begin());
    if (shard.recent.size() > shard_capacity_) {
        shard.by_key.erase(shard.recent.back().key);
        evicted.splice(evicted.begin(), shard.recent, std::prev(shard.recent.end()));
    }
}

void HotFiles::drop(const Key& key) {
    Shard& shard = shard_of(key);
    std::list<Entry> dropped;
    const std::lock_guard guard(shard.mutex);
    const auto found = shard.by_key.find(key);
    if (found == shard.by_key.end()) return;
    dropped.splice(dropped.begin(), shard.recent, found->second);
    shard.by_key.erase(found);
}

void HotFiles::grow(const Key& key, uint64_t size) {
    Shard& shard = shard_of(key);
    const std::lock_guard guard(shard.mutex);
    const auto found = shard.by_key.find(key);
    if (found != shard.by_key.end()) {
        found->second->file->size.store(size, std::memory_order_release);
    }
}

void HotFiles::clear() {
    for (Shard& shard : shards_) {
        std::list<Entry> dropped;
        const std::lock_guard guard(shard.mutex);
        dropped.swap(shard.recent);
        shard.by_key.clear();
    }
}

}  // namespace csd::store
