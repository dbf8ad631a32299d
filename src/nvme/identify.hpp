// SPDX-License-Identifier: BSD-3-Clause
//
// The pages by which a drive says what it is: Identify structures, the effects log, the CSDX vendor
// area.
//
// Each page is a plain struct here; write_...() makes the bytes and read_...() is the host's
// reverse. Key Value Command Set 1.0d figures 36 to 39, with revision 1.3's format index; Base
// Specification 2.1 figures for CNS 00h, 08h and log page 05h. Tested by identify_test.cc.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "csd/extensions.hpp"
#include "nvme/command.hpp"

namespace csd::nvme {

inline constexpr size_t kPageBytes = 4096;
inline constexpr size_t kVendorAreaOffset = 3840;  // 256 bytes at the end of Identify Namespace

// Bytes 3840.. of Identify Namespace: how a host learns of the extensions before it uses them.
void write_extensions(const Extensions& extensions, MutableBytes page);  // page: 4096 bytes
std::optional<Extensions> read_extensions(
    Bytes page);  // nothing without "CSDX" and a known version

// Identify Namespace for the Key Value command set (CNS 05h and 1Bh with CSI 01h, CNS 0Ah for one
// format).
struct KeyValueNamespace {
    uint64_t capacity_bytes = 0;  // NSZE
    uint64_t used_bytes = 0;      // NUSE, never more than the capacity
    uint16_t max_key_bytes = 16;
    uint32_t max_value_bytes = 0;  // VML: of one Store command
    uint32_t max_keys = 0;         // MNK, 0 not indicated
    std::array<uint8_t, 16> nguid{};
    std::array<uint8_t, 8> eui64{};
    std::optional<Extensions> extensions;
};
void write_key_value_namespace(const KeyValueNamespace& ns, MutableBytes page);
std::optional<KeyValueNamespace> read_key_value_namespace(
    Bytes page);  // nothing from an all-zero page
// CNS 0Ah: the format descriptor of one index, laid out as a namespace structure without capacity.
void write_key_value_format(const KeyValueNamespace& ns, MutableBytes page);

// CNS 00h for a Key Value namespace: a compatible answer, NSZE = NCAP = capacity / 512 and never 0,
// for hosts that ask it of every namespace.
void write_compatible_namespace(const KeyValueNamespace& ns, MutableBytes page);

// CNS 06h, CSI 01h: the version of the command set the controller follows.
void write_key_value_controller(MutableBytes page);

// CNS 08h: command-set independent; NSTAT.NRDY = 1.
void write_independent_namespace(MutableBytes page);

// Log page 05h: Commands Supported and Effects of the I/O commands. Set for a Key Value namespace;
// for the 2023 dialect only the entries of its vendor opcodes are written, so that a host lays them
// over its own page.
void write_effects_log(const Rules& rules, MutableBytes page);

// The structure for a Select Retrieve or Extended Retrieve with describe: 64 bytes.
inline constexpr size_t kDescribeBytes = 64;
struct ValueDescription {
    uint64_t size = 0;
    uint64_t version = 0;
};
void write_value_description(const ValueDescription& value, MutableBytes out);
ValueDescription read_value_description(Bytes in);

// The reason's fields within a description, and the reverse with the text that the id holds. A text of another length
// than the description says is another failure's: its reason is unknown.
void describe_reason(const QueryReason& reason, ResultDescription& result);
QueryReason described_reason(const ResultDescription& result, std::string sentence);
void write_result_description(const ResultDescription& result, MutableBytes out);
ResultDescription read_result_description(Bytes in);

}  // namespace csd::nvme
