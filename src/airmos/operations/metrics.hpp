// SPDX-License-Identifier: BSD-3-Clause
//
// Metrics: what the node counts, and its text for Prometheus (exposition format 0.0.4).
//
// Series     airmos_requests_total{operation,status}, airmos_request_seconds{operation} (histogram),
//            airmos_received_bytes_total, airmos_sent_bytes_total, airmos_connections,
//            airmos_select_scanned_bytes_total, airmos_select_returned_bytes_total, airmos_drive_*{drive}.
// Threads    every method from any thread. Tested by metrics_test.cc.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "airmos/objects/objects.hpp"

namespace csd::airmos {

class Metrics {
  public:
    // One request, when its answer is out or given up.
    void request(std::string_view operation, int status, double seconds, uint64_t received_bytes,
                 uint64_t sent_bytes);
    // One SELECT: bytes of the object that the drive read, and bytes of the answer that left it.
    void select(uint64_t scanned_bytes, uint64_t returned_bytes);
    void connections(int change) { connections_ += change; }

    // `bounds` are those of the drives' latency buckets, in seconds.
    std::string text(const std::vector<DriveState>& drives, const std::vector<double>& bounds,
                     bool ready) const;

  private:
    // Seconds; the last bucket, +Inf, is the count.
    static constexpr std::array<double, 12> kBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                       0.05,   0.1,   0.25,   1,     5,    30};
    struct Latency {
        std::array<uint64_t, kBounds.size()> at_most{};
        uint64_t count = 0;
        double seconds = 0;
    };

    std::atomic<int64_t> connections_ = 0;
    std::atomic<uint64_t> received_bytes_ = 0, sent_bytes_ = 0;
    std::atomic<uint64_t> selects_ = 0, scanned_bytes_ = 0, returned_bytes_ = 0;

    mutable std::mutex mutex_;  // guards the rest; held for a few additions
    std::map<std::pair<std::string, int>, uint64_t, std::less<>> requests_;
    std::map<std::string, Latency, std::less<>> latencies_;
};

}  // namespace csd::airmos
