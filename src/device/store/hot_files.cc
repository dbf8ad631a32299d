// SPDX-License-Identifier: BSD-3-Clause
// Tested by hot_files_test.cc.
#include "device/store/hot_files.hpp"

#include <utility>

namespace csd::store {

HotFilePtr HotFiles::find_locked(Shard& shard, const Key& key) {
    const auto found = shard.by_key.find(key);
    if (found == shard.by_key.end()) return nullptr;
    Entry& entry = found->second;
    // Only moved to the front when it has drifted back: while nothing is added, a hit writes nothing.
    if (shard.additions - entry.used_at > shard_capacity_ / 8) {
        shard.recent.splice(shard.recent.begin(), shard.recent, entry.place);
        entry.used_at = shard.additions;
    }
    return entry.file;
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
    HotFilePtr evicted;  // closed after the lock is released
    const std::lock_guard guard(shard.mutex);
    if (!is_current()) return;
    const auto found = shard.by_key.find(key);
    if (found != shard.by_key.end()) {
        std::swap(found->second.file, file);
        return;
    }
    shard.recent.push_front(key);
    shard.by_key[key] = {std::move(file), ++shard.additions, shard.recent.begin()};
    if (shard.by_key.size() > shard_capacity_) {
        const auto last = shard.by_key.find(shard.recent.back());
        evicted = std::move(last->second.file);
        shard.by_key.erase(last);
        shard.recent.pop_back();
    }
}

void HotFiles::drop(const Key& key) {
    Shard& shard = shard_of(key);
    HotFilePtr dropped;
    const std::lock_guard guard(shard.mutex);
    const auto found = shard.by_key.find(key);
    if (found == shard.by_key.end()) return;
    dropped = std::move(found->second.file);
    shard.recent.erase(found->second.place);
    shard.by_key.erase(found);
}

void HotFiles::grow(const Key& key, uint64_t size) {
    Shard& shard = shard_of(key);
    const std::lock_guard guard(shard.mutex);
    const auto found = shard.by_key.find(key);
    if (found != shard.by_key.end()) {
        found->second.file->size.store(size, std::memory_order_release);
    }
}

void HotFiles::clear() {
    for (Shard& shard : shards_) {
        std::unordered_map<Key, Entry, KeyHash> dropped;
        const std::lock_guard guard(shard.mutex);
        dropped.swap(shard.by_key);
        shard.recent.clear();
    }
}

}  // namespace csd::store
