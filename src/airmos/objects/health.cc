// SPDX-License-Identifier: BSD-3-Clause
// Tested by health_test.cc, set_test.cc.
#include "airmos/objects/health.hpp"

#include <algorithm>

#include "base/bytes.hpp"

namespace csd::airmos::objects {
namespace {

constexpr uint32_t kUploadPieceBytes = kMiB;

}  // namespace

void Health::note(const Status& connected) {
    bool returned = false;
    {
        const std::lock_guard lock(mutex_);
        returned = !reachable_.exchange(connected.ok()) && connected.ok();
        why_not_ = connected.message();
    }
    if (returned) on_return_();
}

std::string Health::why_not() const {
    const std::lock_guard lock(mutex_);
    return why_not_;
}

Outcome<> Health::check(kv::Client& client) {
    auto info = client.info();
    if (!info.ok()) return error_of(info.status());
    note({});  // whatever another thread's client met
    const std::lock_guard lock(mutex_);
    info_ = std::move(info).value();
    return Nothing{};
}

Abilities Health::abilities() const {
    const std::lock_guard lock(mutex_);
    const bool ours = info_.extensions && info_.dialect == nvme::Dialect::kKeyValue;
    Abilities can;
    can.pieces = ours && info_.extensions->more;
    can.compose = ours && info_.extensions->compose;
    can.select = ours && info_.extensions->select && info_.extensions->asynchronous;
    const uint64_t one_value =
        ours ? info_.max_transfer_bytes
             : std::min<uint64_t>(info_.max_transfer_bytes, info_.max_value_bytes);
    can.piece_bytes = static_cast<uint32_t>(
        can.pieces ? std::min<uint64_t>(one_value, kUploadPieceBytes) : one_value);
    can.most_value_bytes = can.pieces ? info_.max_value_bytes : one_value;
    return can;
}

uint64_t Health::free_bytes() const {
    const std::lock_guard lock(mutex_);
    if (info_.capacity_bytes == 0) return UINT64_MAX;
    return info_.capacity_bytes - std::min(info_.capacity_bytes, info_.used_bytes);
}

void Health::set_unreadable(const std::string& why) {
    const std::lock_guard lock(mutex_);
    why_unreadable_ = why;
}

Outcome<> Health::available() const {
    if (ready()) return Nothing{};
    const std::lock_guard lock(mutex_);
    return unavailable(!reachable_               ? why_not_
                       : why_unreadable_.empty() ? "what it holds is being read"
                                                 : why_unreadable_);
}

Error Health::unavailable(const std::string& why) const {
    return Error("ServiceUnavailable", "Drive " + std::to_string(index_ + 1) + " of this node (" +
                                           device_ + ") is not available: " + why);
}

void Health::describe(DriveState& state) const {
    state.device = device_;
    state.read = ready();
    const std::lock_guard lock(mutex_);
    state.reachable = reachable_;
    state.reading = reachable_ && !state.read && why_unreadable_.empty();
    if (!state.read) state.why_not = reachable_ ? why_unreadable_ : why_not_;
    state.capacity_bytes = info_.capacity_bytes;
    state.used_bytes = info_.used_bytes;
}

}  // namespace csd::airmos::objects
