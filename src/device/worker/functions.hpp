// SPDX-License-Identifier: BSD-3-Clause
//
// Which of DuckDB's functions a query may call: reviewed by hand, per version, in functions_1_5_6.inc.
// A function that is not in the list is not permitted; a test compares the list with the library's catalogue.
// Pure; any thread. Tested by gate_test.cc and worker_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace csd::worker {

enum class Review : uint8_t { kUnknown, kAllowed, kDenied };

// `name` in lower case.
Review review_of(std::string_view name);

// What another database's function is called here, or the allowed function that differs in a letter or two; else empty.
std::string nearest_function(std::string_view name);

// Scalar functions, aggregates and macros by hundreds come and go with a version; these belong to this one.
inline constexpr std::string_view kReviewedVersion = "v1.5.6";

}  // namespace csd::worker
