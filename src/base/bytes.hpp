// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers in the byte order of NVMe: little-endian, whatever the host has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "csd/bytes.hpp"

namespace csd {

// Reads an unsigned integer at `at`; the caller has checked that it lies within the span.
template <typename T>
T load_le(Bytes bytes, size_t at) {
    static_assert(std::is_unsigned_v<T>);
    T value = 0;
    for (size_t i = sizeof(T); i-- > 0;) value = static_cast<T>(value << 8 | bytes[at + i]);
    return value;
}
template <>
inline uint8_t load_le<uint8_t>(Bytes bytes, size_t at) {
    return bytes[at];
}

template <typename T>
void store_le(MutableBytes bytes, size_t at, T value) {
    static_assert(std::is_unsigned_v<T>);
    for (size_t i = 0; i < sizeof(T); i++) bytes[at + i] = static_cast<uint8_t>(value >> (8 * i));
}

inline constexpr uint64_t kKiB = 1024;
inline constexpr uint64_t kMiB = 1024 * kKiB;
inline constexpr uint64_t kGiB = 1024 * kMiB;
inline constexpr uint64_t kTiB = 1024 * kGiB;

}  // namespace csd
