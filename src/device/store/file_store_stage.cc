// SPDX-License-Identifier: BSD-3-Clause
//
// Hidden values. Tested by store_stage_test.cc, interleaving_test.cc and fault_test.cc.
#include <algorithm>
#include <chrono>

#include "base/sync_point.hpp"
#include "device/store/file_store.hpp"

namespace csd::store {

using std::chrono::steady_clock;

struct FileStore::Staged {
    uint64_t formats = 0;  // how many there had been when it began; a format ends it
    std::mutex mutex;
    TempFile file;               // guarded by mutex
    uint64_t size = 0;           // guarded by mutex
    bool in_whole_pages = true;  // guarded by mutex
    std::atomic<steady_clock::time_point> last_used{steady_clock::now()};
    std::atomic<uint64_t> charged = 0;
};

static Status wrong_offset(uint64_t size, uint64_t offset) {
    return {Code::kOffsetMismatch, "the hidden value has " + std::to_string(size) + " bytes, not " +
                                       std::to_string(offset)};
}

std::shared_ptr<FileStore::Staged> FileStore::find_staged(const Owned& owned) {
    const std::lock_guard guard(staged_mutex_);
    const auto found = staged_.find(owned);
    return found == staged_.end() ? nullptr : found->second;
}

Result<std::shared_ptr<FileStore::Staged>> FileStore::start_staged(const Owned& owned) {
    discard_staged(owned.first, owned.second);
    Result<TempFile> temp = make_temp();
    if (!temp.ok()) return temp.status();
    auto staged = std::make_shared<Staged>();
    staged->formats = formats_.load();
    staged->file = std::move(temp).value();
    const std::lock_guard guard(staged_mutex_);
    if (staged_.size() >= kMostStaged) {
        return {Code::kNoSpace, "too many values are being stored in pieces at once"};
    }
    staged_[owned] = staged;
    return staged;
}

// Ends the hidden value if it is still that one, and gives back what it was charged.
void FileStore::drop_staged(const Owned& owned, const std::shared_ptr<Staged>& staged) {
    {
        const std::lock_guard guard(staged_mutex_);
        const auto found = staged_.find(owned);
        if (found == staged_.end() || found->second != staged) return;
        staged_.erase(found);
    }
    // A piece being written meanwhile charges to what nobody will publish; it looks and gives it back.
    refund(staged->charged.exchange(0));
}

Status FileStore::add_piece(Staged& staged, uint64_t offset, Slices data, CancelToken cancel) {
    if (offset != staged.size) return wrong_offset(staged.size, offset);
    const uint64_t bytes = total_bytes(data);
    if (bytes > static_cast<uint64_t>(INT64_MAX) - offset) {
        return {Code::kInvalidValueSize, "the value would be larger than a file can be"};
    }
    Status status = charge(bytes);
    if (!status.ok()) return status;
    status = write_all(staged.file.fd(), data, offset, cancel);
    if (!status.ok()) {
        refund(bytes);
        (void)fs_.truncate(staged.file.fd(), offset);  // or the next piece overwrites it
        staged.in_whole_pages = false;
        return status;
    }
    if (offset % kPageBytes != 0) staged.in_whole_pages = false;
    staged.size += bytes;
    staged.charged += limited() ? bytes : 0;
    staged.last_used = steady_clock::now();
    return {};
}

Result<uint64_t> FileStore::stage(uint32_t owner, const Key& key, uint64_t offset, Slices data,
                                  CancelToken cancel) {
    Status status = key.empty() ? Status(Code::kInvalidKeySize, "a key has 1 to 16 bytes")
                                : wait_until_countable(cancel);
    if (!status.ok()) return status;
    const Owned owned(owner, key);
    std::shared_ptr<Staged> staged = offset == 0 ? nullptr : find_staged(owned);
    if (offset == 0) {
        Result<std::shared_ptr<Staged>> started = start_staged(owned);
        if (!started.ok()) return started.status();
        staged = std::move(started).value();
    }
    if (staged == nullptr) return wrong_offset(0, offset);
    const std::lock_guard guard(staged->mutex);
    status = add_piece(*staged, offset, data, cancel);
    if (find_staged(owned) != staged) {
        refund(staged->charged.exchange(0));
        if (status.ok()) return {Code::kAborted, "the hidden value was discarded"};
    }
    if (!status.ok()) return status;
    return staged->size;
}

Result<uint64_t> FileStore::publish(uint32_t owner, const Key& key, uint64_t offset, Slices data,
                                    Condition condition, CancelToken cancel) {
    const Owned owned(owner, key);
    if (offset == 0) {
        discard_staged(owner, key);
        return put(key, data, condition, cancel);
    }
    const std::shared_ptr<Staged> staged = find_staged(owned);
    if (staged == nullptr) return wrong_offset(0, offset);
    const std::lock_guard guard(staged->mutex);
    Status status = add_piece(*staged, offset, data, cancel);
    if (!status.ok()) return status;
    {
        const std::lock_guard map_guard(staged_mutex_);
        const auto found = staged_.find(owned);
        if (found == staged_.end() || found->second != staged) {
            refund(staged->charged.exchange(0));
            return {Code::kAborted, "the hidden value was discarded"};
        }
        staged_.erase(found);
    }
    // From here on it is this command's own: published, or gone.
    status = settle(staged->file, staged->size, staged->in_whole_pages);
    const uint64_t charged = staged->charged.exchange(0);
    if (!status.ok()) {
        refund(charged);
        return status;
    }
    CSD_SYNC_POINT("publish.settled");
    const NewValue value{.size = staged->size,
                         .charged = charged,
                         .condition = condition,
                         .formats = staged->formats};
    Result<uint64_t> published = install(key, staged->file, value, cancel);
    if (!published.ok()) refund(charged);
    return published;
}

void FileStore::discard_staged(uint32_t owner, const Key& key) {
    const Owned owned(owner, key);
    if (const std::shared_ptr<Staged> staged = find_staged(owned)) drop_staged(owned, staged);
}

void FileStore::discard_staged(uint32_t owner) {
    std::vector<Owned> mine;
    {
        const std::lock_guard guard(staged_mutex_);
        for (const auto& [owned, staged] : staged_) {
            if (owned.first == owner) mine.push_back(owned);
        }
    }
    for (const Owned& owned : mine) discard_staged(owned.first, owned.second);
}

void FileStore::end_idle_staged() {
    const auto deadline = steady_clock::now() - options_.staged_idle;
    std::vector<std::pair<Owned, std::shared_ptr<Staged>>> idle;
    {
        const std::lock_guard guard(staged_mutex_);
        for (const auto& [owned, staged] : staged_) {
            if (staged->last_used.load() <= deadline) idle.emplace_back(owned, staged);
        }
    }
    for (const auto& [owned, staged] : idle) drop_staged(owned, staged);
}

}  // namespace csd::store
