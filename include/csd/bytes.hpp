// SPDX-License-Identifier: BSD-3-Clause
//
// Bytes: the data of values, as spans that the caller owns.
//
//     drive.store(key, csd::as_bytes("make,price\n"));
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace csd {

using Bytes = std::span<const uint8_t>;
using MutableBytes = std::span<uint8_t>;

inline Bytes as_bytes(std::string_view text) {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace csd
