// SPDX-License-Identifier: BSD-3-Clause
// Tested by tests/cli.
#include "cli/interrupt.hpp"

#include <signal.h>

namespace csd::cli {

static std::atomic<uint32_t> interrupted_flag{0};
static_assert(std::atomic<uint32_t>::is_always_lock_free, "a signal handler sets it");

CancelToken interrupt_token() {
    return CancelToken(&interrupted_flag);
}

void catch_interrupts() {
    struct sigaction action = {};
    action.sa_handler = [](int) { interrupted_flag.store(1, std::memory_order_release); };
    // No SA_RESTART: a read of standard input ends. SA_RESETHAND: the second signal has its usual effect.
    action.sa_flags = SA_RESETHAND;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
    // A closed pipe is an error of write, so that temporary files are removed.
    signal(SIGPIPE, SIG_IGN);
}

}  // namespace csd::cli
