// SPDX-License-Identifier: BSD-3-Clause
//
// How much a test shall do: CSD_TEST_SCALE is `small` where every instruction costs more (sanitizers),
// `normal` in CI, and CSD_LONG=1 adds what takes minutes.
#pragma once

#include <cstdlib>
#include <string_view>

namespace csd::test {

inline bool is_small_scale() {
    const char* scale = std::getenv("CSD_TEST_SCALE");
    return scale != nullptr && std::string_view(scale) == "small";
}

inline bool is_long_scale() {
    const char* scale = std::getenv("CSD_LONG");
    return scale != nullptr && std::string_view(scale) == "1";
}

}  // namespace csd::test
