// SPDX-License-Identifier: BSD-3-Clause
//
// The two dialects behind decode() and encode() of command.hpp; nobody else includes this.
//
// A decode_...() leaves Decoded.direction alone: it follows from the opcode. An encode_...() fills
// what follows the namespace identifier, and the opcode. Tested by command_test.cc.
#pragma once

#include "nvme/command.hpp"

namespace csd::nvme {

// Most bytes of the JSON object in front of the SQL of a Select Send.
inline constexpr uint32_t kMaxOptionBytes = 4096;

inline constexpr uint32_t kKeyLengthMask = 0xFF;  // CDW11[7:0] of every command with a key

Decoded decode_key_value(const Sqe& sqe, const Rules& rules);
void encode_key_value(const Command& command, Sqe& sqe);

Decoded decode_2023(const Sqe& sqe, const Rules& rules);
void encode_2023(const Command& command, Sqe& sqe);

inline Decoded refuse(uint16_t status) {
    return {.status = status};
}
inline Decoded accept(const Command& command, uint32_t data_bytes = 0) {
    return {.data_bytes = data_bytes, .command = command};
}

// Opcode, CDW10 and CDW11.
inline void set_header(Opcode opcode, uint32_t bytes, uint32_t cdw11, Sqe& sqe) {
    sqe.bytes[0] = static_cast<uint8_t>(opcode);
    sqe.set_dword(10, bytes);
    sqe.set_dword(11, cdw11);
}

constexpr bool exceeds_transfer(uint32_t bytes, const Rules& rules) {
    return rules.max_transfer_bytes != 0 && bytes > rules.max_transfer_bytes;
}

// The length of the SQL alone.
constexpr bool is_sql_length(uint32_t bytes, const Rules& rules) {
    return bytes != 0 && (rules.max_sql_bytes == 0 || bytes <= rules.max_sql_bytes);
}

constexpr uint32_t flag(bool value, unsigned bit) {
    return value ? 1u << bit : 0;
}
constexpr bool flag_of(uint32_t dword, unsigned bit) {
    return (dword >> bit & 1) != 0;
}

}  // namespace csd::nvme
