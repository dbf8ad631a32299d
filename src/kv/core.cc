// SPDX-License-Identifier: BSD-3-Clause
// Tested by client_test.cc.
#include "kv/core.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "kv/status.hpp"

namespace csd::kv {

static constexpr size_t kPollAtOnce = 64;
static constexpr size_t kLeastCopyBytes = 4096;

Core::Core(std::unique_ptr<Transport> transport, const OpenOptions& options)
    : options_(options), transport_(std::move(transport)), limits_(transport_->limits()) {
    set_limits();
}

// Everything in flight ends before the transport does, because its callbacks may hold memory of the transport.
Core::~Core() {
    closing_ = true;
    waiting_.clear();
    turns_.clear();
    transport_->cancel_all();
    while (sent_ > 0) {
        if (transport_->poll(kPollAtOnce) == 0) transport_->wait(kWaitMs);
    }
    in_transport_.clear();
    copies_.clear();
}

void Core::send(const nvme::Command& command, MutableBytes data, Transport::Done done) {
    const nvme::Sqe sqe = nvme::encode(command, info_.dialect, transport_->nsid());
    send_entry({sqe, data, std::move(done), Buffer()});
}

// Straight to the transport, unless others wait for it.
void Core::send_entry(Entry entry) {
    if (!waiting_.empty() || !submit(entry)) waiting_.push_back(std::move(entry));
}

// In order, and as many as the transport takes.
void Core::submit_waiting() {
    while (!waiting_.empty()) {
        Entry next = std::move(waiting_.front());
        waiting_.pop_front();
        if (submit(next)) continue;
        waiting_.push_front(std::move(next));
        return;
    }
}

// False: the transport is full or has no memory for a copy now, and the entry waits. The transport's callback is a
// number, so that it costs no memory; the rest of the entry stays here.
bool Core::submit(Entry& entry) {
    if (const Status copied = make_copy(entry); !copied.ok()) {
        if (sent_ > 0) return false;
        refuse(entry, copied);
        return true;
    }
    if (free_places_.empty()) {
        free_places_.push_back(static_cast<uint32_t>(in_transport_.size()));
        in_transport_.emplace_back();
    }
    const uint32_t place = free_places_.back();
    const bool copies = entry.copy.size() > 0;
    const Status submitted =
        transport_->submit(entry.sqe, copies ? entry.copy.first(entry.data.size()) : entry.data,
                           [this, place](const nvme::Cqe& cqe) { finish(place, cqe); });
    if (submitted.ok()) {
        free_places_.pop_back();
        in_transport_[place] = std::move(entry);
        sent_++;
        if (!refusal_.ok()) refusal_ = {};
        return true;
    }
    const bool is_full = submitted.code() == Code::kNotReady;
    if (is_full && sent_ > 0) return false;
    refuse(entry, is_full ? Status(Code::kTransport, submitted.message()) : submitted);
    return true;
}

// For good. A completion has no room for the reason, so failure() finds it beside.
void Core::refuse(Entry& entry, const Status& why) {
    refusal_ = why;
    entry.done({.status = kPathError});
}

void Core::finish(uint32_t place, const nvme::Cqe& cqe) {
    Entry entry = std::move(in_transport_[place]);
    free_places_.push_back(place);
    sent_--;
    end_copy(entry);
    if (!closing_) entry.done(cqe);
}

// As much as the data, so that many small commands need little of a memory that is scarce.
Status Core::make_copy(Entry& entry) {
    if (limits_.any_memory || entry.data.empty() || entry.copy.size() > 0) return {};
    const size_t bytes = std::bit_ceil(std::max(entry.data.size(), kLeastCopyBytes));
    auto& free = copies_[bytes];
    if (!free.empty()) {
        entry.copy = std::move(free.back());
        free.pop_back();
    } else {
        auto made = buffer(bytes);
        if (!made.ok()) {
            copies_.clear();
            made = buffer(bytes);
        }
        if (!made.ok()) return made.status();
        entry.copy = std::move(made).value();
    }
    if (nvme::direction_of(entry.sqe.opcode()) == nvme::Direction::kHostToDrive)
        std::memcpy(entry.copy.bytes().data(), entry.data.data(), entry.data.size());
    return {};
}

void Core::end_copy(Entry& entry) {
    const size_t bytes = entry.copy.size();
    if (bytes == 0) return;
    if (!closing_ && nvme::direction_of(entry.sqe.opcode()) == nvme::Direction::kDriveToHost)
        std::memcpy(entry.data.data(), entry.copy.bytes().data(), entry.data.size());
    copies_[bytes].push_back(std::move(entry.copy));
}

Result<nvme::Cqe> Core::exchange(const nvme::Command& command, MutableBytes data) {
    if (cancelled()) return Status(Code::kAborted, "interrupted");
    std::optional<nvme::Cqe> answer;
    send(command, data, [&answer](const nvme::Cqe& cqe) { answer = cqe; });
    wait_until([&answer] { return answer.has_value(); });
    return *answer;
}

Result<nvme::Cqe> Core::run(const nvme::Command& command, MutableBytes data) {
    auto answer = exchange(command, data);
    if (!answer.ok()) return answer.status();
    if (answer.value().status != nvme::kSuccess) return failure(answer.value());
    return answer;
}

Result<nvme::Cqe> Core::admin(const nvme::Sqe& sqe, MutableBytes data) {
    if (cancelled()) return Status(Code::kAborted, "interrupted");
    auto answer = transport_->admin(sqe, data);
    if (!answer.ok()) return answer.status();
    if (answer.value().status != nvme::kSuccess) return failure(answer.value());
    return answer;
}

Status Core::failure(const nvme::Cqe& cqe) {
    last_status_ = cqe.status;
    if (cqe.status == kPathError && !refusal_.ok()) return std::exchange(refusal_, Status());
    const Status status = to_status(cqe.status);
    if (status.code() != Code::kAborted || cancelled()) return status;
    return {Code::kReset,
            "the command was aborted, and not by this program: the drive was reset, or the system "
            "gave the command up"};
}

Status Core::lost(const nvme::Cqe& cqe, const std::string& what) {
    last_status_ = cqe.status;
    return {Code::kReset, what};
}

// Path Related Status and Command Aborted due to SQ Deletion say that nobody knows what became of the command.
bool Core::may_be_reset(const Status& failed) const {
    constexpr uint8_t kSctPath = 3;
    constexpr uint16_t kQueueDeleted = nvme::make_status(nvme::kSctGeneric, 0x08, false);
    if (failed.code() == Code::kReset) return true;
    return failed.code() == Code::kTransport && (nvme::status_code_type(last_status_) == kSctPath ||
                                                 nvme::status_kind(last_status_) == kQueueDeleted);
}

size_t Core::poll() {
    notice_cancel();
    const size_t finished = transport_->poll(kPollAtOnce);
    submit_waiting();
    return finished;
}

size_t Core::wait(uint32_t timeout_ms) {
    notice_cancel();
    if (in_flight() == 0) return 0;
    transport_->wait(timeout_ms);
    if (options_.while_waiting) options_.while_waiting();
    return poll();
}

void Core::notice_cancel() {
    if (cancel_sent_ == cancelled()) return;
    cancel_sent_ = !cancel_sent_;
    if (!cancel_sent_) return;  // the token was withdrawn, so that it can be fired again
    transport_->cancel_all();
}

Status Core::pause(uint32_t time_ms) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::milliseconds(time_ms);
    while (Clock::now() < end) {
        if (options_.while_waiting) options_.while_waiting();
        if (cancelled()) return {Code::kAborted, "interrupted"};
        poll();
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
        std::this_thread::sleep_for(std::min(left, std::chrono::milliseconds(kWaitMs)));
    }
    return {};
}

void Core::take_turn(const Key& key, std::function<void()> start) {
    const auto [turn, free] = turns_.try_emplace(key);
    if (free) return start();
    turn->second.push_back(std::move(start));
}

void Core::end_turn(const Key& key) {
    const auto turn = turns_.find(key);
    if (turn == turns_.end()) return;
    if (turn->second.empty()) {
        turns_.erase(turn);
        return;
    }
    const auto next = std::move(turn->second.front());
    turn->second.pop_front();
    next();
}

// A size that does not fit in DW0 reads FFFFFFFFh there. On the 2023 dialect that is all there is to know, and
// a drive without our extensions leaves DW1 undefined.
std::optional<uint64_t> Core::size_of(const nvme::Cqe& cqe) const {
    if (!can_describe()) return cqe.dw0;
    if (cqe.dw0 == UINT32_MAX) return std::nullopt;
    return limits_.result_64 ? cqe.result() : cqe.dw0;
}

}  // namespace csd::kv
