// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/objects/lanes.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>

#include "lib/fault_transport.hpp"
#include "lib/temp_dir.hpp"

namespace csd::airmos::objects {
namespace {

using std::chrono::milliseconds;

// What it does is the test's; it counts how it ended.
struct Count {
    std::atomic<int> done{0}, refused{0};
    std::atomic<const char*> why{""};  // the code of the last refusal
};

class Step : public Job {
  public:
    explicit Step(Count& count, std::function<void(kv::Client&)> what = {})
        : count_(count), what_(std::move(what)) {}
    void run(kv::Client& client) override {
        if (what_) what_(client);
        count_.done++;
    }
    void refuse(const Error& why) override {
        count_.why = why.code().data();
        count_.refused++;
    }

  private:
    Count& count_;
    const std::function<void(kv::Client&)> what_;
};

// A step that runs until the test lets it go.
class Gate {
  public:
    std::unique_ptr<Job> step(Count& count) {
        return std::make_unique<Step>(count, [this](kv::Client&) {
            reached_.set_value();
            open_.get_future().wait();
        });
    }
    void wait() { reached_.get_future().wait(); }
    void open() { open_.set_value(); }

  private:
    std::promise<void> reached_, open_;
};

class LanesTest : public ::testing::Test {
  protected:
    LanesTest() { lanes_.emplace(settings_, meter_, health_); }

    std::unique_ptr<Job> step(std::function<void(kv::Client&)> what = {}) {
        return std::make_unique<Step>(count_, std::move(what));
    }
    // For what happens sooner or later; a test that waits in vain fails after a minute.
    static bool soon(const std::function<bool()>& happened) {
        for (int tries = 0; tries < 6000; tries++) {
            if (happened()) return true;
            std::this_thread::sleep_for(milliseconds(10));
        }
        return false;
    }
    // The drive is lost, as the threads find when they next open it; and comes back.
    void lose_drive() { plan_.struck = true; }
    void find_drive() {
        plan_.struck = false;
        health_.note({});
    }
    std::string device() const { return "emulator:" + directory_.path() + "/0"; }
    bool exists(const Key& key) const {
        return kv::Client::open(device()).value()->exists(key).value();
    }

