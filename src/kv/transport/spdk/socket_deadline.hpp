// SPDX-License-Identifier: BSD-3-Clause
//
// SocketDeadline: how long SPDK may wait for the other end of a connection. Where a target accepts a connection and then
// says nothing, SPDK's driver asks and waits without an end: while it connects, makes a queue, or takes its leave. When
// the time of a thread's SocketDeadline is over, or its user has cancelled, everything that SPDK reads from a socket on
// that thread fails as if the connection were broken; so SPDK ends by itself, and nothing of it is left behind.
//
// SPDK 20.07 gives a connection up after two seconds in which the target's first word did not come, says so in the words of a
// refusal; a process that then connects once more crashes in it. So a patient deadline lets SPDK's clock
// go ten times slower on its thread, and the deadline here is the one that counts; and what was read tells
// a target that says nothing from one that refuses.
//
// SPDK's readv() and spdk_get_ticks() come through the wrapped functions in socket_deadline.cc, see CMakeLists.txt.
// Tested by tests/spdk/silent_test.sh.
#pragma once

#include <chrono>
#include <cstdint>

#include "csd/cancel.hpp"

namespace csd::kv {

class SocketDeadline {
  public:
    using Clock = std::chrono::steady_clock;

    explicit SocketDeadline(uint32_t timeout_ms, const CancelToken& cancel = {});
    ~SocketDeadline();
    SocketDeadline(const SocketDeadline&) = delete;
    SocketDeadline& operator=(const SocketDeadline&) = delete;

    bool is_over() const { return cancel_.cancelled() || Clock::now() >= end_; }

    // Only for a connection: a driver of PCIe waits by the clock.
    void be_patient() { is_patient_ = true; }
    // For spdk_get_ticks().
    uint64_t ticks_at(uint64_t now) const {
        if (!is_patient_) return now;
        if (first_ticks_ == 0) first_ticks_ = now;
        return first_ticks_ + (now - first_ticks_) / kSlowness;
    }

    // SPDK has read from a socket, and there was nothing, not even its end.
    bool is_silent() const { return asked_ && !heard_; }
    // For readv().
    void note_read(bool is_silence) const {
        asked_ = true;
        heard_ = heard_ || !is_silence;
    }

  private:
    static constexpr uint64_t kSlowness = 10;

    const Clock::time_point end_;
    const CancelToken cancel_;
    const SocketDeadline* const outer_;
    bool is_patient_ = false;
    mutable uint64_t first_ticks_ = 0;
    mutable bool asked_ = false;
    mutable bool heard_ = false;
};

}  // namespace csd::kv
