// SPDX-License-Identifier: BSD-3-Clause
//
// Looking up and reading. Tested by store_test.cc, store_race_test.cc,
// store_open_test.cc and interleaving_test.cc.
#include <algorithm>
#include <utility>

#include "base/sync_point.hpp"
#include "device/store/file_store.hpp"

namespace csd::store {

Result<Index::Found> FileStore::resolve(const Key& key, bool held) {
    const Index::Found found = versions_.find(key);
    if (found.answer != Index::Answer::kUnknown) return found;
    const KeyLocks::Held own = held ? KeyLocks::Held() : keys_.lock(key);
    return look_in_directory(key);
}

// The index is still loading. The key is held, so no writer is half done and the directory tells what the value is; from
// now on the index tells.
Result<Index::Found> FileStore::look_in_directory(const Key& key) {
    const Index::Found found = versions_.find(key);
    if (found.answer != Index::Answer::kUnknown) return found;
    FileStat stat;
    const int done = fs_.stat_at(values_, key.file_name().c_str(), &stat);
    if (done < 0 && done != -ENOENT) return io_error("cannot look at a value", done);
    CSD_SYNC_POINT("resolve.looked");
    Record seen;
    seen.key = key;
    seen.absent = done == -ENOENT || !is_value(stat) || composes_.is_doomed(key, stat);
    if (!seen.absent && verify_ && is_torn(key, stat)) {
        const int removed = fs_.unlink_at(values_, key.file_name().c_str(), 0);
        if (removed < 0) return io_error("cannot remove an incomplete value", removed);
        seen.absent = true;
        torn_++;
    }
    return versions_.adopt(seen.absent ? seen : record_of(key, stat));
}

// The name is gone or means another file now, though the engine did nothing: follow what is there. The key is held and
// the gate is not.
Status FileStore::follow_directory(const Key& key) {
    const Gate gate(gate_);  // not in the middle of a format, which exchanges all names
    const Index::Found known = versions_.find(key);
    FileStat stat;
    const int done = fs_.stat_at(values_, key.file_name().c_str(), &stat);
    if (done < 0 && done != -ENOENT) return io_error("cannot look at a value", done);
    const bool there = done == 0 && is_value(stat) && !composes_.is_doomed(key, stat);
    const bool was_there = known.answer == Index::Answer::kPresent;
    const bool same = there && was_there && stat.inode == known.record.inode;
    if (same && stat.size >= known.record.size) return {};
    if (limited() && loaded_) {
        if (was_there) refund(key.size() + known.record.size);
        if (there) used_ += key.size() + stat.size;
    }
    if (there) {
        versions_.publish(record_of(key, stat));
    } else {
        versions_.remove(key);
    }
    return {};
}

// An open file of the version that the index names. Without the key's lock a writer may come between the look at the
// index and the opening of the name; keep() finds that out, and the next try reads the newer version. A name that means
// another file than the index says is a writer's that has not told the index yet: its key is waited for. If it was none,
// somebody changed the directory behind the engine's back.
Result<OpenVersion> FileStore::open_current(const Key& key, bool held) {
    if (std::optional<OpenVersion> open = versions_.opened(key)) return *std::move(open);
    KeyLocks::Held own;
    bool cleared = false;
    for (int tries = 0; tries < kMaxOpenTries; tries++) {
        const Result<Index::Found> found = resolve(key, held);
        if (!found.ok()) return found.status();
        if (found.value().answer != Index::Answer::kPresent) return not_found();
        const Record& record = found.value().record;
        CSD_SYNC_POINT("open.resolved");
        UniqueFd fd(fs_.open_at(values_, key.file_name().c_str(),
                                O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0));
        CSD_SYNC_POINT("open.opened");
        FileStat stat;
        const int done = fd.valid() ? fs_.stat(fd.get(), &stat) : fd.get();
        if (done == 0 && is_value(stat) && stat.inode == record.inode) {
            OpenVersion open{std::make_shared<const UniqueFd>(std::move(fd)), record.size,
                             record.version};
            if (versions_.keep(key, open)) return open;
            if (tries == kMaxOpenTries / 2 && !held) {  // it changes all the time
                own = keys_.lock(key);
                held = true;
            }
            continue;
        }
        if (done == -EMFILE || done == -ENFILE) {
            if (std::exchange(cleared, true)) return io_error("cannot open a value", done);
            versions_.close_hot_files();
            continue;
        }
        if (done < 0 && done != -ENOENT && done != -ELOOP && done != -ENXIO) {
            return io_error("cannot open a value", done);
        }
        if (!held) {
            own = keys_.lock(key);
            held = true;
            continue;
        }
        const Status followed = follow_directory(key);
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
    const Result<OpenVersion> open = open_current(key, false);
    if (!open.ok()) return open.status();
    const uint64_t size = open.value().size;
    if (offset >= size) return ReadResult{0, size};
    const uint64_t wanted = std::min(total_bytes(buffers), size - offset);
    const Result<uint64_t> got = read_file(open.value().fd(), offset, buffers, wanted, cancel);
    if (!got.ok()) return got.status();
    return ReadResult{wanted, size};
}

std::optional<Result<ReadResult>> FileStore::try_read(const Key& key, uint64_t offset,
                                                      Slices buffers) {
    if (formatting_.load(std::memory_order_acquire)) return std::nullopt;
    bool busy = false;
    const std::optional<OpenVersion> open = versions_.try_opened(key, &busy);
    if (!open) {
        if (busy) return std::nullopt;
        const std::optional<Index::Found> found = versions_.try_find(key);
        if (found && found->answer == Index::Answer::kAbsent) {
            return std::make_optional<Result<ReadResult>>(not_found());
        }
        return std::nullopt;
    }
    const uint64_t size = open->size;
    if (offset >= size) return std::make_optional<Result<ReadResult>>(ReadResult{0, size});
    const uint64_t wanted = std::min(total_bytes(buffers), size - offset);
    SliceCursor cursor(buffers);
    for (uint64_t done = 0; done < wanted;) {
        const auto piece = cursor.piece(wanted - done);
        const ssize_t got = fs_.read_nowait(open->fd(), piece, offset + done);
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
    const Result<Index::Found> found = resolve(key, false);
    if (!found.ok()) return found.status();
    if (found.value().answer != Index::Answer::kPresent) return not_found();
    return info_of(found.value().record);
}

std::optional<Result<ValueInfo>> FileStore::try_info(const Key& key) {
    const std::optional<Index::Found> found = versions_.try_find(key);
    if (!found || found->answer == Index::Answer::kUnknown) return std::nullopt;
    if (found->answer == Index::Answer::kAbsent)
        return std::make_optional<Result<ValueInfo>>(not_found());
    return std::make_optional<Result<ValueInfo>>(info_of(found->record));
}

Status FileStore::exists(const Key& key) {
    const Result<Index::Found> found = resolve(key, false);
    if (!found.ok()) return found.status();
    return found.value().answer == Index::Answer::kPresent ? Status() : not_found();
}

std::optional<Status> FileStore::try_exists(const Key& key) {
    const std::optional<Index::Found> found = versions_.try_find(key);
    if (!found || found->answer == Index::Answer::kUnknown) return std::nullopt;
    return found->answer == Index::Answer::kPresent ? Status() : not_found();
}

Result<std::shared_ptr<OpenValue>> FileStore::open_value(const Key& key) {
    // Held, so that no append in place is under way and none begins before the pin is there.
    const KeyLocks::Held held = keys_.lock(key);
    const Result<OpenVersion> open = open_current(key, true);
    if (!open.ok()) return open.status();
    const uint64_t size = open.value().size;
    // Opened again, because the caller gets an offset of its own. The file that is open keeps its inode number, so the
    // same number is the same file; the name means another one only after a format.
    const std::string name = key.file_name();
    const int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    UniqueFd fd(fs_.open_at(values_, name.c_str(), O_RDONLY | flags, 0));
    if (fd.get() == -ENOENT) return not_found();
    if (!fd.valid()) return io_error("cannot open a value", fd.get());
    FileStat stat;
    FileStat known;
    int done = fs_.stat(fd.get(), &stat);
    if (done == 0) done = fs_.stat(open.value().fd(), &known);
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
    versions_.list(start, visit, total);
    return {};
}

std::optional<Status> FileStore::try_list(const Key& start,
                                          const std::function<bool(const Key&)>& visit,
                                          uint64_t* total) {
    if (!versions_.complete() || !versions_.try_list(start, visit, total)) return std::nullopt;
    return Status();
}

}  // namespace csd::store
