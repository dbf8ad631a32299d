// SPDX-License-Identifier: BSD-3-Clause
//
// The options of a select: what each means, and what is wrong with them. Their effect is tested by tests/sql/options.test.
#include "device/worker/select_options.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace csd::worker {
namespace {

using nvme::DataFormat;

SelectOptions parsed(const std::string& text, SelectShape shape = {}) {
    auto options = parse_select_options(text, shape);
    EXPECT_TRUE(options.ok()) << text << ": " << options.status().message();
    return options.ok() ? options.value() : SelectOptions();
}

std::string wrong(const std::string& text, SelectShape shape = {}) {
    auto options = parse_select_options(text, shape);
    EXPECT_EQ(options.code(), Code::kInvalidField) << text;
    return options.status().message();
}

TEST(SelectOptions, NoneAreDefaults) {
    for (const char* text : {"", "{}", " { } "}) {
        SelectOptions options = parsed(text);
        EXPECT_EQ(options.compression, Compression::kNone);
        EXPECT_EQ(options.header, Header::kNone);
        EXPECT_FALSE(options.delimiter);
        EXPECT_EQ(options.out_record_delimiter, "\n");
    }
    EXPECT_EQ(parsed("", {DataFormat::kCsv, DataFormat::kCsv, true}).header, Header::kUse);
}

TEST(SelectOptions, EachIsRead) {
    SelectOptions options =
        parsed(R"({"compression": "zstd", "delimiter": "||", "quote": "'", "escape": "\\",
        "comment": "#", "record_delimiter": "\r\n", "header": "ignore", "columns": {"b": "INT", "a": "TEXT"},
        "out_delimiter": ";", "out_quote": "", "out_record_delimiter": "|"})");
    EXPECT_EQ(options.compression, Compression::kZstd);
    EXPECT_EQ(options.delimiter, "||");
    EXPECT_EQ(options.quote, '\'');
    EXPECT_EQ(options.escape, '\\');
    EXPECT_EQ(options.comment, '#');
    EXPECT_EQ(options.record_delimiter, "\r\n");
    EXPECT_EQ(options.header, Header::kIgnore);
    ASSERT_EQ(options.columns.size(), 2u);
    EXPECT_EQ(options.columns[0].name, "b");  // in their order
    EXPECT_EQ(options.columns[1].type, "TEXT");
    EXPECT_EQ(options.out_quote, 0);
    EXPECT_EQ(parsed(R"({"scan": [5, 18446744073709551615]})").scan->last, UINT64_MAX);
    EXPECT_TRUE(parsed(R"({"columns": "text"})").all_text);
    EXPECT_EQ(parsed(R"({"columns": ["x"]})").columns[0].type, "");
    EXPECT_EQ(parsed(R"({"json": "document"})", {DataFormat::kJson}).json, JsonShape::kDocument);
}

TEST(SelectOptions, WhatIsNoObjectIsWrong) {
    for (const char* text : {"[]", "1", "null", "{", "{}x", "\"a\"", "\xFF"}) wrong(text);
}

TEST(SelectOptions, UnknownNamesAreNamed) {
    EXPECT_NE(wrong(R"({"delimeter": ","})").find("delimeter"), std::string::npos);
}

TEST(SelectOptions, BadValuesAreWrong) {
    for (const char* text :
         {R"({"compression": 1})",     R"({"compression": "lz4"})",  R"({"delimiter": ""})",
          R"({"delimiter": "12345"})", R"({"delimiter": "\u0000"})", R"({"delimiter": null})",
          R"({"quote": "ab"})",        R"({"quote": "\n"})",         R"({"quote": "\u00fc"})",
          R"({"escape": 1})",          R"({"header": true})",        R"({"columns": []})",
          R"({"columns": {}})",        R"({"columns": [1]})",        R"({"columns": [""]})",
          R"({"columns": {"a": ""}})", R"({"columns": "int"})",      R"({"scan": [1]})",
          R"({"scan": [-1, 5]})",      R"({"scan": [5, 1]})",        R"({"scan": ["0", "1"]})",
          R"({"scan": [0.5, 1]})",     R"({"record_delimiter": ""})"})
        wrong(text);
    std::string many = "{\"columns\": [";
    for (int i = 0; i < 1001; i++) many += (i > 0 ? ",\"c" : "\"c") + std::to_string(i) + "\"";
    wrong(many + "]}");
}

TEST(SelectOptions, ContradictionsAreWrong) {
    for (const char* text :
         {R"({"delimiter": "\""})", R"({"delimiter": "\n"})",
          R"({"delimiter": "|", "record_delimiter": "|"})", R"({"record_delimiter": "\""})",
          R"({"out_delimiter": "\""})", R"({"out_delimiter": "\n"})",
          R"({"out_delimiter": "|", "out_record_delimiter": "|"})", R"({"comment": "\""})",
          R"({"comment": ",", "delimiter": ","})", R"({"scan": [0, 1], "compression": "gzip"})"})
        wrong(text);
}

TEST(SelectOptions, OptionsOfAnotherFormatAreWrong) {
    SelectShape json{DataFormat::kJson, DataFormat::kJson},
        parquet{DataFormat::kParquet, DataFormat::kParquet};
    for (const char* text : {R"({"delimiter": ","})", R"({"header": "use"})", R"({"comment": "#"})",
                             R"({"out_quote": "'"})", R"({"columns": ["a"]})"})
        wrong(text, json);
    for (const char* text :
         {R"({"compression": "none"})", R"({"columns": {"a": "INT"}})", R"({"columns": "text"})",
          R"({"scan": [0, 1]})", R"({"json": "lines"})"})
        wrong(text, parquet);
    wrong(R"({"json": "lines"})");
    wrong(R"({"json": "document", "scan": [0, 1]})", json);
}

}  // namespace
}  // namespace csd::worker
