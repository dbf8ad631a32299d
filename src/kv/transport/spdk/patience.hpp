// SPDX-License-Identifier: BSD-3-Clause
//
// Patience: how a polled transport waits. At first it spins, as SPDK is meant to; what takes longer than an ordinary
// command shares the processor, and what takes longer than a person notices sleeps between looks.
#pragma once

#include <sched.h>
#include <time.h>

#include <chrono>

namespace csd::kv {

class Patience {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Patience(uint32_t timeout_ms) : end_(begin_ + std::chrono::milliseconds(timeout_ms)) {}

    // False: the time is over.
    bool pause() const {
        const auto now = Clock::now();
        if (now >= end_) return false;
        if (now - begin_ > std::chrono::milliseconds(50)) {
            const timespec nap{0, 100'000};
            nanosleep(&nap, nullptr);
        } else if (now - begin_ > std::chrono::microseconds(200)) {
            sched_yield();
        }
        return true;
    }

  private:
    const Clock::time_point begin_ = Clock::now();
    const Clock::time_point end_;
};

}  // namespace csd::kv
