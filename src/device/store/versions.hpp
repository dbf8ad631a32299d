// SPDX-License-Identifier: BSD-3-Clause
//
// Versions: which version of each key is current. This is decided here and nowhere else.
//
//     versions.publish(record);                        // from this instant the record is the value of its key
//     std::optional<OpenVersion> open = versions.opened(key);
//     Index::Found found = versions.find(key);
//
// Two structures know versions: the index, and the descriptors of values read lately. A change of a key holds the
// shard of descriptors that the key belongs to, changes the index, drops the descriptor, and lets go. A reader that
// finds a descriptor holds the shard as well, so it never finds one of a version that the index has left. The change
// of the index is the instant at which a command takes effect.
//
// A caller that opens a file by its name cannot know which version it got: a writer may be between the name and the
// index, and an inode number says little, because file systems give it to the next file. keep() settles that: it takes
// the descriptor only if the index still has the version that the caller saw before it opened the file.
//
// While the index loads it does not know every key. A caller that holds the key's lock tells it what the directory has
// (adopt), and every change is preceded by that. So a key that was looked up once is known from then on, and what the
// scan of the directory saw in the middle of a change never counts.
//
// Threads: any. Locks, in order: shards in ascending order, then the index. Tested by versions_test.cc, and with parked
// threads by interleaving_test.cc.
#pragma once

#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "device/store/hot_files.hpp"
#include "device/store/index.hpp"

namespace csd::store {

class Versions {
  public:
    explicit Versions(size_t hot_files);

    Index::Found find(const Key& key) const { return index_.find(key); }
    std::optional<Index::Found> try_find(const Key& key) const { return index_.try_find(key); }

    // The current version, if it is kept open.
    std::optional<OpenVersion> opened(const Key& key);
    // The same without waiting: `busy` says that nothing was found out because another thread holds the shard.
    std::optional<OpenVersion> try_opened(const Key& key, bool* busy);
    // Keeps a file that was opened by name open for readers. False, and nothing is kept: `version` is not current any
    // more, and the file may be any version's.
    bool keep(const Key& key, const OpenVersion& version);
    void close_hot_files();

    // The caller holds the key. What it saw in the directory becomes known, unless the index knows the key by now.
    // `seen.absent` says that there is no value. Returns what the index knows then.
    Index::Found adopt(const Record& seen) { return index_.adopt(seen); }

    // The caller holds the key, or the keys, and the store's gate.
    void publish(const Record& record);
    // The same, and the other keys end in the same instant.
    void publish(const Record& record, std::span<const Key> removed);
    void grow(const Record& record);  // its file has more committed bytes now
    void remove(const Key& key);
    void clear();  // a format

    // See Index.
    Index::Totals complete_with(std::vector<Record> scanned) {
        return index_.complete_with(std::move(scanned));
    }
    bool complete() const { return index_.complete(); }
    Index::Totals totals() const { return index_.totals(); }
    void list(const Key& start, const Index::Visit& visit, uint64_t* total) const {
        index_.list(start, visit, total);
    }
    bool try_list(const Key& start, const Index::Visit& visit, uint64_t* total) const {
        return index_.try_list(start, visit, total);
    }

  private:
    struct Shard {
        explicit Shard(size_t capacity) : files(capacity) {}
        std::mutex mutex;
        HotFiles files;  // guarded by mutex
    };

    static constexpr size_t kShards = 32;
    // The high bits: KeyLocks and the hash tables use the low ones.
    static size_t number_of(const Key& key) { return KeyHash()(key) >> 20 & (kShards - 1); }
    Shard& shard_of(const Key& key) { return *shards_[number_of(key)]; }

    std::array<std::unique_ptr<Shard>, kShards> shards_;
    Index index_;
};

}  // namespace csd::store
