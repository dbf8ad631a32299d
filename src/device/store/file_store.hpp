// SPDX-License-Identifier: BSD-3-Clause
//
// FileStore: the Store, one file a value.
//
// The operations are spread over files by what they have in common:
//     file_store_open.cc    opening, the scan that fills the index, closing
//     file_store_read.cc    read, info, exists, list, and the forms that must not wait
//     file_store_write.cc   put and erase, and install(), the one way a new file becomes a value
//     file_store_append.cc  append
//     file_store_stage.cc   hidden values
//     file_store_compose.cc compose
//     file_store_flush.cc   flush, format, housekeeping, settings
//
// Which version of a key is current is versions_'s to say, and the change there is the instant of every command. The
// steps of a change are always these, with the key held: the index knows the key (resolve), the file gets its name,
// versions_ is told. So a reader that finds the name ahead of the index waits for the key.
//
// Threads: any; see store.hpp. Locks, in the order they are taken:
//     key locks     one writer per key; the only locks held while data is written
//     gate_         shared around each change of a name or a committed size and of the index with it; exclusive for
//                   the instant in which a flush begins, and for a format's exchange of the directory
//     the locks inside AppendJournal, ComposeJournal, Pins, and the small mutexes below: one at a time
//     Versions      innermost
//
// Tested by store_test.cc and its neighbours store_*_test.cc.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "device/store/append_journal.hpp"
#include "device/store/compose_journal.hpp"
#include "device/store/errors.hpp"
#include "device/store/group_commit.hpp"
#include "device/store/key_locks.hpp"
#include "device/store/layout.hpp"
#include "device/store/pins.hpp"
#include "device/store/rw_lock.hpp"
#include "device/store/slices.hpp"
#include "device/store/store.hpp"
#include "device/store/temp_file.hpp"
#include "device/store/versions.hpp"

namespace csd::store {

inline constexpr uint64_t kPageBytes = 4096;
inline constexpr uint64_t kPieceBytes = 1 * kMiB;        // between two looks at the cancel token
inline constexpr uint64_t kSlowToFreeBytes = 64 * kMiB;  // freeing more is housekeeping's work
inline constexpr size_t kMostHotFiles = 4096;
inline constexpr size_t kMostStaged = 256;
inline constexpr size_t kMaxComposeTries = 4;  // in the last of them writers of the sources wait
inline constexpr int kMaxOpenTries = 6;
inline constexpr size_t kMostCorpses = 64;
inline constexpr size_t kMostForeignNames = 65536;
inline constexpr unsigned kMostDirectorySyncs = 8;

class FileStore final : public Store {
  public:
    FileStore(const Options& options, FileSystem& fs, std::unique_ptr<Layout> layout,
              size_t hot_files);
    ~FileStore() override;
    Status start();  // repairs what a crash left; once, before anything else

    Result<uint64_t> put(const Key& key, Slices data, Condition condition,
                         CancelToken cancel) override;
    Result<uint64_t> append(const Key& key, Slices data, std::optional<uint64_t> expected_size,
                            bool must_exist, CancelToken cancel) override;
    Result<uint64_t> stage(uint32_t owner, const Key& key, uint64_t offset, Slices data,
                           CancelToken cancel) override;
    Result<uint64_t> publish(uint32_t owner, const Key& key, uint64_t offset, Slices data,
                             Condition condition, CancelToken cancel) override;
    void discard_staged(uint32_t owner, const Key& key) override;
    void discard_staged(uint32_t owner) override;
    Result<uint64_t> compose(const Key& key, std::span<const Key> keys, Condition condition,
                             bool delete_sources, CancelToken cancel) override;
    Result<ReadResult> read(const Key& key, uint64_t offset, Slices buffers,
                            CancelToken cancel) override;
    Result<ValueInfo> info(const Key& key) override;
    Result<std::shared_ptr<OpenValue>> open_value(const Key& key) override;
    Status exists(const Key& key) override;
    Status erase(const Key& key, CancelToken cancel) override;
    Status list(const Key& start, const std::function<bool(const Key&)>& visit, uint64_t* total,
                CancelToken cancel) override;
    Status flush(CancelToken cancel) override;
    Status format() override;
    std::optional<Result<ReadResult>> try_read(const Key& key, uint64_t offset,
                                               Slices buffers) override;
    std::optional<Result<ValueInfo>> try_info(const Key& key) override;
    std::optional<Status> try_exists(const Key& key) override;
    std::optional<Status> try_list(const Key& start, const std::function<bool(const Key&)>& visit,
                                   uint64_t* total) override;
    Usage usage() override;
    Settings settings() const override;
    Status change_settings(const Settings& settings) override;
    Status load_index(CancelToken stop) override;
    bool housekeeping(CancelToken stop) override;

