// SPDX-License-Identifier: BSD-3-Clause
//
// Drive: one drive of the set, the threads that work it, and how a coroutine has work done there.
//
//     Outcome<Manifest> found = co_await drive.run(Lane::kQuick, [&](kv::Client& client) { ... });
//
// Work is plain blocking code over a kv::Client that is the thread's own. It runs in one of three lanes, so that what takes
// long delays nothing else: quick commands, bulk (Compose), and selects. A piece of an upload must go to the thread that
// had the pieces before it, since the drive keeps hidden values by controller: run_on(). A thread opens its client when
// it has the first work, and anew, at most once a second, after the drive was lost. Garbage is erased when nothing else is to do.
//
// Errors     work that cannot run gives its Outcome an Error: ServiceUnavailable when the drive is not there, SlowDown
//            when too much waits.
// Threads    every method from any thread. Completions go to the executor of the coroutine that awaits.
// Tested by drive_test.cc, store_test.cc, set_test.cc.
#pragma once

#include <array>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "airmos/error.hpp"
#include "airmos/objects/layout.hpp"
#include "airmos/objects/meter.hpp"
#include "airmos/objects/objects.hpp"
#include "airmos/task.hpp"
#include "csd/kv.hpp"

namespace csd::airmos::objects {

enum class Lane : uint8_t { kQuick, kBulk, kSelect };

using OpenTransport =
    std::function<Result<std::unique_ptr<kv::Transport>>(const std::string& device)>;

struct DriveSettings {
    std::string device;
    size_t index = 0;
    uint32_t quick_threads = 4;
    OpenTransport open;
    Log log;
};

// What the node may ask of the drive.
struct Abilities {
    bool pieces = false;   // values of any size, replaced at once
    bool compose = false;  // copies and joins inside the drive
    bool select = false;
    uint32_t piece_bytes = 0;  // of an upload, at most
    uint64_t most_value_bytes = 0;
};

// One thing to do on a thread of a drive.
class Job {
  public:
    virtual ~Job() = default;
    virtual void run(kv::Client& client) = 0;
    virtual void refuse(const Error& why) = 0;
};

class Drive {
  public:
    explicit Drive(DriveSettings settings);
    ~Drive();  // runs what waits, erases a bounded part of the garbage
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
    // On one thread of the quick lane.
    template <typename Work>
    auto run_on(size_t thread, Work work) -> Task<std::invoke_result_t<Work&, kv::Client&>> {
        co_return co_await hand_over(Lane::kQuick, thread, std::move(work));
    }
    // For threads that are not coroutines, and may block.
    template <typename Work>
    auto run_now(Lane lane, Work work) -> std::invoke_result_t<Work&, kv::Client&>;
    void post(Lane lane, std::optional<size_t> thread, std::unique_ptr<Job> job);
    // The same, for work without which the drive would remember something for minutes: on one thread of the lane, after what
    // was posted for that thread, and again when the drive was lost meanwhile.
    void insist(Lane lane, size_t thread, std::unique_ptr<Job> job);

    // A drive has room for so many hidden values only. False: too many large uploads run now.
    bool begin_upload();
    void end_upload() { uploads_--; }
    size_t next_thread() { return next_thread_++ % settings_.quick_threads; }
    void discard(const Key& key);  // erased in the background

    size_t index() const { return settings_.index; }
    const std::string& device() const { return settings_.device; }
    Meter& meter() { return meter_; }
    // Asks the drive what it is; its figures are then in state() and abilities().
    Outcome<> refresh();
    Abilities abilities() const;
    DriveState state() const;
    uint64_t free_bytes() const;

    // Whether what is in memory of this drive is rebuilt. Until then its objects are not served.
    bool ready() const { return ready_.load(std::memory_order_acquire); }
    void set_ready() { ready_.store(true, std::memory_order_release); }
    void set_unreadable(const std::string& why);
    // Why work of objects cannot be done now, or nothing.
    Outcome<> available() const;

    // One name at a time is changed. Held only on this drive's threads, during one or two commands.
    std::mutex& lock_of(const NameHash& hash) { return name_locks_[hash.key[0]]; }

