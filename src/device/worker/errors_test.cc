// SPDX-License-Identifier: BSD-3-Clause
//
// DuckDB's words and what the user reads instead.
#include "device/worker/errors.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace csd::worker {
namespace {

using nvme::ReasonCode;

struct Case {
    const char* said;
    Stage stage;
    ReasonCode reason;
    const char* text;  // whole
};

TEST(Errors, AreClassedAndToldAnew) {
    for (const Case& one : std::vector<Case>{
             {"Binder Error: Referenced column \"x\" not found in FROM clause!\nCandidate "
              "bindings: \"a\"\n\nLINE 1: COPY "
              "(SELECT x FROM read_csv('/proc/self/fd/10', ...",
              Stage::kRun, ReasonCode::kColumnUnknown,
              "there is no column \"x\"; the columns are \"a\""},
             {"Parser Error: syntax error at or near \"selec\"", Stage::kRun, ReasonCode::kRefused,
              "syntax error at or near \"selec\""},
             {"Conversion Error: Could not convert string 'x' to INT32", Stage::kRun,
              ReasonCode::kCastFailed, "'x' is no INTEGER; TRY_CAST gives null instead"},
             {"Conversion Error: CSV Error on Line: 7\nOriginal Line: a,b\nfoo\n\nPossible "
              "fixes:\n* set this\n  file = "
              "/proc/self/fd/10",
              Stage::kRun, ReasonCode::kCsvMalformed,
              "line 7 of the CSV cannot be read as the options say; check delimiter, quote and "
              "escape"},
             {"Invalid Input Error: Malformed JSON in file \"/proc/self/fd/10\", at byte 3 in line "
              "8: oops. Try auto-detecting the JSON format",
              Stage::kRun, ReasonCode::kJsonMalformed,
              "the JSON is malformed on line 7, at byte 3 of the line: oops; correct the value"},
             {"Out of Memory Error: failed to allocate data of size 4.0 GiB (1/2 used)\nPossible "
              "solutions: x",
              Stage::kRun, ReasonCode::kMemory,
              "the query needs more memory than it may have; select fewer columns, or sort and "
              "group less"},
             {"Invalid Error: std::bad_alloc", Stage::kRun, ReasonCode::kMemory,
              "the query needs more memory than it may have; select fewer columns, or sort and "
              "group less"},
             {"IO Error: Could not write file \"/proc/self/fd/11\": File too large", Stage::kRun,
              ReasonCode::kResultBytes,
              "the result is larger than a result may be; select fewer rows or columns"},
             {"INTERNAL Error: Attempted to dereference\nStack Trace:\n/usr/lib/x", Stage::kRun,
              ReasonCode::kEngine, "the query engine failed inside; the drive is well"},
             {"Invalid Input Error: Some new fault in file '/proc/self/fd/10'", Stage::kSchema,
              ReasonCode::kData, "the value could not be read: Some new fault in file the value"},
             {"Out of Range Error: Overflow in addition of INT64 (1 + 2)!", Stage::kRun,
              ReasonCode::kOverflow,
              "the result of 1 + 2 is out of the range of BIGINT; use a larger type, such as "
              "CAST(... AS HUGEINT) or DOUBLE"},
             {"", Stage::kRun, ReasonCode::kFailed, "the query failed"}}) {
        Status status = explain(one.said, one.stage);
        ASSERT_NE(status.reason(), nullptr);
        EXPECT_EQ(status.reason()->code, one.reason) << one.said;
        EXPECT_EQ(status.code(), nvme::status_of(one.reason)) << one.said;
        EXPECT_EQ(status.message(), one.text) << one.said;
    }
}

TEST(Errors, AdviceThatNobodyCanTakeIsLeftOut) {
    EXPECT_EQ(explain("Invalid Input Error: It went wrong. Try increasing \"sample_size\". It was "
                      "bad. Use \"SET x=false\" to change it.",
                      Stage::kRun)
                  .message(),
              "It went wrong. It was bad.");
}

TEST(Errors, OurOwnSqlBecomesTheValue) {
    EXPECT_EQ(explain("Binder Error: in (SELECT 1 FROM read_csv('/proc/self/fd/10', (delim = ')'), "
                      "(a = f(1))) AS x) bad",
                      Stage::kRun)
                  .message(),
              "in (SELECT 1 FROM the value AS x) bad");
    EXPECT_EQ(explain("Binder Error: read_parquet('/proc/self/fd/10'", Stage::kRun).message(),
              "the value");
}

TEST(Errors, LongTextsAreCut) {
    std::string text = explain("Binder Error: " + std::string(5000, 'x'), Stage::kRun).message();
    EXPECT_LT(text.size(), 300u);
    EXPECT_TRUE(text.ends_with("..."));
    std::string lines = "Binder Error: ";
    for (int i = 0; i < 500; i++) lines += "line\n";
    EXPECT_LE(explain(lines, Stage::kRun).message().size(), 400u);
}

TEST(Errors, WhatIsKnownBesideTheTextIsUsed) {
    const PreparedSql sql = prepare_sql("SELECT prize FROM t WHERE City = \"Bonn\"").value();
    const std::vector<std::string> columns = {"City", "price"};
    const Status near =
        explain("Binder Error: Referenced column \"prize\" not found in FROM clause!", Stage::kRun,
                {&sql, &columns});
    EXPECT_EQ(
        near.message(),
        "there is no column \"prize\"; did you mean \"price\"? (line 1, column 8 of the SQL)");
    EXPECT_EQ(near.reason()->position, 7u);
    EXPECT_EQ(near.reason()->subject(), "prize");
    const Status quoted =
        explain("Binder Error: Referenced column \"Bonn\" not found in FROM clause!", Stage::kRun,
                {&sql, &columns});
    EXPECT_EQ(quoted.reason()->without_place(),
              "there is no column \"Bonn\"; text stands in single quotes: 'Bonn'; the columns are "
              "\"City\", \"price\"");
}

TEST(Errors, PatternsTellTheirParts) {
    std::vector<std::string_view> parts;
    EXPECT_TRUE(fits_pattern("a b c", "a % c", parts));
    EXPECT_EQ(parts, std::vector<std::string_view>{"b"});
    EXPECT_TRUE(fits_pattern("f(1, 2)!", "%(%)%", parts));
    EXPECT_EQ(parts, (std::vector<std::string_view>{"f", "1, 2", "!"}));
    EXPECT_TRUE(fits_pattern("abc", "abc", parts));
    EXPECT_FALSE(fits_pattern("abcd", "abc", parts));
    EXPECT_FALSE(fits_pattern("ab", "a%c", parts));
    EXPECT_FALSE(fits_pattern("", "a", parts));
}

}  // namespace
}  // namespace csd::worker
