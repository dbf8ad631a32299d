// SPDX-License-Identifier: BSD-3-Clause
//
// Looking up and reading. Tested by store_test.cc, store_race_test.cc and store_open_test.cc.
#include <algorithm>

#include "device/store/file_store.hpp"

namespace csd::store {

Result<Index::Found> FileStore::resolve(const Key& key, bool repair) {
    Index::Found found = index_.find(key);
    if (found.answer != Index::Answer::kUnknown) return found;
    FileStat stat;
    const int done = fs_.stat_at(values_, key.file_name().c_str(), &stat);
    // An append tells the index the old size before it writes; asked again, the index knows better.
    found = index_.find(key);
    if (found.answer != Index::Answer::kUnknown) return found;
    if (done < 0 && done != -ENOENT) return io_error("cannot look at a value", done);
    found.answer = Index::Answer::kAbsent;
    if (done == -ENOENT || !is_value(stat)) return found;
    if (verify_ && is_torn(key, stat)) {
        if (repair) {
            const int removed = fs_.unlink_at(values_, key.file_name().c_str(), 0);
            if (removed < 0) return io_error("cannot remove an incomplete value", removed);
        }
        return found;
    }
    return Index::Found{Index::Answer::kPresent, record_of(key, stat)};
}

// The name is gone or means another file now, though the engine did nothing: follow what is there.
Status FileStore::forget_vanished(const Key& key) {
    FileStat stat;
    const int done = fs_.stat_at(values_, key.file_name().c_str(), &stat);
    if (done < 0 && done != -ENOENT) return io_error("cannot look at a value", done);
    if (limited() && loaded_) {
        const Index::Found found = index_.find(key);
        if (found.answer == Index::Answer::kPresent) refund(key.size() + found.record.size);
        if (done == 0 && is_value(stat)) used_ += key.size() + stat.size;
    }
    if (done == 0 && is_value(stat)) {
        index_.set(record_of(key, stat));
    } else {
        index_.remove(key);
    }
    hot_.drop(key);
    return {};
}

Result<HotFilePtr> FileStore::open_current(const Key& key, KeyLocks::Held* held) {
    if (HotFilePtr file = hot_.find(key)) return file;
    KeyLocks::Held own;
    bool locked = held != nullptr;
    for (int attempt = 0; attempt < 4; attempt++) {
        const Result<Index::Found> found = resolve(key);
        if (!found.ok()) return found.status();
        if (found.value().answer != Index::Answer::kPresent) return not_found();
        const Record& record = found.value().record;
        UniqueFd fd(fs_.open_at(values_, key.file_name().c_str(),
                                O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0));
        FileStat stat;
        const int done = fd.valid() ? fs_.stat(fd.get(), &stat) : fd.get();
        if (done == 0 && is_value(stat) && stat.inode == record.inode) {
            auto file = std::make_shared<HotFile>(std::move(fd), record.size);
            hot_.add(key, file, [&] {
                const Index::Found now = index_.find(key);
                return now.answer == Index::Answer::kUnknown ||
                       (now.answer == Index::Answer::kPresent &&
                        now.record.version == record.version);
            });
            return file;
        }
        if (done == -EMFILE || done == -ENFILE) {
            if (attempt > 0) return io_error("cannot open a value", done);
            hot_.clear();
            continue;
        }
        if (done < 0 && done != -ENOENT && done != -ELOOP && done != -ENXIO) {
            return io_error("cannot open a value", done);
        }
        // A writer is between the name and the index: wait for it. If it was none, a stranger was here.
        if (!locked) {
            own = keys_.lock(key);
            locked = true;
            continue;
        }
        const Status followed = forget_vanished(key);
        if (!followed.ok()) return followed;
    }
    return not_found();
}

Result<uint64_t> FileStore::read_file(int fd, uint64_t offset, Slices buffers, uint64_t bytes,
                                      CancelToken cancel) {
    SliceCursor cursor(buffers);
    for (uint64_t done = 0; done < bytes;) {
        if (done > 0 && cancel.cancelled()) return cancelled();
        const auto piece = cursor.piece(std::min(bytes - done, kPieceBytes));
        const ssize_t got = fs_.read(fd, piece, offset + done);
        if (got < 0) return io_error("cannot read a value", got);
        if (got == 0) return {Code::kIo, "the value's file has become shorter than the value"};
        cursor.advance(static_cast<uint64_t>(got));
        done += static_cast<uint64_t>(got);
    }
    return bytes;
}

Result<ReadResult> FileStore::read(const Key& key, uint64_t offset, Slices buffers,
                                   CancelToken cancel) {
    if (formatting_.load(std::memory_order_acquire)) {
        return {Code::kFormatInProgress, "the namespace is being formatted"};
    }
    const Result<HotFilePtr> file = open_current(key);
    if (!file.ok()) return file.status();
    const uint64_t size = file.value()->size.load(std::memory_order_acquire);
    if (offset >= size) return ReadResult{0, size};
    const uint64_t wanted = std::min(total_bytes(buffers), size - offset);
    const Result<uint64_t> got = read_file(file.value()->fd.get(), offset, buffers, wanted, cancel);
    if (!got.ok()) return got.status();
    return ReadResult{wanted, size};
}

std::optional<Result<ReadResult>> FileStore::try_read(const Key& key, uint64_t offset,
                                                      Slices buffers) {
    if (formatting_.load(std::memory_order_acquire)) return std::nullopt;
    const HotFilePtr file = hot_.try_find(key);
    if (file == nullptr) {
        const std::optional<Index::Found> found = index_.try_find(key);
        if (found && found->answer == Index::Answer::kAbsent) {
            return std::make_optional<Result<ReadResult>>(not_found());
        }
        return std::nullopt;
    }
    const uint64_t size = file->size.load(std::memory_order_acquire);
    if (offset >= size) return std::make_optional<Result<ReadResult>>(ReadResult{0, size});
    const uint64_t wanted = std::min(total_bytes(buffers), size - offset);
    SliceCursor cursor(buffers);
    for (uint64_t done = 0; done < wanted;) {
        const auto piece = cursor.piece(wanted - done);
        const ssize_t got = fs_.read_nowait(file->fd.get(), piece, offset + done);
        if (got <= 0) return std::nullopt;
        cursor.advance(static_cast<uint64_t>(got));
        done += static_cast<uint64_t>(got);
    }
    return std::make_optional<Result<ReadResult>>(ReadResult{wanted, size});
}

static ValueInfo info_of(const Record& record) {
    return {record.size, record.version};
}

Result<ValueInfo> FileStore::info(const Key& key) {
    const Result<Index::Found> found = resolve(key);
    if (!found.ok()) return found.status();
    if (found.value().answer != Index::Answer::kPresent) return not_found();
    return info_of(found.value().record);
}

std::optional<Result<ValueInfo>> FileStore::try_info(const Key& key) {
    const std::optional<Index::Found> found = index_.try_find(key);
    if (!found || found->answer == Index::Answer::kUnknown) return std::nullopt;
    if (found->answer == Index::Answer::kAbsent)
        return std::make_optional<Result<ValueInfo>>(not_found());
    return std::make_optional<Result<ValueInfo>>(info_of(found->record));
}

Status FileStore::exists(const Key& key) {
    const Result<Index::Found> found = resolve(key);
    if (!found.ok()) return found.status();
    return found.value().answer == Index::Answer::kPresent ? Status() : not_found();
}

std::optional<Status> FileStore::try_exists(const Key& key) {
    const std::optional<Index::Found> found = index_.try_find(key);
    if (!found || found->answer == Index::Answer::kUnknown) return std::nullopt;
    return found->answer == Index::Answer::kPresent ? Status() : not_found();
}

Result<std::shared_ptr<OpenValue>> FileStore::open_value(const Key& key) {
    // Held, so that no append in place is under way and none begins before the pin is there.
    KeyLocks::Held held = keys_.lock(key);
    const Result<HotFilePtr> hot = open_current(key, &held);
    if (!hot.ok()) return hot.status();
    const uint64_t size = hot.value()->size.load(std::memory_order_acquire);
    const std::string name = key.file_name();
    const int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    UniqueFd fd(fs_.open_at(values_, name.c_str(), O_RDONLY | flags, 0));
    if (!fd.valid()) return io_error("cannot open a value", fd.get());
    FileStat stat;
    FileStat known;
    int done = fs_.stat(fd.get(), &stat);
    if (done == 0) done = fs_.stat(hot.value()->fd.get(), &known);
    if (done == 0 && stat.inode != known.inode) return not_found();
    if (done == 0 && stat.size > size) {
        // Left by an append that failed: a reader of the whole file must not see it.
        const UniqueFd writable(fs_.open_at(values_, name.c_str(), O_RDWR | flags, 0));
        done = writable.valid() ? fs_.truncate(writable.get(), size) : writable.get();
    }
    if (done < 0) return io_error("cannot open a value", done);
    return std::shared_ptr<OpenValue>(
        std::make_shared<PinnedValue>(pins_, std::move(fd), stat.inode, size));
}

Status FileStore::list(const Key& start, const std::function<bool(const Key&)>& visit,
                       uint64_t* total, CancelToken cancel) {
    const Status loaded = load_index(cancel);
    if (!loaded.ok()) return loaded;
    // In pages, so that a long listing, or a slow visitor, does not hold up the writers.
    constexpr size_t kPage = 512;
    std::vector<Key> keys;
    keys.reserve(kPage);
    Key from = start;
    for (bool first = true;; first = false) {
        index_.page(from, !first, kPage, &keys, first ? total : nullptr);
        for (const Key& key : keys) {
            if (!visit(key)) return {};
        }
        if (keys.size() < kPage) return {};
        if (cancel.cancelled()) return cancelled();
        from = keys.back();
    }
}

std::optional<Status> FileStore::try_list(const Key& start,
                                          const std::function<bool(const Key&)>& visit,
                                          uint64_t* total) {
    if (!index_.complete()) return std::nullopt;
    // What was visited before the lock was found held does not count: the host lists again, waiting.
    constexpr size_t kPage = 512;
    std::vector<Key> keys;
    keys.reserve(kPage);
    Key from = start;
    for (bool first = true;; first = false) {
        if (!index_.try_page(from, !first, kPage, &keys, first ? total : nullptr)) {
            return std::nullopt;
        }
        for (const Key& key : keys) {
            if (!visit(key)) return Status();
        }
        if (keys.size() < kPage) return Status();
        from = keys.back();
    }
}

}  // namespace csd::store
