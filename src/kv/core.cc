// SPDX-License-Identifier: BSD-3-Clause
// Tested by client_test.cc.
#include "kv/core.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "kv/status.hpp"

namespace csd::kv {

static constexpr size_t kPollAtOnce = 64;

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
    copies_.clear();
}

void Core::send(const nvme::Command& command, MutableBytes data, Transport::Done done) {
    const nvme::Sqe sqe = nvme::encode(command, info_.dialect, transport_->nsid());
    if (!limits_.any_memory && !data.empty()) return send_copy(sqe, data, std::move(done));
    send_entry({sqe, data, std::move(done)});
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

// False: the transport is full, and the entry is as it was. The transport's callback is a number, so that it costs no
// memory; the caller's stays here.
bool Core::submit(Entry& entry) {
    if (free_places_.empty()) {
        free_places_.push_back(static_cast<uint32_t>(callbacks_.size()));
        callbacks_.emplace_back();
    }
    const uint32_t place = free_places_.back();
    const Status submitted = transport_->submit(
        entry.sqe, entry.data, [this, place](const nvme::Cqe& cqe) { finish(place, cqe); });
    if (submitted.ok()) {
        free_places_.pop_back();
        callbacks_[place] = std::move(entry.done);
        sent_++;
        return true;
    }
    if (submitted.code() == Code::kNotReady && sent_ > 0) return false;
    entry.done({.status = kPathError});
    return true;
}

void Core::finish(uint32_t place, const nvme::Cqe& cqe) {
    const Transport::Done done = std::exchange(callbacks_[place], nullptr);
    free_places_.push_back(place);
    sent_--;
    if (!closing_) done(cqe);
}

Result<std::shared_ptr<Buffer>> Core::take_copy_buffer(size_t bytes) {
    if (bytes <= piece_bytes_ && !copies_.empty()) {
        auto copy = std::move(copies_.back());
        copies_.pop_back();
        return copy;
    }
    auto made = buffer(std::max<size_t>(bytes, piece_bytes_));
    if (!made.ok()) return made.status();
    return std::make_shared<Buffer>(std::move(made).value());
}

void Core::send_copy(const nvme::Sqe& sqe, MutableBytes data, Transport::Done done) {
    auto taken = take_copy_buffer(data.size());
    if (!taken.ok()) return done({.status = kPathError});
    const std::shared_ptr<Buffer> copy = taken.value();
    const bool to_drive = nvme::direction_of(sqe.opcode()) == nvme::Direction::kHostToDrive;
    if (to_drive) std::memcpy(copy->bytes().data(), data.data(), data.size());
    auto finished = [this, to_drive, data, copy, done = std::move(done)](const nvme::Cqe& cqe) {
        if (!to_drive) std::memcpy(data.data(), copy->bytes().data(), data.size());
        if (copy->size() == piece_bytes_) copies_.push_back(copy);
        done(cqe);
    };
    send_entry({sqe, copy->first(data.size()), std::move(finished)});
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
    return to_status(cqe.status);
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
    return poll();
}

void Core::notice_cancel() {
    if (cancel_sent_ || !cancelled()) return;
    cancel_sent_ = true;
    transport_->cancel_all();
}

Status Core::pause(uint32_t time_ms) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::milliseconds(time_ms);
    while (Clock::now() < end) {
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