  private:
    struct Worker {
        Lane lane = Lane::kQuick;
        std::thread thread;
        std::condition_variable wake;
        // Guarded by mutex_.
        std::deque<std::unique_ptr<Job>> own, duties;
        bool idle = false;
        // Of the thread.
        std::unique_ptr<kv::Client> client;
        bool lost = false;
        std::chrono::steady_clock::time_point retry_at;
    };

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

    template <typename Answer, typename Handler, typename Work>
    class CoroutineJob;
    template <typename Answer, typename Work>
    class BlockingJob;
    template <typename Work>
    auto hand_over(Lane lane, std::optional<size_t> thread, Work work)
        -> Task<std::invoke_result_t<Work&, kv::Client&>>;

    void work(Worker& worker);
    // The caller holds the lock of these six; some give it up meanwhile.
    bool has_duty(const Worker& worker) const { return !worker.duties.empty() && reachable_; }
    bool has_garbage(const Worker& worker) const {
        return worker.lane == Lane::kQuick && !garbage_.empty() && reachable_;
    }
    void wait_for_work(Worker& worker, std::unique_lock<std::mutex>& lock);
    std::unique_ptr<Job> take(Worker& worker);
    void do_duty(Worker& worker, std::unique_lock<std::mutex>& lock);
    void erase_garbage(Worker& worker, std::unique_lock<std::mutex>& lock);
    void perform(Worker& worker, Job& job);
    Status connect(Worker& worker);
    void note(const Status& connected);

    const DriveSettings settings_;
    Meter meter_;
    std::atomic<size_t> next_thread_{0};
    std::atomic<uint32_t> uploads_{0};
    std::atomic<bool> ready_{false};
    std::array<std::mutex, 256> name_locks_;

    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::array<std::deque<std::unique_ptr<Job>>, 3> jobs_;  // by lane
    std::deque<Key> garbage_;
    size_t waiting_ = 0;
    bool ending_ = false;
    bool reachable_ = false;
    std::string why_not_;
    std::string why_unreadable_;
    kv::DriveInfo info_;

    std::vector<std::unique_ptr<Worker>> workers_;  // the first quick_threads are quick
    std::mutex visit_mutex_;                        // taken before mutex_
    // Guarded by visit_mutex_.
    Worker visitor_;  // it has no thread
    std::chrono::steady_clock::time_point visits_from_;
};

// ------------------------------------------------------------------------------------------------

template <typename Answer, typename Handler, typename Work>
class Drive::CoroutineJob : public Job {
  public:
    CoroutineJob(Handler handler, Work work)
        : handler_(std::move(handler)),
          guard_(boost::asio::make_work_guard(boost::asio::get_associated_executor(handler_))),
          work_(std::move(work)) {}

    void run(kv::Client& client) override { finish(work_(client)); }
    void refuse(const Error& why) override { finish(Answer(why)); }

  private:
    void finish(Answer answer) {
        if (std::exchange(finished_, true)) return;  // work that failed after its answer
        auto executor = guard_.get_executor();
        boost::asio::post(executor,
                          [then = std::move(handler_), with = std::move(answer)]() mutable {
                              std::move(then)(std::move(with));
                          });
    }

    Handler handler_;
    boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler>> guard_;
    Work work_;
    bool finished_ = false;
};

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

template <typename Answer, typename Work>
class Drive::BlockingJob : public Job {
  public:
    explicit BlockingJob(Work& work) : work_(work) {}
    void run(kv::Client& client) override { answer_.set_value(work_(client)); }
    void refuse(const Error& why) override { answer_.set_value(Answer(why)); }
    std::future<Answer> future() { return answer_.get_future(); }

  private:
    Work& work_;
    std::promise<Answer> answer_;
};

template <typename Work>
auto Drive::run_now(Lane lane, Work work) -> std::invoke_result_t<Work&, kv::Client&> {
    using Answer = std::invoke_result_t<Work&, kv::Client&>;
    auto job = std::make_unique<BlockingJob<Answer, Work>>(work);
    auto future = job->future();
    post(lane, std::nullopt, std::move(job));
    return future.get();
}

}  // namespace csd::airmos::objects
