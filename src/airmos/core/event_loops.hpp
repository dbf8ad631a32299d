// SPDX-License-Identifier: BSD-3-Clause
//
// EventLoops: the threads that coroutines run on, each with an event loop of its own. What runs on one loop never runs at
// the same time, and so needs no strand; and a step that ends on the loop it began on wakes no other thread.
//
//     EventLoops loops(cores);
//     co_spawn(loops.at(i), ...);
//     loops.run();  // on this thread and as many more as are needed
//     loops.end();  // from any thread: run() returns when nothing is left to do
//
// Tested by airmos/http/server_test.cc.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace csd::airmos {

class EventLoops {
  public:
    explicit EventLoops(unsigned count) {
        for (unsigned i = 0; i < count; i++) loops_.push_back(std::make_unique<Loop>());
    }

    size_t count() const { return loops_.size(); }
    boost::asio::io_context& at(size_t index) { return loops_[index]->context; }

    void run() {
        std::vector<std::thread> threads;
        for (size_t i = 1; i < count(); i++) threads.emplace_back([this, i] { at(i).run(); });
        at(0).run();
        for (std::thread& thread : threads) thread.join();
    }
    void end() {
        const std::lock_guard lock(mutex_);
        for (const auto& loop : loops_) loop->guard.reset();
    }

  private:
    struct Loop {
        boost::asio::io_context context{1};  // one thread
        boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{
            context.get_executor()};
    };
    std::vector<std::unique_ptr<Loop>> loops_;
    std::mutex mutex_;  // of the guards
};

}  // namespace csd::airmos
