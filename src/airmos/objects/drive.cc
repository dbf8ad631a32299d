// SPDX-License-Identifier: BSD-3-Clause
// Tested by drive_test.cc, store_test.cc, set_test.cc.
#include "airmos/objects/drive.hpp"

namespace csd::airmos::objects {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kMaxUploads = 224;  // of the 256 staged values of a drive of ours
// What takes longer did not come from memory; then callers visit again after so long.
constexpr auto kFromMemory = std::chrono::milliseconds(1);
constexpr auto kVisitsLater = std::chrono::milliseconds(100);

}  // namespace

Drive::Drive(DriveSettings settings)
    : settings_(std::move(settings)),
      health_(settings_.device, settings_.index, [this] { lanes_.wake(); }),
      visitor_(settings_, meter_, health_),
      lanes_(settings_, meter_, health_) {}

// One caller at a time: a file that is not in memory keeps it waiting.
Drive::Visit::Visit(Drive& drive)
    : drive_(drive), lock_(drive.visit_mutex_, std::defer_lock), began_(Clock::now()) {
    if (!drive.settings_.device.starts_with("emulator:") || !lock_.try_lock()) return;
    if (began_ < drive.visits_from_) return;
    if (const auto client = drive.visitor_.get(); client.ok()) client_ = client.value();
}

Drive::Visit::~Visit() {
    if (client_ == nullptr) return;
    const auto now = Clock::now();
    if (now - began_ > kFromMemory) drive_.visits_from_ = now + kVisitsLater;
}

bool Drive::begin_upload() {
    if (uploads_.fetch_add(1) < kMaxUploads) return true;
    uploads_--;
    return false;
}

Outcome<> Drive::refresh() {
    return run_now(Lane::kQuick, [this](kv::Client& client) { return health_.check(client); });
}

DriveState Drive::state() const {
    DriveState state;
    health_.describe(state);
    state.commands = meter_.commands;
    state.errors = meter_.errors;
    state.bytes_in = meter_.bytes_in;
    state.bytes_out = meter_.bytes_out;
    state.select_bytes_scanned = meter_.select_bytes_scanned;
    state.select_bytes_returned = meter_.select_bytes_returned;
    state.in_flight = meter_.in_flight;
    state.selects = meter_.selects;
    state.waiting = static_cast<uint32_t>(lanes_.waiting());
    state.latency_seconds = static_cast<double>(meter_.latency_ns) / 1e9;
    for (const auto& count : meter_.latencies) state.latency_buckets.push_back(count);
    return state;
}

}  // namespace csd::airmos::objects
