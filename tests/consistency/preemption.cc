// SPDX-License-Identifier: BSD-3-Clause
#include "consistency/preemption.hpp"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace csd::consistency {
namespace {

struct Mine {
    timer_t timer{};
    uint64_t random = 0;
    uint32_t mean_us = 0;
};
thread_local Mine mine;

uint64_t next_number() {
    mine.random ^= mine.random << 13;
    mine.random ^= mine.random >> 7;
    mine.random ^= mine.random << 17;
    return mine.random;
}

void arm() {
    const uint64_t us = 1 + next_number() % (uint64_t{2} * mine.mean_us);
    itimerspec when{};
    when.it_value.tv_sec = static_cast<time_t>(us / 1'000'000);
    when.it_value.tv_nsec = static_cast<long>(us % 1'000'000 * 1000);
    timer_settime(mine.timer, 0, &when, nullptr);
}

// Everything here may be called from a handler.
void lose_processor(int) {
    const int error = errno;
    const timespec time{0, static_cast<long>(20'000 + next_number() % 300'000)};
    nanosleep(&time, nullptr);
    if (mine.mean_us != 0) arm();
    errno = error;
}

}  // namespace

Preemption::Preemption(uint32_t mean_us, uint64_t seed) {
    if (mean_us == 0) return;
    struct sigaction action {};
    action.sa_handler = lose_processor;
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR2, &action, nullptr);
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGUSR2;
    event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
    if (timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) return;
    running_ = true;
    mine.random = seed * 2 + 1;
    mine.timer = timer_;
    mine.mean_us = mean_us;
    arm();
}

Preemption::~Preemption() {
    if (!running_) return;
    mine.mean_us = 0;
    timer_delete(timer_);
}

}  // namespace csd::consistency
