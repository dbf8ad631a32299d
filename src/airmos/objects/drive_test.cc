// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/objects/drive.hpp"

#include <gtest/gtest.h>

#include "airmos/objects/fault_transport.hpp"
#include "airmos/run_task.hpp"
#include "lib/temp_dir.hpp"

namespace csd::airmos::objects {
namespace {

using std::chrono::milliseconds;

class DriveTest : public ::testing::Test {
  protected:
    test::TempDir directory_{"drive"};
    FaultPlan plan_;
    Drive drive_{{.device = "emulator:" + directory_.path() + "/0",
                  .quick_threads = 2,
                  .open = open_with_faults(plan_),
                  .log = {}}};

    // On which thread small work is done.
    std::thread::id visit(milliseconds duration = {}) {
        const auto done = run_task(drive_.run_small([&](kv::Client&) -> Outcome<std::thread::id> {
            std::this_thread::sleep_for(duration);
            return std::this_thread::get_id();
        }));
        EXPECT_TRUE(done.ok());
        return done.ok() ? done.value() : std::thread::id();
    }
};

struct Count {
    std::atomic<int> done{0}, refused{0};
};

class Counted : public Job {
  public:
    explicit Counted(Count& count) : count_(count) {}
    void run(kv::Client&) override { count_.done++; }
    void refuse(const Error&) override { count_.refused++; }

  private:
    Count& count_;
};

TEST_F(DriveTest, SmallWorkIsDoneByTheCallerUntilItHadToWait) {
    const auto caller = std::this_thread::get_id();
    // A busy machine makes any work slow now and then.
    bool visited = false;
    for (int tries = 0; tries < 20 && !visited; tries++) {
        visited = visit() == caller;
        std::this_thread::sleep_for(milliseconds(20));
    }
    EXPECT_TRUE(visited);
    while (visit(milliseconds(3)) != caller) std::this_thread::sleep_for(milliseconds(20));
    EXPECT_NE(visit(), caller);
    for (int tries = 0; tries < 100 && visit() != caller; tries++) {
        std::this_thread::sleep_for(milliseconds(20));
        ASSERT_LT(tries, 99) << "it is never again done by the caller";
    }
}

TEST_F(DriveTest, ADutyWaitsForADriveThatIsLost) {
    ASSERT_TRUE(drive_.refresh().ok());
    plan_.struck = true;  // no client can be opened
    Count count;
    drive_.insist(Lane::kSelect, 0, std::make_unique<Counted>(count));
    drive_.insist(Lane::kBulk, 0, std::make_unique<Counted>(count));
    for (int tries = 0; tries < 200 && count.refused == 0; tries++) {
        std::this_thread::sleep_for(milliseconds(20));
    }
    EXPECT_GT(count.refused, 0);
    EXPECT_EQ(count.done, 0);
    plan_.struck = false;
    for (int tries = 0; tries < 500 && count.done < 2; tries++) {
        drive_.refresh().ok();  // as the store does again and again
        std::this_thread::sleep_for(milliseconds(20));
    }
    EXPECT_EQ(count.done, 2);
}

// The piece of an upload that flies, before the upload is given up.
TEST_F(DriveTest, ADutyComesAfterWhatItsThreadHadToDo) {
    ASSERT_TRUE(drive_.refresh().ok());
    std::promise<void> gate, end;
    std::vector<int> order;  // of the one thread
    const auto step = [&](int number, std::function<void()> then) {
        class Step : public Job {
          public:
            Step(std::function<void()> what) : what_(std::move(what)) {}
            void run(kv::Client&) override { what_(); }
            void refuse(const Error& why) override { ADD_FAILURE() << why.message(); }

          private:
            const std::function<void()> what_;
        };
        return std::make_unique<Step>([&order, number, then = std::move(then)] {
            order.push_back(number);
            then();
        });
    };
    drive_.post(Lane::kQuick, 0, step(1, [&] { gate.get_future().wait(); }));
    drive_.insist(Lane::kQuick, 0, step(3, [&] { end.set_value(); }));
    drive_.post(Lane::kQuick, 0, step(2, [] {}));
    gate.set_value();
    end.get_future().wait();
    EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

}  // namespace
}  // namespace csd::airmos::objects
