// SPDX-License-Identifier: BSD-3-Clause
//
// Values made of values. Tested by store_compose_test.cc, interleaving_test.cc, fault_test.cc and power_loss_test.cc.
#include <algorithm>

#include "base/sync_point.hpp"
#include "device/store/file_store.hpp"

namespace csd::store {

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

Result<std::vector<Record>> FileStore::look_at_sources(std::span<const Key> keys, bool held,
                                                       CancelToken cancel) {
    std::vector<Record> sources;
    sources.reserve(keys.size());
    for (const Key& key : keys) {
        if (cancel.cancelled()) return cancelled();
        const Result<Index::Found> found = resolve(key, held);
        if (!found.ok()) return found.status();
        if (found.value().answer != Index::Answer::kPresent) return not_found();
        sources.push_back(found.value().record);
    }
    return sources;
}

// A file with the sources one behind the other. kNotReady: one of them is another version by now.
Result<TempFile> FileStore::join(std::span<const Record> sources, bool held, CancelToken cancel) {
    Result<TempFile> temp = make_temp();
    if (!temp.ok()) return temp;
    uint64_t at = 0;
    bool in_whole_pages = true;
    for (const Record& source : sources) {
        if (cancel.cancelled()) return cancelled();
        const Result<OpenVersion> open = open_current(source.key, held);
        const bool gone = open.code() == Code::kNotFound;
        if (!open.ok() && !gone) return open.status();
        if (gone || open.value().version != source.version) {
            return {Code::kNotReady, "a source has changed"};
        }
        if (at % kPageBytes != 0) in_whole_pages = false;
        const Status copied =
            copy_range(open.value().fd(), 0, temp.value().fd(), at, source.size, cancel);
        if (!copied.ok()) return copied;
        at += source.size;
    }
    // Shared blocks bring the holes of a sparse source along, and a hole would look like a loss of power.
    const int64_t hole = fs_.first_hole(temp.value().fd());
    if (hole < 0 || static_cast<uint64_t>(hole) < at) in_whole_pages = false;
    const Status settled = settle(temp.value(), at, in_whole_pages);
    if (!settled.ok()) return settled;
    return temp;
}

// The sources are copied without their locks, because that may take long. Then all keys are held, and if every source
// is still the version that was copied, the value takes effect. Otherwise they are copied again. The last try holds
// the keys from the beginning, so that it cannot fail for that reason.
Result<uint64_t> FileStore::compose(const Key& key, std::span<const Key> keys, Condition condition,
                                    bool delete_sources, CancelToken cancel) {
    Status status = wait_until_countable(cancel);
    if (!status.ok()) return status;
    std::vector<Key> all(keys.begin(), keys.end());
    all.push_back(key);
    std::ranges::sort(all);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    for (size_t tries = 1;; tries++) {
        std::vector<KeyLocks::Held> held;
        const bool hold_on = tries >= kMaxComposeTries;
        if (hold_on && (held = keys_.lock_all(all, cancel)).empty()) return cancelled();
        const Result<std::vector<Record>> sources = look_at_sources(keys, hold_on, cancel);
        if (!sources.ok()) return sources.status();
        uint64_t size = 0;
        for (const Record& source : sources.value()) {
            if (source.size > static_cast<uint64_t>(INT64_MAX) - size) {
                return {Code::kInvalidValueSize, "the value would be larger than a file can be"};
            }
            size += source.size;
        }
        status = check_new_size(key, size, hold_on);
        if (!status.ok()) return status;
        Result<TempFile> temp = join(sources.value(), hold_on, cancel);
        CSD_SYNC_POINT("compose.joined");
        if (!temp.ok() && temp.code() != Code::kNotReady) return temp.status();
        if (temp.ok()) {
            if (!hold_on && (held = keys_.lock_all(all, cancel)).empty()) return cancelled();
            const NewValue value{.size = size,
                                 .condition = condition,
                                 .basis = sources.value(),
                                 .ends_basis = delete_sources};
            Result<uint64_t> composed = install_locked(key, temp.value(), value);
            if (composed.code() != Code::kNotReady) return composed;
        }
        // With the keys held, only a format or somebody outside the engine can have changed a file.
        if (tries > 2 * kMaxComposeTries) {
            return {Code::kIo, "the files of the sources keep changing"};
        }
    }
}

// The intent is written before anything happens. It names the files by what the directory has now: all keys are held,
// so these are the files of the versions in the basis.
Result<FileStore::Ending> FileStore::prepare_ending(const Key& key, const TempFile& temp,
                                                    std::span<const Record> basis) {
    std::vector<Record> records(basis.begin(), basis.end());
    std::ranges::sort(records, {}, &Record::key);
    const auto same_key = [](const Record& a, const Record& b) { return a.key == b.key; };
    records.erase(std::unique(records.begin(), records.end(), same_key), records.end());
    std::erase_if(records, [&](const Record& record) { return record.key == key; });
    Ending ending;
    std::vector<ComposeJournal::Source> sources;
    FileStat stat;
    for (const Record& record : records) {
        const int done = fs_.stat_at(values_, record.key.file_name().c_str(), &stat);
        if (done < 0 && done != -ENOENT) return io_error("cannot look at a source", done);
        if (done < 0 || stat.inode != record.inode) {
            const Status followed = follow_directory(record.key);
            return followed.ok() ? Status(Code::kNotReady, "a source has changed") : followed;
        }
        ending.keys.push_back(record.key);
        ending.freed_bytes += record.key.size() + record.size;
        ending.must_survive = ending.must_survive || must_survive(record);
        sources.push_back({record.key, stat.id(), stat.size});
    }
    if (sources.empty()) return ending;
    const int looked = fs_.stat(temp.fd(), &stat);
    if (looked < 0) return io_error("cannot look at the new value", looked);
    Result<ComposeJournal::Intent> intent =
        composes_.begin(key, stat.id(), std::move(sources), always_durable());
    if (!intent.ok()) return intent.status();
    ending.intent = std::move(intent).value();
    return ending;
}

// The index has forgotten the sources; now their files go. Their keys are still held.
void FileStore::remove_sources(Ending ending) {
    refund(ending.freed_bytes);
    std::vector<ComposeJournal::Source> left;
    for (const ComposeJournal::Source& source : ending.intent.sources) {
        CSD_SYNC_POINT("compose.removing");
        const Gate gate(
            gate_);  // a flush sees the slot of the source and its name both, or neither
        UniqueFd corpse = keep_if_slow_to_free(source.key, source.size);
        const Status superseded = journal_.supersede(source.key);
        const int removed =
            superseded.ok() ? fs_.unlink_at(values_, source.key.file_name().c_str(), 0) : -EIO;
        if (removed < 0 && removed != -ENOENT) {
            left.push_back(source);
        } else {
            bury(std::move(corpse));
        }
    }
    // Durable before the intent goes. If it cannot be made so, the intent stays, and open() removes what is there.
    if (always_durable() && left.empty() && !directory_commit_.commit().ok()) {
        say(LogLevel::kWarning, "the sources of a compose are removed, but not yet on disk");
        return;
    }
    ending.intent.sources = std::move(left);
    const Status finished = composes_.finish(std::move(ending.intent), always_durable());
    if (!finished.ok()) say(LogLevel::kError, finished.message());
}

// For housekeeping: the sources that could not be removed.
void FileStore::remove_doomed() {
    if (composes_.has_settled()) return;
    for (const ComposeJournal::Source& source : composes_.doomed()) {
        const KeyLocks::Held held = keys_.lock(source.key);
        const std::string name = source.key.file_name();
        FileStat stat;
        int done = fs_.stat_at(values_, name.c_str(), &stat);
        // Another file: a host has stored the key since.
        const bool there = done == 0 && composes_.is_doomed(source.key, stat);
        if (there) done = fs_.unlink_at(values_, name.c_str(), 0);
        if (done == 0 || done == -ENOENT) composes_.is_gone(source);
    }
    composes_.settle();
}

}  // namespace csd::store
