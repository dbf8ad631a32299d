// SPDX-License-Identifier: BSD-3-Clause
//
// FaultTransport: a real transport that, after so many commands that change the drive, does as if the node were killed
// (nothing more reaches the drive), or loses one answer.
#pragma once

#include <atomic>
#include <deque>
#include <memory>

#include "kv/status.hpp"
#include "kv/transport/registry.hpp"

namespace csd::airmos::objects {

struct FaultPlan {
    enum class Kind { kStop, kLoseOneAnswer };
    std::atomic<bool> armed{false};
    std::atomic<int> left{0};
    Kind kind = Kind::kStop;
    std::atomic<bool> struck{false};

    void arm(Kind kind_, int after) {
        kind = kind_;
        left = after;
        struck = false;
        armed = true;
    }
    bool stopped() const { return struck && kind == Kind::kStop; }
    // Whether this command is the one, or comes after it.
    bool strikes(bool changes) {
        if (!armed) return false;
        if (stopped()) return true;
        if (!changes || left-- != 0) return false;
        struck = true;
        return true;
    }
};

class FaultTransport : public kv::Transport {
  public:
    FaultTransport(std::unique_ptr<kv::Transport> inner, FaultPlan& plan)
        : inner_(std::move(inner)), plan_(plan) {}

    std::string name() const override { return inner_->name(); }
    kv::TransportLimits limits() const override { return inner_->limits(); }
    uint32_t nsid() const override { return inner_->nsid(); }
    Result<MutableBytes> allocate(size_t bytes) override { return inner_->allocate(bytes); }
    void release(MutableBytes buffer) override { inner_->release(buffer); }
    Status submit(const nvme::Sqe& sqe, MutableBytes data, Done done) override {
        if (!plan_.strikes(changes(sqe))) return inner_->submit(sqe, data, std::move(done));
        if (plan_.kind == FaultPlan::Kind::kStop) {
            lost_.push_back(std::move(done));
            return {};
        }
        return inner_->submit(sqe, data, [done = std::move(done)](const nvme::Cqe&) {
            done({.status = kv::kPathError});
        });
    }
    size_t poll(size_t max) override {
        size_t ran = 0;
        for (; !lost_.empty(); ran++) {
            const Done done = std::move(lost_.front());
            lost_.pop_front();
            done({.status = kv::kPathError});
        }
        return ran + inner_->poll(max);
    }
    void wait(uint32_t timeout_ms) override {
        if (lost_.empty()) inner_->wait(timeout_ms);
    }
    void cancel_all() override { inner_->cancel_all(); }
    Result<nvme::Cqe> admin(const nvme::Sqe& sqe, MutableBytes data) override {
        return inner_->admin(sqe, data);
    }

  private:
    static bool changes(const nvme::Sqe& sqe) {
        switch (static_cast<nvme::Opcode>(sqe.opcode())) {
            case nvme::Opcode::kStore:
            case nvme::Opcode::kDelete:
            case nvme::Opcode::kExtendedStore:
            case nvme::Opcode::kCompose: return true;
            default: return false;
        }
    }

    const std::unique_ptr<kv::Transport> inner_;
    FaultPlan& plan_;
    std::deque<Done> lost_;
};

// For Seams::open.
inline auto open_with_faults(FaultPlan& plan) {
    return [&plan](const std::string& device) -> Result<std::unique_ptr<kv::Transport>> {
        if (plan.stopped()) return Status(Code::kTransport, "the drive was stopped");
        auto inner = kv::open_transport(device, {});
        if (!inner.ok()) return inner.status();
        return std::unique_ptr<kv::Transport>(
            std::make_unique<FaultTransport>(std::move(inner).value(), plan));
    };
}

}  // namespace csd::airmos::objects
