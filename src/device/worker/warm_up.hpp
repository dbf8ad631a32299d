// SPDX-License-Identifier: BSD-3-Clause
//
// Runs small selects of each format through the whole path, so that what they load, allocate and initialise is there
// before a query comes: once in the launcher, for every worker forked from it, and once in each worker while it
// waits, because the first write to each page that it shares with the launcher costs a fault.
// Tested by query_process_test.cc.
#pragma once

#include <string>

#include "device/worker/duckdb_api.hpp"

namespace csd::worker {

class WarmUp {
  public:
    // In the launcher: with files of its own at the numbers of a worker.
    Status whole(Database& database);
    // In a worker: with what lies at those numbers, which is emptied again.
    Status brief(Database& database) const;

  private:
    std::string parquet_;
};

}  // namespace csd::worker
