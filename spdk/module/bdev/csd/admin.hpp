// SPDX-License-Identifier: BSD-3-Clause
//
// The admin commands that concern the namespace, as a bdev gets them (NVME_ADMIN): Identify of the namespace, the effects
// log, the Key Value feature, Format. What concerns a controller is the target's, and Invalid Field or Opcode here.
// Tested by admin_test.cc.
#pragma once

#include "csd/device.h"
#include "csd/spdk/compat.h"

namespace csd::spdk {

// What the bdev knows of the namespace, and the engine does not.
struct Identity {
    spdk_uuid uuid;
    uint8_t command_set;  // a CSI
    bool shared;          // a host may use it by several controllers at once
};

// `data` holds what the host gave room for. May block.
csd_completion run_admin(csd_device* device, const Identity& identity, const spdk_nvme_cmd& command,
                         const iovec& data);

}  // namespace csd::spdk
