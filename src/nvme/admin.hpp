// SPDX-License-Identifier: BSD-3-Clause
//
// The admin commands that the drive itself carries out: Get and Set Features of Key Value Configuration, and Format NVM.
//
//     const DecodedAdmin decoded = decode_admin(sqe, Dialect::kKeyValue);
//     if (decoded.status != kSuccess) return decoded.status;   // and nothing was touched
//     std::visit(run, decoded.command);
//
// Format removes every value, so every bit of its entry is decoded, and a bit that the drive does not know is a refusal.
// docs/command-set.md lists the bits. NSID, PSDT and the data pointer belong to the host's controller; everything
// else in the entry is judged here. Pure functions, any thread. Tested by admin_test.cc.
#pragma once

#include "nvme/command.hpp"

namespace csd::nvme {

enum class AdminOpcode : uint8_t {
    kGetLogPage = 0x02,
    kIdentify = 0x06,
    kSetFeatures = 0x09,
    kGetFeatures = 0x0A,
    kFormatNvm = 0x80,
};

// Feature Identifier 20h, Key Value Configuration, of a namespace.
inline constexpr uint8_t kFeatureKeyValue = 0x20;
// CDW11 bit 0: Error on Delete of Non-Existent KV Key.
inline constexpr uint32_t kEdnek = 1;
// What Get Features says of the feature with Select 011b: bit 1 it belongs to a namespace, bit 2 it can be changed. Bit 0
// is clear: it cannot be saved, because its one value persists anyway.
inline constexpr uint32_t kKeyValueCapabilities = 1u << 1 | 1u << 2;

// CDW10[10:8] of Get Features.
enum class FeatureSelect : uint8_t { kCurrent = 0, kDefault = 1, kSaved = 2, kCapabilities = 3 };

struct GetConfiguration {
    FeatureSelect select = FeatureSelect::kCurrent;
};
struct SetConfiguration {
    bool delete_missing_is_error = false;
};
struct FormatNvm {};  // format 0 is the only one

using AdminCommand = std::variant<GetConfiguration, SetConfiguration, FormatNvm>;

struct DecodedAdmin {
    uint16_t status = kSuccess;  // the command means something only if this is 0
    AdminCommand command;
};

// Invalid Opcode for any other admin command, Invalid Field for any other feature. On the 2023 dialect the fields of
// Format that choose a format of blocks belong to the host's controller and are not judged.
DecodedAdmin decode_admin(const Sqe& sqe, Dialect dialect);

}  // namespace csd::nvme
