// SPDX-License-Identifier: BSD-3-Clause
//
// One select, from the host's bytes to the result file:
//
//     SQL -> prepare_sql -> DuckDB parses -> judge -> rewrite for this value -> COPY to the result
//
// Runs in the worker, behind the sandbox. Reads kObjectFd, writes kResultFd. One thread. Tested by tests/sql.
#pragma once

#include <string_view>

#include "csd/status.hpp"
#include "device/query/protocol.hpp"
#include "device/worker/duckdb_api.hpp"

namespace csd::worker {

// `threads` is how many of them may read the value before DuckDB does.
Status run_select(Database& database, const query::Task& task, std::string_view options,
                  std::string_view sql, unsigned threads);

}  // namespace csd::worker