  private:
    using Gate = std::shared_lock<RwLock>;
    using Owned = std::pair<uint32_t, Key>;  // a controller and one of its keys
    struct Staged;

    // Opening and scanning.
    Status scan(CancelToken stop, std::vector<Record>* records, std::vector<std::string>* foreign);
    Record record_of(const Key& key, const FileStat& stat) const;
    static bool is_value(const FileStat& stat) { return stat.regular && stat.links == 1; }
    bool is_torn(const Key& key, const FileStat& stat);
    Status load_settings();

    // Looking up. `held`: the caller holds the key.
    Result<Index::Found> resolve(const Key& key, bool held);
    Result<Index::Found> look_in_directory(const Key& key);
    Result<OpenVersion> open_current(const Key& key, bool held);
    Status follow_directory(const Key& key);
    Result<uint64_t> read_file(int fd, uint64_t offset, Slices buffers, uint64_t bytes,
                               CancelToken cancel);

    // Writing.
    Status check_new_size(const Key& key, uint64_t bytes, bool held = false);
    Result<TempFile> make_temp();
    Status write_all(int fd, Slices data, uint64_t offset, CancelToken cancel);
    Status settle(TempFile& temp, uint64_t size, bool in_whole_pages);
    struct NewValue {
        uint64_t size = 0;
        uint64_t charged = 0;  // bytes of it that already count against the capacity
        Condition condition;
        bool synced = false;  // its data is on disk
        // It was made from these versions, which must still be current at the instant of the change; else kNotReady.
        std::span<const Record> basis = {};
        bool ends_basis = false;  // and these keys, other than its own, end at that instant
        std::optional<uint64_t> formats = {};  // it was begun when so many formats had happened
    };
    Result<uint64_t> install(const Key& key, TempFile& temp, NewValue value, CancelToken cancel);
    Result<uint64_t> install_locked(const Key& key, TempFile& temp, NewValue value);
    Status check_basis(const NewValue& value) const;
    Status name_it(const Key& key, TempFile& temp, bool durable);
    Status replace_it(const Key& key, TempFile& temp, bool data_first, bool durable);
    static Status check(const Condition& condition, bool present);
    Status remove_name(const Key& key);
    UniqueFd keep_if_slow_to_free(const Key& key, uint64_t size);
    void bury(UniqueFd corpse);
    bool must_survive(const Record& record) const {
        return record.was_flushed || record.epoch < epoch_.load(std::memory_order_acquire);
    }
    bool always_durable() const { return options_.sync == SyncMode::kAlways; }

    // Appending.
    Result<uint64_t> append_locked(const Key& key, const Record& old, Slices data, uint64_t bytes,
                                   CancelToken cancel);
    Result<uint64_t> append_in_place(const Key& key, const Record& old, int fd,
                                     const FileStat& stat, Slices data, uint64_t bytes,
                                     CancelToken cancel);
    Result<uint64_t> append_to_copy(const Key& key, const Record& old, int fd, Slices data,
                                    uint64_t bytes, CancelToken cancel);
    Status arm_append(const Key& key, const Record& old, int fd, const FileId& id);
    Status copy_range(int from, uint64_t from_offset, int to, uint64_t to_offset, uint64_t bytes,
                      CancelToken cancel);

