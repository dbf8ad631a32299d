// SPDX-License-Identifier: BSD-3-Clause
//
// FaultTransport: a real transport that, after so many commands that change the drive, does as if the host were killed
// (nothing more reaches the drive), loses one completion, or loses commands that reach the drive only later. It also holds
// single commands, so that a test decides what happens between two steps of the host, and spoils what a read returns.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <vector>

#include "csd/kv.hpp"
#include "kv/status.hpp"
#include "kv/transport/registry.hpp"

namespace csd::test {

enum class Edge : uint8_t {
    kBefore,  // the drive does not have the command yet
    kAfter,   // the drive has done it, and the host does not know yet
};
enum class Act : uint8_t { kStore, kErase, kCompose, kRead, kOther };

// The first byte of a key, by which those who store values often tell what they are; any enumeration of it will do.
class KeyKind {
  public:
    template <typename Enumeration>
    requires std::is_enum_v<Enumeration>
    constexpr KeyKind(Enumeration kind) : byte_(static_cast<uint8_t>(kind)) {}  // NOLINT
    constexpr explicit KeyKind(uint8_t byte) : byte_(byte) {}

    friend bool operator==(const KeyKind&, const KeyKind&) = default;

  private:
    uint8_t byte_;
};

// Which command of the drive a test means.
struct Aim {
    Edge edge;
    Act act;
    KeyKind kind;

    friend bool operator==(const Aim&, const Aim&) = default;
};

// One command that waits for the test, with the thread that works on it.
class Hold {
  public:
    explicit Hold(const Aim& aim) : aim_(aim) {}
    const Aim& aim() const { return aim_; }

    void arrive() {
        std::unique_lock lock(mutex_);
        arrived_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return released_; });
    }
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return arrived_; });
    }
    void release() {
        const std::lock_guard lock(mutex_);
        released_ = true;
        changed_.notify_all();
    }

  private:
    const Aim aim_;
    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    bool arrived_ = false;
    bool released_ = false;
};

struct FaultPlan {
    // kDelayTwo: a command and its repetition are lost with the connection, and the drive gets the first one in
    // deliver_delayed().
    enum class Kind { kStop, kLoseOneAnswer, kDelayTwo };
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
        if (!changes) return false;
        const int now = left--;
        if (now != 0 && !(kind == Kind::kDelayTwo && now == -1)) return false;
        struck = true;
        return true;
    }

    void delay(const nvme::Sqe& sqe, Bytes data) {
        const std::lock_guard lock(mutex);
        if (!delayed) delayed.emplace(sqe, std::vector<uint8_t>(data.begin(), data.end()));
    }
    // To the device, as over the connection that was lost.
    void deliver_delayed(const std::string& device) {
        auto transport = kv::open_transport(device, {});
        bool done = false;
        {
            const std::lock_guard lock(mutex);
            const Status sent = transport.value()->submit(
                delayed->first, delayed->second, [&done](const nvme::Cqe&) { done = true; });
            if (!sent.ok()) return;
        }
        while (!done) {
            transport.value()->wait(100);
            transport.value()->poll(1);
        }
    }

    // The next command of this kind is held; Held below is what tests use.
    std::shared_ptr<Hold> hold(const Aim& aim) {
        const std::lock_guard lock(mutex);
        holds.push_back(std::make_shared<Hold>(aim));
        return holds.back();
    }
    void pass(const Aim& aim) {
        std::shared_ptr<Hold> mine;
        {
            const std::lock_guard lock(mutex);
            const auto found = std::find_if(holds.begin(), holds.end(),
                                            [&](const auto& one) { return one->aim() == aim; });
            if (found == holds.end()) return;
            mine = *found;
            holds.erase(found);
        }
        mine->arrive();
    }
    void forget(const std::shared_ptr<Hold>& hold) {
        const std::lock_guard lock(mutex);
        std::erase(holds, hold);
    }

    // So many reads of that kind of value return bytes of two versions, as a read in pieces may.
    std::atomic<int> reads_to_spoil{0};
    KeyKind spoilt{0};

    std::mutex mutex;
    std::optional<std::pair<nvme::Sqe, std::vector<uint8_t>>> delayed;  // guarded by mutex
    std::vector<std::shared_ptr<Hold>> holds;  // that no command has met; guarded by mutex
};

// Holds the next command of a kind: before the drive has it, or after the drive has done it and before the node learns of it.
//
//     Held stored(plan, {Edge::kAfter, Act::kStore, RecordType::kManifest});
//     auto putting = store.runner.start(...);
//     stored.wait();             the manifest is on the drive, and the host does not know
//     ...
//     stored.release();
//     putting.get();
class Held {
  public:
    Held(FaultPlan& plan, const Aim& aim) : plan_(plan), hold_(plan.hold(aim)) {}
    ~Held() {
        plan_.forget(hold_);
        hold_->release();
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

    void wait() { hold_->wait(); }
    void release() { hold_->release(); }

  private:
    FaultPlan& plan_;
    const std::shared_ptr<Hold> hold_;
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
        const Act act = act_of(sqe);
        if (!plan_.strikes(act != Act::kRead && act != Act::kOther)) {
            return submit_or_hold(sqe, act, data, std::move(done));
        }
        if (plan_.kind == FaultPlan::Kind::kStop) {
            lost_.push_back(std::move(done));
            return {};
        }
        if (plan_.kind == FaultPlan::Kind::kDelayTwo) {
            plan_.delay(sqe, data);
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
    static Act act_of(const nvme::Sqe& sqe) {
        switch (static_cast<nvme::Opcode>(sqe.opcode())) {
            case nvme::Opcode::kStore:
            case nvme::Opcode::kExtendedStore: return Act::kStore;
            case nvme::Opcode::kDelete: return Act::kErase;
            case nvme::Opcode::kCompose: return Act::kCompose;
            case nvme::Opcode::kRetrieve:
            case nvme::Opcode::kExtendedRetrieve: return Act::kRead;
            default: return Act::kOther;
        }
    }
    // On a Key Value namespace.
    static KeyKind kind_of(const nvme::Sqe& sqe) { return KeyKind(sqe.bytes[8]); }

    Status submit_or_hold(const nvme::Sqe& sqe, Act act, MutableBytes data, Done done) {
        const KeyKind kind = kind_of(sqe);
        plan_.pass({Edge::kBefore, act, kind});
        return inner_->submit(
            sqe, data, [this, act, kind, data, done = std::move(done)](const nvme::Cqe& cqe) {
                plan_.pass({Edge::kAfter, act, kind});
                if (act == Act::kRead && kind == plan_.spoilt) spoil(data);
                done(cqe);
            });
    }
    void spoil(MutableBytes data) {
        if (data.empty() || plan_.reads_to_spoil.load() == 0) return;
        plan_.reads_to_spoil--;
        data[kSpoiltByte] ^= 1;
    }

    static constexpr size_t kSpoiltByte = 20;  // behind the head of a record

    const std::unique_ptr<kv::Transport> inner_;
    FaultPlan& plan_;
    std::deque<Done> lost_;
};

// In the place of kv::Client::open.
inline auto open_with_faults(FaultPlan& plan) {
    return [&plan](const std::string& device,
                   const kv::OpenOptions& options) -> Result<std::unique_ptr<kv::Client>> {
        if (plan.stopped()) return Status(Code::kTransport, "the drive was stopped");
        auto inner = kv::open_transport(device, options);
        if (!inner.ok()) return inner.status();
        return kv::Client::over(std::make_unique<FaultTransport>(std::move(inner).value(), plan),
                                options);
    };
}

}  // namespace csd::test
