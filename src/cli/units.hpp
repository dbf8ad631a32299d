// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers as people read and type them: "1.5 MiB", "64k". Tested by units_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "csd/status.hpp"

namespace csd::cli {

std::string write_bytes(uint64_t bytes);
// Digits, and perhaps one of k, m, g, t for powers of 1024, in either case.
Result<uint64_t> parse_bytes(std::string_view text);

}  // namespace csd::cli
