// SPDX-License-Identifier: BSD-3-Clause
//
// The three CRCs of S3's checksums, each reflected, with all bits of the register set at the start and inverted at the end.
//
//     uint32_t crc = crc32c(0, "12345");  crc = crc32c(crc, "6789");  // as for "123456789"
//
// Threads: pure. Tested by digest_test.cc.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace csd::airmos {

uint32_t crc32(uint32_t so_far, Bytes bytes);      // as gzip has it
uint32_t crc32c(uint32_t so_far, Bytes bytes);     // Castagnoli: RFC 3720, 12.1
uint64_t crc64nvme(uint64_t so_far, Bytes bytes);  // NVM Command Set specification, 64b CRC

}  // namespace csd::airmos
