// SPDX-License-Identifier: BSD-3-Clause
//
// The node's own keys: made once, kept on the first drive. Tested by keys_test.cc.
#pragma once

#include <optional>
#include <string>

#include "airmos/auth/verifier.hpp"
#include "airmos/objects/objects.hpp"

namespace csd::airmos {

auth::Keys make_keys();

// The record on the drive: two lines.
std::string keys_to_record(const auth::Keys& keys);
std::optional<auth::Keys> keys_of_record(const std::string& record);

// Those on the first drive; makes them if there are none.
Task<Outcome<auth::Keys>> kept_keys(Objects& objects);

}  // namespace csd::airmos
