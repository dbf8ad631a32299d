// SPDX-License-Identifier: BSD-3-Clause
//
// GroupCommit: many callers, one sync.
//
//     GroupCommit directory([&] { return sync_the_directory(); });
//     Status status = directory.commit();   // a sync that began after this call has ended
//
// Whoever finds no sync running leads: it runs one for everybody who has arrived so far. Those who arrive
// meanwhile form the next batch, because the running sync may have missed their change.
//
// Threads: any. Holds no lock while the work runs. Tested by group_commit_test.cc.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "base/status.hpp"

namespace csd::store {

class GroupCommit {
  public:
    explicit GroupCommit(std::function<Status()> work) : work_(std::move(work)) {}

    Status commit() {
        std::unique_lock guard(mutex_);
        const std::shared_ptr<Batch> batch = waiting_;
        while (!batch->done) {
            if (running_) {
                changed_.wait(guard);
                continue;
            }
            running_ = true;
            waiting_ = std::make_shared<Batch>();
            guard.unlock();
            Status status = work_();
            guard.lock();
            batch->status = std::move(status);
            batch->done = true;
            running_ = false;
            changed_.notify_all();
        }
        return batch->status;
    }

  private:
    struct Batch {
        bool done = false;
        Status status;
    };

    const std::function<Status()> work_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool running_ = false;                                        // guarded by mutex_
    std::shared_ptr<Batch> waiting_ = std::make_shared<Batch>();  // guarded by mutex_
};

}  // namespace csd::store
