// SPDX-License-Identifier: BSD-3-Clause
//
// Meter: what a drive is asked and how long it takes, counted where commands leave the node.
// Threads: any. Tested by drive_client_test.cc, store_test.cc.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "csd/status.hpp"

namespace csd::airmos::objects {

inline constexpr std::array<double, 12> kLatencyBounds = {
    0.000'05, 0.000'1, 0.000'25, 0.000'5, 0.001, 0.002'5, 0.005, 0.01, 0.05, 0.25, 1, 10};

struct Meter {
    std::atomic<uint64_t> commands{0};
    std::atomic<uint64_t> errors{0};
    std::atomic<uint64_t> bytes_in{0};
    std::atomic<uint64_t> bytes_out{0};
    std::atomic<uint64_t> select_bytes_scanned{0};
    std::atomic<uint64_t> select_bytes_returned{0};
    std::atomic<uint32_t> in_flight{0};
    std::atomic<uint32_t> selects{0};  // that run
    std::atomic<uint64_t> latency_ns{0};
    std::array<std::atomic<uint64_t>, kLatencyBounds.size() + 1> latencies{};  // the last: longer

    void finished(std::chrono::nanoseconds took, Code code);
};

}  // namespace csd::airmos::objects
