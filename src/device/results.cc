// SPDX-License-Identifier: BSD-3-Clause
// Tested by results_test.cc.
#include "device/results.hpp"

#include <random>
#include <utility>

#include "device/limits.hpp"

namespace csd::device {

using nvme::ResultState;

ResultTable::ResultTable(const Limits& limits)
    : limits_(limits), next_id_(std::random_device()()) {}

Result<uint32_t> ResultTable::reserve(uint32_t owner, uint64_t value_bytes) {
    std::lock_guard lock(mutex_);
    if (results_ >= limits_.held) {
        return Status(Code::kQueryBusy,
                      "the table of results is full: fetch or free a result and try again");
    }
    while (next_id_ == 0 || places_.contains(next_id_)) next_id_++;
    const uint32_t id = next_id_++;
    Place place;
    place.owner = owner;
    place.value_bytes = value_bytes;
    place.used = Clock::now();
    places_.emplace(id, std::move(place));
    results_++;
    return id;
}

bool ResultTable::set_ticket(uint32_t id, uint64_t ticket) {
    std::lock_guard lock(mutex_);
    const auto found = places_.find(id);
    if (found == places_.end()) return false;
    // The query may have ended before its ticket was known; then there is nothing left to stop.
    if (found->second.state == ResultState::kRunning) found->second.ticket = ticket;
    return true;
}

Status ResultTable::finish(uint32_t id, UniqueFd file, uint64_t bytes) {
    std::lock_guard lock(mutex_);
    const auto found = places_.find(id);
    if (found == places_.end()) return {Code::kAborted, "the result was freed before it was there"};
    if (bytes > limits_.bytes - bytes_) {
        return {Code::kQueryBusy, "the held results leave no room for this one: fetch or free one"};
    }
    bytes_ += bytes;
    auto held = std::make_shared<Held>();
    held->file = std::move(file);
    held->size = bytes;
    Place& place = found->second;
    place.held = std::move(held);
    place.state = ResultState::kDone;
    place.ticket = 0;
    place.used = Clock::now();
    return {};
}

void ResultTable::fail(uint32_t id, const Status& why, bool reported) {
    std::lock_guard lock(mutex_);
    const auto found = places_.find(id);
    if (found == places_.end()) return;
    auto held = std::make_shared<Held>();
    if (why.reason() != nullptr)
        held->reason = *why.reason();
    else
        held->reason.code = nvme::general_reason(why.code());
    held->reason.sentence = why.message().substr(0, kMostReasonBytes);
    held->reason.clamp();
    held->size = held->reason.sentence.size();
    Place& place = found->second;
    last_reasons_[place.owner] = held;
    place.held = std::move(held);
    place.state = ResultState::kFailed;
    place.failure = why.code();
    place.ticket = 0;
    place.used = Clock::now();
    if (!reported) return;
    place.reported = true;
    results_--;
    reasons_.push_back(id);
    bound_reasons();
}

void ResultTable::bound_reasons() {
    while (reasons_.size() > kMostReasons) erase(places_.find(reasons_.front()));
}

void ResultTable::release(uint32_t id) {
    std::lock_guard lock(mutex_);
    const auto found = places_.find(id);
    if (found != places_.end()) erase(found);
}

std::optional<ResultTable::View> ResultTable::look(uint32_t owner, uint32_t id) {
    std::lock_guard lock(mutex_);
    const auto found = places_.find(id);
    if (found == places_.end() || found->second.owner != owner) return std::nullopt;
    Place& place = found->second;
    place.used = Clock::now();
    return View{place.state, place.failure, place.reported,
                place.held,  place.ticket,  place.value_bytes};
}

bool ResultTable::mark_reported(uint32_t id) {
    std::lock_guard lock(mutex_);
    const auto found = places_.find(id);
    if (found == places_.end() || found->second.reported) return false;
    found->second.reported = true;
    results_--;
    reasons_.push_back(id);
    bound_reasons();
    return true;
}

std::optional<uint64_t> ResultTable::drop(uint32_t owner, uint32_t id) {
    std::lock_guard lock(mutex_);
    const auto found = places_.find(id);
    if (found == places_.end() || found->second.owner != owner) return std::nullopt;
    return erase(found);
}

std::optional<uint64_t> ResultTable::drop_running(uint32_t owner, uint32_t id) {
    std::lock_guard lock(mutex_);
    const auto found = places_.find(id);
    if (found == places_.end() || found->second.owner != owner) return std::nullopt;
    if (found->second.state != ResultState::kRunning) return std::nullopt;
    return erase(found);
}

uint64_t ResultTable::erase(Places::iterator found) {
    const Place& place = found->second;
    if (place.reported) {
        reasons_.remove(found->first);
    } else {
        results_--;
    }
    if (place.state == ResultState::kDone) bytes_ -= place.held->size;
    const uint64_t ticket = place.ticket;
    places_.erase(found);
    return ticket;
}

std::shared_ptr<const ResultTable::Held> ResultTable::last_reason(uint32_t owner) {
    std::lock_guard lock(mutex_);
    const auto found = last_reasons_.find(owner);
    return found == last_reasons_.end() ? nullptr : found->second;
}

std::vector<uint64_t> ResultTable::drop_owner(uint32_t owner) {
    std::lock_guard lock(mutex_);
    std::vector<uint64_t> tickets;
    for (auto place = places_.begin(); place != places_.end();) {
        const auto here = place++;
        if (here->second.owner != owner) continue;
        if (const uint64_t ticket = erase(here); ticket != 0) tickets.push_back(ticket);
    }
    last_reasons_.erase(owner);
    return tickets;
}

void ResultTable::expire(Clock::time_point now) {
    std::lock_guard lock(mutex_);
    for (auto place = places_.begin(); place != places_.end();) {
        const auto here = place++;
        if (here->second.state == ResultState::kRunning) continue;
        if (now - here->second.used >= limits_.idle) erase(here);
    }
}

ResultTable::Counts ResultTable::counts() {
    std::lock_guard lock(mutex_);
    return {results_, bytes_};
}

}  // namespace csd::device
