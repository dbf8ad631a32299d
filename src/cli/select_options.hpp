// SPDX-License-Identifier: BSD-3-Clause
//
// --option NAME=VALUE of select, as the JSON object the drive takes. Tested by select_options_test.cc.
#pragma once

#include <string>
#include <vector>

#include "csd/status.hpp"

namespace csd::cli {

// Why the text is not NAME=VALUE, or nothing if it is.
std::string why_not_an_option(const std::string& text);

// A value that begins with [ or { and is JSON travels as that, any other as a string, in which the
// escapes \t, \n, \r and \\ mean what they mean in C. No options at all: an empty text. The drive judges
// names and values.
Result<std::string> select_options_json(const std::vector<std::string>& options);

}  // namespace csd::cli
