// SPDX-License-Identifier: BSD-3-Clause
//
// Layout: the directories of one namespace, its lock and its small files.
//
//     ROOT/<bus>/<nsid>/         the values, and whatever strangers put there
//     ROOT/<bus>/<nsid>.csd/     the engine's own: lock, settings, boot, appends, t-N, compose-N, garbage-N,
//                                kept-N
//
// The engine's directory lies beside the values, not among them, so that a format can exchange the whole
// directory of values for an empty one in one step. docs/store-format.md describes each file.
//
// Threads: any, after open. Tested by store_open_test.cc.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "csd/status.hpp"
#include "device/store/file_system.hpp"
#include "device/store/store.hpp"

namespace csd::store {

class Layout {
    struct Private {};

  public:
    Layout(Private, const Options& options, FileSystem& fs) : fs_(fs), options_(options) {}
    // Makes what is missing and takes the lock; kNotReady when another drive keeps it for `lock_wait`.
    static Result<std::unique_ptr<Layout>> open(const Options& options, FileSystem& fs);

    // Whether open() made both directories, so that no drive was here before.
    bool is_new() const { return made_engine_ && made_values_; }

    int values() const { return values_.get(); }
    int engine() const { return engine_.get(); }
    // Makes the way to the two directories durable, once. A new drive need not wait for that before the first
    // thing that must survive a loss of power.
    Status make_reachable();
    // A name in the engine's directory that nothing else has: "t-17".
    std::string fresh_name(const char* prefix);

    struct Leftovers {
        std::vector<std::string> garbage;   // directories of unfinished formats
        std::vector<std::string> composes;  // intents of composes
        unsigned removed = 0;               // files that were half made
    };
    // Removes what a crash left half made, and says what else it left.
    Result<Leftovers> clean();

    // Exchanges the directory of values for an empty one. `old_name` is where the old one is now, in the
    // engine's directory. The descriptor values() stays the same number and means the new directory.
    Status replace_values(std::string* old_name);

    // The whole content of one of the engine's files.
    Result<std::vector<uint8_t>> read_whole(const char* name);
    // Of a small one, at most 4096 bytes; empty when it does not exist.
    Result<std::string> read_small(const char* name);
    Status write_small(const char* name, const std::string& content, bool durable);

    // Calls visit with each name of a directory, until it returns false.
    Status each_name(int directory, const std::function<bool(const char*)>& visit);

  private:
    Status open_directories();
    Status take_lock();
    // `made`, if given, tells whether the directory was absent and this call made it.
    Result<UniqueFd> open_directory(int parent, const std::string& name, int extra_flags,
                                    bool* made = nullptr);

    FileSystem& fs_;
    const Options options_;
    UniqueFd root_;
    UniqueFd bus_;
    UniqueFd values_;
    UniqueFd engine_;
    UniqueFd lock_;
    std::string values_name_;
    bool made_engine_ = false;
    bool made_values_ = false;
    std::atomic<uint64_t> next_name_ = 1;
    std::atomic<bool> reachable_ = false;
};

}  // namespace csd::store
