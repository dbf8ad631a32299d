// SPDX-License-Identifier: BSD-3-Clause
//
// What a drive's failed select is called in S3 Select. The drive tells the kind of failure by its code, and the reason within it
// by a ReasonCode, for which S3 often has a code of its own. A drive that tells no reasons has the S3 code of the kind.
// Threads: pure. Tested by query_error_test.cc.
#pragma once

#include <string>

#include "airmos/core/error.hpp"
#include "csd/status.hpp"

namespace csd::airmos::select {

// A failure that is none of a query, such as the loss of the drive, is what core/error.hpp makes of it.
Error query_error(const Status& failed);

// The column that the drive did not find in the object, in lower case, if that is why the select failed; else empty. Not one
// by position.
std::string missing_column(const Status& failed);

}  // namespace csd::airmos::select
