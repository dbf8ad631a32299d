// SPDX-License-Identifier: BSD-3-Clause
//
// Opening, the scan that fills the index, closing. Tested by store_open_test.cc and power_loss_test.cc.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/sync_point.hpp"
#include "device/store/file_store.hpp"

namespace csd::store {

// At most a quarter of the descriptors the process may have: the host needs the rest.
static size_t hot_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 64;
    return std::clamp<size_t>(limit.rlim_cur / 4, 1, kMostHotFiles);
}

Result<std::unique_ptr<Store>> Store::open(const Options& options) {
    FileSystem& fs = options.file_system != nullptr ? *options.file_system : real_file_system();
    Result<std::unique_ptr<Layout>> layout = Layout::open(options, fs);
    if (!layout.ok()) return layout.status();
    auto store =
        std::make_unique<FileStore>(options, fs, std::move(layout).value(), hot_file_limit());
    const Status started = store->start();
    if (!started.ok()) return started;
    return std::unique_ptr<Store>(std::move(store));
}

FileStore::FileStore(const Options& options, FileSystem& fs, std::unique_ptr<Layout> layout,
                     size_t hot_files)
    : options_(options),
      fs_(fs),
      layout_(std::move(layout)),
      values_(layout_->values()),
      boot_(fs.boot_id()),
      promises_(fs.promises(values_)),
      journal_(fs, layout_->engine(), boot_),
      composes_(fs, *layout_),
      versions_(hot_files),
      directory_commit_(
          [this]() -> Status {
              const int done = fs_.sync_file(values_);
              if (done < 0)
                  return {Code::kIo, io_error("cannot sync the directory", done).message()};
              return {};
          },
          kMostDirectorySyncs),
      flush_commit_([this] { return flush_once(); }, 1),
      // Later than any version an earlier opening handed out.
      next_version_(
          static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count())) {}

Status FileStore::start() {
    Result<Layout::Leftovers> left = layout_->clean();
    if (!left.ok()) return left.status();
    const unsigned removed = left.value().removed;
    unsigned repaired = 0;
    unsigned completed = 0;
    const size_t formats = left.value().garbage.size();
    garbage_ = std::move(left.value().garbage);
    Status status = journal_.recover(values_, &repaired);
    if (status.ok()) status = composes_.recover(values_, left.value().composes, &completed);
    if (status.ok()) status = load_settings();
    if (status.ok() && always_durable()) status = layout_->make_reachable();
    if (!status.ok()) return status;
    Result<std::string> last_boot = layout_->read_small("boot");
    if (!last_boot.ok()) return last_boot.status();
    verify_ = last_boot.value() != std::to_string(boot_) + "\n";
    if (removed + repaired + completed > 0) {
        say(LogLevel::kWarning, "after an unclean end: " + std::to_string(removed) +
                                    " unfinished files removed, " + std::to_string(repaired) +
                                    " unfinished appends cut back, " + std::to_string(completed) +
                                    " composes completed");
    }
    // A directory that is spelled wrong becomes a drive as well, so the host is told.
    if (layout_->is_new()) {
        say(LogLevel::kInfo, "made a new drive in " + options_.root + "/" +
                                 std::to_string(options_.bus_number) + "/" +
                                 std::to_string(options_.nsid));
    }
    if (formats > 0) {  // also after an orderly end that did not wait for housekeeping
        say(LogLevel::kDebug, std::to_string(formats) + " formatted directories left to remove");
    }
    return {};
}

FileStore::~FileStore() {
    // A clean end makes appends durable, so that the next start of the machine need not cut them back.
    for (const AppendJournal::Slot& slot : journal_.unflushed()) {
        const UniqueFd file(fs_.open_at(values_, slot.key.file_name().c_str(),
                                        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0));
        if (!file.valid() || fs_.sync_data(file.get()) < 0 ||
            !journal_.commit(slot.key, slot.committed, true).ok()) {
            say(LogLevel::kError, "an appended value could not be made durable at the end");
        }
    }
}

