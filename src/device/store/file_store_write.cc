// SPDX-License-Identifier: BSD-3-Clause
//
// put, erase, and install(): the one way a new file becomes a value.
// Tested by store_test.cc, store_race_test.cc, interleaving_test.cc, fault_test.cc and power_loss_test.cc.
#include <stdio.h>

#include <algorithm>
#include <utility>

#include "base/sync_point.hpp"
#include "device/store/file_store.hpp"

namespace csd::store {

static Status name_is_foreign(const Key& key) {
    return {Code::kIo, "the file name " + key.file_name() +
                           " is taken by something that is not a value of this drive"};
}

static Status no_room() {
    return {Code::kNoSpace, "the capacity of the namespace is used up"};
}

Status FileStore::wait_until_countable(CancelToken cancel) {
    return limited() ? load_index(cancel) : Status();
}

Status FileStore::charge(uint64_t bytes) {
    if (!limited()) return {};
    uint64_t used = used_.load();
    do {
        if (used > options_.capacity_bytes || bytes > options_.capacity_bytes - used) {
            return no_room();
        }
    } while (!used_.compare_exchange_weak(used, used + bytes));
    return {};
}

void FileStore::refund(uint64_t bytes) {
    if (limited()) used_ -= bytes;
}

Status FileStore::check(const Condition& condition, bool present) {
    if (condition.must_exist && !present) return not_found();
    if (condition.must_not_exist && present) return {Code::kExists, "the key exists"};
    return {};
}

// What can be told before any byte is written; install() judges again, for good.
Status FileStore::check_new_size(const Key& key, uint64_t bytes, bool held) {
    if (key.empty()) return {Code::kInvalidKeySize, "a key has 1 to 16 bytes"};
    if (!limited()) return {};
    const Result<Index::Found> found = resolve(key, held);
    if (!found.ok()) return found.status();
    const bool present = found.value().answer == Index::Answer::kPresent;
    const uint64_t freed = present ? found.value().record.size + key.size() : 0;
    const uint64_t used = used_.load();
    const uint64_t others = used - std::min(used, freed);
    const uint64_t needed = bytes + key.size();
    if (needed < bytes || needed > options_.capacity_bytes ||
        others > options_.capacity_bytes - needed) {
        return no_room();
    }
    return {};
}

Result<TempFile> FileStore::make_temp() {
    for (int attempt = 0;; attempt++) {
        int fd = -EOPNOTSUPP;
        std::string name;
        if (!no_unnamed_files_) fd = fs_.open_unnamed(values_);
        if (fd == -EOPNOTSUPP || fd == -EISDIR || fd == -EINVAL) {
            no_unnamed_files_ = true;
            name = layout_->fresh_name("t-");
            fd = fs_.open_at(layout_->engine(), name.c_str(),
                             O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
        }
        if ((fd == -EMFILE || fd == -ENFILE) && attempt == 0) {
            versions_.close_hot_files();
            continue;
        }
        if (fd < 0) return io_error("cannot make a file for the value", fd);
        if (name.empty()) return TempFile(UniqueFd(fd));
        return TempFile(UniqueFd(fd), fs_, layout_->engine(), std::move(name));
    }
}

Status FileStore::write_all(int fd, Slices data, uint64_t offset, CancelToken cancel) {
    SliceCursor cursor(data);
    for (;;) {
        if (cancel.cancelled()) return cancelled();
        // Pieces end where pages do, so that write-back between two of them never splits a page.
        const auto piece = cursor.piece(kPieceBytes - offset % kPieceBytes);
        if (piece.empty()) return {};
        const ssize_t written = fs_.write(fd, piece, offset);
        if (written < 0) return io_error("cannot write the value", written);
        if (written == 0) return {Code::kIo, "cannot write the value: nothing was written"};
        cursor.advance(static_cast<uint64_t>(written));
        offset += static_cast<uint64_t>(written);
    }
}

// Makes a finished file fit to become a value: after a loss of power it must be whole, or be known not to
// be. A mark of its size does the latter when the file was written in whole pages, each of them once.
Status FileStore::settle(TempFile& temp, uint64_t size, bool in_whole_pages) {
    if (!always_durable()) {
        if (promises_.forgets_everything || size == 0) return {};
        if (promises_.keeps_marks && in_whole_pages) {
            FileStat stat;
            int marked = fs_.stat(temp.fd(), &stat);
            if (marked == 0) marked = fs_.set_mark(temp.fd(), {size, stat.modified_ns});
            return marked < 0 ? io_error("cannot mark the value's file", marked) : Status();
        }
    }
    const int synced = fs_.sync_data(temp.fd());
    return synced < 0 ? io_error("cannot sync the value", synced) : Status();
}

Result<uint64_t> FileStore::put(const Key& key, Slices data, Condition condition,
                                CancelToken cancel) {
    const uint64_t size = total_bytes(data);
    Status status = wait_until_countable(cancel);
    if (status.ok()) status = check_new_size(key, size);
    if (!status.ok()) return status;
    if (condition.must_exist || condition.must_not_exist) {
        const Result<Index::Found> found = resolve(key, false);
        if (!found.ok()) return found.status();
        status = check(condition, found.value().answer == Index::Answer::kPresent);
        if (!status.ok()) return status;
    }
    Result<TempFile> temp = make_temp();
    if (!temp.ok()) return temp.status();
    status = write_all(temp.value().fd(), data, 0, cancel);
    if (status.ok()) status = settle(temp.value(), size, true);
    if (!status.ok()) return status;
    return install(key, temp.value(), {.size = size, .condition = condition}, cancel);
}

Result<uint64_t> FileStore::install(const Key& key, TempFile& temp, NewValue value,
                                    CancelToken cancel) {
    const KeyLocks::Held held = keys_.lock(key, cancel);
    if (!held) return cancelled();
    return install_locked(key, temp, value);
}

// What the value was made from, at the instant of the change; the gate is held.
Status FileStore::check_basis(const NewValue& value) const {
    if (value.formats && *value.formats != formats_.load()) {
        return {Code::kFormatInProgress, "the namespace was formatted"};
    }
    for (const Record& record : value.basis) {
        const Index::Found now = versions_.find(record.key);
        if (now.answer != Index::Answer::kPresent || now.record.version != record.version) {
            return {Code::kNotReady, "what the value was made from has changed"};
        }
    }
    return {};
}

// The key is held, and so are the keys of the basis if they end. On failure nothing has changed, and what was charged
// stays the caller's.
//
// The gate is held from the look at the index until the index has changed. So the condition, the basis and the change
// are of one instant, and neither a flush nor a format comes between the file's name and the index.
Result<uint64_t> FileStore::install_locked(const Key& key, TempFile& temp, NewValue value) {
    value.synced = value.synced || always_durable() || promises_.forgets_everything;
    Ending ending;
    if (value.ends_basis) {
        Result<Ending> prepared = prepare_ending(key, temp, value.basis);
        if (!prepared.ok()) return prepared.status();
        ending = std::move(prepared).value();
    }
    const auto fail = [&](Status status) -> Result<uint64_t> {
        composes_.drop(std::move(ending.intent));
        return status;
    };
    for (int attempt = 0;; attempt++) {
        Gate gate(gate_);
        if (formatting_.load()) {
            return fail({Code::kFormatInProgress, "the namespace is being formatted"});
        }
        const Result<Index::Found> found = resolve(key, true);
        if (!found.ok()) return fail(found.status());
        const bool present = found.value().answer == Index::Answer::kPresent;
        const Record& old = found.value().record;
        Status status = check_basis(value);
        if (status.ok()) status = check(value.condition, present);
        if (!status.ok()) return fail(status);
        const bool replaces_flushed = present && must_survive(old);
        const bool data_first = !value.synced && replaces_flushed;
        if (!value.synced &&
            (ending.must_survive || (data_first && !promises_.rename_orders_data))) {
            gate.unlock();  // a flush must not wait for this
            const int synced = fs_.sync_data(temp.fd());
            if (synced < 0) return fail(io_error("cannot sync the value", synced));
            value.synced = true;
            continue;
        }
        const uint64_t needed = value.size + key.size() - value.charged;
        const uint64_t freed = present ? old.size + key.size() : 0;
        if (needed > freed) status = charge(needed - freed);
        if (!status.ok()) return fail(status);
        UniqueFd corpse = present ? keep_if_slow_to_free(key, old.size) : UniqueFd();
        FileStat stat;
        const int looked = fs_.stat(temp.fd(), &stat);
        // Sources that a flush has covered may only go when the value that has their bytes cannot be lost any more.
        const bool durable = always_durable() || ending.must_survive;
        status = looked < 0 ? io_error("cannot look at the new value", looked)
                 : present  ? replace_it(key, temp, data_first, durable)
                            : name_it(key, temp, durable);
        if (!status.ok()) {
            if (needed > freed) refund(needed - freed);
            // The index was wrong: a stranger put a proper value there, or took one away. Believe the
            // directory, once.
            const bool surprised = status.code() == (present ? Code::kNotFound : Code::kExists);
            if (!surprised) return fail(status);
            if (attempt > 1) return fail(Status(Code::kIo, status.message()));
            gate.unlock();
            status = follow_directory(key);
            if (!status.ok()) return fail(status);
            continue;
        }
        CSD_SYNC_POINT("install.named");
        if (freed > needed) refund(freed - needed);
        Record fresh;
        fresh.key = key;
        fresh.size = value.size;
        fresh.version = next_version_.fetch_add(1);
        fresh.inode = stat.inode;
        fresh.was_flushed = always_durable() || replaces_flushed;
        fresh.epoch = epoch_.load();  // after the change of name: a flush that began before has it
        versions_.publish(fresh, ending.keys);
        bury(std::move(corpse));
        gate.unlock();
        if (value.ends_basis) remove_sources(std::move(ending));
        return value.size;
    }
}

// Gives the file a name that nothing has; with `durable`, so that it is on disk. kExists: a proper value has it after all.
Status FileStore::name_it(const Key& key, TempFile& temp, bool durable) {
    const std::string name = key.file_name();
    int done;
    if (temp.name().empty()) {
        done = fs_.link_unnamed(temp.fd(), values_, name.c_str());
    } else {
        done = fs_.link_at(layout_->engine(), temp.name().c_str(), values_, name.c_str());
        if (done == 0) {
            // With two links it would look foreign.
            done = fs_.unlink_at(layout_->engine(), temp.name().c_str(), 0);
            if (done < 0) {
                fs_.unlink_at(values_, name.c_str(), 0);
                return io_error("cannot name the value", done);
            }
            temp.unnamed();
        }
    }
    if (done == -EEXIST) {
        FileStat stat;
        done = fs_.stat_at(values_, name.c_str(), &stat);
        if (done < 0 && done != -ENOENT) return io_error("cannot look at a value", done);
        if (done == 0 && !is_value(stat)) return name_is_foreign(key);
        if (done == 0 && composes_.is_doomed(key, stat))
            return replace_it(key, temp, true, durable);
        return {Code::kExists, "a value appeared in the directory"};
    }
    if (done < 0) return io_error("cannot name the value", done);
    if (!durable) return {};
    Status synced = directory_commit_.commit();
    if (!synced.ok()) fs_.unlink_at(values_, name.c_str(), 0);
    return synced;
}

// Puts the file in the place of the present value. kNotFound: there is none any more. With `data_first` the file
// system has to write the new value's data before the name changes; that is what renaming over a file means to
// it, and takes several times as long as an exchange of the two names.
Status FileStore::replace_it(const Key& key, TempFile& temp, bool data_first, bool durable) {
    const std::string name = key.file_name();
    FileStat stat;
    int done = fs_.stat_at(values_, name.c_str(), &stat);
    if (done == -ENOENT) return {Code::kNotFound, "the value vanished from the directory"};
    if (done < 0) return io_error("cannot look at a value", done);
    if (!is_value(stat)) return name_is_foreign(key);
    Status status = journal_.supersede(key);
    if (!status.ok()) return status;
    const int engine = layout_->engine();
    if (temp.name().empty()) {
        std::string temporary = layout_->fresh_name("t-");
        done = fs_.link_unnamed(temp.fd(), engine, temporary.c_str());
        if (done < 0) return io_error("cannot name the value", done);
        temp.named(fs_, engine, std::move(temporary));
    }
    const char* from = temp.name().c_str();
    if (!data_first) {
        done = fs_.rename_at(engine, from, values_, name.c_str(), RENAME_EXCHANGE);
        if (done == 0) {
            // Exchanged, so that the old value can come back if the sync fails.
            if (durable) status = directory_commit_.commit();
            if (!status.ok()) fs_.rename_at(engine, from, values_, name.c_str(), RENAME_EXCHANGE);
            return status;  // the temporary name, and what it now means, goes with `temp`
        }
        if (done != -EINVAL && done != -ENOSYS) return io_error("cannot replace the value", done);
    }
    done = fs_.rename_at(engine, from, values_, name.c_str(), 0);
    if (done < 0) return io_error("cannot replace the value", done);
    temp.unnamed();
    return durable ? directory_commit_.commit() : Status();
}

// Freeing gigabytes takes the file system a while; an open descriptor puts it off until it is closed.
UniqueFd FileStore::keep_if_slow_to_free(const Key& key, uint64_t size) {
    if (size < kSlowToFreeBytes) return UniqueFd();
    const std::lock_guard guard(waste_mutex_);
    if (corpses_.size() >= kMostCorpses) return UniqueFd();
    const int fd = fs_.open_at(values_, key.file_name().c_str(),
                               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
    return UniqueFd(std::max(fd, -1));
}

void FileStore::bury(UniqueFd corpse) {
    if (!corpse.valid()) return;
    const std::lock_guard guard(waste_mutex_);
    corpses_.push_back(std::move(corpse));
}

Status FileStore::erase(const Key& key, CancelToken cancel) {
    if (key.empty()) return {Code::kInvalidKeySize, "a key has 1 to 16 bytes"};
    const Status countable = wait_until_countable(cancel);
    if (!countable.ok()) return countable;
    const KeyLocks::Held held = keys_.lock(key, cancel);
    if (!held) return cancelled();
    const Gate gate(gate_);
    if (formatting_.load()) return {Code::kFormatInProgress, "the namespace is being formatted"};
    const Result<Index::Found> found = resolve(key, true);
    if (!found.ok()) return found.status();
    if (found.value().answer != Index::Answer::kPresent) return not_found();
    const Record& old = found.value().record;
    UniqueFd corpse = keep_if_slow_to_free(key, old.size);
    Status status = journal_.supersede(key);
    if (status.ok()) status = remove_name(key);
    if (!status.ok() && status.code() != Code::kNotFound) return status;
    CSD_SYNC_POINT("erase.unnamed");
    versions_.remove(key);
    refund(key.size() + old.size);
    bury(std::move(corpse));
    return status;
}

// kNotFound when the name was gone, or meant something foreign, already.
Status FileStore::remove_name(const Key& key) {
    const std::string name = key.file_name();
    FileStat stat;
    int done = fs_.stat_at(values_, name.c_str(), &stat);
    if (done == -ENOENT || (done == 0 && !is_value(stat))) return not_found();
    if (done < 0) return io_error("cannot look at a value", done);
    if (!always_durable()) {
        done = fs_.unlink_at(values_, name.c_str(), 0);
        return done < 0 ? io_error("cannot remove the value", done) : Status();
    }
    // Moved aside first, so that the value can come back if the sync fails.
    const int engine = layout_->engine();
    const std::string aside = layout_->fresh_name("t-");
    done = fs_.rename_at(values_, name.c_str(), engine, aside.c_str(), 0);
    if (done < 0) return io_error("cannot remove the value", done);
    Status status = directory_commit_.commit();
    if (status.ok()) {
        fs_.unlink_at(engine, aside.c_str(), 0);
    } else {
        fs_.rename_at(engine, aside.c_str(), values_, name.c_str(), 0);
    }
    return status;
}

}  // namespace csd::store
