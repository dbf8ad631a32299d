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

Index::Found Index::adopt(const Record& seen) {
    const std::lock_guard guard(lock_);
    // Complete: a format may have come since the caller looked at the directory.
    if (complete() || tree_.find(seen.key) != nullptr) return find_locked(seen.key);
    if (seen.absent) {
        remove_locked(seen.key);
    } else {
        set_locked(seen);
    }
    return find_locked(seen.key);
}

void Index::set(const Record& record, std::span<const Key> removed) {
    const std::lock_guard guard(lock_);
    for (const Key& key : removed) remove_locked(key);
    set_locked(record);
}

void Index::set_locked(const Record& record) {
    bool created = false;
    Record& slot = tree_.insert(record.key, &created);
    if (created || slot.absent) {
        totals_.keys++;
    } else {
        totals_.bytes -= footprint(slot);
    }
    slot = record;
    totals_.bytes += footprint(record);
}

void Index::remove(const Key& key) {
    const std::lock_guard guard(lock_);
    remove_locked(key);
}

void Index::remove_locked(const Key& key) {
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
    Record& slot = tree_.insert(key, &created);
    slot = Record();
    slot.key = key;
    slot.absent = true;
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

void Index::list(const Key& start, const Visit& visit, uint64_t* total) const {
    const std::shared_lock guard(lock_);
    list_locked(start, visit, total);
}

bool Index::try_list(const Key& start, const Visit& visit, uint64_t* total) const {
    const std::shared_lock guard(lock_, std::try_to_lock);
    if (!guard.owns_lock()) return false;
    list_locked(start, visit, total);
    return true;
}

void Index::list_locked(const Key& start, const Visit& visit, uint64_t* total) const {
    if (total != nullptr) *total = tree_.count_from(start);
    tree_.visit_from(start, [&](const Record& record) { return visit(record.key); });
}

}  // namespace csd::store
