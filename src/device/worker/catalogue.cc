// SPDX-License-Identifier: BSD-3-Clause
// Tested by worker_test.cc.
#include "device/worker/catalogue.hpp"

#include "device/worker/functions.hpp"
#include "device/worker/json_tree.hpp"

namespace csd::worker {

Result<std::vector<Unreviewed>> unreviewed_functions(Database& database) {
    Rows rows = database.query(
        "SELECT function_name, min(function_type), min(description) FROM duckdb_functions() "
        "WHERE function_type IN ('scalar', 'aggregate', 'macro') GROUP BY 1 ORDER BY 1");
    if (rows.error) return Status(Code::kQueryEngine, rows.error->text);
    std::vector<Unreviewed> found;
    for (Row& row : rows.rows) {
        std::string name = row[0].value_or("");
        if (review_of(lower(name)) != Review::kUnknown) continue;
        found.push_back({name, row[1].value_or(""), row[2].value_or("")});
    }
    return found;
}

}  // namespace csd::worker
