// SPDX-License-Identifier: BSD-3-Clause
//
// LinuxNode: an NVMe device node that is open, and what Linux lets one command on it move.
//
// Threads: one at a time. Tested by linux_node_test.cc.
#pragma once

#include <string>

#include "base/unique_fd.hpp"
#include "csd/status.hpp"
#include "kv/transport/linux_kernel.hpp"
#include "kv/transport/linux_spec.hpp"
#include "nvme/command.hpp"

namespace csd::kv {

struct TransferSizes {
    uint32_t most_bytes = 0;       // of one command, whatever memory it comes from
    uint32_t scattered_bytes = 0;  // of one command whose memory lies page by page
};

class LinuxNode {
  public:
    // A controller needs to have a single namespace, as the kernel takes commands on it only then.
    static Result<LinuxNode> open(LinuxKernel& kernel, const LinuxSpec& spec);

    int fd() const { return fd_.get(); }
    uint32_t nsid() const { return nsid_; }
    const TransferSizes& sizes() const { return sizes_; }
    // False while Linux has no way to a drive, as when it connects again to one of a network.
    bool has_path() const;
    Result<nvme::Cqe> admin(const nvme::Sqe& sqe, MutableBytes data) const;

  private:
    LinuxNode(LinuxKernel& kernel, const LinuxSpec& spec, UniqueFd fd)
        : kernel_(&kernel), spec_(spec), fd_(std::move(fd)) {}

    Status find_namespace();
    Status find_only_namespace();
    void find_sizes();
    std::string queue_directory() const;

    LinuxKernel* kernel_;
    LinuxSpec spec_;
    UniqueFd fd_;
    uint32_t nsid_ = 0;
    TransferSizes sizes_;
};

}  // namespace csd::kv
