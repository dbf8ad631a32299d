// SPDX-License-Identifier: BSD-3-Clause
//
// DuckDB writes NaN and Infinity into JSON, which has no such numbers. They become null.
// Pure; any thread. Tested by result_json_test.cc.
#pragma once

#include <functional>
#include <string_view>

#include "csd/status.hpp"

namespace csd::worker {

// Position of the first bare NaN, Infinity or -Infinity at or behind `from`; npos when there is none.
// `from` must not lie within a string.
size_t find_bare_number_word(std::string_view json, size_t from = 0);

// Writes the text with each of them replaced. Fails as `write` does.
Status replace_number_words(std::string_view json,
                            const std::function<Status(std::string_view)>& write);

}  // namespace csd::worker
