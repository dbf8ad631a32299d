// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/operations/tags.hpp"

#include <gtest/gtest.h>

namespace csd::airmos::ops {
namespace {

std::string code(const Outcome<Pairs>& tags) {
    return tags.ok() ? "" : std::string(tags.error().code());
}

TEST(Tags, ComeBackAsTheyWere) {
    const Pairs tags = {{"a", "1 & 2"}, {"é", ""}};
    const auto read = parse_tagging(tagging_xml(tags), kMaxObjectTags);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read.value(), tags);
}

TEST(Tags, OfAHeaderAreAForm) {
    const auto read = parse_tagging_header("a=1+%26&b=&c");
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read.value(), (Pairs{{"a", "1 &"}, {"b", ""}, {"c", ""}}));
    EXPECT_EQ(code(parse_tagging_header("")), "");
    EXPECT_EQ(code(parse_tagging_header("a=%2")), "InvalidArgument");
    EXPECT_EQ(code(parse_tagging_header("a=%ff")), "InvalidArgument");
    EXPECT_EQ(code(parse_tagging_header("a=1&a=2")), "InvalidTag");
    EXPECT_EQ(code(parse_tagging_header("a=1&&b=2")), "InvalidTag");
}

TEST(Tags, HaveLimits) {
    const auto one = [](const std::string& key, const std::string& value) {
        return code(parse_tagging(tagging_xml({{key, value}}), kMaxObjectTags));
    };
    std::string long_key, long_value;
    for (int i = 0; i < 128; i++) long_key += "é", long_value += "éé";
    EXPECT_EQ(one(long_key, long_value), "");
    EXPECT_EQ(one(long_key + "x", ""), "InvalidTag");
    EXPECT_EQ(one("a", long_value + "x"), "InvalidTag");
    EXPECT_EQ(one("", "x"), "InvalidTag");
    EXPECT_EQ(one("AWS:x", "x"), "InvalidTag");
    Pairs many;
    for (int i = 0; i < 10; i++) many.emplace_back(std::to_string(i), "");
    EXPECT_EQ(code(parse_tagging(tagging_xml(many), kMaxObjectTags)), "");
    many.emplace_back("10", "");
    EXPECT_EQ(code(parse_tagging(tagging_xml(many), kMaxObjectTags)), "BadRequest");
}

TEST(Tags, WantTheirElements) {
    EXPECT_EQ(code(parse_tagging("<Tagging/>", 10)), "MalformedXML");
    EXPECT_EQ(
        code(parse_tagging("<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>", 10)),
        "MalformedXML");
    EXPECT_EQ(code(parse_tagging("<Tagging><TagSet/></Tagging>", 10)), "");
}

}  // namespace
}  // namespace csd::airmos::ops
