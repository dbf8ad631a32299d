// SPDX-License-Identifier: BSD-3-Clause
//
// SocketDeadline: how long SPDK may wait for the other end of a connection. Where a target accepts a connection and then
// says nothing, SPDK's driver asks and waits without an end: while it connects, makes a queue, or takes its leave. When
// the time of a thread's SocketDeadline is over, or its user has cancelled, everything that SPDK reads from a socket on
// that thread fails as if the connection were broken; so SPDK ends by itself, and nothing of it is left behind.
//
// SPDK's readv() comes through the wrapped function in socket_deadline.cc, see CMakeLists.txt.
// Tested by tests/spdk/silent_test.sh.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/cancel.hpp"

namespace csd::kv {

class SocketDeadline {
  public:
    using Clock = std::chrono::steady_clock;

    explicit SocketDeadline(uint32_t timeout_ms, const CancelToken& cancel = {});
    ~SocketDeadline();
    SocketDeadline(const SocketDeadline&) = delete;
    SocketDeadline& operator=(const SocketDeadline&) = delete;

    bool is_over() const { return cancel_.cancelled() || Clock::now() >= end_; }

  private:
    const Clock::time_point end_;
    const CancelToken cancel_;
    const SocketDeadline* const outer_;
};

}  // namespace csd::kv
