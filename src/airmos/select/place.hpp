// SPDX-License-Identifier: BSD-3-Clause
//
// Where an expression has the name that a drive's failed select is about. The drive's own position is one in its SQL, which the
// client has not written.
// Threads: pure. Tested by place_test.cc.
#pragma once

#include <string_view>

#include "airmos/error.hpp"

namespace csd::airmos::select {

// The error with "line L, column C: " in front of its message, if its reason is about a name of the expression. A name that
// occurs more than once has the first place.
Error with_place(const Error& error, std::string_view expression);

}  // namespace csd::airmos::select
