// SPDX-License-Identifier: BSD-3-Clause
//
// DuckDB's errors as ours: one of five codes and a sentence that tells the user's mistake.
//
// The texts of DuckDB name host paths, echo our own SQL and the value's data, and give advice about settings
// that the user does not have. What is left is the first lines, without paths, cut to a few hundred bytes.
// Pure; any thread. Tested by errors_test.cc.
#pragma once

#include <string>
#include <string_view>

#include "base/status.hpp"

namespace csd::worker {

// When it happened decides what an error means: a conversion that fails in the value is kQueryData.
enum class Stage : uint8_t {
    kParse,   // of the SQL
    kSchema,  // looking at the value
    kRun,     // binding and running the query
};

Status explain(std::string_view duckdb_text, Stage stage);

}  // namespace csd::worker
