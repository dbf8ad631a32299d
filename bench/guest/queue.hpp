// SPDX-License-Identifier: BSD-3-Clause
//
// Queue: one namespace of an NVMe controller, kept at a depth of commands by this machine's kernel.
//
// The block namespace and the drive are measured by the same loop over the same transport, so that what differs is
// the device. Exercised by every run of bench/guest/run.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kv/transport/transport.hpp"
#include "nvme/command.hpp"

namespace csd::bench {

class Queue {
  public:
    // Throws Failure when the device cannot be opened.
    explicit Queue(const std::string& device);
    ~Queue();
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    uint32_t max_transfer_bytes() const;
    uint32_t nsid() const;

    // One command with `bytes` of data; throws Failure unless it succeeds.
    void send(const nvme::Sqe& sqe, uint32_t bytes);

    struct Work {
        uint32_t bytes = 0;  // of data that each command moves
        uint32_t depth = 1;
        double seconds = 1;
        // The n-th command. Its data is whatever lies in the slot's buffer.
        std::function<nvme::Sqe(uint64_t n)> command;
    };
    // Commands that succeed each second; the first that fails throws Failure.
    double rate(const Work& work);

  private:
    class Buffer;
    struct Run;
    void next(Run& run, Buffer& buffer);
    void finish(Run& run);

    std::string device_;
    std::unique_ptr<kv::Transport> transport_;
    uint64_t serial_ = 0;  // of commands, over all runs: stores always find new keys
};

}  // namespace csd::bench
