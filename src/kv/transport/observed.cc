// SPDX-License-Identifier: BSD-3-Clause
// Tested by observed_test.cc.
#include "kv/transport/observed.hpp"

#include <chrono>

#include "kv/status.hpp"

namespace csd::kv {

Status ObservedTransport::submit(const nvme::Sqe& sqe, MutableBytes data, Done done) {
    using Clock = std::chrono::steady_clock;
    const auto begun = Clock::now();
    const Status sent =
        inner_->submit(sqe, data, [this, begun, done = std::move(done)](const nvme::Cqe& cqe) {
            observer_.finished(to_code(cqe.status), Clock::now() - begun);
            done(cqe);
        });
    // A full queue is no event: the Client sends the command again.
    if (sent.code() == Code::kNotReady) return sent;
    observer_.sent();
    if (!sent.ok()) observer_.finished(Code::kTransport, Clock::now() - begun);
    return sent;
}

}  // namespace csd::kv
