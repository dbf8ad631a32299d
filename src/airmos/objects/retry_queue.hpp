// SPDX-License-Identifier: BSD-3-Clause
//
// RetryQueue: jobs that a thread of a drive repeats until the drive took them, such as freeing a result. It is bounded: in a
// long loss the drive forgets by itself what the oldest jobs are about.
//
// Threads: its owner's lock guards it. Tested by retry_queue_test.cc.
#pragma once

#include <deque>
#include <memory>
#include <utility>

#include "airmos/objects/job.hpp"

namespace csd::airmos::objects {

class RetryQueue {
  public:
    static constexpr size_t kMaxJobs = 1024;

    bool empty() const { return jobs_.empty(); }
    void add(std::unique_ptr<Job> job) {
        if (jobs_.size() == kMaxJobs) jobs_.pop_front();
        jobs_.push_back(std::move(job));
    }
    // The oldest, to be tried.
    std::unique_ptr<Job> take() {
        auto job = std::move(jobs_.front());
        jobs_.pop_front();
        return job;
    }
    // A job that was tried in vain is the next again. If the queue became full meanwhile, it is the oldest and is dropped.
    void put_back(std::unique_ptr<Job> job) {
        if (jobs_.size() < kMaxJobs) jobs_.push_front(std::move(job));
    }

  private:
    std::deque<std::unique_ptr<Job>> jobs_;
};

}  // namespace csd::airmos::objects
