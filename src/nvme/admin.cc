// SPDX-License-Identifier: BSD-3-Clause
//
// Base Specification 2.1: Format NVM in section 5.1.10, Get and Set Features in 5.1.12 and 5.1.25. Tested by admin_test.cc.
#include "nvme/admin.hpp"

namespace csd::nvme {
namespace {

DecodedAdmin refuse_admin(uint16_t status) {
    return {.status = status, .command = {}};
}

// Bits of an entry that must be zero in every admin command here: FUSE and the reserved bits beside it, CDW2 and CDW3.
bool sets_reserved_header(const Sqe& sqe) {
    constexpr uint8_t kAllButPsdt = 0x3F;
    return (sqe.bytes[1] & kAllButPsdt) != 0 || sqe.dword(2) != 0 || sqe.dword(3) != 0;
}

bool sets_any(const Sqe& sqe, size_t first, size_t last) {
    uint32_t bits = 0;
    for (size_t dword = first; dword <= last; dword++) bits |= sqe.dword(dword);
    return bits != 0;
}

DecodedAdmin decode_format(const Sqe& sqe, Dialect dialect) {
    constexpr uint32_t kReservedBits = 0xFFFFC000;
    // LBAFL [3:0] and LBAFU [13:12] are the index of the format; MSET [4], PI [7:5] and PIL [8] ask for metadata.
    constexpr uint32_t kFormatBits = 0x000031FF;
    constexpr uint32_t kMaxSecureErase =
        1;  // SES [11:9]: 0 none, 1 user data; the drive has no keys to erase
    const uint32_t cdw10 = sqe.dword(10);
    if (sets_reserved_header(sqe) || (cdw10 & kReservedBits) != 0 || sets_any(sqe, 11, 15))
        return refuse_admin(kInvalidField);
    if ((cdw10 >> 9 & 7) > kMaxSecureErase) return refuse_admin(kInvalidField);
    if (dialect == Dialect::kKeyValue && (cdw10 & kFormatBits) != 0)
        return refuse_admin(kInvalidFormat);
    return {.command = FormatNvm{}};
}

DecodedAdmin decode_set(const Sqe& sqe, Dialect dialect) {
    constexpr uint32_t kReservedBits = 0x7FFFFF00;
    constexpr uint32_t kSave = 1u << 31;
    const uint32_t cdw10 = sqe.dword(10);
    if (dialect == Dialect::k2023 || (cdw10 & 0xFF) != kFeatureKeyValue)
        return refuse_admin(kInvalidField);
    if (sets_reserved_header(sqe) || (cdw10 & kReservedBits) != 0 ||
        (sqe.dword(11) & ~kEdnek) != 0 || sets_any(sqe, 12, 15)) {
        return refuse_admin(kInvalidField);
    }
    if ((cdw10 & kSave) != 0) return refuse_admin(kFeatureNotSaveable);
    return {.command = SetConfiguration{(sqe.dword(11) & kEdnek) != 0}};
}

// Reads only, so that what it does not know is ignored as the specification allows; the value to select is not.
DecodedAdmin decode_get(const Sqe& sqe) {
    const uint32_t cdw10 = sqe.dword(10);
    const uint32_t select = cdw10 >> 8 & 7;
    if ((cdw10 & 0xFF) != kFeatureKeyValue || select > 3) return refuse_admin(kInvalidField);
    return {.command = GetConfiguration{static_cast<FeatureSelect>(select)}};
}

}  // namespace

DecodedAdmin decode_admin(const Sqe& sqe, Dialect dialect) {
    switch (static_cast<AdminOpcode>(sqe.opcode())) {
        case AdminOpcode::kFormatNvm: return decode_format(sqe, dialect);
        case AdminOpcode::kSetFeatures: return decode_set(sqe, dialect);
        case AdminOpcode::kGetFeatures: return decode_get(sqe);
        default: return refuse_admin(kInvalidOpcode);
    }
}

}  // namespace csd::nvme
