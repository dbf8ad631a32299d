// SPDX-License-Identifier: BSD-3-Clause
#include "cli/bench/histogram.hpp"

#include <gtest/gtest.h>

namespace csd::cli {
namespace {

TEST(Histogram, WithoutValuesEverythingIsZero) {
    const Histogram empty;
    EXPECT_EQ(0u, empty.count());
    EXPECT_EQ(0u, empty.quantile(0.5));
    EXPECT_EQ(0u, empty.max());
}

TEST(Histogram, SmallValuesAreExact) {
    Histogram histogram;
    for (uint64_t value = 0; value < 64; value++) histogram.add(value);
    EXPECT_EQ(31u, histogram.quantile(0.5));
    EXPECT_EQ(63u, histogram.quantile(1));
    EXPECT_EQ(64u, histogram.count());
}

TEST(Histogram, EveryValueIsWithinASixtyFourth) {
    for (uint64_t value = 1; value < UINT64_MAX / 3; value = value * 3 / 2 + 1) {
        Histogram histogram;
        histogram.add(value);
        histogram.add(UINT64_MAX);
        const uint64_t seen = histogram.quantile(0.5);
        EXPECT_GE(seen, value);
        EXPECT_LE(seen - value, value / 64) << value;
        EXPECT_EQ(UINT64_MAX, histogram.quantile(1));
    }
}

TEST(Histogram, QuantilesOfAThousand) {
    Histogram histogram;
    for (uint64_t i = 1; i <= 1000; i++) histogram.add(i * 1000);
    EXPECT_NEAR(500e3, static_cast<double>(histogram.quantile(0.5)), 500e3 / 64);
    EXPECT_NEAR(990e3, static_cast<double>(histogram.quantile(0.99)), 990e3 / 64);
    EXPECT_EQ(1000000u, histogram.max());
    EXPECT_EQ(1000000u, histogram.quantile(1));
}

TEST(Histogram, MergingAddsTheValues) {
    Histogram a;
    Histogram b;
    a.add(1);
    b.add(3);
    b.add(50);
    a.merge(b);
    EXPECT_EQ(3u, a.count());
    EXPECT_EQ(3u, a.quantile(0.5));
    EXPECT_EQ(50u, a.max());
}

}  // namespace
}  // namespace csd::cli
