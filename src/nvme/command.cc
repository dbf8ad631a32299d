// SPDX-License-Identifier: BSD-3-Clause
//
// What both dialects share: the way in, the way out, and where a key lies in an entry.
// Tested by command_test.cc.
#include "nvme/command.hpp"

#include <cassert>

#include "nvme/dialects.hpp"

namespace csd::nvme {

Decoded decode(const Sqe& sqe, const Rules& rules) {
    Decoded decoded =
        rules.dialect == Dialect::k2023 ? decode_2023(sqe, rules) : decode_key_value(sqe, rules);
    if (decoded.status == kSuccess && decoded.data_bytes != 0)
        decoded.direction = direction_of(sqe.opcode());
    return decoded;
}

Sqe encode(const Command& command, Dialect dialect, uint32_t nsid) {
    Sqe sqe;
    sqe.set_dword(1, nsid);
    if (dialect == Dialect::k2023) {
        encode_2023(command, sqe);
    } else {
        encode_key_value(command, sqe);
    }
    return sqe;
}

// The sixteen bytes of a key are bytes 8..15 and 56..63 of the entry. The standard counts them
// upwards, so that key byte 0 is the least significant byte of CDW2; the dialect of 2023 counts
// downwards, from the most significant byte of CDW15.
static size_t key_byte_offset(size_t index, Dialect dialect) {
    const size_t slot = dialect == Dialect::k2023 ? Key::kMaxBytes - 1 - index : index;
    return slot < 8 ? 8 + slot : 48 + slot;
}

Key unpack_key(const Sqe& sqe, size_t size, Dialect dialect) {
    assert(size <= Key::kMaxBytes && "decode judges the length before it reads the key");
    std::array<uint8_t, Key::kMaxBytes> bytes{};
    for (size_t i = 0; i < size; i++) bytes[i] = sqe.bytes[key_byte_offset(i, dialect)];
    return *Key::from_bytes(Bytes(bytes).first(size));
}

void pack_key(const Key& key, Dialect dialect, Sqe& sqe) {
    for (size_t i = 0; i < Key::kMaxBytes; i++) {
        sqe.bytes[key_byte_offset(i, dialect)] = i < key.size() ? key[i] : 0;
    }
}

}  // namespace csd::nvme
