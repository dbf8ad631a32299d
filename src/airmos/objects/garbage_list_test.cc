// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/objects/garbage_list.hpp"

#include <gtest/gtest.h>

#include <string>

namespace csd::airmos::objects {
namespace {

Key key(size_t number) {
    return *Key::from_text("k" + std::to_string(number));
}

TEST(GarbageList, GivesTheOldestKeyFirst) {
    GarbageList garbage;
    EXPECT_TRUE(garbage.empty());
    EXPECT_EQ(garbage.take(), std::nullopt);
    garbage.add(key(1));
    garbage.add(key(2));
    EXPECT_FALSE(garbage.empty());
    EXPECT_EQ(garbage.take(), key(1));
    EXPECT_EQ(garbage.take(), key(2));
    EXPECT_EQ(garbage.take(), std::nullopt);
}

TEST(GarbageList, KnowsWhenThereIsTooMuchToWaitForAnIdleDrive) {
    GarbageList garbage;
    for (size_t i = 0; i < GarbageList::kManyKeys; i++) garbage.add(key(i));
    EXPECT_FALSE(garbage.has_many());
    garbage.add(key(GarbageList::kManyKeys));
    EXPECT_TRUE(garbage.has_many());
    EXPECT_EQ(garbage.take(), key(0));
    EXPECT_FALSE(garbage.has_many());
}

}  // namespace
}  // namespace csd::airmos::objects
