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

WaitingSelects::Select of_host(uint32_t id, uint32_t controller = 2) {
    return {controller, id};
}

class WaitingSelectsTest : public ::testing::Test {
  protected:
    const WaitingSelects::Clock::time_point start_ = WaitingSelects::Clock::now();
    WaitingSelects selects_;
};

TEST_F(WaitingSelectsTest, OnlyWhatNobodyAsksForIsForgottenTheOldestFirst) {
    selects_.sent(of_host(1), start_);
    selects_.sent(of_host(2), start_);
    selects_.sent(of_host(3), start_ + 1s);
    EXPECT_THAT(selects_.forgotten(5s, start_ + 4s), IsEmpty());
    selects_.asked(of_host(2), start_ + 4s);
    EXPECT_THAT(selects_.forgotten(5s, start_ + 6s), ElementsAre(of_host(1), of_host(3)));
    EXPECT_THAT(selects_.forgotten(5s, start_ + 9s),
                ElementsAre(of_host(1), of_host(3), of_host(2)));
}

TEST_F(WaitingSelectsTest, AnotherHostsIdIsAnotherSelect) {
    selects_.sent(of_host(1), start_);
    selects_.asked(of_host(1, 3), start_ + 4s);
    selects_.ended(of_host(1, 3));
    EXPECT_THAT(selects_.forgotten(5s, start_ + 6s), ElementsAre(of_host(1)));
}

TEST_F(WaitingSelectsTest, WhatEndedIsNotForgotten) {
    selects_.sent(of_host(1), start_);
    selects_.ended(of_host(1));
    selects_.asked(of_host(1), start_);  // too late, and not known any more
    EXPECT_THAT(selects_.forgotten(5s, start_ + 1min), IsEmpty());
}

TEST_F(WaitingSelectsTest, WhatNoQueryCanBeAnyMoreIsDropped) {
    selects_.sent(of_host(1), start_);
    selects_.sent(of_host(2), start_ + WaitingSelects::kLongest + 1s);
    EXPECT_THAT(selects_.forgotten(0s, start_ + 1h), ElementsAre(of_host(2)));
}

}  // namespace
}  // namespace csd::spdk
