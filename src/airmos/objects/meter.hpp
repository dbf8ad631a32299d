// SPDX-License-Identifier: BSD-3-Clause
//
// Meter: what a drive is asked and how long it takes, counted where commands leave the node.
//
// MeteredTransport wraps any transport. It also notices the loss of the drive (SCT 3h), so that its owner opens it anew.
// Threads: a Meter from any thread; a MeteredTransport as any Transport. Tested by store_test.cc.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "kv/transport/transport.hpp"

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

    void finished(std::chrono::nanoseconds took, uint16_t nvme_status);
};

class MeteredTransport : public kv::Transport {
  public:
    // `lost` is set when the drive is; both outlive the transport.
    MeteredTransport(std::unique_ptr<kv::Transport> inner, Meter& meter, bool& lost)
        : inner_(std::move(inner)), meter_(meter), lost_(lost) {}

    std::string name() const override { return inner_->name(); }
    kv::TransportLimits limits() const override { return inner_->limits(); }
    uint32_t nsid() const override { return inner_->nsid(); }
    Result<MutableBytes> allocate(size_t bytes) override { return inner_->allocate(bytes); }
    void release(MutableBytes buffer) override { inner_->release(buffer); }
    Status submit(const nvme::Sqe& sqe, MutableBytes data, Done done) override;
    size_t poll(size_t max) override { return inner_->poll(max); }
    void wait(uint32_t timeout_ms) override { inner_->wait(timeout_ms); }
    void cancel_all() override { inner_->cancel_all(); }
    Result<nvme::Cqe> admin(const nvme::Sqe& sqe, MutableBytes data) override {
        return inner_->admin(sqe, data);
    }

  private:
    const std::unique_ptr<kv::Transport> inner_;
    Meter& meter_;
    bool& lost_;
};

}  // namespace csd::airmos::objects
