// SPDX-License-Identifier: BSD-3-Clause
//
// ComposeJournal: makes a compose that deletes its sources one step, also for a crash.
//
// The index changes the value and its sources at one instant, but the directory needs one rename and then an unlink for
// each source. Before the first of them an intent is written: a file `compose-<n>` in the engine's directory that
// names the new value's file and those of the sources. What open() finds decides:
//     the value's name means the file of the intent, or the intent is marked as done:  the sources are removed
//     anything else:                                                                   nothing had happened
//
// A source that the file system will not remove stays in the directory although it is deleted for every host. It is
// doomed: the store asks is_doomed() wherever it believes the directory, housekeeping tries again, and the intent
// stays, so that a crash forgets nothing. docs/store-format.md has the bytes.
//
// Threads: any, but recover() comes first and alone. Tested by compose_journal_test.cc, store_compose_test.cc,
// kill_test.cc and power_loss_test.cc.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "csd/key.hpp"
#include "csd/status.hpp"
#include "device/store/file_system.hpp"

namespace csd::store {

class Layout;

class ComposeJournal {
  public:
    // A source, as its file was when the value was made.
    struct Source {
        Key key;
        FileId file;
        uint64_t size = 0;
    };
    struct Intent {
        std::string name;  // empty: no intent was written
        UniqueFd file;
        std::vector<Source> sources;  // those that are still there
    };

    ComposeJournal(FileSystem& fs, Layout& layout) : fs_(fs), layout_(layout) {}

    // Completes or forgets what a crash left. `names` are the intents' files.
    Status recover(int values, std::span<const std::string> names, unsigned* completed);

    // With `durable`, the intent is on disk when this returns.
    Result<Intent> begin(const Key& target, const FileId& file, std::vector<Source> sources,
                         bool durable);
    // The compose did not happen.
    void drop(Intent intent);
    // It did. The sources that are left in `intent` could not be removed; the caller still holds their keys. The removal
    // of the others is durable if it must be.
    Status finish(Intent intent, bool durable);

    // The file is a source that is deleted for every host.
    bool is_doomed(const Key& key, const FileStat& stat) const;
    std::vector<Source> doomed() const;
    void is_gone(const Source& source);
    // Removes the intents whose sources are all gone, durably.
    void settle();
    bool has_settled() const { return pending_count_ == 0; }
    void clear();  // a format: there is nothing left to remove

  private:
    Status recover_one(int values, const std::string& name, unsigned* completed);
    void remember(Intent intent);

    FileSystem& fs_;
    Layout& layout_;
    mutable std::mutex mutex_;
    std::list<Intent> pending_;  // guarded by mutex_
    std::atomic<size_t> pending_count_ =
        0;  // of pending_, so that nothing is locked when there are none
};

}  // namespace csd::store
