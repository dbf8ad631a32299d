// SPDX-License-Identifier: BSD-3-Clause
//
// What the value has to do with a select that failed: which record made a column text, what the value looks like instead, whether
// it is damaged. It is asked after the failure, so that a select that succeeds pays nothing for it.
// One thread. Tested by tests/sql/mistakes_test.cc.
#pragma once

#include <string>
#include <vector>

#include "csd/status.hpp"
#include "device/worker/duckdb_api.hpp"
#include "device/worker/select_options.hpp"
#include "device/worker/sql_text.hpp"
#include "nvme/query_reason.hpp"

namespace csd::worker {

struct Failed {
    Database& database;
    const std::string& from;                // how DuckDB reads the value; empty: not yet known
    const std::vector<std::string>& names;  // its columns, where they are known
    const PreparedSql& sql;
    const SelectOptions& options;
    const SelectShape& shape;
};

// The failure, with what the value adds to it. `parts` filled the sentence of the failure.
Status blame_value(const Failed& failed, const Status& status, const nvme::ReasonParts& parts);

// Whether a Parquet value has a front, an end and a footer: an error if not.
Status check_parquet_frame();

}  // namespace csd::worker
