// SPDX-License-Identifier: BSD-3-Clause
//
// A worker's whole life, from the fork to its answer. One process, one query, one thread until DuckDB makes more.
// Tested by query_process_test.cc.
#pragma once

#include "device/query/protocol.hpp"
#include "device/worker/duckdb_api.hpp"
#include "device/worker/warm_up.hpp"

namespace csd::worker {

struct Inherited {
    Database& database;  // of the launcher, warmed; this process has its own copy of all of it
    const WarmUp& warm_up;
    query::Config config;
    int landlock_version = 0;
    int launcher_pid = 0;
};

[[noreturn]] void live(const Inherited& inherited, int socket);

// What the launcher opens the database with.
std::vector<Database::Setting> database_settings(const query::Config& config);

}  // namespace csd::worker
