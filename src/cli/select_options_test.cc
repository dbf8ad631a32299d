// SPDX-License-Identifier: BSD-3-Clause
#include "cli/select_options.hpp"

#include <gtest/gtest.h>

namespace csd::cli {
namespace {

TEST(SelectOptions, NoneIsNoText) {
    EXPECT_EQ("", select_options_json({}).value());
}

TEST(SelectOptions, ValuesAreStringsUnlessTheyAreJson) {
    EXPECT_EQ(R"({"delimiter":";","header":"none"})",
              select_options_json({"delimiter=;", "header=none"}).value());
    EXPECT_EQ(R"({"scan":[0,100]})", select_options_json({"scan=[0,100]"}).value());
    EXPECT_EQ(R"({"columns":{"a":"int"}})",
              select_options_json({R"(columns={"a":"int"})"}).value());
    EXPECT_EQ(R"({"delimiter":"["})", select_options_json({"delimiter=["}).value());
    EXPECT_EQ(R"({"delimiter":"="})", select_options_json({"delimiter=="}).value());
    EXPECT_EQ(R"({"quote":""})", select_options_json({"quote="}).value());
}

TEST(SelectOptions, EscapesAreThoseOfC) {
    EXPECT_EQ(R"({"delimiter":"\t"})", select_options_json({R"(delimiter=\t)"}).value());
    EXPECT_EQ(R"({"record_delimiter":"\r\n"})",
              select_options_json({R"(record_delimiter=\r\n)"}).value());
    EXPECT_EQ(R"({"escape":"\\"})", select_options_json({R"(escape=\)"}).value());
    EXPECT_EQ(R"({"escape":"\\"})", select_options_json({R"(escape=\\)"}).value());
}

TEST(SelectOptions, WhatIsNoPairOrGivenTwiceIsUsage) {
    EXPECT_EQ(Code::kUsage, select_options_json({"delimiter"}).code());
    EXPECT_EQ(Code::kUsage, select_options_json({"=x"}).code());
    EXPECT_EQ(Code::kUsage, select_options_json({"a=1", "a=2"}).code());
}

}  // namespace
}  // namespace csd::cli
