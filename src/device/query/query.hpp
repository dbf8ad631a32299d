// SPDX-License-Identifier: BSD-3-Clause
//
// QueryEngine: runs one SELECT over one value, in a process of its own that a stranger's SQL cannot leave.
//
//     auto engine = QueryEngine::open({...});
//     Outcome outcome = engine->run(request, cancel);     // blocks; or start() with a callback
//
// The engine's process never loads DuckDB and never forks after open(): a launcher program (worker/) does
// both. docs/decisions/ tells why; ARCHITECTURE.md draws it.
//
// Threads: every method from any thread. One thread of its own, the reaper, watches workers, deadlines and
// deaths; callbacks of start() run on it and must be short.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/unique_fd.hpp"
#include "csd/cancel.hpp"
#include "csd/log.hpp"
#include "csd/status.hpp"
#include "nvme/command.hpp"

namespace csd::query {

struct Options {
    std::string worker_path;  // the launcher program; empty: found beside the program or installed
    uint32_t threads = 2;     // of DuckDB, per query
    // Processor time of a query, for each thread it may use; and by the clock, since it was started, kClockFactor times as
    // long. Then SIGKILL and kQueryLimit.
    uint32_t deadline_ms = 60'000;
    uint64_t memory_bytes = 1'500'000'000;  // address space beyond what a worker needs to start
    uint64_t result_bytes = 1ull << 30;
    uint32_t sql_bytes = 64 * 1024;
    uint32_t concurrent = 8;              // queries at once; the next is kQueryBusy
    uint32_t ready_workers = 2;           // started, opened, warmed and waiting
    bool normal_priority = false;         // false: the idle scheduling class
    bool allow_without_landlock = false;  // unsafe-query=on
    Log log;
    // The processor time that a process has used so far. Absent: the kernel is asked. Called by the reaper.
    std::function<std::chrono::nanoseconds(int32_t pid)> processor_time;
};

// Queries run in the idle scheduling class, so that on a busy host most of their time is waiting for a processor. That
// isn't theirs; a query that waits for storage that doesn't answer ends by the clock.
inline constexpr uint32_t kClockFactor = 10;

struct Request {
    std::string sql;      // UTF-8, already copied from the host
    std::string options;  // JSON object or empty; only the worker parses it
    nvme::DataFormat input = nvme::DataFormat::kCsv;
    nvme::DataFormat output = nvme::DataFormat::kCsv;
    bool input_header = false;
    bool output_header = false;
    UniqueFd value;  // read-only descriptor of the object
    uint64_t value_bytes = 0;
    std::shared_ptr<void> hold;  // kept until the query has ended, e.g. the store's OpenValue
};

struct Outcome {
    Status status;    // a kQuery... code, kInvalidField for unknown options, or kAborted
    UniqueFd result;  // a sealed memory file, on success
    uint64_t result_bytes = 0;
};

class QueryEngine {
  public:
    using Done = std::function<void(Outcome)>;

    static Result<std::unique_ptr<QueryEngine>> open(const Options& options);
    // Kills what runs; every callback has been called when it returns.
    virtual ~QueryEngine() = default;

    // Fails in the Outcome: kQueryBusy when too many run. A cancelled run returns within 50 ms. `started` gets the ticket
    // of the query, for stop(), before run() waits for it.
    using Started = std::function<void(uint64_t ticket)>;
    virtual Outcome run(Request request, CancelToken cancel, const Started& started = {}) = 0;
    // The same without a waiting thread. The ticket names the query for stop().
    virtual Result<uint64_t> start(Request request, Done done) = 0;
    // Done is still called, with kAborted, unless it already was.
    virtual void stop(uint64_t ticket) = 0;
    // A CancelToken may have changed: running queries look at theirs now.
    virtual void wake() = 0;
};

}  // namespace csd::query
