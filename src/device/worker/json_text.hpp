// SPDX-License-Identifier: BSD-3-Clause
//
// The tokens of JSON as text: numbers and strings. Pure; any thread. Tested by json_survey_test.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace csd::worker {

// Whether the byte may stand in a number, or in a word for one such as -Infinity.
bool is_number_byte(char c);

// As RFC 8259 has it.
bool is_json_number(std::string_view text);

// What a string says whose text between the quotes this is, as UTF-8. Nothing if an escape in it is wrong.
std::optional<std::string> json_unescaped(std::string_view text);

}  // namespace csd::worker
