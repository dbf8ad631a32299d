// SPDX-License-Identifier: BSD-3-Clause
//
// What SPDK says when something fails, made a part of a sentence. Tested by said_test.cc.
#pragma once

#include <string>
#include <string_view>

namespace csd::kv {

// One line. Of an error of its JSON-RPC the message alone; a number of errno with what it means.
std::string said_in_short(std::string_view text);

}  // namespace csd::kv
