// SPDX-License-Identifier: BSD-3-Clause
//
// The version that every program shows: X.Y.Z, or X.Y.Z+gitN.COMMIT between releases (scripts/version.sh).
// tests/package compares what the programs and packages say.
#pragma once

#include <string>

namespace csd {

extern const char* const kVersion;

// X.Y.Z alone, for fields that have no room for more.
std::string release_version();

}  // namespace csd
