// SPDX-License-Identifier: BSD-3-Clause
//
// Executors: the threads on which an emulated controller runs commands that may block.
//
// They start when they are needed, at most so many, with all signals blocked, and end with the object, which
// first runs what was queued. Any thread may call run(). Tested by executors_test.cc.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace csd::kv {

class Executors {
  public:
    explicit Executors(size_t most_threads) : most_threads_(most_threads) {}
    ~Executors();
    Executors(const Executors&) = delete;
    Executors& operator=(const Executors&) = delete;

    void run(std::function<void()> job);
    size_t threads();  // that have been started

  private:
    void work();
    void start_thread();

    const size_t most_threads_;

    std::mutex mutex_;
    std::condition_variable wake_;
    // Guarded by mutex_.
    std::deque<std::function<void()>> jobs_;
    std::vector<std::thread> threads_;
    size_t idle_ = 0;
    bool ending_ = false;
};

}  // namespace csd::kv
