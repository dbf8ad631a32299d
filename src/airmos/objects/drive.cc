// SPDX-License-Identifier: BSD-3-Clause
// Tested by drive_test.cc, store_test.cc, set_test.cc.
#include "airmos/objects/drive.hpp"

#include <algorithm>
#include <exception>

#include "base/signals.hpp"

namespace csd::airmos::objects {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kBulkThreads = 2;
constexpr size_t kMostWaiting = 4096;
constexpr uint32_t kMostUploads = 224;  // of the 256 hidden values of a drive of ours
// So much garbage may lie before it takes turns with other work.
constexpr size_t kMuchGarbage = 1024;
constexpr auto kRetryAfter = std::chrono::seconds(1);
constexpr auto kLastTidying = std::chrono::seconds(2);  // at the end
constexpr size_t kMostDuties = 1024;
constexpr auto kDutyPause = std::chrono::milliseconds(100);
constexpr uint32_t kUploadPieceBytes = kMiB;
// What takes longer did not come from memory; then callers visit again after so long.
constexpr auto kFromMemory = std::chrono::milliseconds(1);
constexpr auto kVisitsLater = std::chrono::milliseconds(100);

Error unavailable(const DriveSettings& settings, const std::string& why) {
    return Error("ServiceUnavailable", "Drive " + std::to_string(settings.index + 1) +
                                           " of this node (" + settings.device +
                                           ") is not available: " + why);
}

}  // namespace

Drive::Drive(DriveSettings settings) : settings_(std::move(settings)) {
    const AllSignalsBlocked blocked;
    for (size_t i = 0; i < settings_.quick_threads + kBulkThreads + 1; i++) {
        auto worker = std::make_unique<Worker>();
        worker->lane = i < settings_.quick_threads                  ? Lane::kQuick
                       : i < settings_.quick_threads + kBulkThreads ? Lane::kBulk
                                                                    : Lane::kSelect;
        workers_.push_back(std::move(worker));
    }
    for (const auto& worker : workers_) {
        worker->thread = std::thread([this, &worker = *worker] { work(worker); });
    }
}

Drive::~Drive() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        for (const auto& worker : workers_) worker->wake.notify_all();
    }
    for (const auto& worker : workers_) worker->thread.join();
}

void Drive::post(Lane lane, std::optional<size_t> thread, std::unique_ptr<Job> job) {
    {
        const std::lock_guard lock(mutex_);
        if (waiting_ < kMostWaiting) {
            waiting_++;
            if (thread) {
                Worker& worker = *workers_[*thread];
                worker.own.push_back(std::move(job));
                worker.wake.notify_one();
                return;
            }
            jobs_[static_cast<size_t>(lane)].push_back(std::move(job));
            for (const auto& worker : workers_) {
                if (worker->lane != lane || !worker->idle) continue;
                worker->idle = false;
                worker->wake.notify_one();
                return;
            }
            return;
        }
    }
    job->refuse(Error("SlowDown"));
}

void Drive::insist(Lane lane, size_t thread, std::unique_ptr<Job> job) {
    const size_t first = lane == Lane::kQuick  ? 0
                         : lane == Lane::kBulk ? settings_.quick_threads
                                               : settings_.quick_threads + kBulkThreads;
    Worker& worker = *workers_[first + thread];
    const std::lock_guard lock(mutex_);
    // After a long loss the drive has forgotten the oldest by itself.
    if (worker.duties.size() == kMostDuties) worker.duties.pop_front();
    worker.duties.push_back(std::move(job));
    worker.wake.notify_one();
}

// One caller at a time: a file that is not in memory keeps it waiting.
Drive::Visit::Visit(Drive& drive)
    : drive_(drive), lock_(drive.visit_mutex_, std::defer_lock), began_(Clock::now()) {
    if (!drive.settings_.device.starts_with("emulator:") || !lock_.try_lock()) return;
    if (began_ < drive.visits_from_) return;
    if (drive.connect(drive.visitor_).ok()) client_ = drive.visitor_.client.get();
}

Drive::Visit::~Visit() {
    if (client_ == nullptr) return;
    const auto now = Clock::now();
    if (now - began_ > kFromMemory) drive_.visits_from_ = now + kVisitsLater;
}

bool Drive::begin_upload() {
    if (uploads_.fetch_add(1) < kMostUploads) return true;
    uploads_--;
    return false;
}

void Drive::discard(const Key& key) {
    const std::lock_guard lock(mutex_);
    garbage_.push_back(key);
    for (const auto& worker : workers_) {
        if (worker->lane != Lane::kQuick || !worker->idle) continue;
        worker->idle = false;
        worker->wake.notify_one();
        return;
    }
}

void Drive::wait_for_work(Worker& worker, std::unique_lock<std::mutex>& lock) {
    const auto& shared = jobs_[static_cast<size_t>(worker.lane)];
    while (worker.own.empty() && shared.empty() && !has_duty(worker) && !has_garbage(worker) &&
           !ending_) {
        worker.idle = true;
        worker.wake.wait(lock);
        worker.idle = false;
    }
}

// The next job, or nullptr.
std::unique_ptr<Job> Drive::take(Worker& worker) {
    auto& shared = jobs_[static_cast<size_t>(worker.lane)];
    auto& from = worker.own.empty() ? shared : worker.own;
    if (from.empty()) return nullptr;
    auto job = std::move(from.front());
    from.pop_front();
    waiting_--;
    return job;
}

