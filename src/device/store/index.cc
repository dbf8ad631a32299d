// SPDX-License-Identifier: BSD-3-Clause
// Tested by index_test.cc.
#include "device/store/index.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>

namespace csd::store {

static uint64_t footprint(const Record& record) {
    return record.key.size() + record.size;
}

Index::Found Index::find(const Key& key) const {
    const std::shared_lock guard(lock_);
    return find_locked(key);
}

std::optional<Index::Found> Index::try_find(const Key& key) const {
    const std::shared_lock guard(lock_, std::try_to_lock);
    if (!guard.owns_lock()) return std::nullopt;
    return find_locked(key);
}

Index::Found Index::find_locked(const Key& key) const {
    const Record* record = tree_.find(key);
    if (record == nullptr) return {complete() ? Answer::kAbsent : Answer::kUnknown, {}};
    if (record->absent) return {Answer::kAbsent, {}};
    return {Answer::kPresent, *record};
}

void Index::set(const Record& record) {
    const std::lock_guard guard(lock_);
    bool created = false;
    Record& place = tree_.insert(record.key, &created);
    if (created || place.absent) {
        totals_.keys++;
    } else {
        totals_.bytes -= footprint(place);
    }
    place = record;
    totals_.bytes += footprint(record);
}

void Index::remove(const Key& key) {
    const std::lock_guard guard(lock_);
    const Record* known = tree_.find(key);
    if (known != nullptr && !known->absent) {
        totals_.keys--;
        totals_.bytes -= footprint(*known);
    }
    if (complete()) {
        tree_.erase(key);
        return;
    }
    bool created = false;
    Record& place = tree_.insert(key, &created);
    place = Record();
    place.key = key;
    place.absent = true;
}

void Index::clear() {
    KeyTree old;
    const std::lock_guard guard(lock_);
    std::swap(old, tree_);
    totals_ = {};
    complete_.store(true, std::memory_order_release);
}

Index::Totals Index::complete_with(std::vector<Record> scanned) {
    std::sort(scanned.begin(), scanned.end(),
              [](const Record& a, const Record& b) { return a.key < b.key; });
    // The large tree is built before the lock is taken; only what was touched since open is put in under it.
    KeyTree built = KeyTree::from_sorted(scanned);
    Totals totals{scanned.size(), 0};
    for (const Record& record : scanned) totals.bytes += footprint(record);
    scanned = {};
    const std::lock_guard guard(lock_);
    tree_.visit_from(Key(), [&](const Record& known) {
        if (const Record* seen = built.find(known.key)) {
            totals.keys--;
            totals.bytes -= footprint(*seen);
        }
        if (known.absent) {
            built.erase(known.key);
            return true;
        }
        bool created = false;
        built.insert(known.key, &created) = known;
        totals.keys++;
        totals.bytes += footprint(known);
        return true;
    });
    std::swap(tree_, built);
    totals_ = totals;
    complete_.store(true, std::memory_order_release);
    return totals_;
}

Index::Totals Index::totals() const {
    const std::shared_lock guard(lock_);
    return totals_;
}

void Index::page(const Key& start, bool skip_start, size_t limit, std::vector<Key>* keys,
                 uint64_t* total) const {
    const std::shared_lock guard(lock_);
    page_locked(start, skip_start, limit, keys, total);
}

bool Index::try_page(const Key& start, bool skip_start, size_t limit, std::vector<Key>* keys,
                     uint64_t* total) const {
    const std::shared_lock guard(lock_, std::try_to_lock);
    if (!guard.owns_lock()) return false;
    page_locked(start, skip_start, limit, keys, total);
    return true;
}

void Index::page_locked(const Key& start, bool skip_start, size_t limit, std::vector<Key>* keys,
                        uint64_t* total) const {
    keys->clear();
    if (total != nullptr) *total = tree_.count_from(start);
    tree_.visit_from(start, [&](const Record& record) {
        if (keys->size() == limit) return false;
        if (!skip_start || record.key != start) keys->push_back(record.key);
        return true;
    });
}

}  // namespace csd::store
