// SPDX-License-Identifier: BSD-3-Clause
//
// PassthroughQueue: one way to hand NVMe commands to the kernel: io_uring (linux_uring.hpp) or ioctl
// (linux_ioctl.hpp). The transport on top of it (linux.hpp) has the callbacks, the copies and the limits.
#pragma once

#include <linux/ioctl.h>  // what the numbers in the next are made with
#include <linux/nvme_ioctl.h>

#include <cstdint>
#include <span>
#include <string>

namespace csd::kv {

class PassthroughQueue {
  public:
    struct Finished {
        uint32_t slot = 0;
        int outcome = 0;      // the NVMe status, or a negative errno of the kernel
        uint64_t result = 0;  // DW0, and DW1 above it where result_64()
    };

    // Waits for what was started.
    virtual ~PassthroughQueue() = default;

    virtual std::string name() const = 0;
    virtual uint32_t depth() const = 0;
    virtual bool result_64() const = 0;

    // `slot` is below depth() and in no other command that has not been reaped. The kernel may see the command as late
    // as at the next reap() or wait(), so that many travel together.
    virtual void start(uint32_t slot, const nvme_uring_cmd& command) = 0;
    // Never blocks. Returns how many there were.
    virtual size_t reap(std::span<Finished> finished) = 0;
    // Returns when reap() has something, after the time, or when a signal came.
    virtual void wait(uint32_t timeout_ms) = 0;
};

}  // namespace csd::kv