    test::TempDir directory_{"lanes"};
    test::FaultPlan plan_;
    const DriveSettings settings_{
        .device = device(), .quick_threads = 2, .open = test::open_with_faults(plan_), .log = {}};
    Meter meter_;
    Count count_;
    Health health_{settings_.device, 0, [this] { lanes_->wake(); }};
    std::optional<Lanes> lanes_;  // the last: its threads use the others
};

TEST_F(LanesTest, ALaneDelaysNoOther) {
    Gate selects, first_bulk, second_bulk;
    lanes_->post(Lane::kSelect, std::nullopt, selects.step(count_));
    lanes_->post(Lane::kBulk, std::nullopt, first_bulk.step(count_));
    lanes_->post(Lane::kBulk, std::nullopt, second_bulk.step(count_));
    selects.wait();
    first_bulk.wait();
    second_bulk.wait();
    lanes_->post(Lane::kQuick, std::nullopt, step());
    EXPECT_TRUE(soon([&] { return count_.done == 1; }));
    selects.open();
    first_bulk.open();
    second_bulk.open();
    EXPECT_TRUE(soon([&] { return count_.done == 4; }));
}

TEST_F(LanesTest, AThreadsOwnJobsRunThereInOrder) {
    std::vector<int> order;  // of the one thread
    std::vector<std::thread::id> threads;
    Gate gate;
    lanes_->post(Lane::kQuick, 1, gate.step(count_));
    gate.wait();
    for (int i = 0; i < 5; i++) {
        lanes_->post(Lane::kQuick, 1, step([&, i](kv::Client&) {
                         order.push_back(i);
                         threads.push_back(std::this_thread::get_id());
                     }));
    }
    // The other thread of the lane is idle, and may not take them.
    lanes_->post(Lane::kQuick, std::nullopt, step());
    EXPECT_TRUE(soon([&] { return count_.done == 1; }));
    EXPECT_EQ(5u, lanes_->waiting());
    gate.open();
    EXPECT_TRUE(soon([&] { return count_.done == 7; }));
    EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
    EXPECT_EQ(threads, std::vector<std::thread::id>(5, threads[0]));
}

TEST_F(LanesTest, TooMuchIsRefused) {
    Gate gate;
    lanes_->post(Lane::kSelect, std::nullopt, gate.step(count_));
    gate.wait();
    for (size_t i = 0; i < Lanes::kMaxWaiting; i++)
        lanes_->post(Lane::kSelect, std::nullopt, step());
    EXPECT_EQ(0, count_.refused);
    lanes_->post(Lane::kQuick, std::nullopt, step());
    EXPECT_EQ(1, count_.refused);
    EXPECT_STREQ("SlowDown", count_.why.load());
    gate.open();
    EXPECT_TRUE(soon([&] { return count_.done == static_cast<int>(Lanes::kMaxWaiting) + 1; }));
    lanes_->post(Lane::kQuick, std::nullopt, step());
    EXPECT_TRUE(soon([&] { return count_.done == static_cast<int>(Lanes::kMaxWaiting) + 2; }));
}

TEST_F(LanesTest, WhatThrowsIsRefusedAndTheThreadLives) {
    lanes_->post(Lane::kSelect, std::nullopt,
                 step([](kv::Client&) { throw std::runtime_error("why"); }));
    lanes_->post(Lane::kSelect, std::nullopt, step());
    EXPECT_TRUE(soon([&] { return count_.done == 1; }));
    EXPECT_EQ(1, count_.refused);
    EXPECT_STREQ("InternalError", count_.why.load());
}

TEST_F(LanesTest, WhatIsPostedWithoutADriveIsRefused) {
    lose_drive();
    lanes_->post(Lane::kQuick, std::nullopt, step());
    EXPECT_TRUE(soon([&] { return count_.refused == 1; }));
    EXPECT_STREQ("ServiceUnavailable", count_.why.load());
}

TEST_F(LanesTest, ARetryWaitsForADriveThatIsLost) {
    health_.note({});
    lose_drive();
    lanes_->post_until_done(Lane::kSelect, 0, step());
    lanes_->post_until_done(Lane::kBulk, 0, step());
    EXPECT_TRUE(soon([&] { return count_.refused > 0; }));
    EXPECT_EQ(0, count_.done);
    plan_.struck = false;
    EXPECT_TRUE(soon([&] {
        health_.note({});  // as the store does again and again
        return count_.done == 2;
    }));
}

// The piece of an upload that flies, before the upload is given up.
TEST_F(LanesTest, ARetryComesAfterWhatItsThreadHadToDo) {
    health_.note({});
    std::vector<int> order;  // of the one thread
    Gate gate;
    lanes_->post(Lane::kQuick, 0, gate.step(count_));
    gate.wait();
    lanes_->post_until_done(Lane::kQuick, 0, step([&](kv::Client&) { order.push_back(2); }));
    lanes_->post(Lane::kQuick, 0, step([&](kv::Client&) { order.push_back(1); }));
    gate.open();
    EXPECT_TRUE(soon([&] { return count_.done == 3; }));
    EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST_F(LanesTest, GarbageIsErasedOnceTheDriveIsThere) {
    const Key key = *Key::from_text("garbage");
    {
        auto client = kv::Client::open(device()).value();
        ASSERT_TRUE(client->store(key, as_bytes("old")).ok());
    }
    lose_drive();
    lanes_->discard(key);
    EXPECT_TRUE(exists(key));
    find_drive();
    EXPECT_TRUE(soon([&] { return !exists(key); }));
}

TEST_F(LanesTest, WhatWasPostedRunsBeforeTheEnd) {
    Gate gate;
    lanes_->post(Lane::kSelect, std::nullopt, gate.step(count_));
    gate.wait();
    for (int i = 0; i < 10; i++) lanes_->post(Lane::kSelect, std::nullopt, step());
    std::thread opener([&] { gate.open(); });
    lanes_.reset();
    opener.join();
    EXPECT_EQ(11, count_.done);
}

}  // namespace
}  // namespace csd::airmos::objects
