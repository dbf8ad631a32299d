// SPDX-License-Identifier: BSD-3-Clause
//
// Node: the parts of airmos put together, from the options to the end of the process.
//
//     drives <- Objects <- operations <- Server <- clients
//
// SIGTERM and SIGINT end it: no new connections, requests in flight are finished, for --stop-seconds at most.
// Threads: run() on the main thread; it starts one thread a core. Tested by tests/airmos.
#pragma once

#include "airmos/options.hpp"
#include "csd/status.hpp"

namespace csd::airmos {

// Returns when the node was stopped, or why it could not start.
Status run_node(const Options& options);

}  // namespace csd::airmos
