// SPDX-License-Identifier: BSD-3-Clause
//
// flush, format, housekeeping, settings.
// Tested by store_test.cc, store_format_test.cc, fault_test.cc and power_loss_test.cc.
#include <stdio.h>

#include <algorithm>
#include <chrono>

#include "base/sync_point.hpp"
#include "device/store/file_store.hpp"

namespace csd::store {

using std::chrono::steady_clock;

Status FileStore::flush(CancelToken cancel) {
    if (cancel.cancelled()) return cancelled();
    return flush_commit_.commit();
}

Status FileStore::flush_once() {
    // The kernel tells of a lost write once. After that no later success can vouch for it.
    const Status lost(Code::kIo,
                      "an earlier sync failed: what was stored before it may not be on disk");
    if (sync_failed_) return lost;
    AppendJournal::Snapshot appends;
    {
        // For an instant no name and no committed size is half changed: what is there now is what this
        // flush answers for, and whoever replaces it afterwards knows that it must survive.
        const std::lock_guard gate(gate_);
        epoch_++;
        appends = journal_.snapshot();
    }
    const int synced = fs_.sync_file_system(values_);
    if (synced < 0) {
        sync_failed_ = true;
        say(LogLevel::kError, io_error("a flush failed", synced).message());
        return {Code::kIo, io_error("cannot sync the file system", synced).message()};
    }
    const Status status = journal_.flushed(appends);
    return status.ok() ? status : Status(Code::kIo, status.message());
}

Status FileStore::format() {
    // The index knows which names are foreign and have to stay.
    Status status = load_index({});
    if (!status.ok()) return status;
    if (formatting_.exchange(true)) {
        return {Code::kFormatInProgress, "the namespace is being formatted"};
    }
    {
        const std::lock_guard gate(gate_);
        std::string old_name;
        status = layout_->replace_values(&old_name);
        // Exchanged, even if a sync failed after that: then the host is told, and may format again.
        if (!old_name.empty()) {
            const Status superseded = journal_.supersede_all();
            if (status.ok()) status = superseded;
            composes_.clear();
            const uint64_t bytes = versions_.totals().bytes;
            formats_++;
            CSD_SYNC_POINT("format.exchanged");
            versions_.clear();
            refund(bytes);
            bring_back_foreign(old_name);
        }
    }
    std::vector<Owned> hidden;
    {
        const std::lock_guard guard(staged_mutex_);
        for (const auto& entry : staged_) hidden.push_back(entry.first);
    }
    for (const Owned& owned : hidden) discard_staged(owned.first, owned.second);
    formatting_ = false;
    return status;
}

// What fails here is tried again by housekeeping, which removes nothing foreign.
void FileStore::bring_back_foreign(const std::string& garbage) {
    std::vector<std::string> names;
    bool look_for_them = false;
    {
        const std::lock_guard guard(waste_mutex_);
        garbage_.push_back(garbage);
        names = foreign_names_;
        look_for_them = too_many_foreign_;
    }
    const UniqueFd old(
        fs_.open_at(layout_->engine(), garbage.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0));
    if (!old.valid()) return;
    // Judged again: the scan may have met a value in the instant when another took its name.
    const auto bring_back = [&](const char* name) {
        if (kind_of(old.get(), name) == Kind::kForeign)
            (void)fs_.rename_at(old.get(), name, values_, name, RENAME_NOREPLACE);
        return true;
    };
    for (const std::string& name : names) bring_back(name.c_str());
    if (look_for_them) (void)layout_->each_name(old.get(), bring_back);
}

// What cannot be looked at is nothing, so that it is neither removed nor moved.
FileStore::Kind FileStore::kind_of(int directory, const char* name) {
    if (!Key::from_file_name(name)) return Kind::kForeign;
    FileStat stat;
    if (fs_.stat_at(directory, name, &stat) < 0) return Kind::kUnknown;
    return is_value(stat) ? Kind::kValue : Kind::kForeign;
}

bool FileStore::housekeeping(CancelToken stop) {
    end_idle_staged();
    remove_doomed();
    UniqueFd corpse;
    {
        const std::lock_guard guard(waste_mutex_);
        if (!corpses_.empty()) {
            corpse = std::move(corpses_.back());
            corpses_.pop_back();
        }
    }
    if (corpse.valid()) return true;  // closing it was the work of this call
    if (stop.cancelled()) return false;
    return remove_some_garbage();
}

// One batch of names of one formatted directory, or what 20 ms are enough for.
bool FileStore::remove_some_garbage() {
    std::string name;
    {
        const std::lock_guard guard(waste_mutex_);
        if (garbage_.empty()) return false;
        name = garbage_.back();
    }
    const int engine = layout_->engine();
    const UniqueFd directory(
        fs_.open_at(engine, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0));
    unsigned kept = 0;
    unsigned seen = 0;
    Status status = directory.valid() ? Status() : io_error("garbage", directory.get());
    if (status.ok()) {
        constexpr unsigned kBatch = 512;
        const auto deadline = steady_clock::now() + std::chrono::milliseconds(20);
        status = layout_->each_name(directory.get(), [&](const char* entry) {
            int done = -EIO;
            switch (kind_of(directory.get(), entry)) {
                case Kind::kValue: done = fs_.unlink_at(directory.get(), entry, 0); break;
                case Kind::kForeign:
                    done = fs_.rename_at(directory.get(), entry, values_, entry, RENAME_NOREPLACE);
                    break;
                case Kind::kUnknown: break;
            }
            if (done < 0 && done != -ENOENT) kept++;
            return ++seen - kept < kBatch && steady_clock::now() < deadline;
        });
    }
    if (status.ok() && seen > kept) return true;
    bool gone = status.ok() && kept == 0;
    if (gone) gone = fs_.unlink_at(engine, name.c_str(), AT_REMOVEDIR) == 0;
    if (!gone && kept > 0) {
        // Foreign files whose names are taken by now: put aside under a name that nothing removes.
        const std::string aside = layout_->fresh_name("kept-");
        fs_.rename_at(engine, name.c_str(), engine, aside.c_str(), 0);
        say(LogLevel::kWarning, std::to_string(kept) +
                                    " files that a format found could not be "
                                    "moved back and are now in " +
                                    aside);
    }
    const std::lock_guard guard(waste_mutex_);
    std::erase(garbage_, name);
    return !garbage_.empty();
}

Usage FileStore::usage() {
    (void)load_index({});
    const Index::Totals totals = versions_.totals();
    Usage usage{
        .capacity_bytes = options_.capacity_bytes, .used_bytes = totals.bytes, .keys = totals.keys};
    if (limited()) {
        usage.used_bytes = std::min(totals.bytes, options_.capacity_bytes);
        return usage;
    }
    usage.capacity_bytes = host_capacity(usage.used_bytes);
    usage.used_bytes = std::min(usage.used_bytes, usage.capacity_bytes);
    return usage;
}

// What the host file system had for this drive when it was first asked. Others use that file system too, and a size of a
// namespace that changed with them would be news to its hosts at every look.
uint64_t FileStore::host_capacity(uint64_t used) {
    DiskSpace space;
    if (host_capacity_ == 0 && fs_.space(values_, &space) == 0) {
        uint64_t unknown = 0;
        host_capacity_.compare_exchange_strong(unknown, used + space.available_bytes);
    }
    return host_capacity_;
}

static constexpr char kSettingsForm[] = "csd-settings 1\ndelete_missing_is_error ";

Status FileStore::load_settings() {
    const Result<std::string> content = layout_->read_small("settings");
    if (!content.ok()) return content.status();
    const std::string& text = content.value();
    if (text.empty()) return {};
    const std::lock_guard guard(settings_mutex_);
    if (text == std::string(kSettingsForm) + "1\n") {
        settings_.delete_missing_is_error = true;
    } else if (text != std::string(kSettingsForm) + "0\n") {
        return {Code::kIo, "the settings file is not one of this program's"};
    }
    return {};
}

Settings FileStore::settings() const {
    const std::lock_guard guard(settings_mutex_);
    return settings_;
}

Status FileStore::change_settings(const Settings& settings) {
    const std::lock_guard guard(settings_mutex_);
    const std::string content =
        std::string(kSettingsForm) + (settings.delete_missing_is_error ? "1\n" : "0\n");
    const Status status = layout_->write_small("settings", content, true);
    if (status.ok()) settings_ = settings;
    return status;
}

}  // namespace csd::store
