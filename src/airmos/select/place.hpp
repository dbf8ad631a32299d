// SPDX-License-Identifier: BSD-3-Clause
//
// Where an expression has the name that a drive's failed select is about.
// Threads: pure. Tested by place_test.cc.
#pragma once

#include <optional>
#include <vector>

#include "airmos/select/token.hpp"
#include "csd/query_reason.hpp"

namespace csd::airmos::select {

// Nothing if the reason is not about a name, or the expression does not have it. A name that occurs more than once has the
// first place.
std::optional<Position> place_of(const nvme::QueryReason& reason, const std::vector<Token>& tokens);

}  // namespace csd::airmos::select
