// SPDX-License-Identifier: BSD-3-Clause
// Tested by executors_test.cc.
#include "kv/transport/executors.hpp"

#include <signal.h>

namespace csd::kv {

Executors::~Executors() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void Executors::run(std::function<void()> job) {
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
        if (jobs_.size() > idle_ && threads_.size() < most_threads_) start_thread();
    }
    wake_.notify_one();
}

size_t Executors::threads() {
    const std::lock_guard lock(mutex_);
    return threads_.size();
}

// The thread inherits the mask: the program's signals go to the program's threads.
void Executors::start_thread() {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    threads_.emplace_back([this] { work(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Executors::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        idle_++;
        wake_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
        idle_--;
        if (jobs_.empty()) return;
        const auto job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job();
        lock.lock();
    }
}

}  // namespace csd::kv
