// SPDX-License-Identifier: BSD-3-Clause
//
// Transport: one way to reach a namespace. It moves commands and data and knows nothing of keys.
//
// Threads: a Transport belongs to one thread at a time. Callbacks run inside poll() and wait(), on that thread;
// a callback may submit, but not poll. Destroying a transport cancels what is in flight and waits for it; those
// callbacks do not run.
//
// A transport that loses its drive finishes every command with a status of SCT 3h (path related), as the Base
// Specification 2.1 has it; there is no second way to report it. tests/contract holds what every transport
// must do.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/bytes.hpp"
#include "csd/status.hpp"
#include "nvme/command.hpp"

namespace csd::kv {

struct TransportLimits {
    uint32_t max_transfer_bytes = 0;  // of one command; a multiple of 4
    uint32_t queue_depth = 1;         // commands in flight
    bool any_memory =
        true;  // false: moves only what allocate() returned; the Client copies the rest
    bool result_64 = true;  // false: DW1 of a completion is lost
    bool can_cancel = false;
    bool resends = false;  // something below sends a command again whose completion was lost
};

class Transport {
  public:
    using Done = std::function<void(const nvme::Cqe&)>;

    virtual ~Transport() = default;

    virtual std::string name() const = 0;  // such as "emulator", "linux ioctl"
    virtual TransportLimits limits() const = 0;
    virtual uint32_t nsid() const = 0;

    // Memory that this transport moves without a copy: pinned for SPDK, plain elsewhere. At least aligned for
    // any integer. It must be released before the transport is destroyed.
    virtual Result<MutableBytes> allocate(size_t bytes) = 0;
    virtual void release(MutableBytes buffer) = 0;

    // Queues one I/O command and returns at once. `data` is what the entry's opcode says, to or from the drive, and
    // stays valid until `done` runs. kNotReady: the queue is full and poll() makes room; then, and on any other
    // failure, `done` never runs.
    virtual Status submit(const nvme::Sqe& sqe, MutableBytes data, Done done) = 0;
    // Runs the callbacks of finished commands, at most `max`; never blocks. Returns how many ran.
    virtual size_t poll(size_t max) = 0;
    // Returns when poll() has something to run, or after the time. Transports that must be polled spin.
    virtual void wait(uint32_t timeout_ms) = 0;
    // Asks every command in flight to stop; each still finishes, perhaps with Command Abort Requested.
    virtual void cancel_all() {}

    // One admin command, blocking. kUnsupported where the transport has no way to send it (a bdev layer).
    virtual Result<nvme::Cqe> admin(const nvme::Sqe& sqe, MutableBytes data) = 0;
};

}  // namespace csd::kv
