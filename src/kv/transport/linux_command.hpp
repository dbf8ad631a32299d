// SPDX-License-Identifier: BSD-3-Clause
//
// A submission queue entry as the kernel's passthrough structures, and the kernel's answers as NVMe statuses. Pure
// functions. Tested by linux_command_test.cc.
#pragma once

#include <linux/nvme_ioctl.h>

#include "base/bytes.hpp"
#include "nvme/command.hpp"

namespace csd::kv {

// The kernel fills in the command identifier and the data pointer. It takes the direction from the opcode.
nvme_uring_cmd passthrough_command(const nvme::Sqe& sqe, MutableBytes data, uint32_t timeout_ms);
// The same for ioctl: NVME_IOCTL_IO64_CMD and NVME_IOCTL_ADMIN64_CMD, and for controllers NVME_IOCTL_IO_CMD.
nvme_passthru_cmd64 with_64_bit_result(const nvme_uring_cmd& command);
nvme_passthru_cmd with_32_bit_result(const nvme_uring_cmd& command);

// Whether more than its own transfer can make an I/O command slow.
bool may_take_long(uint8_t opcode);

// What came back: an NVMe status, or a negative errno of a command that the kernel did not send or has given up.
uint16_t status_of_outcome(int outcome);

}  // namespace csd::kv
