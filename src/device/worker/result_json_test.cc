// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers that JSON does not have.
#include "device/worker/result_json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace csd::worker {
namespace {

std::string cleaned(std::string_view json) {
    std::string out;
    EXPECT_TRUE(replace_number_words(json, [&](std::string_view part) {
                    out += part;
                    return Status();
                }).ok());
    return out;
}

TEST(ResultJson, WordsBecomeNull) {
    EXPECT_EQ(cleaned(R"({"a":NaN,"b":[Infinity,-Infinity,-1.5],"c":{"d":NaN}})"),
              R"({"a":null,"b":[null,null,-1.5],"c":{"d":null}})");
}

TEST(ResultJson, StringsStayAsTheyAre) {
    for (const char* json : {R"({"NaN":"NaN","a":"x\"Infinity","b":"\\","c":"\\\"NaN"})", "", "{}",
                             R"({"a":"unfinished NaN)"}) {
        EXPECT_EQ(cleaned(json), json);
        EXPECT_EQ(find_bare_number_word(json), std::string_view::npos) << json;
    }
    EXPECT_EQ(cleaned(R"({"a":"\\","b":NaN})"), R"({"a":"\\","b":null})");
}

TEST(ResultJson, AFailedWriteStops) {
    EXPECT_EQ(replace_number_words(
                  "NaN", [](std::string_view) { return Status(Code::kQueryLimit, "full"); })
                  .code(),
              Code::kQueryLimit);
}

}  // namespace
}  // namespace csd::worker
