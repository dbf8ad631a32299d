// SPDX-License-Identifier: BSD-3-Clause
//
// Lanes: the threads of one drive, and the queues that they work off. What takes long delays nothing else, since each lane has
// threads of its own: `quick_threads` of them for quick commands, two for bulk, one for selects.
//
// A thread takes first what was posted for it alone, then what its retry queue has, then what was posted for its lane, and then
// garbage. A retry queue and the garbage wait while the drive cannot be reached; posted jobs are refused then.
// Threads    every method from any thread.
// Tested by lanes_test.cc.
#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "airmos/objects/drive_client.hpp"
#include "airmos/objects/garbage_list.hpp"
#include "airmos/objects/job.hpp"
#include "airmos/objects/retry_queue.hpp"

namespace csd::airmos::objects {

class Lanes {
  public:
    static constexpr size_t kMaxWaiting = 4096;  // jobs that were posted

    // These outlive it. The health calls wake() when the drive has returned.
    Lanes(const DriveSettings& settings, Meter& meter, Health& health);
    ~Lanes();  // runs what was posted; spends two seconds at most on retries and garbage
    Lanes(const Lanes&) = delete;
    Lanes& operator=(const Lanes&) = delete;

    // For any thread of the lane, or for one of the quick lane's. Refused with SlowDown if too much waits.
    void post(Lane lane, std::optional<size_t> thread, std::unique_ptr<Job> job);
    // For one thread of the lane, after what was posted for it: repeated until the drive was there for it.
    void post_until_done(Lane lane, size_t thread, std::unique_ptr<Job> job);
    // Erased in the background.
    void discard(const Key& key);
    void wake();

    size_t waiting() const;  // jobs that were posted and have not begun

  private:
    struct Worker {
        Worker(Lane lane_, const DriveSettings& settings, Meter& meter, Health& health)
            : lane(lane_), client(settings, meter, health) {}

        const Lane lane;
        std::thread thread;
        std::condition_variable wake;
        // Guarded by mutex_.
        std::deque<std::unique_ptr<Job>> own;
        RetryQueue retries;
        bool idle = false;
        // Of the thread.
        DriveClient client;
    };

    std::deque<std::unique_ptr<Job>>& shared(Lane lane) { return jobs_[static_cast<size_t>(lane)]; }
    Worker& worker(Lane lane, size_t thread);

    void work(Worker& worker);
    // The caller holds the lock of these; some give it up meanwhile.
    bool has_retry(const Worker& worker) const {
        return !worker.retries.empty() && health_.reachable();
    }
    bool has_garbage(const Worker& worker) const {
        return worker.lane == Lane::kQuick && !garbage_.empty() && health_.reachable();
    }
    void wake_idle(Lane lane);
    void wait_for_work(Worker& worker, std::unique_lock<std::mutex>& lock);
    std::unique_ptr<Job> take(Worker& worker);
    void retry(Worker& worker, std::unique_lock<std::mutex>& lock);
    void erase_garbage(Worker& worker, std::unique_lock<std::mutex>& lock);
    void perform(Worker& worker, Job& job);

    const DriveSettings& settings_;
    Health& health_;

    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::array<std::deque<std::unique_ptr<Job>>, 3> jobs_;  // by lane
    GarbageList garbage_;
    size_t waiting_ = 0;
    bool ending_ = false;

    std::vector<std::unique_ptr<Worker>> workers_;  // in the order of the lanes
};

}  // namespace csd::airmos::objects
