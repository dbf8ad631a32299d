// SPDX-License-Identifier: BSD-3-Clause
//
// Load: what one thread of `kvcli bench` does to the drive, and what it measured.
// Tested by tests/cli.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/bench/histogram.hpp"
#include "csd/kv.hpp"

namespace csd::cli {

enum class LoadVerb : uint8_t {
    kStore,
    kRetrieve,
    kMixed,
    kExists,
    kDelete,
    kAppend,
    kList,
    kSelect
};

struct LoadOptions {
    LoadVerb verb = LoadVerb::kStore;
    uint64_t value_bytes = 4096;
    uint32_t queue_depth = 1;
    uint32_t threads = 1;
    uint64_t keys = 1000;
    std::optional<uint64_t> operations;  // of all threads; nothing: until the time is over
    std::chrono::milliseconds duration{5000};
    CancelToken cancel;
};

// Whether the verb needs values that exist.
bool needs_values(LoadVerb verb);
Key bench_key(uint64_t number);
// Whether it is one of the first `keys` of them.
bool is_bench_key(const Key& key, uint64_t keys);
// A CSV table of about so many bytes for select, bytes that do not compress well for the rest.
std::vector<uint8_t> bench_value(LoadVerb verb, uint64_t bytes);

struct LoadResult {
    Histogram latency_ns;
    uint64_t bytes = 0;  // of values, both ways
    Status failure;
};

// What the threads share: who does the next operation, and when it is over.
class LoadClock {
  public:
    explicit LoadClock(const LoadOptions& options);
    // The number of the next operation, or nothing when there is none.
    std::optional<uint64_t> next();
    void stop() { stopped_.store(true, std::memory_order_relaxed); }
    double seconds() const;  // since the first operation

  private:
    using Clock = std::chrono::steady_clock;

    const LoadOptions& options_;
    const uint64_t most_;
    const Clock::time_point start_;
    std::atomic<uint64_t> taken_{0};
    std::atomic<bool> stopped_{false};
};

LoadResult run_load(kv::Client& client, const LoadOptions& options, LoadClock& clock);

}  // namespace csd::cli
