// SPDX-License-Identifier: BSD-3-Clause
//
// The exit status of kvcli: one table from Code, in exit_code.cc. docs/kvcli.md shows it to users.
// Tested by exit_code_test.cc.
#pragma once

#include "csd/status.hpp"

namespace csd::cli {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitNotFound = 3;
inline constexpr int kExitExists = 4;
inline constexpr int kExitDevice = 5;
inline constexpr int kExitNoSpace = 6;
inline constexpr int kExitQuery = 7;
inline constexpr int kExitInterrupted = 130;

int exit_code(Code code);

}  // namespace csd::cli
