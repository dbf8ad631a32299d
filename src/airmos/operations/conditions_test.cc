// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/operations/conditions.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace csd::airmos::ops {
namespace {

constexpr uint64_t kModified = 784111777'500;
constexpr const char* kThen = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr const char* kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";

using Headers = std::initializer_list<std::pair<const char*, const char*>>;

Fields fields(Headers headers) {
    Fields all;
    for (const auto& [name, value] : headers) all.add(name, value);
    return all;
}
Verdict judge(Headers headers) {
    return judge_read(fields(headers), "", "abc", kModified);
}

TEST(ReadConditions, MatchByEtag) {
    EXPECT_EQ(judge({}), Verdict::kGo);
    EXPECT_EQ(judge({{"if-match", "\"abc\""}}), Verdict::kGo);
    EXPECT_EQ(judge({{"if-match", "\"x\", \"abc\""}}), Verdict::kGo);
    EXPECT_EQ(judge({{"if-match", "abc"}}), Verdict::kGo);
    EXPECT_EQ(judge({{"if-match", "*"}}), Verdict::kGo);
    EXPECT_EQ(judge({{"if-match", "\"x\""}}), Verdict::kFailed);
    EXPECT_EQ(judge({{"if-match", "W/\"abc\""}}), Verdict::kFailed);
    EXPECT_EQ(judge({{"if-none-match", "\"abc\""}}), Verdict::kNotModified);
    EXPECT_EQ(judge({{"if-none-match", "W/\"abc\""}}), Verdict::kNotModified);
    EXPECT_EQ(judge({{"if-none-match", "*"}}), Verdict::kNotModified);
    EXPECT_EQ(judge({{"if-none-match", "\"x\""}}), Verdict::kGo);
}

TEST(ReadConditions, MatchByDateInWholeSeconds) {
    EXPECT_EQ(judge({{"if-unmodified-since", kThen}}), Verdict::kGo);
    EXPECT_EQ(judge({{"if-unmodified-since", kBefore}}), Verdict::kFailed);
    EXPECT_EQ(judge({{"if-modified-since", kThen}}), Verdict::kNotModified);
    EXPECT_EQ(judge({{"if-modified-since", kAfter}}), Verdict::kNotModified);
    EXPECT_EQ(judge({{"if-modified-since", kBefore}}), Verdict::kGo);
    EXPECT_EQ(judge({{"if-modified-since", "some day"}}), Verdict::kGo);
}

// RFC 9110, 13.2.2: an ETag makes the date beside it void, and If-Match is judged before If-None-Match.
TEST(ReadConditions, AreJudgedInTheOrderOfTheStandard) {
    EXPECT_EQ(judge({{"if-match", "\"abc\""}, {"if-unmodified-since", kBefore}}), Verdict::kGo);
    EXPECT_EQ(judge({{"if-none-match", "\"x\""}, {"if-modified-since", kAfter}}), Verdict::kGo);
    EXPECT_EQ(judge({{"if-none-match", "\"abc\""}, {"if-modified-since", kBefore}}),
              Verdict::kNotModified);
    EXPECT_EQ(judge({{"if-none-match", "\"abc\""}, {"if-match", "\"x\""}}), Verdict::kFailed);
}

TEST(ReadConditions, OfACopysSourceHaveAPrefix) {
    const Fields headers = fields({{"x-amz-copy-source-if-match", "\"x\""}});
    EXPECT_EQ(judge_read(headers, "x-amz-copy-source-", "abc", kModified), Verdict::kFailed);
    EXPECT_EQ(judge_read(headers, "", "abc", kModified), Verdict::kGo);
}

TEST(IfRange, WantsTheVeryObject) {
    const auto applies = [](const char* value) {
        return range_applies(fields({{"if-range", value}}), "abc", kModified);
    };
    EXPECT_TRUE(range_applies(Fields(), "abc", kModified));
    EXPECT_TRUE(applies("\"abc\""));
    EXPECT_TRUE(applies(kThen));
    EXPECT_FALSE(applies("\"x\""));
    EXPECT_FALSE(applies("W/\"abc\""));
    EXPECT_FALSE(applies(kAfter));
}

TEST(WriteConditions, AreEtagsOrAbsence) {
    const auto match = write_condition(fields({{"if-match", "\"a\", b"}}));
    ASSERT_TRUE(match.ok());
    EXPECT_EQ(match.value().if_match, (std::vector<std::string>{"a", "b"}));
    const auto absent = write_condition(fields({{"if-none-match", "*"}}));
    ASSERT_TRUE(absent.ok());
    EXPECT_EQ(absent.value().if_none_match, std::vector<std::string>{"*"});
    const auto other = write_condition(fields({{"if-none-match", "\"a\""}}));
    ASSERT_FALSE(other.ok());
    EXPECT_EQ(other.error().code(), "NotImplemented");
}

}  // namespace
}  // namespace csd::airmos::ops
