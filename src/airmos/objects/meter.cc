// SPDX-License-Identifier: BSD-3-Clause
// Tested by store_test.cc.
#include "airmos/objects/meter.hpp"

#include <algorithm>

#include "kv/status.hpp"

namespace csd::airmos::objects {
namespace {

using Clock = std::chrono::steady_clock;

// Answers to a question that was asked in earnest: no fault of the drive.
bool is_answer(Code code) {
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

void Meter::finished(std::chrono::nanoseconds took, uint16_t nvme_status) {
    const double seconds = std::chrono::duration<double>(took).count();
    const auto bound = std::lower_bound(kLatencyBounds.begin(), kLatencyBounds.end(), seconds);
    latencies[static_cast<size_t>(bound - kLatencyBounds.begin())]++;
    latency_ns += static_cast<uint64_t>(took.count());
    commands++;
    in_flight--;
    if (!is_answer(kv::to_code(nvme_status))) errors++;
}

Status MeteredTransport::submit(const nvme::Sqe& sqe, MutableBytes data, Done done) {
    meter_.in_flight++;
    const auto begun = Clock::now();
    const Status sent =
        inner_->submit(sqe, data, [this, begun, done = std::move(done)](const nvme::Cqe& cqe) {
            meter_.finished(Clock::now() - begun, cqe.status);
            if (kv::to_code(cqe.status) == Code::kTransport) lost_ = true;
            done(cqe);
        });
    if (sent.ok()) return sent;
    meter_.in_flight--;
    if (sent.code() != Code::kNotReady) lost_ = true;
    return sent;
}

}  // namespace csd::airmos::objects
