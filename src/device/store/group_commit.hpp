// SPDX-License-Identifier: BSD-3-Clause
//
// GroupCommit: many callers, few syncs.
//
//     GroupCommit directory([&] { return sync_the_directory(); }, 4);
//     Status status = directory.commit();   // a sync that began after this call has ended
//
// Whoever finds fewer than `most_at_once` syncs running leads one, for everybody who has arrived and waits.
// Those who arrive after it began form the next batch, because it may have missed their change. More than
// one at once is worth while for a journaling file system, which joins them itself, without a hole between
// the end of one and the wake-up of the next leader.
//
// Threads: any. Holds no lock while the work runs. Tested by group_commit_test.cc.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "csd/status.hpp"

namespace csd::store {

class GroupCommit {
  public:
    GroupCommit(std::function<Status()> work, unsigned most_at_once)
        : work_(std::move(work)), most_at_once_(most_at_once) {}

    Status commit() {
        std::unique_lock guard(mutex_);
        const std::shared_ptr<Batch> batch = waiting_;
        while (!batch->done && (batch->led || running_ == most_at_once_)) changed_.wait(guard);
        if (batch->done) return batch->status;
        batch->led = true;
        waiting_ = std::make_shared<Batch>();
        running_++;
        guard.unlock();
        Status status = work_();
        guard.lock();
        batch->status = std::move(status);
        batch->done = true;
        running_--;
        changed_.notify_all();
        return batch->status;
    }

  private:
    struct Batch {
        bool led = false;
        bool done = false;
        Status status;
    };

    const std::function<Status()> work_;
    const unsigned most_at_once_;
    std::mutex mutex_;
    std::condition_variable changed_;
    unsigned running_ = 0;                                        // guarded by mutex_
    std::shared_ptr<Batch> waiting_ = std::make_shared<Batch>();  // guarded by mutex_
};

}  // namespace csd::store
