// SPDX-License-Identifier: BSD-3-Clause
// Tested by drive_test.cc.
#include "drive.hpp"

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/signals.hpp"
#include "nvme/status.hpp"

namespace csd::spdk {
namespace {

// A target that was killed and started again: the kernel lets go of the old one's lock a moment later.
constexpr uint32_t kLockWaitMs = 10'000;

Code code_of(int error) {  // of csd_open
    switch (error) {
        case EBUSY: return Code::kNotReady;
        case ENOSPC: return Code::kNoSpace;
        case EINVAL: return Code::kUsage;
        case ENOMEM: return Code::kInternal;
        default: return Code::kIo;
    }
}

// The command when it is about a select whose answer can be fetched later: the 2023 dialect has none.
nvme::Command select_of(const Job& job, bool dialect_2023) {
    if (job.sqe == nullptr || dialect_2023) return {};
    nvme::Sqe sqe;
    memcpy(sqe.bytes.data(), job.sqe, sqe.bytes.size());
    const auto opcode = static_cast<nvme::Opcode>(sqe.opcode());
    if (opcode != nvme::Opcode::kSelectSend && opcode != nvme::Opcode::kSelectRetrieve) return {};
    return nvme::decode(sqe, {}).command;
}

void abort(Job& job) {
    job.done = {};
    job.done.status = nvme::kAbortRequested;
}

}  // namespace

Result<std::unique_ptr<Drive>> Drive::open(const DriveOptions& options) {
    std::unique_ptr<Drive> drive(new Drive(options));
    csd_options wanted = CSD_OPTIONS_INIT;
    wanted.root = options.root.c_str();
    wanted.bus_number = options.bus;
    wanted.nsid = options.nsid;
    wanted.size_bytes = options.size_bytes;
    wanted.dialect = options.dialect_2023 ? CSD_DIALECT_2023 : CSD_DIALECT_KEY_VALUE;
    // Reactors take all of their processors always. A query of the idle class would wait for them for ever where
    // every processor has one.
    wanted.flags = CSD_NORMAL_PRIORITY | (options.sync_always ? CSD_SYNC_ALWAYS : 0);
    wanted.query_concurrent = kQueries;
    wanted.lock_wait_ms = kLockWaitMs;
    wanted.log = options.log;
    char* error = nullptr;
    if (const int failed = csd_open(&wanted, &drive->device_, &error); failed != 0) {
        const std::string why = error != nullptr ? error : "no memory";
        csd_free(error);
        return Status(code_of(failed), "the drive in '" + options.root + "': " + why);
    }
    drive->start_threads();
    return drive;
}

void Drive::start_threads() {
    const AllSignalsBlocked blocked;
    static constexpr std::array<const char*, 3> kNames{"csd-quick", "csd-bulk", "csd-query"};
    for (size_t i = 0; i < pools_.size(); i++) {
        Pool& pool = pools_[i];
        while (pool.threads.size() < pool.most) {
            pool.threads.emplace_back([this, &pool] { work(pool); });
            pthread_setname_np(pool.threads.back().native_handle(), kNames[i]);
        }
    }
}

Drive::~Drive() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    for (Pool& pool : pools_) {
        pool.wake.notify_all();
        for (std::thread& thread : pool.threads) thread.join();
    }
    csd_close(device_);
}

uint64_t Drive::blocks(csd_device* device) {
    csd_statistics statistics{};
    statistics.struct_size = sizeof statistics;
    csd_get_statistics(device, &statistics);
    return std::max<uint64_t>(statistics.capacity_bytes >> kBlockShift, 1);
}

void Drive::submit(Job& job) {
    Pool& pool = pool_of(job);
    {
        const std::lock_guard lock(mutex_);
        job.number = next_number_++;
        unfinished_.insert(job.number);
        pool.queued.push_back(&job);
    }
    pool.wake.notify_one();
}

void Drive::cancel(Job& job) {
    Pool& pool = pool_of(job);
    {
        const std::lock_guard lock(mutex_);
        const auto queued = std::find(pool.queued.begin(), pool.queued.end(), &job);
        if (queued == pool.queued.end()) {
            cancel_running(pool, &job);
            return;
        }
        pool.queued.erase(queued);
    }
    abort(job);
    finish(job);
}

