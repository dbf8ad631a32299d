// SPDX-License-Identifier: BSD-3-Clause
//
// CommandSlots: the commands of one transport that are in flight, and those that have ended and whose callbacks wait for
// poll(). SPDK ends commands inside its own functions, where a callback could not submit the next.
//
// Threads: of the transport's owner. Tested by command_slots_test.cc.
#pragma once

#include <chrono>
#include <deque>
#include <utility>
#include <vector>

#include "kv/transport/transport.hpp"

namespace csd::kv {

class CommandSlots {
  public:
    using Clock = std::chrono::steady_clock;

    struct Slot {
        void* owner = nullptr;  // the transport
        Transport::Done done;
        nvme::Cqe cqe;
        Clock::time_point deadline;
        enum class State : uint8_t { kFree, kInFlight, kFinished } state = State::kFree;
    };

    CommandSlots(void* owner, uint32_t count) {
        for (uint32_t i = 0; i < count; i++) {
            slots_.push_back({.owner = owner, .done = {}, .cqe = {}, .deadline = {}});
            free_.push_back(&slots_.back());
        }
    }

    uint32_t count() const { return static_cast<uint32_t>(slots_.size()); }
    size_t in_flight() const { return in_flight_; }
    bool any_finished() const { return !finished_.empty(); }

    // Null when all are in use.
    Slot* take(Transport::Done done, std::chrono::seconds time) {
        if (free_.empty()) return nullptr;
        Slot* const slot = free_.back();
        free_.pop_back();
        slot->done = std::move(done);
        slot->deadline = Clock::now() + time;
        slot->state = Slot::State::kInFlight;
        in_flight_++;
        return slot;
    }
    // Of a command that was not sent after all; its callback never runs.
    void give_back(Slot& slot) {
        in_flight_--;
        slot.done = nullptr;
        make_free(slot);
    }
    // The second end of a command changes nothing.
    void finish(Slot& slot, const nvme::Cqe& cqe) {
        if (slot.state != Slot::State::kInFlight) return;
        in_flight_--;
        slot.cqe = cqe;
        slot.state = Slot::State::kFinished;
        finished_.push_back(&slot);
    }
    void finish_all(uint16_t status) {
        for (Slot& slot : slots_) finish(slot, {.status = status});
    }
    bool any_overdue() const {
        const auto now = Clock::now();
        for (const Slot& slot : slots_) {
            if (slot.state == Slot::State::kInFlight && slot.deadline < now) return true;
        }
        return false;
    }
    // Runs the callbacks of commands that had ended when it began, so that one that goes on for ever ends.
    size_t run(size_t most) {
        const size_t count = std::min(most, finished_.size());
        for (size_t i = 0; i < count; i++) {
            Slot& slot = *finished_.front();
            finished_.pop_front();
            const Transport::Done done = std::exchange(slot.done, nullptr);
            const nvme::Cqe cqe = slot.cqe;
            make_free(slot);
            done(cqe);
        }
        return count;
    }
    template <typename Visit>
    void each_in_flight(Visit visit) {
        for (Slot& slot : slots_) {
            if (slot.state == Slot::State::kInFlight) visit(slot);
        }
    }

  private:
    void make_free(Slot& slot) {
        slot.state = Slot::State::kFree;
        free_.push_back(&slot);
    }

    std::deque<Slot> slots_;  // never moves them: SPDK has their addresses
    std::vector<Slot*> free_;
    std::deque<Slot*> finished_;
    size_t in_flight_ = 0;
};

}  // namespace csd::kv
