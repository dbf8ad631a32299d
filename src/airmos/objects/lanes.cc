// SPDX-License-Identifier: BSD-3-Clause
// Tested by lanes_test.cc.
#include "airmos/objects/lanes.hpp"

#include <algorithm>
#include <exception>

#include "base/signals.hpp"

namespace csd::airmos::objects {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kBulkThreads = 2;
constexpr auto kRetryPause = std::chrono::milliseconds(100);
constexpr auto kLastTidying = std::chrono::seconds(2);  // at the end

}  // namespace

Lanes::Lanes(const DriveSettings& settings, Meter& meter, Health& health)
    : settings_(settings), health_(health) {
    const AllSignalsBlocked blocked;
    const auto add = [&](Lane lane, size_t threads) {
        for (size_t i = 0; i < threads; i++)
            workers_.push_back(std::make_unique<Worker>(lane, settings, meter, health));
    };
    add(Lane::kQuick, settings.quick_threads);
    add(Lane::kBulk, kBulkThreads);
    add(Lane::kSelect, 1);
    for (const auto& worker : workers_) {
        worker->thread = std::thread([this, &worker = *worker] { work(worker); });
    }
}

Lanes::~Lanes() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        for (const auto& worker : workers_) worker->wake.notify_all();
    }
    for (const auto& worker : workers_) worker->thread.join();
}

Lanes::Worker& Lanes::worker(Lane lane, size_t thread) {
    const size_t first = lane == Lane::kQuick  ? 0
                         : lane == Lane::kBulk ? settings_.quick_threads
                                               : settings_.quick_threads + kBulkThreads;
    return *workers_[first + thread];
}

void Lanes::wake_idle(Lane lane) {
    for (const auto& worker : workers_) {
        if (worker->lane != lane || !worker->idle) continue;
        worker->idle = false;
        worker->wake.notify_one();
        return;
    }
}

void Lanes::post(Lane lane, std::optional<size_t> thread, std::unique_ptr<Job> job) {
    {
        const std::lock_guard lock(mutex_);
        if (waiting_ < kMaxWaiting) {
            waiting_++;
            if (thread) {
                Worker& one = worker(Lane::kQuick, *thread);
                one.own.push_back(std::move(job));
                one.wake.notify_one();
            } else {
                shared(lane).push_back(std::move(job));
                wake_idle(lane);
            }
            return;
        }
    }
    job->refuse(Error("SlowDown"));
}

void Lanes::post_until_done(Lane lane, size_t thread, std::unique_ptr<Job> job) {
    const std::lock_guard lock(mutex_);
    Worker& one = worker(lane, thread);
    one.retries.add(std::move(job));
    one.wake.notify_one();
}

void Lanes::discard(const Key& key) {
    const std::lock_guard lock(mutex_);
    garbage_.add(key);
    wake_idle(Lane::kQuick);
}

// Taken with the lock, so that a thread which has just seen that the drive is away is already waiting.
void Lanes::wake() {
    const std::lock_guard lock(mutex_);
    for (const auto& worker : workers_) worker->wake.notify_one();
}

size_t Lanes::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_;
}

void Lanes::wait_for_work(Worker& worker, std::unique_lock<std::mutex>& lock) {
    const auto& queue = shared(worker.lane);
    while (worker.own.empty() && queue.empty() && !has_retry(worker) && !has_garbage(worker) &&
           !ending_) {
        worker.idle = true;
        worker.wake.wait(lock);
        worker.idle = false;
    }
}

// The next job that was posted, or nullptr.
std::unique_ptr<Job> Lanes::take(Worker& worker) {
    auto& from = worker.own.empty() ? shared(worker.lane) : worker.own;
    if (from.empty()) return nullptr;
    auto job = std::move(from.front());
    from.pop_front();
    waiting_--;
    return job;
}

void Lanes::work(Worker& worker) {
    std::unique_lock lock(mutex_);
    auto last_moment = Clock::time_point::max();
    for (;;) {
        wait_for_work(worker, lock);
        if (ending_ && last_moment == Clock::time_point::max()) {
            last_moment = Clock::now() + kLastTidying;
        }
        const bool may_tidy = Clock::now() < last_moment;
        if (worker.own.empty() && has_retry(worker) && may_tidy) {
            retry(worker, lock);
        } else if (auto job = take(worker)) {
            const bool much_garbage = garbage_.has_many();
            lock.unlock();
            perform(worker, *job);
            job.reset();
            lock.lock();
            if (much_garbage && has_garbage(worker)) erase_garbage(worker, lock);
        } else if (has_garbage(worker) && may_tidy) {
            erase_garbage(worker, lock);
        } else if (ending_) {
            break;
        }
    }
    lock.unlock();
    worker.client.close();
}

void Lanes::retry(Worker& worker, std::unique_lock<std::mutex>& lock) {
    auto job = worker.retries.take();
    lock.unlock();
    perform(worker, *job);
    const bool lost = worker.client.lost();
    if (!lost) job.reset();
    lock.lock();
    if (!lost) return;
    worker.retries.put_back(std::move(job));
    worker.wake.wait_until(lock, std::max(worker.client.retry_at(), Clock::now() + kRetryPause));
}

// One key. What a drive does not erase now is collected at the next start.
void Lanes::erase_garbage(Worker& worker, std::unique_lock<std::mutex>& lock) {
    const auto key = garbage_.take();
    if (!key) return;
    lock.unlock();
    const auto client = worker.client.get();
    const Status erased = client.ok() ? client.value()->erase(*key) : client.status();
    if (!erased.ok() && erased.code() != Code::kNotFound && settings_.log) {
        settings_.log(LogLevel::kWarning, settings_.device +
                                              ": data that nothing names stays until the next "
                                              "start: " +
                                              erased.message());
    }
    lock.lock();
}

void Lanes::perform(Worker& worker, Job& job) {
    const auto client = worker.client.get();
    if (!client.ok()) return job.refuse(health_.unavailable(client.status().message()));
    try {
        job.run(*client.value());
    } catch (const std::exception& failed) {
        job.refuse(Error("InternalError").because(failed.what()));
    }
}

}  // namespace csd::airmos::objects