void Drive::work(Worker& worker) {
    std::unique_lock lock(mutex_);
    auto last_moment = Clock::time_point::max();
    for (;;) {
        wait_for_work(worker, lock);
        if (ending_ && last_moment == Clock::time_point::max()) {
            last_moment = Clock::now() + kLastTidying;
        }
        const bool may_tidy = Clock::now() < last_moment;
        if (worker.own.empty() && has_duty(worker) && may_tidy) {
            do_duty(worker, lock);
        } else if (auto job = take(worker)) {
            const bool much_garbage = garbage_.size() > kMuchGarbage;
            lock.unlock();
            perform(worker, *job);
            job.reset();
            lock.lock();
            if (much_garbage && has_garbage(worker)) erase_garbage(worker, lock);
        } else if (has_garbage(worker) && may_tidy) {
            erase_garbage(worker, lock);
        } else if (ending_) {
            break;
        }
    }
    lock.unlock();
    worker.client.reset();
}

void Drive::do_duty(Worker& worker, std::unique_lock<std::mutex>& lock) {
    auto duty = std::move(worker.duties.front());
    worker.duties.pop_front();
    lock.unlock();
    perform(worker, *duty);
    const bool lost = !worker.client || worker.lost;
    if (!lost) duty.reset();
    lock.lock();
    if (!lost) return;
    worker.duties.push_front(std::move(duty));
    worker.wake.wait_until(lock, std::max(worker.retry_at, Clock::now() + kDutyPause));
}

// One key. What a drive does not erase now is collected at the next start.
void Drive::erase_garbage(Worker& worker, std::unique_lock<std::mutex>& lock) {
    if (garbage_.empty()) return;
    const Key key = garbage_.front();
    garbage_.pop_front();
    lock.unlock();
    const Status connected = connect(worker);
    const Status erased = connected.ok() ? worker.client->erase(key) : connected;
    if (!erased.ok() && erased.code() != Code::kNotFound && settings_.log) {
        settings_.log(LogLevel::kWarning, settings_.device +
                                              ": data that nothing names stays until the next "
                                              "start: " +
                                              erased.message());
    }
    lock.lock();
}

void Drive::perform(Worker& worker, Job& job) {
    const Status connected = connect(worker);
    if (!connected.ok()) return job.refuse(unavailable(settings_, connected.message()));
    try {
        job.run(*worker.client);
    } catch (const std::exception& failed) {
        job.refuse(Error("InternalError").because(failed.what()));
    }
}

Status Drive::connect(Worker& worker) {
    if (worker.client && !worker.lost) return {};
    if (Clock::now() < worker.retry_at) {
        const std::lock_guard lock(mutex_);
        return {Code::kTransport, why_not_};
    }
    worker.client.reset();
    worker.lost = false;
    auto transport = settings_.open(settings_.device);
    Status connected = transport.status();
    if (connected.ok()) {
        auto opened = kv::Client::over(
            std::make_unique<MeteredTransport>(std::move(transport).value(), meter_, worker.lost));
        connected = opened.status();
        if (opened.ok()) worker.client = std::move(opened).value();
    }
    if (!connected.ok()) worker.retry_at = Clock::now() + kRetryAfter;
    note(connected);
    return connected;
}

void Drive::note(const Status& connected) {
    const std::lock_guard lock(mutex_);
    if (connected.ok() && !reachable_) {
        for (const auto& worker : workers_) worker->wake.notify_one();
    }
    reachable_ = connected.ok();
    why_not_ = connected.message();
}

Outcome<> Drive::refresh() {
    auto asked = run_now(Lane::kQuick, [](kv::Client& client) -> Outcome<kv::DriveInfo> {
        auto info = client.info();
        if (!info.ok()) return error_of(info.status());
        return std::move(info).value();
    });
    if (!asked.ok()) return asked.error();
    note({});  // whatever another thread's client met
    const std::lock_guard lock(mutex_);
    info_ = std::move(asked).value();
    return Nothing{};
}

Abilities Drive::abilities() const {
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

uint64_t Drive::free_bytes() const {
    const std::lock_guard lock(mutex_);
    if (info_.capacity_bytes == 0) return UINT64_MAX;  // it does not tell
    return info_.capacity_bytes - std::min(info_.capacity_bytes, info_.used_bytes);
}

void Drive::set_unreadable(const std::string& why) {
    const std::lock_guard lock(mutex_);
    why_unreadable_ = why;
}

Outcome<> Drive::available() const {
    if (ready()) return Nothing{};
    const std::lock_guard lock(mutex_);
    return unavailable(settings_, !reachable_               ? why_not_
                                  : why_unreadable_.empty() ? "what it holds is being read"
                                                            : why_unreadable_);
}

DriveState Drive::state() const {
    DriveState state;
    state.device = settings_.device;
    state.commands = meter_.commands;
    state.errors = meter_.errors;
    state.bytes_in = meter_.bytes_in;
    state.bytes_out = meter_.bytes_out;
    state.select_bytes_scanned = meter_.select_bytes_scanned;
    state.select_bytes_returned = meter_.select_bytes_returned;
    state.in_flight = meter_.in_flight;
    state.selects = meter_.selects;
    state.read = ready();
    state.latency_seconds = static_cast<double>(meter_.latency_ns) / 1e9;
    for (const auto& count : meter_.latencies) state.latency_buckets.push_back(count);
    const std::lock_guard lock(mutex_);
    state.reachable = reachable_;
    state.reading = reachable_ && !state.read && why_unreadable_.empty();
    if (!state.read) state.why_not = reachable_ ? why_unreadable_ : why_not_;
    state.capacity_bytes = info_.capacity_bytes;
    state.used_bytes = info_.used_bytes;
    state.waiting = static_cast<uint32_t>(waiting_);
    return state;
}

}  // namespace csd::airmos::objects
