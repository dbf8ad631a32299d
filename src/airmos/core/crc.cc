// SPDX-License-Identifier: BSD-3-Clause
//
// CRC-32 is zlib's. CRC-32C uses the processor's instruction where there is one. The others go through tables of eight
// bytes a step. Tested by digest_test.cc.
#include "airmos/core/crc.hpp"

#include <zlib.h>

#include <array>
#include <bit>
#include <cstring>
#ifdef __x86_64__
#include <nmmintrin.h>
#endif

namespace csd::airmos {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");

// tables[k][b]: what byte b does to the register when k more bytes follow it.
template <typename Word>
using Tables = std::array<std::array<Word, 256>, 8>;

template <typename Word>
constexpr Tables<Word> make_tables(Word reflected_polynomial) {
    Tables<Word> tables{};
    for (size_t byte = 0; byte < 256; byte++) {
        auto crc = static_cast<Word>(byte);
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? reflected_polynomial : 0);
        }
        tables[0][byte] = crc;
    }
    for (size_t k = 1; k < 8; k++) {
        for (size_t byte = 0; byte < 256; byte++) {
            const Word before = tables[k - 1][byte];
            tables[k][byte] = (before >> 8) ^ tables[0][before & 0xFF];
        }
    }
    return tables;
}

template <typename Word>
Word by_tables(const Tables<Word>& tables, Word crc, Bytes bytes) {
    const uint8_t* at = bytes.data();
    size_t left = bytes.size();
    for (; left >= 8; at += 8, left -= 8) {
        uint64_t word;
        std::memcpy(&word, at, sizeof(word));
        word ^= crc;
        crc = 0;
        for (size_t k = 0; k < 8; k++) crc ^= tables[7 - k][word >> (8 * k) & 0xFF];
    }
    for (; left > 0; at++, left--) crc = (crc >> 8) ^ tables[0][(crc ^ *at) & 0xFF];
    return crc;
}

constexpr Tables<uint32_t> kCastagnoli = make_tables<uint32_t>(0x82F63B78);
constexpr Tables<uint64_t> kNvme = make_tables<uint64_t>(0x9A6C9329AC4BC9B5);

#ifdef __x86_64__
__attribute__((target("sse4.2"))) uint32_t by_instruction(uint32_t crc, Bytes bytes) {
    const uint8_t* at = bytes.data();
    size_t left = bytes.size();
    uint64_t wide = crc;
    for (; left >= 8; at += 8, left -= 8) {
        uint64_t word;
        std::memcpy(&word, at, sizeof(word));
        wide = _mm_crc32_u64(wide, word);
    }
    crc = static_cast<uint32_t>(wide);
    for (; left > 0; at++, left--) crc = _mm_crc32_u8(crc, *at);
    return crc;
}
bool has_instruction() {
    static const bool has = __builtin_cpu_supports("sse4.2") != 0;
    return has;
}
#else
uint32_t by_instruction(uint32_t crc, Bytes bytes) {
    return by_tables(kCastagnoli, crc, bytes);
}
bool has_instruction() {
    return false;
}
#endif

}  // namespace

uint32_t crc32(uint32_t so_far, Bytes bytes) {
    return static_cast<uint32_t>(crc32_z(so_far, bytes.data(), bytes.size()));
}

uint32_t crc32c(uint32_t so_far, Bytes bytes) {
    return ~(has_instruction() ? by_instruction(~so_far, bytes)
                               : by_tables(kCastagnoli, ~so_far, bytes));
}

uint64_t crc64nvme(uint64_t so_far, Bytes bytes) {
    return ~by_tables(kNvme, ~so_far, bytes);
}

}  // namespace csd::airmos
