// SPDX-License-Identifier: BSD-3-Clause
//
// The few admin commands a client sends, and an emulated controller understands: Base Specification 2.1,
// section 5. Tested by client_test.cc and emulated_admin_test.cc.
#pragma once

#include "nvme/admin.hpp"

namespace csd::kv {

using nvme::AdminOpcode;
using nvme::kEdnek;
using nvme::kFeatureKeyValue;

inline constexpr uint8_t kCnsNamespace = 0x00;
inline constexpr uint8_t kCnsController = 0x01;
inline constexpr uint8_t kCnsKeyValueNamespace = 0x05;

inline nvme::Sqe admin_command(AdminOpcode opcode, uint32_t nsid, uint32_t cdw10,
                               uint32_t cdw11 = 0) {
    nvme::Sqe sqe;
    sqe.bytes[0] = static_cast<uint8_t>(opcode);
    sqe.set_dword(1, nsid);
    sqe.set_dword(10, cdw10);
    sqe.set_dword(11, cdw11);
    return sqe;
}

inline nvme::Sqe identify_command(uint8_t cns, uint8_t csi, uint32_t nsid) {
    return admin_command(AdminOpcode::kIdentify, nsid, cns, static_cast<uint32_t>(csi) << 24);
}

}  // namespace csd::kv