Record FileStore::record_of(const Key& key, const FileStat& stat) const {
    Record record;
    record.key = key;
    record.size = stat.size;
    record.inode = stat.inode;
    uint64_t mixed = (stat.inode ^ stat.size << 32) * 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ mixed >> 29 ^ stat.changed_ns) * 0xD6E8FEB86659FD93u;
    record.version = mixed ^ mixed >> 32;
    return record;
}

// A value that was stored but never flushed when the power went: its mark says how long it was meant to be.
// Only asked after another start of the machine, and only of files that carry a mark and whose bytes nobody
// has changed since: an ordinary tool that makes a value shorter keeps the mark, but not the time.
bool FileStore::is_torn(const Key& key, const FileStat& stat) {
    const UniqueFd file(fs_.open_at(values_, key.file_name().c_str(),
                                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0));
    Mark mark;
    if (!file.valid() || fs_.get_mark(file.get(), &mark) != 0) return false;
    if (mark.modified_ns != stat.modified_ns) return false;
    if (stat.size < mark.size) return true;
    const auto has_hole = [&] {
        const int64_t hole = fs_.first_hole(file.get());
        return hole >= 0 && static_cast<uint64_t>(hole) < mark.size;
    };
    // What is on its way to the disk can look like a hole for an instant; what is lost stays one.
    if (!has_hole()) return false;
    (void)fs_.sync_data(file.get());
    return has_hole();
}

Status FileStore::load_index(CancelToken stop) {
    std::unique_lock guard(load_mutex_);
    while (!loaded_) {
        if (stop.cancelled()) return cancelled();
        if (loading_) {
            load_ended_.wait_for(guard, std::chrono::milliseconds(5));
            continue;
        }
        loading_ = true;
        guard.unlock();
        std::vector<Record> records;
        std::vector<std::string> foreign;
        const Status scanned = scan(stop, &records, &foreign);
        if (scanned.ok()) {
            {
                const std::lock_guard waste(waste_mutex_);
                too_many_foreign_ = foreign.size() > kMostForeignNames;
                if (!too_many_foreign_) foreign_names_ = std::move(foreign);
            }
            CSD_SYNC_POINT("load.scanned");
            used_ += versions_.complete_with(std::move(records)).bytes;
        }
        guard.lock();
        loading_ = false;
        loaded_ = scanned.ok();
        load_ended_.notify_all();
        if (!scanned.ok()) return scanned;
        // Now every value has been looked through; best effort, the next opening looks again otherwise.
        if (verify_) {
            (void)layout_->write_small("boot", std::to_string(boot_) + "\n", false).ok();
        }
    }
    return {};
}

Status FileStore::scan(CancelToken stop, std::vector<Record>* records,
                       std::vector<std::string>* foreign) {
    Status failure;
    unsigned seen = 0;
    const auto visit = [&](const char* name) {
        if (++seen % 256 == 0 && stop.cancelled()) {
            failure = cancelled();
            return false;
        }
        const std::optional<Key> key = Key::from_file_name(name);
        FileStat stat;
        int done = key ? fs_.stat_at(values_, name, &stat) : 0;
        if (done == -ENOENT) return true;
        if (done < 0) {
            failure = io_error("cannot look at a value", done);
            return false;
        }
        if (!key || !is_value(stat)) {
            // Remembered, so that a format can leave them in place.
            if (foreign->size() <= kMostForeignNames) foreign->emplace_back(name);
            return true;
        }
        if (composes_.is_doomed(*key, stat)) return true;
        if (verify_ && is_torn(*key, stat)) {
            const KeyLocks::Held held = keys_.lock(*key);
            const Result<Index::Found> found = look_in_directory(*key);
            if (!found.ok()) {
                failure = found.status();
                return false;
            }
            return true;
        }
        records->push_back(record_of(*key, stat));
        return true;
    };
    const Status listed = layout_->each_name(values_, visit);
    if (!failure.ok()) return failure;
    if (!listed.ok()) return listed;
    if (torn_ > 0) {
        say(LogLevel::kWarning, "after a loss of power: " + std::to_string(torn_) +
                                    " values that were never flushed were incomplete and are gone");
    }
    return {};
}

}  // namespace csd::store
