// SPDX-License-Identifier: BSD-3-Clause
// Tests waiting_selects.cc.
#include "waiting_selects.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace csd::spdk {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WaitingSelectsTest : public ::testing::Test {
  protected:
    const WaitingSelects::Clock::time_point start_ = WaitingSelects::Clock::now();
    WaitingSelects selects_;
};

TEST_F(WaitingSelectsTest, OnlyWhatNobodyAsksForIsForgottenTheOldestFirst) {
    selects_.sent(1, start_);
    selects_.sent(2, start_);
    selects_.sent(3, start_ + 1s);
    EXPECT_THAT(selects_.forgotten(5s, start_ + 4s), IsEmpty());
    selects_.asked(2, start_ + 4s);
    EXPECT_THAT(selects_.forgotten(5s, start_ + 6s), ElementsAre(1, 3));
    EXPECT_THAT(selects_.forgotten(5s, start_ + 9s), ElementsAre(1, 3, 2));
}

TEST_F(WaitingSelectsTest, WhatEndedIsNotForgotten) {
    selects_.sent(1, start_);
    selects_.ended(1);
    selects_.asked(1, start_);  // too late, and not known any more
    EXPECT_THAT(selects_.forgotten(5s, start_ + 1min), IsEmpty());
}

TEST_F(WaitingSelectsTest, WhatNoQueryCanBeAnyMoreIsDropped) {
    selects_.sent(1, start_);
    selects_.sent(2, start_ + WaitingSelects::kLongest + 1s);
    EXPECT_THAT(selects_.forgotten(0s, start_ + 1h), ElementsAre(2));
}

}  // namespace
}  // namespace csd::spdk