// Without mutex_. The job may be gone when its `finish` returns.
void Drive::finish(Job& job) {
    const uint64_t number = job.number;
    job.finish(job);
    const std::lock_guard lock(mutex_);
    unfinished_.erase(number);
    some_finished_.notify_all();
}

// Under mutex_: a job that runs stays valid, as it leaves `running` before it finishes.
void Drive::cancel_running(const Pool& pool, Job* job) {
    const bool runs =
        std::find(pool.running.begin(), pool.running.end(), job) != pool.running.end();
    if (runs && job->work == nullptr) csd_cancel(device_, &job->command);
}

void Drive::cancel_all() {
    std::deque<Job*> dropped;
    {
        const std::lock_guard lock(mutex_);
        for (Pool& pool : pools_) {
            for (Job* job : pool.running) cancel_running(pool, job);
            dropped.insert(dropped.end(), pool.queued.begin(), pool.queued.end());
            pool.queued.clear();
        }
    }
    for (Job* job : dropped) {
        abort(*job);
        finish(*job);
    }
}

void Drive::forget(uint32_t controller) {
    auto* const job = new Job;
    job->command.pace = CSD_PACE_BULK;
    job->command.controller = controller;
    job->work = [](csd_device* device, Job& self) { csd_reset(device, self.command.controller); };
    job->finish = [](Job& self) { delete &self; };
    submit(*job);
}

void Drive::work(Pool& pool) {
    std::unique_lock lock(mutex_);
    for (;;) {
        pool.wake.wait(lock, [&] { return ending_ || !pool.queued.empty(); });
        if (pool.queued.empty()) return;
        Job& job = *pool.queued.front();
        pool.queued.pop_front();
        pool.running.push_back(&job);
        if (job.waits_for_others)
            some_finished_.wait(lock, [&] { return *unfinished_.begin() == job.number; });
        lock.unlock();
        run(job);
        lock.lock();
        std::erase(pool.running, &job);  // from here nobody cancels it
        lock.unlock();
        finish(job);
        lock.lock();
    }
}

void Drive::run(Job& job) {
    if (job.work != nullptr) {
        job.work(device_, job);
    } else {
        execute(job);
    }
}

void Drive::execute(Job& job) {
    using Clock = WaitingSelects::Clock;
    const nvme::Command command = select_of(job, options_.dialect_2023);
    const auto* const send = std::get_if<nvme::SelectSend>(&command);
    const auto* const retrieve = std::get_if<nvme::SelectRetrieve>(&command);
    const uint32_t controller = job.command.controller;
    if (retrieve != nullptr) selects_.asked({controller, retrieve->id}, Clock::now());
    csd_execute(device_, &job.command, job.iov, job.iovcnt, &job.done);
    if (send != nullptr && job.done.status == nvme::kQueryBusy && make_room())
        csd_execute(device_, &job.command, job.iov, job.iovcnt, &job.done);
    if (send != nullptr && send->asynchronous && job.done.status == nvme::kSuccess)
        selects_.sent({controller, job.done.dw0}, Clock::now());
    if (retrieve != nullptr && !retrieve->describe && job.done.status != nvme::kQueryRunning)
        selects_.ended({controller, retrieve->id});
}

// Ends one running select that is forgotten, if there is one. Results that are there are kept for their hosts, and so are
// the failures that no host has been told of.
bool Drive::make_room() {
    for (const WaitingSelects::Select& select :
         selects_.forgotten(options_.patience, WaitingSelects::Clock::now())) {
        selects_.ended(select);
        if (csd_stop_select(device_, select.controller, select.id) == 0) continue;
        const std::string what = "a select that no host asked for in " +
                                 std::to_string(options_.patience.count()) +
                                 " ms was ended, as another found no room";
        if (options_.log != nullptr) options_.log(nullptr, CSD_LOG_WARNING, what.c_str());
        return true;
    }
    return false;
}

}  // namespace csd::spdk
