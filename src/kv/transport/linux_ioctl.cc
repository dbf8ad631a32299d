// SPDX-License-Identifier: BSD-3-Clause
// Tested by linux_ioctl_test.cc.
#include "kv/transport/linux_ioctl.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "kv/transport/linux_command.hpp"

namespace csd::kv {

void IoctlQueue::start(uint32_t slot, const nvme_uring_cmd& command) {
    hand_over();
    commands_[slot] = command;
    held_ = slot;
    unfinished_++;
}

void IoctlQueue::hand_over() {
    if (held_ == kNone) return;
    Executors& threads = may_take_long(commands_[held_].opcode) ? long_threads_ : short_threads_;
    threads.run([this, slot = held_] {
        const Finished done = run(slot);
        const std::lock_guard lock(mutex_);
        finished_.push_back(done);
        some_finished_.notify_one();
    });
    held_ = kNone;
}

PassthroughQueue::Finished IoctlQueue::run(uint32_t slot) {
    if (node_ == Node::kController) {
        auto command = with_32_bit_result(commands_[slot]);
        const int outcome = kernel_.ioctl(fd_, NVME_IOCTL_IO_CMD, &command);
        return {slot, outcome, command.result};
    }
    auto command = with_64_bit_result(commands_[slot]);
    const int outcome = kernel_.ioctl(fd_, NVME_IOCTL_IO64_CMD, &command);
    return {slot, outcome, command.result};
}

size_t IoctlQueue::reap(std::span<Finished> finished) {
    hand_over();
    const std::lock_guard lock(mutex_);
    const size_t count = std::min(finished.size(), finished_.size());
    std::copy_n(finished_.begin(), count, finished.begin());
    finished_.erase(finished_.begin(), finished_.begin() + static_cast<ptrdiff_t>(count));
    unfinished_ -= count;
    return count;
}

void IoctlQueue::wait(uint32_t timeout_ms) {
    if (held_ != kNone && unfinished_ == 1 && !may_take_long(commands_[held_].opcode)) {
        const Finished done = run(std::exchange(held_, kNone));
        const std::lock_guard lock(mutex_);
        finished_.push_back(done);
        return;
    }
    hand_over();
    std::unique_lock lock(mutex_);
    some_finished_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                            [this] { return !finished_.empty(); });
}

}  // namespace csd::kv
