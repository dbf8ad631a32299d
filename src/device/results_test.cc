// SPDX-License-Identifier: BSD-3-Clause
#include "device/results.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "device/limits.hpp"
#include "nvme/query_reason.hpp"

namespace csd::device {

using nvme::ResultState;
using std::chrono::milliseconds;

class ResultsTest : public ::testing::Test {
  protected:
    static constexpr uint32_t kOwner = 1, kStranger = 2;
    ResultTable table_{{.held = 2, .bytes = 100, .idle = milliseconds(1000)}};

    uint32_t reserve() { return table_.reserve(kOwner).value(); }
    Status finish(uint32_t id, uint64_t bytes) {
        return table_.finish(id, UniqueFd(memfd_create("result", MFD_CLOEXEC)), bytes);
    }
    static ResultTable::Clock::time_point later(int ms) {
        return ResultTable::Clock::now() + milliseconds(ms);
    }
};

TEST_F(ResultsTest, IdsAreNeverZeroAndNeverReusedWhileHeld) {
    const uint32_t first = reserve();
    const uint32_t second = reserve();
    EXPECT_NE(first, 0u);
    EXPECT_NE(first, second);
}

TEST_F(ResultsTest, ATableAfterARestartCallsItsResultsOtherwise) {
    ResultTable another({.held = 2, .bytes = 100, .idle = milliseconds(1000)});
    EXPECT_NE(reserve(), another.reserve(kOwner).value());
}

TEST_F(ResultsTest, AFullTableRefusesAndEvictsNothing) {
    const uint32_t first = reserve();
    reserve();
    EXPECT_EQ(table_.reserve(kOwner).code(), Code::kQueryBusy);
    EXPECT_TRUE(table_.look(kOwner, first));
    table_.drop(kOwner, first);
    EXPECT_TRUE(table_.reserve(kOwner).ok());
}

TEST_F(ResultsTest, BytesOfAllResultsTogetherAreBounded) {
    const uint32_t first = reserve();
    const uint32_t second = reserve();
    EXPECT_TRUE(finish(first, 60).ok());
    EXPECT_EQ(finish(second, 41).code(), Code::kQueryBusy);
    EXPECT_EQ(table_.counts().bytes, 60u);
    table_.drop(kOwner, first);
    EXPECT_EQ(table_.counts().bytes, 0u);
    EXPECT_TRUE(finish(second, 100).ok());
}

TEST_F(ResultsTest, AnotherControllersIdDoesNotExist) {
    const uint32_t id = reserve();
    EXPECT_FALSE(table_.look(kStranger, id));
    table_.drop(kStranger, id);
    EXPECT_TRUE(table_.look(kOwner, id));
}

TEST_F(ResultsTest, AFailureKeptForItsOwnerIsAlsoTheLastReason) {
    const uint32_t id = reserve();
    table_.fail(id, Status(Code::kQueryRefused, "no such column"), true);
    const auto view = table_.look(kOwner, id);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->state, ResultState::kFailed);
    EXPECT_EQ(view->held->reason.sentence, "no such column");
    EXPECT_EQ(view->held->reason.code, nvme::ReasonCode::kRefused);
    EXPECT_EQ(table_.last_reason(kOwner)->reason.sentence, "no such column");
    EXPECT_FALSE(table_.last_reason(kStranger));
}

TEST_F(ResultsTest, ReasonsTakeNoPlaceFromResultsAndTheOldestGivesWay) {
    std::vector<uint32_t> ids;
    for (size_t i = 0; i < kMostReasons + 3; i++) {
        ids.push_back(reserve());
        table_.fail(ids.back(), Status(Code::kQueryFailed, "overflow"), true);
    }
    EXPECT_FALSE(table_.look(kOwner, ids[2]));
    EXPECT_TRUE(table_.look(kOwner, ids[3]));
    EXPECT_EQ(table_.counts().held, 0u);
}

TEST_F(ResultsTest, AnAsynchronousFailureHoldsItsPlaceUntilItIsReported) {
    const uint32_t id = reserve();
    table_.fail(id, Status(Code::kQueryFailed, "overflow"), false);
    EXPECT_EQ(table_.counts().held, 1u);
    table_.mark_reported(id);
    EXPECT_EQ(table_.counts().held, 0u);
    EXPECT_TRUE(table_.look(kOwner, id)->reported);
}

