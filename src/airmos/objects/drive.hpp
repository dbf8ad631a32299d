// SPDX-License-Identifier: BSD-3-Clause
//
// Drive: one drive of the set, and how a coroutine has work done there.
//
//     Outcome<Manifest> found = co_await drive.run(Lane::kQuick, [&](kv::Client& client) { ... });
//
// Work is plain blocking code over a kv::Client that is the thread's own. Its parts have one idea each:
//
//     lanes.hpp         the threads, and the queues that they work off
//     retry_queue.hpp   what is repeated until the drive took it
//     garbage_list.hpp  values that nothing names any more
//     health.hpp        whether the drive is there, what it can do, whether its objects are served
//     drive_client.hpp  the client of one thread, opened again after a loss
//
// Errors     work that cannot run gives its Outcome an Error: ServiceUnavailable when the drive is not there, SlowDown
//            when too much waits.
// Threads    every method from any thread. Completions go to the executor of the coroutine that awaits.
// Tested by drive_test.cc, store_test.cc, set_test.cc.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "airmos/core/error.hpp"
#include "airmos/core/task.hpp"
#include "airmos/objects/drive_client.hpp"
#include "airmos/objects/health.hpp"
#include "airmos/objects/lanes.hpp"
#include "airmos/objects/layout.hpp"
#include "airmos/objects/meter.hpp"
#include "airmos/objects/objects.hpp"
#include "csd/kv.hpp"

namespace csd::airmos::objects {

class Drive {
  public:
    explicit Drive(DriveSettings settings);
    Drive(const Drive&) = delete;
    Drive& operator=(const Drive&) = delete;

    template <typename Work>
    auto run(Lane lane, Work work) -> Task<std::invoke_result_t<Work&, kv::Client&>> {
        co_return co_await hand_over(lane, std::nullopt, std::move(work));
    }
    // For work of few bytes that changes nothing: on the caller's thread if the drive is in this process and nobody else is
    // doing that just now, since waking another thread costs more than the work; in the quick lane else. Work that had to
    // wait for a disk sends what follows to the lane as well, for a while: the caller's thread has others to serve.
    template <typename Work>
    auto run_small(Work work) -> Task<std::invoke_result_t<Work&, kv::Client&>> {
        {
            const Visit visit(*this);
            try {
                if (visit.client() != nullptr) co_return work(*visit.client());
            } catch (const std::exception& failed) {
                co_return Error("InternalError").because(failed.what());
            }
        }
        co_return co_await run(Lane::kQuick, std::move(work));
    }
    // On one thread of the quick lane. A piece of an upload must go to the thread that had the pieces before it, since the
    // drive keeps staged values by controller, and each thread's client is one.
    template <typename Work>
    auto run_on(size_t thread, Work work) -> Task<std::invoke_result_t<Work&, kv::Client&>> {
        co_return co_await hand_over(Lane::kQuick, thread, std::move(work));
    }
    // For threads that are not coroutines, and may block.
    template <typename Work>
    auto run_now(Lane lane, Work work) -> std::invoke_result_t<Work&, kv::Client&>;
    void post(Lane lane, std::optional<size_t> thread, std::unique_ptr<Job> job) {
        lanes_.post(lane, thread, std::move(job));
    }
    // For work without which the drive would remember something for minutes.
    void post_until_done(Lane lane, size_t thread, std::unique_ptr<Job> job) {
        lanes_.post_until_done(lane, thread, std::move(job));
    }
    void discard(const Key& key) { lanes_.discard(key); }  // erased in the background

    // A drive has room for so many staged values only. False: too many large uploads run now.
    bool begin_upload();
    void end_upload() { uploads_--; }
    size_t next_thread() { return next_thread_++ % settings_.quick_threads; }

    size_t index() const { return settings_.index; }
    const std::string& device() const { return settings_.device; }
    Meter& meter() { return meter_; }
    Health& health() { return health_; }
    const Health& health() const { return health_; }
    // Asks the drive what it is; its figures are then in state() and health().
    Outcome<> refresh();
    DriveState state() const;

    // One name at a time is changed. Held only on this drive's threads, during one or two commands.
    std::mutex& lock_of(const NameHash& hash) { return name_locks_[hash.key[0]]; }

  private:
    // The client of callers, for as long as it lives; nullptr: it cannot be had now.
    class Visit {
      public:
        explicit Visit(Drive& drive);
        ~Visit();
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;
        kv::Client* client() const { return client_; }

      private:
        Drive& drive_;
        std::unique_lock<std::mutex> lock_;
        std::chrono::steady_clock::time_point began_;
        kv::Client* client_ = nullptr;
    };

    template <typename Work>
    auto hand_over(Lane lane, std::optional<size_t> thread, Work work)
        -> Task<std::invoke_result_t<Work&, kv::Client&>>;

    const DriveSettings settings_;
    Meter meter_;
    std::atomic<size_t> next_thread_{0};
    std::atomic<uint32_t> uploads_{0};
    std::array<std::mutex, 256> name_locks_;
    Health health_;

    std::mutex visit_mutex_;
    // Guarded by visit_mutex_.
    DriveClient visitor_;
    std::chrono::steady_clock::time_point visits_from_;

    Lanes lanes_;  // the last member: its jobs use the others until they have ended
};

// ------------------------------------------------------------------------------------------------

template <typename Work>
auto Drive::hand_over(Lane lane, std::optional<size_t> thread, Work work)
    -> Task<std::invoke_result_t<Work&, kv::Client&>> {
    using Answer = std::invoke_result_t<Work&, kv::Client&>;
    auto initiate = [this, lane, thread](auto handler, Work given) {
        using Handler = std::decay_t<decltype(handler)>;
        post(lane, thread,
             std::make_unique<CoroutineJob<Answer, Handler, Work>>(std::move(handler),
                                                                   std::move(given)));
    };
    co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>,
                                                   void(Answer)>(
        initiate, boost::asio::use_awaitable, std::move(work));
}

template <typename Work>
auto Drive::run_now(Lane lane, Work work) -> std::invoke_result_t<Work&, kv::Client&> {
    using Answer = std::invoke_result_t<Work&, kv::Client&>;
    auto job = std::make_unique<BlockingJob<Answer, Work>>(work);
    auto future = job->future();
    post(lane, std::nullopt, std::move(job));
    return future.get();
}

}  // namespace csd::airmos::objects
