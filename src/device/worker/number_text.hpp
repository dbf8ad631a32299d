// SPDX-License-Identifier: BSD-3-Clause
//
// Which types hold the number that a text is. Inference picks DOUBLE only where this says that nothing is lost.
//
//     number_kind("9007199254740992.5")  ->  kDouble
//     number_kind("9007199254740993.0")  ->  kLongDecimal: DOUBLE would make it 9007199254740992
//
// DOUBLE holds a number if what DuckDB prints of it is the same number, or differs only in digits behind the decimal point.
// docs/select.md says so to users.
//
// Pure; any thread. Tested by number_text_test.cc.
#pragma once

#include <cstdint>
#include <string_view>

namespace csd::worker {

enum class NumberKind : uint8_t {
    kNone,         // not a number as JSON writes it
    kInteger,      // BIGINT and DOUBLE hold it
    kLongInteger,  // BIGINT holds it, DOUBLE doesn't
    kBigInteger,   // HUGEINT holds it, BIGINT doesn't
    kHugeInteger,  // no integer type holds it
    kDouble,       // it has a fraction or an exponent, and DOUBLE holds it
    kLongDecimal,  // it has a fraction or an exponent, and DOUBLE doesn't hold it
    kHugeDecimal,  // the same, and it lies beyond DOUBLE's range
};

// Of [-]digits[.digits][e[+-]digits]. Leading zeros are allowed, and digits may be missing on one side of the point.
NumberKind number_kind(std::string_view text);

// Whether DOUBLE holds the number; of integers beyond BIGINT too. `text` is one that number_kind() knows.
bool fits_double(std::string_view text);

// NaN, Infinity and -Infinity as JSON readers write them, and nan, inf, infinity in any case with or without a minus.
bool is_number_word(std::string_view text);

}  // namespace csd::worker
