// SPDX-License-Identifier: BSD-3-Clause
//
// Pins: which files are held open by a running query, so that an append leaves them as they are.
//
// Threads: any. A pin may outlive the store. Tested by store_append_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "device/store/store.hpp"

namespace csd::store {

class Pins {
  public:
    void add(uint64_t inode) {
        const std::lock_guard guard(mutex_);
        count_[inode]++;
    }
    void remove(uint64_t inode) {
        const std::lock_guard guard(mutex_);
        if (--count_[inode] == 0) count_.erase(inode);
    }
    bool has(uint64_t inode) const {
        const std::lock_guard guard(mutex_);
        return count_.count(inode) != 0;
    }

  private:
    mutable std::mutex mutex_;
    std::unordered_map<uint64_t, uint32_t> count_;  // guarded by mutex_
};

// The inode cannot be given to another file while the descriptor is open.
class PinnedValue final : public OpenValue {
  public:
    PinnedValue(std::shared_ptr<Pins> pins, UniqueFd fd, uint64_t inode, uint64_t size)
        : pins_(std::move(pins)), fd_(std::move(fd)), inode_(inode), size_(size) {
        pins_->add(inode_);
    }
    PinnedValue(const PinnedValue&) = delete;
    PinnedValue& operator=(const PinnedValue&) = delete;
    ~PinnedValue() override { pins_->remove(inode_); }

    int fd() const override { return fd_.get(); }
    uint64_t size() const override { return size_; }

  private:
    const std::shared_ptr<Pins> pins_;
    const UniqueFd fd_;
    const uint64_t inode_;
    const uint64_t size_;
};

}  // namespace csd::store
