// SPDX-License-Identifier: BSD-3-Clause
//
// ObservedTransport: any transport whose commands an Observer sees (OpenOptions::observer).
// Threads: as any Transport. Tested by observed_test.cc.
#pragma once

#include <memory>
#include <utility>

#include "csd/kv.hpp"
#include "kv/transport/transport.hpp"

namespace csd::kv {

class ObservedTransport : public Transport {
  public:
    // The observer outlives the transport.
    ObservedTransport(std::unique_ptr<Transport> inner, Observer& observer)
        : inner_(std::move(inner)), observer_(observer) {}

    std::string name() const override { return inner_->name(); }
    TransportLimits limits() const override { return inner_->limits(); }
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
    const std::unique_ptr<Transport> inner_;
    Observer& observer_;
};

}  // namespace csd::kv
