// SPDX-License-Identifier: BSD-3-Clause
//
// What all the records of JSON are seen to have, and what is left to DuckDB.
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

// "a BIGINT, b VARCHAR"; empty when DuckDB has to judge.
std::string columns_of(std::string_view text, bool in_array = false) {
    std::string out;
    for (const ColumnSpec& column : survey_of(text, in_array).columns())
        out += (out.empty() ? "" : ", ") + column.name + " " + column.type;
    return out;
}

TEST(JsonSurvey, TypesTakeEveryRecord) {
    EXPECT_EQ(columns_of("{\"a\": 1}\n{\"a\": -2}"), "a BIGINT");
    EXPECT_EQ(columns_of("{\"a\":1}{\"a\":1.5}"), "a DOUBLE");
    EXPECT_EQ(columns_of("{\"a\":1e3}"), "a DOUBLE");
    EXPECT_EQ(columns_of("{\"a\":true}\n\n{\"a\":null}\n{\"b\":\"x\"}\n"), "a BOOLEAN, b VARCHAR");
    EXPECT_EQ(columns_of("{\"a\":null}"), "a JSON");
    EXPECT_EQ(columns_of("{\"a\":1}\n{\"a\":\"1\"}\n"), "a JSON");
    EXPECT_EQ(columns_of("{\"a\":\"2024-01-02\", \"b\":\"12:30:00\"}"), "a VARCHAR, b VARCHAR");
    EXPECT_EQ(columns_of("{\"a\":[1,2]}\n{\"a\":[]}\n{\"a\":[0.5]}"), "a DOUBLE[]");
    EXPECT_EQ(columns_of("{\"a\":[]}"), "a JSON[]");
    EXPECT_EQ(columns_of("{\"a\":{\"b\":{\"c d\":1}}}\n{\"a\":{\"e\":[{\"f\":\"\"}]}}"),
              "a STRUCT(\"b\" STRUCT(\"c d\" BIGINT), \"e\" STRUCT(\"f\" VARCHAR)[])");
    EXPECT_EQ(columns_of("{\"a\":9223372036854775807}"), "a BIGINT");
    EXPECT_EQ(columns_of("{\"a\":\"\\\"}{\\\\\"}\n{\"b\":1}"), "a VARCHAR, b BIGINT");
}

TEST(JsonSurvey, AnArrayHasRecordsToo) {
    EXPECT_EQ(columns_of("[{\"a\":1},\n {\"a\":2.5} , {\"b\":1}]\n", true), "a DOUBLE, b BIGINT");
    EXPECT_EQ(columns_of("[]", true), "");
    for (const char* broken :
         {"[{\"a\":1}", "[{\"a\":1},]", "[{\"a\":1}] 2", "[{\"a\":1} {}]", "["})
        EXPECT_EQ(columns_of(broken, true), "") << broken;
}

TEST(JsonSurvey, WhatIsStrangeIsForDuckDb) {
    std::string deep = "1";
    for (int i = 0; i < 22; i++) deep = "{\"a\":" + deep + "}";
    std::string wide = "{";
    for (int i = 0; i < 2000; i++) wide += "\"m" + std::to_string(i) + "\":1,";
    wide += "\"z\":1}";
    for (const std::string& text :
         {std::string(), std::string("1"), std::string("[1]"), std::string("{\"a\":1}\n2"),
          std::string("{\"a\":9223372036854775808}"), std::string("{\"a\":NaN}"),
          std::string("{\"a\":1"), std::string("{\"a\" 1}"), std::string("{\"a\":1,}"),
          std::string("{\"a\":tru}"), std::string("{\"a\":\"x}"), std::string("{\"a\":[1 2]}"),
          std::string("{a:1}"), std::string("{\"a\":1,\"A\":2}"), std::string("{\"\":1}"),
          std::string("{\"\\u0061\":1}"), std::string("{\"\xFF\":1}"), deep, wide})
        EXPECT_EQ(columns_of(text), "") << text.substr(0, 40);
    EXPECT_EQ(survey_of(deep).telling_records(), std::nullopt);
    JsonSurvey survey(false, 20);
    std::string piece = "{\"a\":\"" + std::string(600'000, 'x');
    EXPECT_TRUE(survey.feed(piece));
    EXPECT_FALSE(survey.feed(piece));
}

uint64_t telling(const std::string& text) {
    return survey_of(text, false, 1000).telling_records().value_or(UINT64_MAX);
}

TEST(JsonSurvey, TheLastRecordThatTellsSomethingIsKnown) {
    std::string many;
    for (int i = 0; i < 1000; i++) many += "{\"a\":1,\"b\":{\"x\":\"hello\"}}\n";
    EXPECT_EQ(telling(many), 1u);
    // Each of these is within what DuckDB then looks at, whether it counts records or lines.
    for (const char* late : {"{\"a\":1.5}", "{\"a\":\"some\"}", "{\"c\":1}", "{\"b\":{\"y\":1}}",
                             "{\"a\":null}", "{\"a\":[1]}"}) {
        std::string text = many;
        text += late;
        EXPECT_GE(telling(text + "\n" + many), 1001u) << late;
        EXPECT_LE(telling(text + "\n" + many), 2001u) << late;
    }
    EXPECT_GE(telling(std::string(500, '\n') + many), 500u);
}

std::string strings(const std::vector<std::string>& values) {
    std::string text;
    for (const std::string& value : values) text += "{\"a\":\"" + value + "\"}\n";
    return text;
}

TEST(JsonSurvey, StringsThatMayBeDatesAreForDuckDb) {
    for (const char* plain : {"", "90210", "x", "20240102", "some-thing", "2024/01/02"})
        EXPECT_EQ(telling(strings({plain})), 1u) << plain;
    for (const char* doubtful : {"01-02-24", "01-02-24 03:04:05 PM", "2024-1-2", "2024-13-01",
                                 "2024-01-02T03:04:05+02:00", "a0eebc99-9c0b"})
        EXPECT_EQ(telling(strings({doubtful})), UINT64_MAX) << doubtful;
    for (const char* clear : {"2024-01-02", "12:30:00", "2024-01-02T03:04:05Z",
                              "2024-01-02 03:04:05.25", "a0eebc99-9c0b-4ef8-bb6d-6BB9BD380A11"})
        EXPECT_EQ(telling(strings({clear, clear})), 1u) << clear;
    // A late one of another form, or of a day that there is not.
    EXPECT_EQ(telling(strings({"2024-01-02", "2024-02-30"})), UINT64_MAX);
    EXPECT_EQ(telling(strings({"2024-01-02", "2024-01-02 03:04:05"})), UINT64_MAX);
    EXPECT_EQ(telling(strings({"2024-01-02", "some other day"})), 3u);
}

}  // namespace
}  // namespace csd::worker
