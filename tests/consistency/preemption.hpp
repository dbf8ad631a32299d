// SPDX-License-Identifier: BSD-3-Clause
//
// Preemption: while it lives, the calling thread loses the processor at random instructions, for long enough that others
// get far.
//
// A slow file system widens only what happens around system calls. Two structures that are changed one after the other in
// memory are apart for some nanoseconds, in which a thread is hardly ever preempted; a timer's signal whose handler sleeps
// does that hundreds of times a second. Reaches only threads that do not block signals: those that run the
// commands of an embedded drive themselves.
#pragma once

#include <time.h>

#include <cstdint>

namespace csd::consistency {

class Preemption {
  public:
    // Every `mean_us` on average; 0: never.
    explicit Preemption(uint32_t mean_us, uint64_t seed);
    ~Preemption();
    Preemption(const Preemption&) = delete;
    Preemption& operator=(const Preemption&) = delete;

  private:
    timer_t timer_{};
    bool running_ = false;
};

}  // namespace csd::consistency
