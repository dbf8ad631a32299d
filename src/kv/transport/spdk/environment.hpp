// SPDX-License-Identifier: BSD-3-Clause
//
// SPDK's environment, DPDK: one for the process, started with the first DEVICE that needs it, and never ended.
//
// With huge pages where the process may use them, so that a PCI device can be opened later too; else on ordinary
// memory, which is enough for NVMe/TCP and for drives in this process. It leaves the caller's thread as it was: its
// processors, its signals, its standard output. Tested by tests/spdk and tests/guest.
#pragma once

#include "base/bytes.hpp"
#include "csd/log.hpp"
#include "csd/status.hpp"

namespace csd::kv {

// What a device needs: ordinary memory, or memory that a PCI device can reach.
enum class SpdkMemory : uint8_t { kAny, kPinned };

// `huge_bytes`: with less of huge pages the environment is not started on them.
Status start_environment(SpdkMemory memory, uint64_t huge_bytes, const Log& log);

// Memory of the environment, aligned to a page.
Result<MutableBytes> allocate_pinned(size_t bytes);
void release_pinned(MutableBytes buffer);

}  // namespace csd::kv
