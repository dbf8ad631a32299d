// SPDX-License-Identifier: BSD-3-Clause
//
// What Linux says of the machine before SPDK takes a device from it: huge pages, and who has a PCI device now. Each
// refusal says what to type. `sysfs` is /sys, but in tests. Tested by spdk_host_test.cc.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "csd/status.hpp"

namespace csd::kv {

// Of all sizes.
uint64_t free_huge_page_bytes(const std::string& sysfs);

// What a PCI device needs before it can be taken: memory that does not move. For a controller's queues, and a few
// transfers in flight; and for that and the pools of SPDK's bdev layer.
inline constexpr uint64_t kHugeBytesOfController = 32 * kMiB;
inline constexpr uint64_t kHugeBytesOfBdevs = 192 * kMiB;
Status check_huge_pages(const std::string& sysfs, uint64_t least_bytes);

// Whether the device is there, is an NVMe controller, and is with a driver that gives it to user space.
Status check_pci_device(const std::string& sysfs, const std::string& address);

}  // namespace csd::kv
