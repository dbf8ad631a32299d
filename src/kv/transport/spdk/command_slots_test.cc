// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/spdk/command_slots.hpp"

#include <gtest/gtest.h>

namespace csd::kv {
namespace {

using namespace std::chrono_literals;
using Slot = CommandSlots::Slot;

class Slots : public ::testing::Test {
  protected:
    Transport::Done note() {
        return [this](const nvme::Cqe& cqe) { ended_.push_back(cqe.dw0); };
    }

    CommandSlots slots_{this, 3};
    std::vector<uint32_t> ended_;
};

TEST_F(Slots, AreAsManyAsWereAskedFor) {
    Slot* const first = slots_.take(note(), 1s);
    slots_.take(note(), 1s);
    slots_.take(note(), 1s);
    EXPECT_EQ(nullptr, slots_.take(note(), 1s));
    EXPECT_EQ(3u, slots_.in_flight());
    EXPECT_EQ(this, first->owner);
    slots_.give_back(*first);
    EXPECT_NE(nullptr, slots_.take(note(), 1s));
    EXPECT_EQ(0u, slots_.run(10)) << "what was given back has no end";
}

TEST_F(Slots, CallbacksRunInTheOrderOfTheEndsAndNoMoreThanAskedFor) {
    Slot* const a = slots_.take(note(), 1s);
    Slot* const b = slots_.take(note(), 1s);
    slots_.finish(*b, {.dw0 = 2});
    slots_.finish(*a, {.dw0 = 1});
    EXPECT_TRUE(slots_.any_finished());
    EXPECT_EQ(0u, slots_.in_flight());
    EXPECT_EQ(1u, slots_.run(1));
    EXPECT_EQ(std::vector<uint32_t>{2}, ended_);
    EXPECT_EQ(1u, slots_.run(10));
    EXPECT_EQ((std::vector<uint32_t>{2, 1}), ended_);
    EXPECT_FALSE(slots_.any_finished());
}

TEST_F(Slots, ACommandEndsOnce) {
    Slot* const slot = slots_.take(note(), 1s);
    slots_.finish(*slot, {.dw0 = 1});
    slots_.finish(*slot, {.dw0 = 2});
    slots_.finish_all(7);
    EXPECT_EQ(1u, slots_.run(10));
    EXPECT_EQ(std::vector<uint32_t>{1}, ended_);
}

TEST_F(Slots, WhatIsInFlightEndsWithTheDrive) {
    std::vector<uint16_t> statuses;
    const auto note_status = [&statuses](const nvme::Cqe& cqe) { statuses.push_back(cqe.status); };
    slots_.take(note_status, 1s);
    slots_.take(note_status, 1s);
    slots_.finish_all(7);
    slots_.run(10);
    EXPECT_EQ((std::vector<uint16_t>{7, 7}), statuses);
}

TEST_F(Slots, ACallbackMayTakeItsSlotAgain) {
    Slot* const slot = slots_.take(
        [this](const nvme::Cqe&) {
            Slot* const again = slots_.take(note(), 1s);
            ASSERT_NE(nullptr, again);
            slots_.finish(*again, {.dw0 = 5});
        },
        1s);
    slots_.finish(*slot, {});
    EXPECT_EQ(1u, slots_.run(10)) << "the new one waits for the next poll";
    EXPECT_EQ(1u, slots_.run(10));
    EXPECT_EQ(std::vector<uint32_t>{5}, ended_);
}

TEST_F(Slots, OnlyWhatIsInFlightIsOverdue) {
    Slot* const late = slots_.take(note(), -1s);
    slots_.take(note(), 3600s);
    EXPECT_TRUE(slots_.any_overdue());
    slots_.finish(*late, {});
    EXPECT_FALSE(slots_.any_overdue());
}

}  // namespace
}  // namespace csd::kv
