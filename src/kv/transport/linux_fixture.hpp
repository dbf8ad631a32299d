// SPDX-License-Identifier: BSD-3-Clause
//
// FakeKernel: a kernel with one NVMe drive, made of a test's own answers.
//
//     kernel_.drive = [](const nvme_uring_cmd& command) { return Answer{.status = 0, .result = 7}; };
//     auto transport = attach("/dev/ng0n1");
//
// A command moves its data in `drive`, which may run on any thread. Its ring is one in name only: it answers when the
// test lets it, with `hold(false)`.
#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <vector>

#include "kv/transport/linux.hpp"

namespace csd::kv {

class FakeKernel : public LinuxKernel {
  public:
    struct Answer {
        int outcome = 0;
        uint64_t result = 0;
    };
    using Drive = std::function<Answer(const nvme_uring_cmd&)>;

    FakeKernel() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "csd-sysfs-XXXXXX").string();
        if (mkdtemp(pattern.data()) != nullptr) sysfs_ = pattern;
    }
    ~FakeKernel() override { std::filesystem::remove_all(sysfs_); }

    // The machine. Errors are positive.
    int open_error = 0;
    int write_error = 0;  // of opening for writing
    int nsid = 1;         // as NVME_IOCTL_ID has it; negative: an errno
    bool has_ring = false;
    bool has_huge_pages = true;
    Drive drive = [](const nvme_uring_cmd&) { return Answer{}; };
    Drive admin = [](const nvme_uring_cmd&) { return Answer{}; };

    void set_queue_limits(const std::string& block, int segments, int kilobytes) {
        const auto queue = sysfs_ / block / "queue";
        std::filesystem::create_directories(queue);
        std::ofstream(queue / "max_segments") << segments << "\n";
        std::ofstream(queue / "max_hw_sectors_kb") << kilobytes << "\n";
    }

    // Commands wait, or go on. Any thread.
    void hold(bool held) {
        const std::lock_guard lock(mutex_);
        held_ = held;
        released_.notify_all();
    }
    std::vector<nvme_uring_cmd> seen() {
        const std::lock_guard lock(mutex_);
        return seen_;
    }
    std::vector<unsigned long> requests() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

    int open(const std::string&, int flags) override {
        if (open_error != 0) return -open_error;
        if (write_error != 0 && (flags & O_ACCMODE) != O_RDONLY) return -write_error;
        return ::open("/dev/null", O_RDWR | O_CLOEXEC);  // something to close
    }

    int ioctl(int, unsigned long request, void* argument) override {
        if (request == NVME_IOCTL_ID) return nsid;
        if (request == NVME_IOCTL_IO_CMD) {
            auto& command = *static_cast<nvme_passthru_cmd*>(argument);
            return answer(request, command, command.result, drive);
        }
        auto& command = *static_cast<nvme_passthru_cmd64*>(argument);
        return answer(request, command, command.result,
                      request == NVME_IOCTL_ADMIN64_CMD ? admin : drive);
    }

    std::unique_ptr<PassthroughQueue> open_ring(int, uint32_t depth) override;
    bool make_huge(MutableBytes) override { return has_huge_pages; }
    std::string sysfs() const override { return sysfs_.string(); }

  private:
    class Ring;

    template <typename Command, typename Field>
    int answer(unsigned long request, Command& command, Field& result, const Drive& by) {
        nvme_uring_cmd entry{};
        std::memcpy(&entry, &command, offsetof(nvme_uring_cmd, rsvd2));
        {
            std::unique_lock lock(mutex_);
            requests_.push_back(request);
            if (request != NVME_IOCTL_ADMIN64_CMD) {
                seen_.push_back(entry);
                released_.wait(lock, [this] { return !held_; });
            }
        }
        const Answer given = by(entry);
        result = static_cast<Field>(given.result);
        return given.outcome;
    }

    std::filesystem::path sysfs_;
    std::mutex mutex_;
    std::condition_variable released_;
    // Guarded by mutex_.
    bool held_ = false;
    std::vector<nvme_uring_cmd> seen_;
    std::vector<unsigned long> requests_;
};

class FakeKernel::Ring : public PassthroughQueue {
  public:
    Ring(FakeKernel& kernel, uint32_t depth) : kernel_(kernel), depth_(depth) {}

    std::string name() const override { return "fake ring"; }
    uint32_t depth() const override { return depth_; }
    bool result_64() const override { return true; }
    void start(uint32_t slot, const nvme_uring_cmd& command) override {
        const std::lock_guard lock(kernel_.mutex_);
        kernel_.seen_.push_back(command);
        started_.emplace_back(slot, command);
    }
    size_t reap(std::span<Finished> finished) override {
        {
            const std::lock_guard lock(kernel_.mutex_);
            if (kernel_.held_) return 0;
        }
        size_t count = 0;
        for (; count < finished.size() && !started_.empty(); count++) {
            const auto [slot, command] = started_.front();
            started_.pop_front();
            const Answer given = kernel_.drive(command);
            finished[count] = {slot, given.outcome, given.result};
        }
        return count;
    }
    void wait(uint32_t timeout_ms) override {
        std::unique_lock lock(kernel_.mutex_);
        kernel_.released_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                                   [this] { return !kernel_.held_ && !started_.empty(); });
    }

  private:
    FakeKernel& kernel_;
    const uint32_t depth_;
    std::deque<std::pair<uint32_t, nvme_uring_cmd>> started_;
};

inline std::unique_ptr<PassthroughQueue> FakeKernel::open_ring(int, uint32_t depth) {
    errno = ENOSYS;
    return has_ring ? std::make_unique<Ring>(*this, depth) : nullptr;
}

inline MutableBytes memory_of(const nvme_uring_cmd& command) {
    return {reinterpret_cast<uint8_t*>(command.addr), command.data_len};
}

}  // namespace csd::kv
