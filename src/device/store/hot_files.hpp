// SPDX-License-Identifier: BSD-3-Clause
//
// HotFiles: descriptors of values read lately, so that a retrieve costs one read.
//
// A plain list of limited length that forgets what was not used for long. It decides nothing: Versions keeps it in
// step with the index. A reader shares the descriptor, so the bytes stay readable after the entry, or the file's name,
// has gone.
//
// Threads: none of its own; Versions guards it. Tested by hot_files_test.cc.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>

#include "base/unique_fd.hpp"
#include "csd/key.hpp"

namespace csd::store {

// One version of a value, open for reading.
struct OpenVersion {
    std::shared_ptr<const UniqueFd> file;
    uint64_t size = 0;  // committed: the file may be longer while an append writes behind it
    uint64_t version = 0;

    int fd() const { return file->get(); }
};

class HotFiles {
  public:
    explicit HotFiles(size_t capacity) : capacity_(capacity) {}

    // Null when the key is not kept. Valid until the next change.
    const OpenVersion* find(const Key& key);
    // Keeps the version in place of any other of that key. Returns what was evicted, so that the caller can close it
    // without a lock.
    OpenVersion put(const Key& key, OpenVersion version);
    OpenVersion drop(const Key& key);
    // The value has grown in place: the same file is another version now.
    void grow(const Key& key, uint64_t size, uint64_t version);
    // Forgets all; returns the descriptors, as above.
    HotFiles clear();

  private:
    struct Entry {
        OpenVersion open;
        uint64_t used_at = 0;  // the number of additions when it last went to the front
        std::list<Key>::iterator slot;
    };

    size_t capacity_;
    std::unordered_map<Key, Entry, KeyHash> by_key_;
    std::list<Key> recent_;  // roughly the latest first
    uint64_t additions_ = 0;
};

}  // namespace csd::store
