// SPDX-License-Identifier: BSD-3-Clause
//
// What all the records of JSON are seen to have.
#include "device/worker/json_survey.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace csd::worker {
namespace {

// Fed in pieces: of one byte they show that no border matters.
JsonSurvey survey_of(std::string_view text, bool in_array = false, size_t piece = 1) {
    JsonSurvey survey(in_array, 20);
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
        if (!survey.feed(text.substr(0, piece))) return survey;
    survey.finish();
    return survey;
}

// "a BIGINT, b VARCHAR"; what is wrong, if anything is.
std::string columns_of(std::string_view text, bool in_array = false, bool strings = true) {
    const JsonSurvey survey = survey_of(text, in_array);
    if (survey.fault() == JsonSurvey::Fault::kMalformed) return "malformed";
    if (survey.fault() == JsonSurvey::Fault::kLongNumber)
        return "long number at " + std::to_string(survey.fault_at());
    if (survey.fault()) return "too large";
    std::string out;
    for (const ColumnSpec& column : survey.columns(strings).columns)
        out += (out.empty() ? "" : ", ") + column.name + " " + column.type;
    return out;
}

TEST(JsonSurvey, TypesTakeEveryRecord) {
    EXPECT_EQ(columns_of("{\"a\": 1}\n{\"a\": -2}"), "a BIGINT");
    EXPECT_EQ(columns_of("{\"a\":1}{\"a\":1.5}"), "a DOUBLE");
    EXPECT_EQ(columns_of("{\"a\":1e3}"), "a DOUBLE");
    EXPECT_EQ(columns_of("{\"a\":true}\n\n{\"a\":null}\n{\"b\":\"x\"}\n"), "a BOOLEAN, b VARCHAR");
    EXPECT_EQ(columns_of("{\"a\":null}"), "a \"NULL\"");
    EXPECT_EQ(columns_of("{\"a\":1}\n{\"a\":\"1\"}\n"), "a JSON");
    EXPECT_EQ(columns_of("{\"a\":\"2024-01-02\", \"b\":\"12:30:00\"}"), "a VARCHAR, b VARCHAR");
    EXPECT_EQ(columns_of("{\"a\":[1,2]}\n{\"a\":[]}\n{\"a\":[0.5]}"), "a DOUBLE[]");
    EXPECT_EQ(columns_of("{\"a\":[]}"), "a \"NULL\"[]");
    EXPECT_EQ(columns_of("{\"a\":{\"b\":{\"c d\":1}}}\n{\"a\":{\"e\":[{\"f\":\"\"}]}}"),
              "a STRUCT(\"b\" STRUCT(\"c d\" BIGINT), \"e\" STRUCT(\"f\" VARCHAR)[])");
    EXPECT_EQ(columns_of("{\"a\":\"\\\"}{\\\\\"}\n{\"b\":1}"), "a VARCHAR, b BIGINT");
}

TEST(JsonSurvey, NumbersHaveATypeThatHoldsAllOfThem) {
    const auto type_of = [](std::initializer_list<const char*> numbers) {
        std::string text;
        for (const char* number : numbers) text += "{\"a\":" + std::string(number) + "}\n";
        return columns_of(text);
    };
    EXPECT_EQ(type_of({"9223372036854775807", "-9223372036854775808"}), "a BIGINT");
    EXPECT_EQ(type_of({"9007199254740993", "0.5"}), "a JSON");
    EXPECT_EQ(type_of({"9007199254740992", "0.5"}), "a DOUBLE");
    EXPECT_EQ(type_of({"1", "9223372036854775808"}), "a HUGEINT");
    EXPECT_EQ(type_of({"0.5", "100000000000000000000"}), "a DOUBLE");
    EXPECT_EQ(type_of({"0.5", "18446744073709551617"}), "a JSON");
    EXPECT_EQ(type_of({"1234567890123456789012345678901234567890123"}), "a JSON");
    EXPECT_EQ(type_of({"1e400", "1"}), "a JSON");
    EXPECT_EQ(type_of({"NaN", "-Infinity", "1"}), "a DOUBLE");
    EXPECT_EQ(type_of({"NaN", "9007199254740993"}), "a JSON");
    EXPECT_EQ(type_of({"1", "9007199254740993.0"}), "long number at 13");
    EXPECT_EQ(columns_of("{\"a\":[[[[1,{\"b\":123456789012345678.25}]]]]}"), "long number at 16");
    for (const char* wrong : {"01", "1.", ".5", "+1", "1e", "0x1", "nanx", "--1", "1-2"})
        EXPECT_EQ(type_of({wrong}), "malformed") << wrong;
}

TEST(JsonSurvey, AnArrayHasRecordsToo) {
    EXPECT_EQ(columns_of("[{\"a\":1},\n {\"a\":2.5} , {\"b\":1}]\n", true), "a DOUBLE, b BIGINT");
    EXPECT_EQ(columns_of("[]", true), "");
    for (const char* broken :
         {"[{\"a\":1}", "[{\"a\":1},]", "[{\"a\":1}] 2", "[{\"a\":1} {}]", "["})
        EXPECT_EQ(columns_of(broken, true), "malformed") << broken;
}

TEST(JsonSurvey, RecordsThatAreNoObjectsAreOneColumn) {
    EXPECT_EQ(columns_of("1\n2.5\n"), "json DOUBLE");
    EXPECT_EQ(columns_of("[1]\n[2,3]"), "json BIGINT[]");
    EXPECT_EQ(columns_of("{\"a\":1}\n2"), "json JSON");
    EXPECT_EQ(columns_of("{}"), "json JSON");
    EXPECT_EQ(columns_of("null\n{\"a\":1}"), "a BIGINT");
    EXPECT_EQ(columns_of(""), "");
    for (const char* together : {"1 2", "1 {}", "{} 1", "\"a\"\"b\""})
        EXPECT_EQ(columns_of(together), "malformed") << together;
}

TEST(JsonSurvey, WhatIsNoJsonIsMalformed) {
    for (const char* text :
         {"{\"a\":1", "{\"a\" 1}", "{\"a\":1,}", "{\"a\":tru}", "{\"a\":\"x}", "{\"a\":[1 2]}",
          "{a:1}", "{\"\xFF\":1}", "{\"\\ud800\":1}", "{\"a\":1}}", "'a'"})
        EXPECT_EQ(columns_of(text), "malformed") << text;
}

TEST(JsonSurvey, NamesThatSqlCannotTellApart) {
    EXPECT_EQ(columns_of("{\"a\":1,\"A\":2}"), "a BIGINT, A BIGINT");
    EXPECT_FALSE(survey_of("{\"a\":1,\"A\":2}").columns(true).by_name);
    EXPECT_FALSE(survey_of("{\"\":1}").columns(true).by_name);
    EXPECT_TRUE(survey_of("{\"a\":1,\"b\":2}").columns(true).by_name);
    EXPECT_EQ(columns_of("{\"n\":{\"x\":1,\"X\":2}}"), "n JSON");
    EXPECT_EQ(columns_of("{\"n\":[{\"x\":1},{\"X\":2}]}"), "n JSON[]");
    EXPECT_EQ(columns_of("{\"n\":{\"\":1}}"), "n JSON");
    EXPECT_EQ(columns_of("{\"\\u0061\":1}\n{\"a\":0.5}"), "a DOUBLE");
}

std::string wide(size_t members, const std::string& value) {
    std::string text = "{";
    for (size_t i = 0; i < members; i++)
        text += (i > 0 ? ",\"m" : "\"m") + std::to_string(i) + "\":" + value;
    return text + "}";
}

TEST(JsonSurvey, WideAndDeepObjects) {
    EXPECT_EQ(columns_of("{\"n\":" + wide(2000, "1") + "}"), "n MAP(VARCHAR, BIGINT)");
    EXPECT_EQ(columns_of("{\"n\":" + wide(2000, "1") + "}\n{\"n\":{\"x\":0.5}}"),
              "n MAP(VARCHAR, DOUBLE)");
    EXPECT_EQ(columns_of("{\"n\":" + wide(2000, "9007199254740993") + "}\n{\"n\":{\"x\":0.5}}"),
              "n MAP(VARCHAR, JSON)");
    EXPECT_EQ(columns_of("{\"n\":" + wide(2000, "{\"x\":1}") + "}\n{\"n\":{\"q\":{\"y\":\"\"}}}"),
              "n MAP(VARCHAR, STRUCT(\"x\" BIGINT, \"y\" VARCHAR))");
    EXPECT_EQ(columns_of("{\"n\":" + wide(2000, "1") + "}\n{\"n\":[1]}"), "n JSON");
    EXPECT_EQ(survey_of(wide(2000, "1"), false, 1000).columns(true).columns.size(), 2000U);
    EXPECT_EQ(survey_of(wide(10'001, "1"), false, 1000).fault(), JsonSurvey::Fault::kManyMembers);
    std::string deep = "1";
    for (int i = 0; i < 3000; i++) deep = "{\"a\":" + deep + "}";
    const std::string found = columns_of(deep);
    EXPECT_TRUE(found.starts_with("a STRUCT(\"a\" STRUCT(") &&
                found.find("\"a\" JSON)") != std::string::npos)
        << found;
}

TEST(JsonSurvey, TheLongestRecordIsKnown) {
    const std::string text = "{\"a\":\"" + std::string(3'000'000, 'x') + "\"}";
    EXPECT_EQ(survey_of(text + "\n{\"a\":1}\n", false, 256 * 1024).longest_record(), text.size());
    EXPECT_EQ(survey_of("[" + text + ",1]", true, 256 * 1024).longest_record(), text.size());
}

std::string strings(const std::vector<std::string>& values) {
    std::string text;
    for (const std::string& value : values) text += "{\"a\":\"" + value + "\"}\n";
    return columns_of(text, false, false);
}

TEST(JsonSurvey, StringsThatAllLookAlikeHaveATypeOfTheirOwn) {
    for (const char* text :
         {"", "90210", "x", "20240102", "2024/01/02", "01-02-24", "2024-1-2", "2024-13-01",
          "2024-01-02T03:04:05+02:00", "a0eebc99-9c0b", "12:30:00Z", "2024-01-02Z"})
        EXPECT_EQ(strings({text}), "a VARCHAR") << text;
    EXPECT_EQ(strings({"2024-01-02"}), "a DATE");
    EXPECT_EQ(strings({"12:30:00", "12:30:00.25"}), "a TIME");
    EXPECT_EQ(strings({"2024-01-02T03:04:05Z", "2024-01-02 03:04:05.25"}), "a TIMESTAMP");
    EXPECT_EQ(strings({"2024-01-02", "2024-01-02 03:04:05"}), "a TIMESTAMP");
    EXPECT_EQ(strings({"a0eebc99-9c0b-4ef8-bb6d-6BB9BD380A11"}), "a UUID");
    EXPECT_EQ(strings({"2024-01-02", "2024-02-30"}), "a VARCHAR");
    EXPECT_EQ(strings({"2024-01-02", "12:30:00"}), "a VARCHAR");
}

}  // namespace
}  // namespace csd::worker
