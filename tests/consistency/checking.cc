// SPDX-License-Identifier: BSD-3-Clause
#include "consistency/checking.hpp"

namespace csd::consistency {

static constexpr size_t kMaxWaiting = 8;

Checking::Checking(size_t keys, bool opened_again, bool keep_going)
    : keys_(keys),
      opened_again_(opened_again),
      keep_going_(keep_going),
      thread_([this] { run(); }) {}

Checking::~Checking() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Checking::submit(uint64_t round, std::vector<DriveEntry> history) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.size() < kMaxWaiting; });
    waiting_.emplace_back(round, std::move(history));
    changed_.notify_all();
}

bool Checking::found() const {
    const std::lock_guard lock(mutex_);
    return !keep_going_ && !wrong_.empty();
}

std::string Checking::finish() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.empty() && !busy_; });
    return wrong_;
}

void Checking::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        const auto [round, history] = std::move(waiting_.front());
        waiting_.pop_front();
        busy_ = true;
        lock.unlock();
        changed_.notify_all();
        const std::string wrong = check_drive_history(history, keys_, opened_again_);
        lock.lock();
        count(history);
        broken_rounds_ += wrong.empty() ? 0 : 1;
        if (!wrong.empty() && wrong_.empty()) {
            wrong_ = "in round " + std::to_string(round) + ", after " + std::to_string(checked_) +
                     " operations: " + wrong;
        }
        busy_ = false;
        changed_.notify_all();
    }
}

void Checking::count(const std::vector<DriveEntry>& history) {
    for (const DriveEntry& entry : history) {
        const Operation& operation = entry.operation;
        checked_++;
        if (!entry.completed) {
            unanswered_++;
        } else if (operation.code == Code::kOk) {
            succeeded_[static_cast<size_t>(operation.kind)]++;
        } else if (operation.code == Code::kIo || operation.code == Code::kFormatInProgress ||
                   operation.code == Code::kReset) {
            interfered_++;
        } else {
            refused_++;
        }
    }
}

std::string Checking::summary() const {
    const std::lock_guard lock(mutex_);
    std::string text = std::to_string(checked_) + " operations checked:";
    for (size_t i = 0; i < kKinds; i++) {
        text += std::string(" ") + name_of(static_cast<Kind>(i)) + " " +
                std::to_string(succeeded_[i]) + ",";
    }
    return text + " refused " + std::to_string(refused_) + ", given up " +
           std::to_string(interfered_) + ", without completion " + std::to_string(unanswered_) +
           (keep_going_ ? ", broken rounds " + std::to_string(broken_rounds_) : "");
}

}  // namespace csd::consistency
