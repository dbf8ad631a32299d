// SPDX-License-Identifier: BSD-3-Clause
//
// LinuxKernel: the few calls by which the Linux transport leaves this process, so that its tests can play the
// kernel and the drive (linux_fixture.hpp).
//
// Threads: ioctl() may be called from any thread.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "kv/transport/linux_queue.hpp"

namespace csd::kv {

class LinuxKernel {
  public:
    virtual ~LinuxKernel() = default;

    // Both return a negative errno on failure.
    virtual int open(const std::string& path, int flags) = 0;
    virtual int ioctl(int fd, unsigned long request, void* argument) = 0;

    // Null where this kernel, or whoever confines this process, has no io_uring with commands for NVMe.
    virtual std::unique_ptr<PassthroughQueue> open_ring(int fd, uint32_t depth) = 0;

    // Puts one huge page behind memory that is as large as one and aligned to it. False: there is none to be had.
    virtual bool make_huge(MutableBytes memory) = 0;

    virtual std::string sysfs() const = 0;  // where it is mounted
};

LinuxKernel& real_linux_kernel();

}  // namespace csd::kv
