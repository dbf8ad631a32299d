// SPDX-License-Identifier: BSD-3-Clause
//
// Job: one thing to do on a thread of a drive; and the two kinds whose result somebody waits for.
//
// Threads: a Job is made on one thread and ended on another. Tested by lanes_test.cc, drive_test.cc.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <future>
#include <memory>
#include <utility>

#include "airmos/core/error.hpp"
#include "csd/kv.hpp"

namespace csd::airmos::objects {

// What takes long has lanes of its own, so that it delays nothing else: quick commands, bulk (Compose), and selects.
enum class Lane : uint8_t { kQuick, kBulk, kSelect };

class Job {
  public:
    virtual ~Job() = default;
    virtual void run(kv::Client& client) = 0;
    virtual void refuse(const Error& why) = 0;
};

// Work that a coroutine awaits; it goes on with the result on its own executor.
template <typename Value, typename Handler, typename Work>
class CoroutineJob : public Job {
  public:
    CoroutineJob(Handler handler, Work work)
        : handler_(std::move(handler)),
          guard_(boost::asio::make_work_guard(boost::asio::get_associated_executor(handler_))),
          work_(std::move(work)) {}

    void run(kv::Client& client) override { finish(work_(client)); }
    void refuse(const Error& why) override { finish(Value(why)); }

  private:
    void finish(Value result) {
        if (std::exchange(finished_, true)) return;  // work that failed after its result
        auto executor = guard_.get_executor();
        boost::asio::post(executor,
                          [then = std::move(handler_), with = std::move(result)]() mutable {
                              std::move(then)(std::move(with));
                          });
    }

    Handler handler_;
    boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler>> guard_;
    Work work_;
    bool finished_ = false;
};

// Work that a thread blocks for.
template <typename Value, typename Work>
class BlockingJob : public Job {
  public:
    explicit BlockingJob(Work& work) : work_(work) {}
    void run(kv::Client& client) override { result_.set_value(work_(client)); }
    void refuse(const Error& why) override { result_.set_value(Value(why)); }
    std::future<Value> future() { return result_.get_future(); }

  private:
    Work& work_;
    std::promise<Value> result_;
};

}  // namespace csd::airmos::objects
