// SPDX-License-Identifier: BSD-3-Clause
//
// pcie: and tcp:, a queue pair of SPDK's NVMe driver. Tested by tests/contract over both, in tests/spdk and tests/guest.
#pragma once

#include <chrono>
#include <memory>

#include "csd/kv.hpp"
#include "kv/transport/spdk_spec.hpp"
#include "kv/transport/transport.hpp"

namespace csd::kv {

Result<std::unique_ptr<Transport>> open_nvme(const SpdkSpec& spec, const OpenOptions& options);

// How long a command may take before the drive counts as lost: one that has only its own transfer to do, or one that
// may have more.
std::chrono::seconds time_for(uint8_t opcode);

// The drive believes CDW10, not the length of the buffer.
bool is_short_of_memory(const nvme::Sqe& sqe, MutableBytes data);

}  // namespace csd::kv
