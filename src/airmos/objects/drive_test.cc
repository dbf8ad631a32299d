// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/objects/drive.hpp"

#include <gtest/gtest.h>

#include "airmos/core/run_task.hpp"
#include "lib/fault_transport.hpp"
#include "lib/temp_dir.hpp"

namespace csd::airmos::objects {
namespace {

using test::FaultPlan;

using std::chrono::milliseconds;

class DriveTest : public ::testing::Test {
  protected:
    test::TempDir directory_{"drive"};
    FaultPlan plan_;
    Drive drive_{{.device = "emulator:" + directory_.path() + "/0",
                  .quick_threads = 2,
                  .open = test::open_with_faults(plan_),
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

}  // namespace
}  // namespace csd::airmos::objects
