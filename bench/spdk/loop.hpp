// SPDX-License-Identifier: BSD-3-Clause
//
// Loop: one kind of 4 KiB command, kept at a depth for a while by a thread that polls.
//
// All kinds run in the same loop, so that what differs is the command and the way it takes. Exercised by every run of
// bench/spdk/run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/bench/histogram.hpp"
#include "csd/spdk/bdev_kv.h"
#include "csd/spdk/nvme_kv.h"

namespace csd::bench {

inline constexpr uint32_t kValueBytes = 4096;
inline constexpr uint64_t kKeys = 128;       // values that are retrieved
inline constexpr uint64_t kSpan = 64 << 20;  // of a block device that is read

struct Figures {
    double rate = 0;       // commands a second
    double cpu_us = 0;     // processor time of the polling thread for a command
    double submit_ns = 0;  // of it, until the submitting call returned
    cli::Histogram latency;
};

csd_kv_key key_of(uint64_t n);

class Loop {
  public:
    virtual ~Loop() = default;
    Loop() = default;
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Throws Failure when a command fails.
    Figures run(uint32_t depth, double seconds);

  protected:
    struct Slot {
        Loop* loop;
        void* buffer;
        uint64_t began;  // in ticks
        csd_kv_request request;
    };
    // The n-th command of the loop; done() is to be called with its status.
    virtual int submit(Slot& slot, uint64_t n) = 0;
    virtual void poll() = 0;
    static void done(Slot& slot, bool ok);
    static void nvme_done(void* slot, const spdk_nvme_cpl* completion);
    uint64_t last_ticks() const { return last_ticks_; }  // when a command was last complete

  private:
    void next(Slot& slot);

    Figures figures_;
    uint64_t serial_ = 0;
    uint64_t end_ = 0;
    uint64_t last_ticks_ = 0;
    uint64_t submit_ticks_ = 0;
    uint32_t in_flight_ = 0;
    bool failed_ = false;
};

// Reads of a block namespace by the driver, as SPDK's perf does them.
std::unique_ptr<Loop> block_reads(spdk_nvme_ns* ns, spdk_nvme_qpair* qpair);
std::unique_ptr<Loop> retrieves(csd_nvme_kv* kv);
// `thread` is polled in the loop, as its reactor does not meanwhile.
std::unique_ptr<Loop> bdev_retrieves(csd_bdev_kv* kv, spdk_thread* thread);

}  // namespace csd::bench