TEST_F(ResultsTest, DroppingARunningQueryTellsWhomToStop) {
    const uint32_t id = reserve();
    EXPECT_TRUE(table_.set_ticket(id, 77));
    EXPECT_EQ(table_.drop(kOwner, id), 77u);
    EXPECT_EQ(finish(id, 1).code(), Code::kAborted);
    EXPECT_FALSE(table_.set_ticket(id, 78));
}

TEST_F(ResultsTest, OnlyTheFirstOfTwoWhoDropAPlaceHasDroppedIt) {
    const uint32_t id = reserve();
    ASSERT_TRUE(finish(id, 1).ok());
    EXPECT_TRUE(table_.drop(kOwner, id));
    EXPECT_FALSE(table_.drop(kOwner, id));
}

TEST_F(ResultsTest, AResultThatCameMeanwhileIsNotDroppedAsARunningQuery) {
    const uint32_t done = reserve();
    const uint32_t running = reserve();
    ASSERT_TRUE(finish(done, 1).ok());
    table_.set_ticket(running, 5);
    EXPECT_FALSE(table_.drop_running(kOwner, done));
    EXPECT_TRUE(table_.look(kOwner, done));
    EXPECT_FALSE(table_.drop_running(kStranger, running));
    EXPECT_EQ(table_.drop_running(kOwner, running), 5u);
    EXPECT_FALSE(table_.look(kOwner, running));
}

TEST_F(ResultsTest, OnlyTheFirstWhoTellsOfAFailureHasToldIt) {
    const uint32_t id = reserve();
    table_.fail(id, Status(Code::kQueryFailed, "overflow"), false);
    EXPECT_TRUE(table_.mark_reported(id));
    EXPECT_FALSE(table_.mark_reported(id));
}

TEST_F(ResultsTest, AResetDropsWhatTheControllerOwnsAndNothingElse) {
    const uint32_t mine = reserve();
    table_.set_ticket(mine, 5);
    const uint32_t theirs = table_.reserve(kStranger).value();
    EXPECT_EQ(table_.drop_owner(kOwner), std::vector<uint64_t>{5});
    EXPECT_FALSE(table_.look(kOwner, mine));
    EXPECT_TRUE(table_.look(kStranger, theirs));
}

TEST_F(ResultsTest, IdleResultsEndAndRunningQueriesDoNot) {
    const uint32_t running = reserve();
    const uint32_t done = reserve();
    ASSERT_TRUE(finish(done, 10).ok());
    table_.expire(later(900));
    EXPECT_TRUE(table_.look(kOwner, done));
    table_.expire(later(1100));
    EXPECT_FALSE(table_.look(kOwner, done));
    EXPECT_TRUE(table_.look(kOwner, running));
}

TEST_F(ResultsTest, AReasonKeepsItsFields) {
    const nvme::QueryReason why =
        nvme::make_reason(nvme::ReasonCode::kColumnUnknown, "there is no column {subject}",
                          {.subject = "prize", .position = 7, .record = 3});
    const uint32_t id = reserve();
    table_.fail(id, nvme::query_failure(why), true);
    EXPECT_EQ(table_.look(kOwner, id)->held->reason, why);
    EXPECT_EQ(table_.last_reason(kOwner)->reason, why);
    table_.drop(kOwner, id);
    EXPECT_EQ(table_.last_reason(kOwner)->reason, why) << "id 0 keeps it";
}

TEST_F(ResultsTest, AResultKnowsTheBytesOfItsValue) {
    const uint32_t id = table_.reserve(kOwner, 12345).value();
    EXPECT_EQ(table_.look(kOwner, id)->value_bytes, 12345u);
}

TEST_F(ResultsTest, LongReasonsAreCut) {
    const uint32_t id = reserve();
    table_.fail(id, Status(Code::kQueryFailed, std::string(100'000, 'x')), true);
    EXPECT_EQ(table_.look(kOwner, id)->held->size, kMostReasonBytes);
}

}  // namespace csd::device
