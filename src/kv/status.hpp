// SPDX-License-Identifier: BSD-3-Clause
//
// From the status of a completion to a Status: the one table of the client.
//
// The reverse, at the drive's edge, is device/completion.cc. Tested by status_test.cc.
#pragma once

#include "csd/status.hpp"
#include "nvme/status.hpp"

namespace csd::kv {

// Success for 0. The sentence says what it means to a user; a status that is not in the table is named.
Status to_status(uint16_t nvme_status);
Code to_code(uint16_t nvme_status);

// Host Pathing Error (SCT 3h, SC 70h): what a transport says when it lost the drive.
inline constexpr uint16_t kPathError = nvme::make_status(3, 0x70);
// Operation Denied: what a transport says when the system below it did not let the command pass.
inline constexpr uint16_t kOperationDenied = nvme::make_status(nvme::kSctGeneric, 0x15);

}  // namespace csd::kv
