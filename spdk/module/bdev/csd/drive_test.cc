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
#include "nvme/identify.hpp"
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
    nvme::Sqe sqe;

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
    void open(std::chrono::milliseconds patience = DriveOptions{}.patience) {
        auto made = Drive::open({.root = directory_ + "/root", .patience = patience});
        ASSERT_TRUE(made.ok()) << made.status().message();
        drive_ = std::move(made).value();
    }
    void prepare(TestJob& job, const nvme::Command& command) {
        job.data = {job.text.data(), job.text.size()};
        job.job.iov = &job.data;
        job.job.iovcnt = 1;
        job.sqe = nvme::encode(command, nvme::Dialect::kKeyValue, 1);
        job.job.sqe = &job.sqe;
        ASSERT_EQ(csd_decode(drive_->device(), job.sqe.bytes.data(), Drive::kController,
                             &job.job.command),
                  0);
    }
    void store(TestJob& job, const std::string& key, std::string value) {
        job.text = std::move(value);
        prepare(job, nvme::Store{.key = *Key::from_bytes(as_bytes(key)),
                                 .bytes = static_cast<uint32_t>(job.text.size())});
    }
    // Sends a select over the value `numbers`; its status, and its id in job.done.dw0.
    uint16_t send(TestJob& job, const std::string& sql) {
        job.text = sql;
        prepare(job, nvme::SelectSend{.key = *Key::from_bytes(as_bytes("numbers")),
                                      .bytes = static_cast<uint32_t>(job.text.size()),
                                      .asynchronous = true});
        drive_->submit(job.job);
        return job.wait();
    }
    // Asks for a result, keeping it.
    uint16_t fetch(uint32_t id) {
        TestJob job;
        job.text.assign(100, ' ');
        prepare(job, nvme::SelectRetrieve{.id = id, .bytes = 100, .keep = true});
        drive_->submit(job.job);
        return job.wait();
    }
    bool is_running(uint32_t id) {
        TestJob job;
        job.text.assign(nvme::kDescribeBytes, ' ');
        prepare(job,
                nvme::SelectRetrieve{.id = id, .bytes = nvme::kDescribeBytes, .describe = true});
        drive_->submit(job.job);
        EXPECT_EQ(job.wait(), nvme::kSuccess);
        const auto told = nvme::read_result_description(as_bytes(job.text));
        return told.state == nvme::ResultState::kRunning;
    }
    // As many selects as run at once, each for as long as it may.
    std::vector<uint32_t> send_slow() {
        TestJob value;
        store(value, "numbers", "1\n2\n3\n");
        drive_->submit(value.job);
        EXPECT_EQ(value.wait(), nvme::kSuccess);
        std::vector<uint32_t> ids;
        while (ids.size() < Drive::kQueries) {
            TestJob slow;
            EXPECT_EQ(send(slow, "SELECT count(*) FROM s3object, range(300000000000)"),
                      nvme::kSuccess);
            ids.push_back(slow.job.done.dw0);
        }
        return ids;
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

TEST_F(DriveTest, ASelectThatNoHostAsksForGivesItsPlaceToAnother) {
    drive_.reset();
    open(0ms);
    const auto ids = send_slow();
    EXPECT_EQ(fetch(ids[0]), nvme::kQueryRunning);  // now the second is the one that waits longest
    TestJob more;
    EXPECT_EQ(send(more, "SELECT count(*) FROM s3object"), nvme::kSuccess);
    EXPECT_EQ(fetch(ids[1]), nvme::kKeyDoesNotExist);
    for (const uint32_t id : {ids[0], ids[2], ids[7]}) EXPECT_EQ(fetch(id), nvme::kQueryRunning);
}

TEST_F(DriveTest, AResultThatIsThereStaysAlthoughNoHostAsksForIt) {
    drive_.reset();
    open(0ms);
    TestJob value;
    store(value, "numbers", "1\n2\n3\n");
    drive_->submit(value.job);
    ASSERT_EQ(value.wait(), nvme::kSuccess);
    TestJob quick;
    ASSERT_EQ(send(quick, "SELECT count(*) FROM s3object"), nvme::kSuccess);
    const uint32_t id = quick.job.done.dw0;
    while (is_running(id)) std::this_thread::sleep_for(10ms);
    send_slow();
    TestJob more;
    EXPECT_EQ(send(more, "SELECT count(*) FROM s3object"), nvme::kSuccess);
    EXPECT_EQ(fetch(id), nvme::kSuccess);
}

// Looking for room must not count as telling the host: the first fetch still gets the status, not the reason as data.
TEST_F(DriveTest, AFailureThatNoHostHasAskedForIsStillToldAsOne) {
    drive_.reset();
    open(0ms);
    TestJob value;
    store(value, "numbers", "1\n2\n3\n");
    drive_->submit(value.job);
    ASSERT_EQ(value.wait(), nvme::kSuccess);
    TestJob failing;
    ASSERT_EQ(send(failing, "SELECT nothing FROM s3object"), nvme::kSuccess);
    const uint32_t id = failing.job.done.dw0;
    csd_statistics figures{};
    figures.struct_size = sizeof figures;
    while (figures.selects_failed == 0) {
        csd_get_statistics(drive_->device(), &figures);
        std::this_thread::sleep_for(1ms);
    }
    send_slow();
    TestJob more;
    EXPECT_EQ(send(more, "SELECT count(*) FROM s3object"), nvme::kSuccess);
    EXPECT_EQ(nvme::status_code_type(fetch(id)), nvme::kSctVendor);
}

// A reset: the work that the gate holds is over before it, whatever was cancelled.
TEST_F(DriveTest, AJobThatWaitsForOthersRunsWhenTheyHaveFinished) {
    static std::atomic<int> finished;
    finished = 0;
    Gate::open = false;
    Gate::waiting = 0;
    TestJob busy;
    busy.job.work = Gate::wait;
    busy.job.command.pace = CSD_PACE_QUERY;
    drive_->submit(busy.job);
    while (Gate::waiting < 1) std::this_thread::sleep_for(1ms);
    TestJob last;
    last.job.work = [](csd_device*, Job& job) { job.done.dw0 = static_cast<uint32_t>(finished); };
    last.job.command.pace = CSD_PACE_BULK;
    last.job.waits_for_others = true;
    drive_->cancel_all();
    drive_->submit(last.job);
    // Time enough for a job that does not wait.
    std::this_thread::sleep_for(200ms);
    finished = 1;
    Gate::open = true;
    EXPECT_EQ(busy.wait(), nvme::kSuccess);
    EXPECT_EQ(last.wait(), nvme::kSuccess);
    EXPECT_EQ(last.job.done.dw0, 1u) << "it ran before the other had finished";
}

TEST_F(DriveTest, ASelectThatSomebodyMayStillAskForKeepsItsPlace) {
    drive_.reset();
    open(10min);
    const auto ids = send_slow();
    TestJob more;
    EXPECT_EQ(send(more, "SELECT count(*) FROM s3object"), nvme::kQueryBusy);
    for (const uint32_t id : ids) EXPECT_EQ(fetch(id), nvme::kQueryRunning);
}

TEST_F(DriveTest, WhatCannotBeADriveIsToldWhy) {
    auto none = Drive::open({.root = "/sys"});
    ASSERT_FALSE(none.ok());
    EXPECT_EQ(none.status().code(), Code::kIo);
    EXPECT_TRUE(none.status().message().starts_with("the drive in '/sys': "))
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
