// SPDX-License-Identifier: BSD-3-Clause
//
// Hidden values, and values made of values. Tested by store_stage_test.cc and fault_test.cc.
#include <algorithm>
#include <chrono>

#include "device/store/file_store.hpp"

namespace csd::store {

using std::chrono::steady_clock;

static constexpr uint64_t kPageBytes = 4096;

struct FileStore::Staged {
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
    const NewValue value{.size = staged->size, .charged = charged, .condition = condition};
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

// Within the kernel where it can, which on some file systems shares the blocks instead of copying them.
Status FileStore::copy_range(int from, uint64_t from_offset, int to, uint64_t to_offset,
                             uint64_t bytes, CancelToken cancel) {
    std::vector<char> buffer;
    while (bytes > 0) {
        if (cancel.cancelled()) return cancelled();
        ssize_t moved = -EXDEV;
        if (buffer.empty()) {
            moved = fs_.copy(from, from_offset, to, to_offset, std::min(bytes, 8 * kPieceBytes));
        }
        const bool cannot = moved == -EXDEV || moved == -EINVAL || moved == -EOPNOTSUPP ||
                            moved == -ENOSYS || moved == 0;
        if (cannot) {
            buffer.resize(std::min(bytes, kPieceBytes));
            const iovec into{buffer.data(), std::min<size_t>(bytes, buffer.size())};
            moved = fs_.read(from, {&into, 1}, from_offset);
            if (moved == 0) return {Code::kIo, "a source has become shorter than its value"};
            if (moved > 0) {
                const iovec out{buffer.data(), static_cast<size_t>(moved)};
                const Status written = write_all(to, {&out, 1}, to_offset, cancel);
                if (!written.ok()) return written;
            }
        }
        if (moved < 0) return io_error("cannot copy a value", moved);
        from_offset += static_cast<uint64_t>(moved);
        to_offset += static_cast<uint64_t>(moved);
        bytes -= static_cast<uint64_t>(moved);
    }
    return {};
}

// What the sources are now. Most are not held open: a compose may name more of them than a process may open.
Result<std::vector<FileStore::Source>> FileStore::look_at_sources(std::span<const Key> keys,
                                                                  std::span<const Key> restless,
                                                                  CancelToken cancel) {
    std::vector<Source> sources;
    sources.reserve(keys.size());
    for (const Key& key : keys) {
        if (cancel.cancelled()) return cancelled();
        Source source;
        if (sources.size() < kMostHeldSources ||
            std::ranges::find(restless, key) != restless.end()) {
            const Result<HotFilePtr> file = open_current(key);
            if (!file.ok()) return file.status();
            FileStat stat;
            const int looked = fs_.stat(file.value()->fd.get(), &stat);
            if (looked < 0) return io_error("cannot look at a source", looked);
            source.file = file.value();
            source.record.key = key;
            source.record.inode = stat.inode;
            source.record.size = source.file->size.load(std::memory_order_acquire);
        } else {
            const Result<Index::Found> found = resolve(key);
            if (!found.ok()) return found.status();
            if (found.value().answer != Index::Answer::kPresent) return not_found();
            source.record = found.value().record;
        }
        sources.push_back(std::move(source));
    }
    return sources;
}

// Nothing if the value is not the one that was looked at any more.
Result<HotFilePtr> FileStore::open_source(const Source& source) {
    if (source.file != nullptr) return source.file;
    const Record& record = source.record;
    Result<HotFilePtr> file = open_current(record.key);
    if (file.code() == Code::kNotFound) return HotFilePtr();
    if (!file.ok()) return file;
    FileStat stat;
    const int looked = fs_.stat(file.value()->fd.get(), &stat);
    if (looked < 0) return io_error("cannot look at a source", looked);
    // Inodes are used again, versions are not: the same one after the opening was there all the time.
    const Result<Index::Found> now = resolve(record.key);
    if (!now.ok()) return now.status();
    const bool same = now.value().answer == Index::Answer::kPresent &&
                      now.value().record.version == record.version && stat.inode == record.inode;
    if (!same) return HotFilePtr();
    return file;
}

// A file with the sources one behind the other. When one of them has changed since it was looked at, it is
// added to the restless.
Result<TempFile> FileStore::join(std::span<const Source> sources, std::vector<Key>& restless,
                                 CancelToken cancel) {
    Result<TempFile> temp = make_temp();
    if (!temp.ok()) return temp;
    uint64_t at = 0;
    bool in_whole_pages = true;
    for (const Source& source : sources) {
        if (cancel.cancelled()) return cancelled();
        const Result<HotFilePtr> file = open_source(source);
        if (!file.ok()) return file.status();
        if (file.value() == nullptr) {
            restless.push_back(source.record.key);
            return {Code::kIo, "the sources keep changing while they are copied"};
        }
        if (at % kPageBytes != 0) in_whole_pages = false;
        const uint64_t bytes = source.record.size;
        const Status copied =
            copy_range(file.value()->fd.get(), 0, temp.value().fd(), at, bytes, cancel);
        if (!copied.ok()) return copied;
        at += bytes;
    }
    // Shared blocks bring the holes of a sparse source along, and a hole would look like a loss of power.
    const int64_t hole = fs_.first_hole(temp.value().fd());
    if (hole < 0 || static_cast<uint64_t>(hole) < at) in_whole_pages = false;
    const Status settled = settle(temp.value(), at, in_whole_pages);
    if (!settled.ok()) return settled;
    return temp;
}

Result<uint64_t> FileStore::compose(const Key& key, std::span<const Key> keys, Condition condition,
                                    bool delete_sources, CancelToken cancel) {
    Status status = wait_until_countable(cancel);
    if (!status.ok()) return status;
    std::vector<Key>
        restless;  // one more after each try; held open in the next, so they cannot fail it
    for (;;) {
        const Result<std::vector<Source>> sources = look_at_sources(keys, restless, cancel);
        if (!sources.ok()) return sources.status();
        uint64_t size = 0;
        for (const Source& source : sources.value()) {
            if (source.record.size > static_cast<uint64_t>(INT64_MAX) - size) {
                return {Code::kInvalidValueSize, "the value would be larger than a file can be"};
            }
            size += source.record.size;
        }
        status = check_new_size(key, size);
        if (!status.ok()) return status;
        const size_t tries = restless.size() + 1;
        Result<TempFile> temp = join(sources.value(), restless, cancel);
        if (restless.size() == tries && tries < kMostComposeTries) continue;
        if (!temp.ok()) return temp.status();
        Result<uint64_t> composed =
            install(key, temp.value(), {.size = size, .condition = condition}, cancel);
        if (!composed.ok() || !delete_sources) return composed;
        for (const Source& source : sources.value()) {
            if (source.record.key == key) continue;
            const KeyLocks::Held held = keys_.lock(source.record.key);
            status = erase_locked(source.record.key, &source.record);
            if (!status.ok() && status.code() != Code::kNotFound) return status;
        }
        return composed;
    }
}

}  // namespace csd::store