    // Staging.
    std::shared_ptr<Staged> find_staged(const Owned& owned);
    Result<std::shared_ptr<Staged>> start_staged(const Owned& owned);
    void drop_staged(const Owned& owned, const std::shared_ptr<Staged>& staged);
    Status add_piece(Staged& staged, uint64_t offset, Slices data, CancelToken cancel);
    void end_idle_staged();

    // Composing.
    Result<std::vector<Record>> look_at_sources(std::span<const Key> keys, bool held,
                                                CancelToken cancel);
    Result<TempFile> join(std::span<const Record> sources, bool held, CancelToken cancel);
    // What ends with a compose that deletes its sources: each key once, without the value's own.
    struct Ending {
        std::vector<Key> keys;
        uint64_t freed_bytes = 0;
        bool must_survive = false;  // one of them is a value that the last flush left
        ComposeJournal::Intent intent;
    };
    Result<Ending> prepare_ending(const Key& key, const TempFile& temp,
                                  std::span<const Record> basis);
    void remove_sources(Ending ending);
    void remove_doomed();

    // Capacity. `charge` fails with kNoSpace; only called once the index is complete.
    bool limited() const { return options_.capacity_bytes != 0; }
    uint64_t host_capacity(uint64_t used);
    Status wait_until_countable(CancelToken cancel);
    Status charge(uint64_t bytes);
    void refund(uint64_t bytes);

    // Flushing and cleaning.
    Status flush_once();
    void bring_back_foreign(const std::string& garbage);
    enum class Kind : uint8_t { kValue, kForeign, kUnknown };
    Kind kind_of(int directory, const char* name);
    bool remove_some_garbage();
    void say(LogLevel level, const std::string& sentence) const {
        if (options_.log) options_.log(level, sentence);
    }

    // Constant after start().
    const Options options_;
    FileSystem& fs_;
    const std::unique_ptr<Layout> layout_;
    const int values_;  // a number that stays; a format makes it mean another directory
    const uint64_t boot_;
    const Promises promises_;
    bool verify_ = false;  // the machine has started anew since the values were last looked through

    // Their own synchronisation.
    KeyLocks keys_;
    RwLock gate_;
    AppendJournal journal_;
    ComposeJournal composes_;
    Versions versions_;
    const std::shared_ptr<Pins> pins_ = std::make_shared<Pins>();
    GroupCommit directory_commit_;
    GroupCommit flush_commit_;
    std::atomic<uint32_t> epoch_ = 1;  // changed with gate_ held exclusively
    std::atomic<bool> formatting_ = false;
    std::atomic<uint64_t> formats_ = 0;  // changed with gate_ held exclusively
    std::atomic<bool> sync_failed_ = false;
    std::atomic<bool> no_unnamed_files_ = false;
    std::atomic<uint64_t> next_version_;
    std::atomic<unsigned> torn_ = 0;  // values found incomplete and removed since the drive opened
    std::atomic<uint64_t> host_capacity_ = 0;  // of a drive without a size; 0: not known yet
    std::atomic<uint64_t> used_ = 0;           // against the capacity: keys, values, hidden values

    std::mutex load_mutex_;
    std::condition_variable load_ended_;
    bool loading_ = false;              // guarded by load_mutex_
    std::atomic<bool> loaded_ = false;  // changed under load_mutex_

    std::mutex staged_mutex_;
    std::map<Owned, std::shared_ptr<Staged>> staged_;  // guarded by staged_mutex_

    std::mutex waste_mutex_;
    std::vector<UniqueFd> corpses_;     // guarded by waste_mutex_; closing one frees its space
    std::vector<std::string> garbage_;  // guarded by waste_mutex_; directories of the past
    std::vector<std::string> foreign_names_;  // guarded by waste_mutex_
    bool too_many_foreign_ = false;           // guarded by waste_mutex_

    mutable std::mutex settings_mutex_;
    Settings settings_;  // guarded by settings_mutex_
};

}  // namespace csd::store
