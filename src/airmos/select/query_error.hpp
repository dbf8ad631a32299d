// SPDX-License-Identifier: BSD-3-Clause
//
// What a drive's failed select is called in S3 Select. The drive tells the kind of failure by its code and the reason by a
// sentence; S3 has finer codes for some of the reasons.
// Threads: pure. Tested by query_error_test.cc.
#pragma once

#include <string_view>

#include "base/status.hpp"

namespace csd::airmos::select {

// A row of error.cc for a failure with one of the kQuery codes, or with kInvalidField, which a select's options get.
std::string_view query_error_code(const Status& status);

// The column that the drive misses, if that is what its sentence says; else empty.
std::string_view missing_column(std::string_view sentence);

}  // namespace csd::airmos::select
