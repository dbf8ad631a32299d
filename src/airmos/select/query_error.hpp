// SPDX-License-Identifier: BSD-3-Clause
//
// What a drive's failed select is called in S3 Select. The drive tells the kind of failure by its code, and the reason within it
// by a ReasonCode, for which S3 often has a code of its own. A drive that tells no reasons has the S3 code of the kind.
// Threads: pure. Tested by query_error_test.cc.
#pragma once

#include <string_view>

#include "csd/status.hpp"

namespace csd::airmos::select {

// A row of error.cc for a failure with one of the kQuery codes, or with kInvalidField, which a select's options get.
std::string_view query_error_code(const Status& status);

}  // namespace csd::airmos::select
