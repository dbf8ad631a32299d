// SPDX-License-Identifier: BSD-3-Clause
//
// UringQueue: NVMe passthrough by io_uring commands on /dev/ngXnY, Linux 5.19 and later. What was started since the last
// look goes to the kernel in the one system call that also waits.
//
// There are never more commands than completion queue entries, so the completion queue cannot overflow.
// Tested by linux_uring_test.cc.
#pragma once

#include <liburing.h>

#include <memory>

#include "kv/transport/linux_queue.hpp"

namespace csd::kv {

class UringQueue : public PassthroughQueue {
  public:
    // Null where io_uring is missing, forbidden, or too old for 128-byte entries; errno says which.
    static std::unique_ptr<UringQueue> open(int fd, uint32_t depth);

    explicit UringQueue(const io_uring& ring) : ring_(ring) {}
    ~UringQueue() override { io_uring_queue_exit(&ring_); }
    UringQueue(const UringQueue&) = delete;
    UringQueue& operator=(const UringQueue&) = delete;

    std::string name() const override { return "linux io_uring"; }
    uint32_t depth() const override { return ring_.sq.ring_entries; }
    bool result_64() const override { return true; }

    void start(uint32_t slot, const nvme_uring_cmd& command) override;
    size_t reap(std::span<Finished> finished) override;
    void wait(uint32_t timeout_ms) override;

  private:
    io_uring ring_;
};

// Writes an entry of 128 bytes: `command` on the registered file 0.
void fill_uring_entry(io_uring_sqe& entry, uint32_t slot, const nvme_uring_cmd& command);

}  // namespace csd::kv
