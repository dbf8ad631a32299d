// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/operations/range.hpp"

#include <gtest/gtest.h>

#include <string>

namespace csd::airmos::ops {
namespace {

// "offset+length", "whole" or the code of the error.
std::string range(std::string_view header, uint64_t size) {
    const auto parsed = parse_range(header, size);
    if (!parsed.ok()) return std::string(parsed.error().code());
    if (!parsed.value()) return "whole";
    return std::to_string(parsed.value()->offset) + "+" + std::to_string(parsed.value()->length);
}

TEST(Ranges, AreCutToTheObject) {
    EXPECT_EQ(range("bytes=0-0", 10), "0+1");
    EXPECT_EQ(range("bytes=2-5", 10), "2+4");
    EXPECT_EQ(range("bytes=2-", 10), "2+8");
    EXPECT_EQ(range("bytes=2-500", 10), "2+8");
    EXPECT_EQ(range("bytes=-3", 10), "7+3");
    EXPECT_EQ(range("bytes=-30", 10), "0+10");
    EXPECT_EQ(range("Bytes=2-5", 10), "2+4");
    EXPECT_EQ(range("bytes=2-99999999999999999999", 10), "2+8");
    EXPECT_EQ(range("bytes=-99999999999999999999", 10), "0+10");
}

TEST(Ranges, BeyondTheEndAreRefused) {
    EXPECT_EQ(range("bytes=10-", 10), "InvalidRange");
    EXPECT_EQ(range("bytes=10-20", 10), "InvalidRange");
    EXPECT_EQ(range("bytes=-0", 10), "InvalidRange");
    EXPECT_EQ(range("bytes=0-", 0), "InvalidRange");
    EXPECT_EQ(range("bytes=-0", 0), "InvalidRange");
    EXPECT_EQ(range("bytes=99999999999999999999-", 10), "InvalidRange");
    EXPECT_EQ(range("bytes=99999999999999999999-999999999999999999999", 10), "InvalidRange");
}

TEST(Ranges, ThatAreNoneMeanTheWhole) {
    for (const char* header : {"", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b",
                               "bytes=1-2,4-5", "lines=1-2", "bytes=1", "bytes=--1"})
        EXPECT_EQ(range(header, 10), "whole") << header;
    EXPECT_EQ(range("bytes=-1", 0), "whole");
}

TEST(CopyRanges, HaveBothEndsWithinTheSource) {
    const auto good = parse_copy_range("bytes=2-5", 6);
    ASSERT_TRUE(good.ok());
    EXPECT_EQ(good.value().offset, 2u);
    EXPECT_EQ(good.value().length, 4u);
    for (const char* header : {"bytes=2-6", "bytes=2-", "bytes=-2", "2-5", "bytes=5-2", ""}) {
        const auto bad = parse_copy_range(header, 6);
        ASSERT_FALSE(bad.ok()) << header;
        EXPECT_EQ(bad.error().code(), "InvalidArgument");
    }
}

}  // namespace
}  // namespace csd::airmos::ops
