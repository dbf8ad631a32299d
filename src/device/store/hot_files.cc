// SPDX-License-Identifier: BSD-3-Clause
// Tested by hot_files_test.cc.
#include "device/store/hot_files.hpp"

namespace csd::store {

const OpenVersion* HotFiles::find(const Key& key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    Entry& entry = found->second;
    // Only moved to the front when it has drifted back: while nothing is added, a hit writes nothing.
    if (additions_ - entry.used_at > capacity_ / 8) {
        recent_.splice(recent_.begin(), recent_, entry.slot);
        entry.used_at = additions_;
    }
    return &entry.open;
}

OpenVersion HotFiles::put(const Key& key, OpenVersion version) {
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) return std::exchange(found->second.open, std::move(version));
    recent_.push_front(key);
    by_key_[key] = {std::move(version), ++additions_, recent_.begin()};
    if (by_key_.size() <= capacity_) return {};
    return drop(recent_.back());
}

OpenVersion HotFiles::drop(const Key& key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return {};
    OpenVersion dropped = std::move(found->second.open);
    // The key may be the list's own, which goes with its slot.
    const auto slot = found->second.slot;
    by_key_.erase(found);
    recent_.erase(slot);
    return dropped;
}

void HotFiles::grow(const Key& key, uint64_t size, uint64_t version) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return;
    found->second.open.size = size;
    found->second.open.version = version;
}

HotFiles HotFiles::clear() {
    HotFiles old(capacity_);
    std::swap(old.by_key_, by_key_);
    std::swap(old.recent_, recent_);
    return old;
}

}  // namespace csd::store
