// SPDX-License-Identifier: BSD-3-Clause
//
// Runs small selects of each format through the whole path once, in the launcher, so that every worker forked
// from it begins with what they had to load, allocate and initialise. Tested by query_test.cc.
#pragma once

#include "device/worker/duckdb_api.hpp"

namespace csd::worker {

Status warm_up(Database& database);

}  // namespace csd::worker
