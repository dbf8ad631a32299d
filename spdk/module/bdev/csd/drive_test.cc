// SPDX-License-Identifier: BSD-3-Clause
// Tests drive.cc: jobs finish once, on other threads; slow ones delay no quick ones; what is cancelled ends soon.
#include "drive.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <future>

#include "nvme/command.hpp"
#include "nvme/status.hpp"

namespace csd::spdk {
namespace {

using namespace std::chrono_literals;

// A job that tells when it finished. `job` is its first member, as `finish` finds it by.
struct TestJob {
    Job job;
    std::promise<uint16_t> finished;
    std::atomic<int> times{0};
    std::string text;
    iovec data{};

    TestJob() {
        job.finish = [](Job& ended) {
            auto& self = reinterpret_cast<TestJob&>(ended);
            self.times++;
            self.finished.set_value(ended.done.status);
        };
    }
    uint16_t wait() {
        auto status = finished.get_future();
        EXPECT_EQ(status.wait_for(60s), std::future_status::ready);
        return status.get();
    }
};

class DriveTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "csd-drive-XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
        open();
    }
    void TearDown() override {
        drive_.reset();
        std::filesystem::remove_all(directory_);
    }
    void open() {
        auto made = Drive::open({.root = directory_ + "/root"});
        ASSERT_TRUE(made.ok()) << made.status().message();
        drive_ = std::move(made).value();
    }
    void store(TestJob& job, const std::string& key, std::string value) {
        job.text = std::move(value);
        job.data = {job.text.data(), job.text.size()};
        job.job.iov = &job.data;
        job.job.iovcnt = 1;
        const nvme::Store command{.key = *Key::from_bytes(as_bytes(key)),
                                  .bytes = static_cast<uint32_t>(job.text.size())};
        const auto sqe = nvme::encode(command, nvme::Dialect::kKeyValue, 1);
        ASSERT_EQ(
            csd_decode(drive_->device(), sqe.bytes.data(), Drive::kController, &job.job.command),
            0);
    }

    std::string directory_;
    std::unique_ptr<Drive> drive_;
};

// Fills every thread of a pool until it is told to go on.
struct Gate {
    static inline std::atomic<bool> open{false};
    static inline std::atomic<int> waiting{0};
    static void wait(csd_device*, Job&) {
        waiting++;
        while (!open) std::this_thread::sleep_for(1ms);
    }
};

TEST_F(DriveTest, CommandsRunAndFinishOnce) {
    std::vector<std::unique_ptr<TestJob>> jobs;
    for (int i = 0; i < 200; i++) {
        jobs.push_back(std::make_unique<TestJob>());
        store(*jobs.back(), "k" + std::to_string(i), std::string(1000, 'v'));
        drive_->submit(jobs.back()->job);
    }
    for (auto& job : jobs) EXPECT_EQ(job->wait(), nvme::kSuccess);
    for (auto& job : jobs) EXPECT_EQ(job->times, 1);
    csd_statistics figures{};
    figures.struct_size = sizeof figures;
    csd_get_statistics(drive_->device(), &figures);
    EXPECT_EQ(figures.keys, 200u);
}

TEST_F(DriveTest, BusyQueriesDelayNoQuickCommand) {
    Gate::open = false;
    std::vector<std::unique_ptr<TestJob>> slow;
    for (int i = 0; i < 20; i++) {
        slow.push_back(std::make_unique<TestJob>());
        slow.back()->job.work = Gate::wait;
        slow.back()->job.command.pace = CSD_PACE_QUERY;
        drive_->submit(slow.back()->job);
    }
    TestJob quick;
    store(quick, "quick", "value");
    drive_->submit(quick.job);
    EXPECT_EQ(quick.wait(), nvme::kSuccess);
    for (auto& job : slow) EXPECT_EQ(job->times, 0);
    Gate::open = true;
    for (auto& job : slow) job->wait();
}

TEST_F(DriveTest, WhatIsCancelledBeforeItRanDidNotHappen) {
    Gate::open = false;
    Gate::waiting = 0;
    std::vector<std::unique_ptr<TestJob>> busy;
    for (int i = 0; i < 4; i++) {
        busy.push_back(std::make_unique<TestJob>());
        busy.back()->job.work = Gate::wait;
        busy.back()->job.command.pace = CSD_PACE_QUICK;
        drive_->submit(busy.back()->job);
    }
    while (Gate::waiting < 4) std::this_thread::sleep_for(1ms);
    TestJob one;
    TestJob two;
    store(one, "one", "value");
    store(two, "two", "value");
    drive_->submit(one.job);
    drive_->submit(two.job);
    drive_->cancel(one.job);
    EXPECT_EQ(one.wait(), nvme::kAbortRequested);
    drive_->cancel_all();
    EXPECT_EQ(two.wait(), nvme::kAbortRequested);
    Gate::open = true;
    for (auto& job : busy)
        EXPECT_EQ(job->wait(), nvme::kSuccess);  // work that is not a command goes on
    EXPECT_FALSE(std::filesystem::exists(directory_ + "/root/0/1/6F6E65"));
}

TEST_F(DriveTest, WhatCannotBeADriveIsToldWhy) {
    auto none = Drive::open({.root = "/proc/self/no/such"});
    ASSERT_FALSE(none.ok());
    EXPECT_NE(none.status().message().find("/proc/self/no"), std::string::npos)
        << none.status().message();
}

TEST_F(DriveTest, AHostSeesAtLeastOneBlock) {
    EXPECT_GE(Drive::blocks(drive_->device()), 1u);
}

TEST_F(DriveTest, ClosingWaitsForWhatWasSubmitted) {
    std::vector<std::unique_ptr<TestJob>> jobs;
    for (int i = 0; i < 50; i++) {
        jobs.push_back(std::make_unique<TestJob>());
        store(*jobs.back(), "k" + std::to_string(i), "value");
        drive_->submit(jobs.back()->job);
    }
    drive_.reset();
    for (auto& job : jobs) EXPECT_EQ(job->times, 1);
}

}  // namespace
}  // namespace csd::spdk
