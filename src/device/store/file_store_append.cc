// SPDX-License-Identifier: BSD-3-Clause
//
// append: in place, because a value may be many gigabytes. append_journal.hpp says what makes that safe.
// Tested by store_append_test.cc, interleaving_test.cc, fault_test.cc, kill_test.cc and power_loss_test.cc.
#include <algorithm>

#include "base/sync_point.hpp"
#include "device/store/file_store.hpp"

namespace csd::store {

Result<uint64_t> FileStore::append(const Key& key, Slices data,
                                   std::optional<uint64_t> expected_size, bool must_exist,
                                   CancelToken cancel) {
    if (key.empty()) return {Code::kInvalidKeySize, "a key has 1 to 16 bytes"};
    const Status countable = wait_until_countable(cancel);
    if (!countable.ok()) return countable;
    const uint64_t bytes = total_bytes(data);
    for (;;) {
        KeyLocks::Held held = keys_.lock(key, cancel);
        if (!held) return cancelled();
        const Result<Index::Found> found = resolve(key, true);
        if (!found.ok()) return found.status();
        const bool present = found.value().answer == Index::Answer::kPresent;
        if (!present && must_exist) return not_found();
        const uint64_t size = present ? found.value().record.size : 0;
        if (expected_size && *expected_size != size) {
            return {Code::kOffsetMismatch, "the value has " + std::to_string(size) +
                                               " bytes, not " + std::to_string(*expected_size)};
        }
        if (present) {
            Result<uint64_t> appended =
                append_locked(key, found.value().record, data, bytes, cancel);
            // The file was not what the index said, which has learnt by now.
            if (appended.code() == Code::kNotFound) continue;
            return appended;
        }
        // A new key: as a put that loses to any other writer, who is then appended to.
        held.release();
        Result<uint64_t> made = put(key, data, {.must_not_exist = true}, cancel);
        if (made.code() != Code::kExists) return made;
    }
}

Result<uint64_t> FileStore::append_locked(const Key& key, const Record& old, Slices data,
                                          uint64_t bytes, CancelToken cancel) {
    if (bytes == 0) return old.size;
    if (bytes > static_cast<uint64_t>(INT64_MAX) - old.size) {
        return {Code::kInvalidValueSize, "the value would be larger than a file can be"};
    }
    int fd = -EMFILE;
    for (int attempt = 0; attempt < 2 && (fd == -EMFILE || fd == -ENFILE); attempt++) {
        if (attempt > 0) versions_.close_hot_files();
        fd = fs_.open_at(values_, key.file_name().c_str(),
                         O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
    }
    FileStat stat;
    const UniqueFd file(std::max(fd, -1));
    const int done = fd < 0 ? fd : fs_.stat(fd, &stat);
    const bool vanished = done == -ENOENT || done == -ELOOP || done == -ENXIO;
    if (done < 0 && !vanished) return io_error("cannot open the value", done);
    if (vanished || !is_value(stat) || stat.inode != old.inode || stat.size < old.size) {
        const Status followed = follow_directory(key);
        return followed.ok() ? not_found() : followed;
    }
    const Status charged = charge(bytes);
    if (!charged.ok()) return charged;
    Result<uint64_t> size = pins_->has(stat.inode)
                                ? append_to_copy(key, old, fd, data, bytes, cancel)
                                : append_in_place(key, old, fd, stat, data, bytes, cancel);
    if (!size.ok()) refund(bytes);
    return size;
}

// The slot must be on disk, and so must the bytes that it calls durable, before the first byte is written.
Status FileStore::arm_append(const Key& key, const Record& old, int fd, const FileId& id) {
    if (!journal_.has(key, id)) {
        const int synced = fs_.sync_data(fd);
        if (synced < 0) return {Code::kIo, io_error("cannot sync the value", synced).message()};
    }
    Status status = layout_->make_reachable();
    if (status.ok()) status = journal_.begin(key, id, old.size);
    if (status.code() != Code::kNotReady) return status;
    status = flush({});
    return status.ok() ? journal_.begin(key, id, old.size) : status;
}

Result<uint64_t> FileStore::append_in_place(const Key& key, const Record& old, int fd,
                                            const FileStat& stat, Slices data, uint64_t bytes,
                                            CancelToken cancel) {
    Status status = arm_append(key, old, fd, {stat.inode, stat.born_ns});
    if (!status.ok()) return status;
    CSD_SYNC_POINT("append.armed");
    const bool has_tail = stat.size > old.size;  // an earlier append failed, and so did cutting it
    const int cut = has_tail ? fs_.truncate(fd, old.size) : 0;
    status = cut < 0 ? io_error("cannot cut back an unfinished append", cut)
                     : write_all(fd, data, old.size, cancel);
    if (status.ok() && always_durable()) {
        const int synced = fs_.sync_data(fd);
        if (synced < 0) status = {Code::kIo, io_error("cannot sync the value", synced).message()};
    }
    if (status.ok()) {
        const Gate gate(gate_);
        const Index::Found now = versions_.find(key);
        if (now.answer != Index::Answer::kPresent || now.record.version != old.version) {
            journal_.abort(key, true);
            return {Code::kFormatInProgress, "the namespace was formatted"};
        }
        status = journal_.commit(key, old.size + bytes, always_durable());
        if (status.ok()) {
            Record grown = now.record;
            grown.was_flushed = always_durable() || must_survive(now.record);
            grown.size = old.size + bytes;
            grown.version = next_version_.fetch_add(1);
            grown.epoch = epoch_.load();
            versions_.grow(grown);
            return grown.size;
        }
    }
    // If that fails, nobody reads past the committed size, and the slot stays to say where it is.
    const bool cut_back = fs_.truncate(fd, old.size) == 0;
    journal_.abort(key, cut_back);
    return status;
}

// A query reads the file that is there: it keeps it, and the value moves to a copy.
Result<uint64_t> FileStore::append_to_copy(const Key& key, const Record& old, int fd, Slices data,
                                           uint64_t bytes, CancelToken cancel) {
    Result<TempFile> temp = make_temp();
    if (!temp.ok()) return temp.status();
    Status status = copy_range(fd, 0, temp.value().fd(), 0, old.size, cancel);
    if (status.ok()) status = write_all(temp.value().fd(), data, old.size, cancel);
    if (status.ok()) status = settle(temp.value(), old.size + bytes, false);
    if (!status.ok()) return status;
    CSD_SYNC_POINT("append.copied");
    const NewValue value{
        .size = old.size + bytes, .charged = bytes, .synced = true, .basis = {&old, 1}};
    Result<uint64_t> installed = install_locked(key, temp.value(), value);
    // The key is held, so only a format can have ended the value.
    if (installed.code() != Code::kNotReady) return installed;
    return {Code::kFormatInProgress, "the namespace was formatted"};
}

}  // namespace csd::store
