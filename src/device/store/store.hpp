// SPDX-License-Identifier: BSD-3-Clause
//
// Store: the values of one namespace, each a file on the host.
//
//     Result<std::unique_ptr<Store>> opened = Store::open({.root = "/drive", .nsid = 1});
//     Store& store = *opened.value();
//     store.put(key, slices, {}, cancel);          // all-old or all-new, whatever happens
//     Result<ReadResult> got = store.read(key, 0, buffers, cancel);
//
// docs/store-format.md says what lies in the directory and why it survives a crash.
//
// Threads: every method may be called from any number of threads at once, except open and the destructor.
// The store starts no thread: the device's janitor calls load_index() once and housekeeping() now and then.
// Data: iovecs belong to the caller and are not kept. A host's buffers may change while they are read.
// Errors: kNotFound, kExists, kNoSpace, kInvalidValueSize, kOffsetMismatch, kIo, kAborted (cancelled),
// kFormatInProgress; after an error the old value is whole and the store serves on.
#pragma once

#include <sys/uio.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/unique_fd.hpp"
#include "csd/cancel.hpp"
#include "csd/key.hpp"
#include "csd/log.hpp"
#include "csd/status.hpp"

namespace csd::store {

class
    FileSystem;  // file_system.hpp: the operating system as an interface; tests inject faults there

using Slices = std::span<const iovec>;  // memory of the caller, to read from or to fill

enum class SyncMode : uint8_t { kFlush, kAlways };

struct Options {
    std::string root;  // a directory; created if absent, with its parents
    uint32_t bus_number = 0;
    uint32_t nsid = 1;
    uint64_t capacity_bytes = 0;  // 0: as much as the host file system has
    SyncMode sync = SyncMode::kFlush;
    std::chrono::milliseconds lock_wait{0};          // how long to wait for a directory in use
    std::chrono::milliseconds staged_idle{600'000};  // hidden values end after this
    Log log;
    FileSystem* file_system = nullptr;  // not owned; null: the real one
};

struct Condition {
    bool must_exist = false;
    bool must_not_exist = false;
};

struct ReadResult {
    uint64_t bytes = 0;       // placed into the buffers
    uint64_t value_size = 0;  // of the version that was read
};

struct ValueInfo {
    uint64_t size = 0;
    uint64_t version = 0;  // changes whenever the value does
};

// A value held open: its bytes stay what they are while this lives, whatever happens to the key.
class OpenValue {
  public:
    virtual ~OpenValue() = default;
    virtual int fd() const = 0;  // read-only, its offset at 0 and not used by the store
    virtual uint64_t size() const = 0;
};

struct Usage {
    uint64_t capacity_bytes = 0;
    uint64_t used_bytes = 0;  // keys and values, never more than the capacity
    uint64_t keys = 0;
};

// Persistent per-namespace state that is not a value.
struct Settings {
    bool delete_missing_is_error = false;  // EDNEK, Feature 20h
};

class Store {
  public:
    // Takes the lock, repairs what a crash left and logs that once. Does not read the whole directory.
    // Where no drive was, makes an empty one and logs that, too.
    // kNotReady, and only then: another drive has the namespace (the C API makes EBUSY of it).
    static Result<std::unique_ptr<Store>> open(const Options& options);
    virtual ~Store() = default;

    // Replaces the value. Returns its size.
    virtual Result<uint64_t> put(const Key& key, Slices data, Condition condition,
                                 CancelToken cancel) = 0;
    // Adds at the end; with `expected_size`, only if the value has that size now (an absent one has 0),
    // else kOffsetMismatch. An absent key is created unless must_exist. Returns the new size.
    virtual Result<uint64_t> append(const Key& key, Slices data,
                                    std::optional<uint64_t> expected_size, bool must_exist,
                                    CancelToken cancel) = 0;
    // Adds to the hidden value of this owner and key; offset 0 starts afresh, another must be its size.
    // Returns the size of the hidden value.
    virtual Result<uint64_t> stage(uint32_t owner, const Key& key, uint64_t offset, Slices data,
                                   CancelToken cancel) = 0;
    // The last piece: joins, and the hidden value becomes the value at once.
    virtual Result<uint64_t> publish(uint32_t owner, const Key& key, uint64_t offset, Slices data,
                                     Condition condition, CancelToken cancel) = 0;
    virtual void discard_staged(uint32_t owner, const Key& key) = 0;
    virtual void discard_staged(uint32_t owner) = 0;  // the controller was reset
    // The value becomes the concatenation of the sources (which may name the key itself, or one key twice).
    virtual Result<uint64_t> compose(const Key& key, std::span<const Key> sources,
                                     Condition condition, bool delete_sources,
                                     CancelToken cancel) = 0;

    virtual Result<ReadResult> read(const Key& key, uint64_t offset, Slices buffers,
                                    CancelToken cancel) = 0;
    virtual Result<ValueInfo> info(const Key& key) = 0;
    virtual Result<std::shared_ptr<OpenValue>> open_value(const Key& key) = 0;
    virtual Status exists(const Key& key) = 0;
    virtual Status erase(const Key& key,
                         CancelToken cancel) = 0;  // kNotFound when absent, whatever EDNEK says
    // Calls visit for each key >= start in order until it returns false: the keys of one instant, so visit runs under
    // the index's lock and must be quick. Waits for the index, and fills it if no other thread does.
    // With `total`, also counts all keys >= start, in O(log n).
    virtual Status list(const Key& start, const std::function<bool(const Key&)>& visit,
                        uint64_t* total, CancelToken cancel) = 0;

    // After a sync has failed (kIo) every later flush fails too: what was lost cannot be told any more.
    virtual Status flush(CancelToken cancel) = 0;
    virtual Status
    format() = 0;  // removes every value; other commands meet kFormatInProgress only briefly

    // The same answers without any wait: nothing when the answer would need a lock held elsewhere or a file
    // system call that can block. For a host that must not sleep. When try_list says nothing, what it visited
    // does not count.
    virtual std::optional<Result<ReadResult>> try_read(const Key& key, uint64_t offset,
                                                       Slices buffers) = 0;
    virtual std::optional<Result<ValueInfo>> try_info(const Key& key) = 0;
    virtual std::optional<Status> try_exists(const Key& key) = 0;
    virtual std::optional<Status> try_list(const Key& start,
                                           const std::function<bool(const Key&)>& visit,
                                           uint64_t* total) = 0;

    // used_bytes and keys are exact once the index is complete; before that this waits.
    virtual Usage usage() = 0;
    virtual Settings settings() const = 0;
    virtual Status change_settings(const Settings& settings) = 0;  // durable when it returns

    // For the janitor: fills the index (returns when it is complete or `stop` is cancelled), and does what is
    // left over: removes formatted directories piece by piece, frees large deleted values, ends idle hidden
    // values. housekeeping returns true when there is more to do at once.
    virtual Status load_index(CancelToken stop) = 0;
    virtual bool housekeeping(CancelToken stop) = 0;
};

}  // namespace csd::store
