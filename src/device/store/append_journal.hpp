// SPDX-License-Identifier: BSD-3-Clause
//
// AppendJournal: how far each value that is appended to in place is whole.
//
// An append writes past the end of the value's file, so a crash can leave bytes there that nobody
// acknowledged. One slot of this file per such value says where the value ends: `committed`, for a kill of
// the process, and `durable`, for a loss of power. The protocol, per append:
//
//     begin()    before the first byte: the slot is on disk, naming the present size as durable
//     commit()   after the last byte: one write of 128 bytes moves `committed`
//     abort()    instead: the file was cut back
//
// A value that is replaced or deleted keeps its slot as "superseded" until the next flush, because power loss
// may bring the old file back. docs/store-format.md has the bytes and the argument.
//
// Threads: any; per key the store's key lock orders the calls. Own lock, held across one small write.
// Tested by append_journal_test.cc.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/unique_fd.hpp"
#include "csd/key.hpp"
#include "csd/status.hpp"
#include "device/store/file_system.hpp"

namespace csd::store {

class AppendJournal {
  public:
    static constexpr size_t kSlots = 1024;
    static constexpr size_t kSlotBytes = 128;

    struct Slot {
        enum class State : uint8_t { kFree, kLive, kSuperseded };
        State state = State::kFree;
        Key key;
        FileId file;
        uint64_t durable = 0;
        uint64_t committed = 0;
        uint64_t boot = 0;
        // Memory only.
        bool writing = false;      // between begin and commit or abort
        bool needs_flush = false;  // the file may differ on disk from `durable` bytes
        uint64_t changes = 0;      // tells a flush whether the slot moved meanwhile
    };

    // What flush() has to write once the file system is synced.
    struct Snapshot {
        struct Part {
            size_t slot;
            FileId file;
            uint64_t changes;
            uint64_t committed;
            bool superseded;
        };
        std::vector<Part> parts;
    };

    AppendJournal(FileSystem& fs, int engine, uint64_t boot)
        : fs_(fs), engine_(engine), boot_(boot) {}

    // Cuts the files that a crash left longer than they should be. Before anything else uses the values.
    Status recover(int values, unsigned* repaired);

    // kNotReady when every slot is in use until the next flush. The file's first `size` bytes are on disk.
    Status begin(const Key& key, const FileId& file, uint64_t size);
    bool has(const Key& key, const FileId& file) const;
    // With `durable`, the file's bytes are on disk, and the slot is when this returns.
    Status commit(const Key& key, uint64_t size, bool durable);
    // `cut_back` says whether the file was; else the slot stays in use.
    void abort(const Key& key, bool cut_back);
    // Before the key's file is replaced or removed, or all of them are.
    Status supersede(const Key& key);
    Status supersede_all();

    // A flush: taken before the file system is synced, handed back after.
    Snapshot snapshot() const;
    Status flushed(const Snapshot& snapshot);
    // Values whose last append no flush covers.
    std::vector<Slot> unflushed() const;

  private:
    Status create();
    Status load();
    Status write_slot(size_t slot);
    Status sync();

    FileSystem& fs_;
    const int engine_;
    const uint64_t boot_;
    mutable std::mutex mutex_;
    UniqueFd file_;                                  // guarded by mutex_; made by the first append
    std::vector<Slot> slots_;                        // guarded by mutex_
    std::unordered_map<Key, size_t, KeyHash> live_;  // guarded by mutex_
    bool rewrite_all_ =
        false;  // guarded by mutex_; a failed sync may have lost any slot's last write
};

}  // namespace csd::store
