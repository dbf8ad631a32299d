// SPDX-License-Identifier: BSD-3-Clause
//
// 64 bytes of text at a time, as masks of one bit per byte, the first byte in the lowest bit. The checks that read a
// whole value before each select are written with these: they have to be many times faster than the select.
//
// Pure; any thread. Tested by csv_test.cc and json_check_test.cc.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace csd::worker {

inline constexpr size_t kBlockBytes = 64;

class ByteBlock {
  public:
    explicit ByteBlock(const char* bytes) {
#ifdef __SSE2__
        for (size_t i = 0; i < kParts; i++)
            parts_[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes) + i);
#else
        std::memcpy(bytes_, bytes, kBlockBytes);
#endif
    }

    // Where `c` stands.
    uint64_t mask(char c) const {
#ifdef __SSE2__
        uint64_t mask = 0;
        for (size_t i = 0; i < kParts; i++) {
            auto part = static_cast<unsigned>(
                _mm_movemask_epi8(_mm_cmpeq_epi8(parts_[i], _mm_set1_epi8(c))));
            mask |= uint64_t{part} << (16 * i);
        }
        return mask;
#else
        uint64_t mask = 0;
        for (size_t i = 0; i < kBlockBytes; i++) mask |= uint64_t{bytes_[i] == c} << i;
        return mask;
#endif
    }

    // As if bit 5 were set in each byte: '{' then stands for '[' as well.
    uint64_t mask_lower(char c) const {
#ifdef __SSE2__
        uint64_t mask = 0;
        for (size_t i = 0; i < kParts; i++) {
            __m128i lower = _mm_or_si128(parts_[i], _mm_set1_epi8(0x20));
            auto part =
                static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(lower, _mm_set1_epi8(c))));
            mask |= uint64_t{part} << (16 * i);
        }
        return mask;
#else
        uint64_t mask = 0;
        for (size_t i = 0; i < kBlockBytes; i++) mask |= uint64_t{(bytes_[i] | 0x20) == c} << i;
        return mask;
#endif
    }

    // Spaces, and all the control characters.
    uint64_t mask_up_to_space() const {
#ifdef __SSE2__
        uint64_t mask = 0;
        for (size_t i = 0; i < kParts; i++) {
            __m128i least = _mm_min_epu8(parts_[i], _mm_set1_epi8(' '));
            auto part = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(least, parts_[i])));
            mask |= uint64_t{part} << (16 * i);
        }
        return mask;
#else
        uint64_t mask = 0;
        for (size_t i = 0; i < kBlockBytes; i++)
            mask |= uint64_t{static_cast<unsigned char>(bytes_[i]) <= ' '} << i;
        return mask;
#endif
    }

  private:
#ifdef __SSE2__
    static constexpr size_t kParts = 4;
    __m128i parts_[kParts];
#else
    char bytes_[kBlockBytes];
#endif
};

// std::popcount, which without an instruction for it is a call.
inline uint64_t count_bits(uint64_t bits) {
    bits -= (bits >> 1) & 0x5555555555555555;
    bits = (bits & 0x3333333333333333) + ((bits >> 2) & 0x3333333333333333);
    bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0F;
    return (bits * 0x0101010101010101) >> 56;
}

// Each bit is set when an odd number of bits is set up to and with its own: between quotes.
inline uint64_t parity(uint64_t bits) {
    for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
    return bits;
}

// The first places outside of `run` that are reached from `starts` by passing places in it. `carry` is whether such a
// passage comes in from the block before, and then whether one leaves this block.
inline uint64_t pass_run(uint64_t starts, uint64_t run, bool& carry) {
    starts |= carry ? 1 : 0;
    uint64_t sum = run + (starts & run);
    carry = sum < run;
    return (starts | sum) & ~run;
}

}  // namespace csd::worker
