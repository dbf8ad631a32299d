// SPDX-License-Identifier: BSD-3-Clause
//
// ValueSource: the object as a from-clause that DuckDB can run, such as
//
//     read_csv('/proc/self/fd/10', auto_detect=false, delim=',', columns={'a': 'BIGINT'}, ...)
//
// Where DuckDB cannot read the value as it lies, the scratch file takes what it can read: the decompressed
// bytes, the records of a scan range, CSV with ordinary record delimiters. Called by one thread. Tested by tests/sql and query_value_test.cc.
#pragma once

#include <string>
#include <vector>

#include "csd/status.hpp"
#include "device/worker/duckdb_api.hpp"
#include "device/worker/select_options.hpp"

namespace csd::worker {

struct ValueSource {
    std::string from;                // SQL
    std::vector<std::string> names;  // of the columns; empty: DuckDB has to be asked
    Status doubt;                    // why the value can't be read, unless DuckDB says it better
};

// `threads` is how many may read the value at once.
Result<ValueSource> open_value(const SelectOptions& options, const SelectShape& shape,
                               unsigned threads);

}  // namespace csd::worker
