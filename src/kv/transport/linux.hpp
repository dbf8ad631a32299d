// SPDX-License-Identifier: BSD-3-Clause
//
// Linux passthrough: a drive behind the kernel's NVMe driver, by io_uring commands on /dev/ngXnY where the kernel has
// them, else by ioctl, and always by ioctl on /dev/nvmeX.
//
// Linux cannot cancel a command that the drive has; after a time-out the driver aborts it. Memory of any kind can be
// moved, and what lies in too many pieces for the kernel is copied. Tested by linux_test.cc, and in a guest by
// tests/contract.
#pragma once

#include <memory>
#include <string_view>

#include "csd/kv.hpp"
#include "kv/transport/linux_kernel.hpp"
#include "kv/transport/transport.hpp"

namespace csd::kv {

// `device` is `/dev/ngXnY[?io=uring|ioctl&timeout=SECONDS]` or `/dev/nvmeX[?timeout=SECONDS]`.
Result<std::unique_ptr<Transport>> open_linux(std::string_view device, const OpenOptions& options);
Result<std::unique_ptr<Transport>> open_linux_on(LinuxKernel& kernel, std::string_view device);

}  // namespace csd::kv
