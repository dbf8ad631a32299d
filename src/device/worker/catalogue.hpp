// SPDX-License-Identifier: BSD-3-Clause
//
// The library's functions against our review of them: for csd-function-catalogue, which helps to review a new
// version, and for the test that fails until that is done. One thread. Tested by worker_test.cc.
#pragma once

#include <string>
#include <vector>

#include "device/worker/duckdb_api.hpp"

namespace csd::worker {

struct Unreviewed {
    std::string name;
    std::string type;         // scalar, aggregate, macro
    std::string description;  // the library's, perhaps empty
};

// Functions that can be called in an expression and that functions_*.inc does not mention.
Result<std::vector<Unreviewed>> unreviewed_functions(Database& database);

}  // namespace csd::worker
