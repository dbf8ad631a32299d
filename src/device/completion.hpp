// SPDX-License-Identifier: BSD-3-Clause
//
// Completion: what a command answers, and the one table from our codes to NVMe statuses.
#pragma once

#include <cstdint>

#include "csd/status.hpp"
#include "nvme/command.hpp"

namespace csd::device {

struct Completion {
    uint32_t dw0 = 0;
    uint32_t dw1 = 0;
    uint16_t status = 0;
    uint32_t data_bytes = 0;  // of the host's buffers that were filled
};

// The NVMe status of a failure; 0 for kOk.
uint16_t nvme_status(Code code, nvme::Dialect dialect);

// Success with a size in DW0 and DW1. A size that does not fit in 32 bits reads FFFFFFFFh in DW0,
// because some hosts lose DW1; DW1 holds the high half, which the 2023 dialect leaves 0.
Completion completed_size(uint64_t size, nvme::Dialect dialect);
Completion completed_data(uint64_t size, uint64_t data_bytes, nvme::Dialect dialect);
Completion failed(Code code, nvme::Dialect dialect);

}  // namespace csd::device
