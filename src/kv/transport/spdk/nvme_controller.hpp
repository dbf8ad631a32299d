// SPDX-License-Identifier: BSD-3-Clause
//
// NvmeController: one controller of SPDK's NVMe driver, on PCIe or behind NVMe/TCP, shared by all transports of this
// process that name it. Each of them has a queue pair of its own.
//
// Threads: any. SPDK locks what controllers share; a queue pair belongs to one thread at a time.
// Tested by tests/spdk and tests/guest.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "csd/kv.hpp"
#include "kv/transport/spdk/sdk.hpp"
#include "kv/transport/spdk_spec.hpp"
#include "kv/transport/transport.hpp"

namespace csd::kv {

class NvmeController {
  public:
    // The environment has been started.
    static Result<std::shared_ptr<NvmeController>> open(const SpdkSpec& spec,
                                                        const OpenOptions& options);

    NvmeController(spdk_nvme_ctrlr* ctrlr, const SpdkSpec& spec) : ctrlr_(ctrlr), spec_(spec) {}
    ~NvmeController();
    NvmeController(const NvmeController&) = delete;
    NvmeController& operator=(const NvmeController&) = delete;

    spdk_nvme_ctrlr* get() const { return ctrlr_; }
    Status check_namespace(uint32_t nsid) const;
    // Null when the controller has no more, or does not answer.
    spdk_nvme_qpair* new_queue(const CancelToken& cancel);
    uint32_t queue_entries() const;
    Result<nvme::Cqe> admin(const nvme::Sqe& sqe, MutableBytes data);

    // No command reaches the drive any more. The next open() tries a connection of its own.
    void lost() { lost_ = true; }
    bool is_lost() const { return lost_; }

  private:
    spdk_nvme_ctrlr* const ctrlr_;
    const SpdkSpec spec_;
    std::atomic<bool> lost_ = false;
};

// A completion of SPDK's as the client knows it. That a queue went away is told as a lost path, whoever says so.
nvme::Cqe completion_of(const spdk_nvme_cpl& cpl);

}  // namespace csd::kv
