// SPDX-License-Identifier: BSD-3-Clause
//
// Drive: one drive of the engine, and the threads on which its slow work runs, so that no reactor waits.
//
// What a reactor can do at once it asks of device(); the rest is a Job. Quick, bulk and query have threads of their own:
// a hundred slow selects delay no retrieve. A job belongs to whoever submits it and stays at one address until
// `finish` was called, once, on any thread; nothing of the job is touched afterwards.
//
// Nothing here is SPDK's. Tested by drive_test.cc.
#pragma once

#include <sys/uio.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "csd/device.h"
#include "csd/status.hpp"
#include "nvme/command.hpp"
#include "waiting_selects.hpp"

namespace csd::spdk {

struct DriveOptions {
    std::string root;
    uint32_t bus = 0;
    uint32_t nsid = 1;
    uint64_t size_bytes = 0;  // 0: what the host's file system has
    bool sync_always = false;
    bool dialect_2023 = false;
    // A running select that no host asked for in this time gives its place to one that finds none. Hosts ask ten times a
    // second or more.
    std::chrono::milliseconds patience{5000};
    void (*log)(void* context, int level, const char* message) = nullptr;

    friend bool operator==(const DriveOptions&, const DriveOptions&) = default;
};

struct Job {
    csd_command command{};      // after csd_decode; only its pace counts when `work` is set
    const void* sqe = nullptr;  // what was decoded; stays until `finish`
    const iovec* iov = nullptr;
    int iovcnt = 0;
    // Instead of a command: something else that may block.
    void (*work)(csd_device* device, Job& job) = nullptr;
    // It runs when everything that was submitted before it has finished.
    bool waits_for_others = false;
    uint64_t number = 0;  // the drive's, in the order of submission
    csd_completion done{};
    void (*finish)(Job& job) = nullptr;
};

class Drive {
  public:
    // Of users of the bdev that are not hosts of a target. Hosts have the numbers of hosts.hpp.
    static constexpr uint32_t kController = 1;
    static constexpr uint32_t kQueries = 8;
    // A bdev counts in blocks, and a host takes a namespace of none for inactive.
    static constexpr uint32_t kBlockShift = 12;

    // Blocks: reads the directory, starts a process. Its threads run where the caller may, so call it from a thread that
    // is bound to no reactor's processor.
    static Result<std::unique_ptr<Drive>> open(const DriveOptions& options);
    ~Drive();  // blocks until every job has finished
    Drive(const Drive&) = delete;
    Drive& operator=(const Drive&) = delete;

    csd_device* device() const { return device_; }
    const DriveOptions& options() const { return options_; }
    static uint64_t blocks(csd_device* device);  // at least 1

    void submit(Job& job);
    // The job finishes soon, with Command Abort Requested unless it was done anyway. Only before its `finish`.
    void cancel(Job& job);
    void cancel_all();
    // Later, on a thread of the drive: results, running selects and staged values of this controller end.
    void forget(uint32_t controller);

  private:
    struct Pool {
        explicit Pool(size_t wanted) : most(wanted) {}
        const size_t most;
        std::condition_variable wake;
        std::deque<Job*> queued;    // guarded by mutex_
        std::vector<Job*> running;  // guarded by mutex_
        std::vector<std::thread> threads;
    };

    explicit Drive(const DriveOptions& options) : options_(options) {}
    void start_threads();
    void work(Pool& pool);
    void run(Job& job);
    void execute(Job& job);
    bool make_room();
    void cancel_running(const Pool& pool, Job* job);
    void finish(Job& job);
    Pool& pool_of(const Job& job) { return pools_[job.command.pace]; }

    const DriveOptions options_;
    csd_device* device_ = nullptr;
    WaitingSelects selects_;
    std::mutex mutex_;
    bool ending_ = false;            // guarded by mutex_
    uint64_t next_number_ = 1;       // guarded by mutex_
    std::set<uint64_t> unfinished_;  // guarded by mutex_
    std::condition_variable some_finished_;
    std::array<Pool, 3> pools_{Pool(4), Pool(4), Pool(kQueries)};  // by enum csd_pace
};

}  // namespace csd::spdk
