// SPDX-License-Identifier: BSD-3-Clause
// Tested by drive_client_test.cc, store_test.cc.
#include "airmos/objects/meter.hpp"

#include <algorithm>

namespace csd::airmos::objects {
namespace {

// A drive that works completes with these.
bool is_result(Code code) {
    switch (code) {
        case Code::kOk:
        case Code::kNotFound:
        case Code::kExists:
        case Code::kOffsetMismatch:
        case Code::kQueryRefused:
        case Code::kQueryData:
        case Code::kQueryFailed:
        case Code::kQueryLimit:
        case Code::kQueryBusy:
        case Code::kQueryRunning: return true;
        default: return false;
    }
}

}  // namespace

void Meter::finished(std::chrono::nanoseconds took, Code code) {
    const double seconds = std::chrono::duration<double>(took).count();
    const auto bound = std::lower_bound(kLatencyBounds.begin(), kLatencyBounds.end(), seconds);
    latencies[static_cast<size_t>(bound - kLatencyBounds.begin())]++;
    latency_ns += static_cast<uint64_t>(took.count());
    commands++;
    in_flight--;
    if (!is_result(code)) errors++;
}

}  // namespace csd::airmos::objects
