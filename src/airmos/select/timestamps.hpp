// SPDX-License-Identifier: BSD-3-Clause
//
// Timestamps of S3 Select: literals, and the patterns of TO_STRING and TO_TIMESTAMP in the words of the drive's
// strftime. Timestamps are in UTC here; an offset is applied when one is read.
// Threads: pure. Tested by translate_test.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "airmos/select/tree.hpp"

namespace csd::airmos::select {

// What stands between backticks: 2007-02-23T12:14:33.079-08:00 and its shorter forms, a number, "text", true, false, null.
Literal ion_literal(std::string_view text, Position at);
// TIMESTAMP '...': the same forms, with a blank for the T and without an offset as well.
Literal timestamp_literal(std::string_view text, Position at);

// A part of a pattern: what strftime makes of `format`, or only its first characters.
struct PatternPiece {
    std::string format;
    size_t characters = 0;  // 0: all
};
std::vector<PatternPiece> output_pattern(std::string_view pattern, Position at);
// For strptime.
std::string input_pattern(std::string_view pattern, Position at);

}  // namespace csd::airmos::select
