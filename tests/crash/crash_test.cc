// SPDX-License-Identifier: BSD-3-Clause
//
// A drive is killed, opened again, and killed again: nothing is torn, nothing acknowledged is lost,
// nothing is left behind.
//
//     crash_test [--rounds=N] [--seed=N]
//
// In each round a process opens the drive, verifies it against what the parent knows, tells it random
// operations from up to three threads, and dies of SIGKILL at a random moment, sometimes while it is still
// opening. What it began and what was acknowledged stands in shared memory. The seed decides all but the
// moment; it is printed when a round fails, and the directory is kept.
#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <cstdlib>
#include <iostream>
#include <string_view>
#include <thread>

#include "crash/drive_process.hpp"
#include "lib/scale.hpp"
#include "lib/temp_dir.hpp"

namespace csd::crash {

static uint64_t the_seed = 0;
static int the_rounds = 0;

class CrashTest : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0) << "to see the orphans of a killed drive";
    }
    void TearDown() override {
        if (!HasFailure()) return;
        std::cerr << "--seed=" << the_seed << ", the drive is in " << directory_.path() << "\n";
        directory_.keep();
    }

    Plan plan_of(int round) {
        Plan plan;
        plan.root = directory_.path();
        plan.seed = random_();
        plan.selects = round % kSelectEvery == 0;
        plan.lanes = random_() % 2 == 0 ? 1 : 2 + static_cast<int>(random_() % 2);
        plan.sync_always = random_() % 8 == 0;
        return plan;
    }

    // Some die before they have begun; one with selects lives long enough to be in the middle of one.
    void let_live(const Plan& plan, const DriveProcess& process) {
        const bool early = random_() % 8 == 0;
        if (!early && !process.wait_for_work(*journal_, std::chrono::seconds(60))) {
            FAIL() << (journal_->failing ? journal_->failure : "the drive does not come up");
        }
        const uint64_t most_us = early ? 10'000 : plan.selects ? 400'000 : 40'000;
        std::this_thread::sleep_for(std::chrono::microseconds(random_() % most_us));
    }

    // What the process did, told again from its journal.
    void learn(const Plan& plan) {
        if (journal_->phase != Phase::kWorking) return;
        const State before = knowledge_.state;
        for (size_t i = 0; i < knowledge_.operations.size(); i++) {
            const auto outcomes = expect(knowledge_.operations[i], before).outcomes;
            apply_delta(outcomes[journal_->outcomes[i]], knowledge_.state);
        }
        knowledge_.operations.clear();
        State after = knowledge_.state;
        for (int lane = 0; lane < plan.lanes; lane++) learn_lane(plan, lane, after);
        knowledge_.state = after;
    }

    void learn_lane(const Plan& plan, int index, State& after) {
        const auto& progress = journal_->lanes[static_cast<size_t>(index)];
        const Lane lane = lane_of(plan, index);
        Random random = random_of(plan, index);
        State state = knowledge_.state;
        for (uint32_t i = 0; i < progress.started; i++) {
            const Operation operation = next_operation(random, lane, state);
            if (i == progress.acknowledged) {
                knowledge_.operations.push_back(operation);
            } else {
                apply_delta(expect(operation, state).outcomes.back(), state);
            }
        }
        acknowledged_ += progress.acknowledged;
        for (int place = 0; place < kPlaces; place++) {
            const auto at = static_cast<size_t>(place);
            if (lane.owns(place)) after[at] = state[at];
        }
    }

    void run_round(int round) {
        const Plan plan = plan_of(round);
        journal_.restart();
        DriveProcess process(plan, knowledge_, *journal_);
        let_live(plan, process);
        if (HasFatalFailure()) return;
        const bool was_alive = process.kill();
        ASSERT_FALSE(journal_->failing) << journal_->failure;
        ASSERT_TRUE(was_alive) << "the drive's process ended by itself";
        ASSERT_TRUE(orphans_end(std::chrono::seconds(5))) << "a query worker outlives its drive";
        learn(plan);
    }

    static constexpr int kSelectEvery = 20;

    test::TempDir directory_{"crash"};
    Random random_{the_seed};
    SharedJournal journal_;
    Knowledge knowledge_;
    uint64_t acknowledged_ = 0;
};

TEST_F(CrashTest, NothingIsTornNothingIsLostNothingIsLeftBehind) {
    for (int round = 0; round < the_rounds; round++) {
        run_round(round);
        ASSERT_FALSE(HasFailure()) << "in round " << round;
    }
    EXPECT_GT(acknowledged_, static_cast<uint64_t>(the_rounds)) << "it hardly did anything";
    std::cout << acknowledged_ << " operations were acknowledged in " << the_rounds << " rounds\n";
}

}  // namespace csd::crash

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    csd::crash::the_seed = std::random_device()();
    csd::crash::the_rounds = csd::test::is_small_scale()  ? 40
                             : csd::test::is_long_scale() ? 1000
                                                          : 250;
    for (int i = 1; i < argc; i++) {
        const std::string_view argument = argv[i];
        const std::string number(argument.substr(argument.find('=') + 1));
        if (argument.starts_with("--seed=")) csd::crash::the_seed = std::stoull(number);
        if (argument.starts_with("--rounds=")) csd::crash::the_rounds = std::stoi(number);
    }
    std::cout << "--seed=" << csd::crash::the_seed << "\n";
    return RUN_ALL_TESTS();
}
