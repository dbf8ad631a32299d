// SPDX-License-Identifier: BSD-3-Clause
//
// IoctlQueue: NVMe passthrough by ioctl, which blocks until the drive has answered, so it needs threads: a few that are
// never idle under load for short commands, and one for each that may take long, as those must not hold up the rest.
// A single short command is run by whoever waits for it, which saves two switches of threads.
//
// Threads: as PassthroughQueue; the others only run ioctl. Tested by linux_ioctl_test.cc.
#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

#include "kv/transport/executors.hpp"
#include "kv/transport/linux_kernel.hpp"

namespace csd::kv {

class IoctlQueue : public PassthroughQueue {
  public:
    enum class Node : uint8_t { kNamespace, kController };  // what `fd` is

    IoctlQueue(LinuxKernel& kernel, int fd, Node node)
        : kernel_(kernel), fd_(fd), node_(node), commands_(kDepth) {}

    std::string name() const override { return "linux ioctl"; }
    uint32_t depth() const override { return kDepth; }
    bool result_64() const override { return node_ == Node::kNamespace; }

    void start(uint32_t slot, const nvme_uring_cmd& command) override;
    size_t reap(std::span<Finished> finished) override;
    void wait(uint32_t timeout_ms) override;

  private:
    static constexpr uint32_t kDepth = 32;
    static constexpr uint32_t kNone = kDepth;
    static constexpr size_t kShortThreads = 4;

    void hand_over();
    Finished run(uint32_t slot);

    LinuxKernel& kernel_;
    const int fd_;
    const Node node_;

    // Of the owner's thread.
    std::vector<nvme_uring_cmd> commands_;  // by slot
    uint32_t held_ = kNone;                 // started, and not yet with a thread
    size_t unfinished_ = 0;                 // started, and not yet reaped

    std::mutex mutex_;
    std::condition_variable some_finished_;
    std::vector<Finished> finished_;  // guarded by mutex_

    // These end first.
    Executors short_threads_{kShortThreads};
    Executors long_threads_{kDepth};
};

}  // namespace csd::kv
