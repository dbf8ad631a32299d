// SPDX-License-Identifier: BSD-3-Clause
//
// DuckDB's words and what the user reads instead.
#include "device/worker/errors.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace csd::worker {
namespace {

struct Case {
    const char* said;
    Stage stage;
    Code code;
    const char* text;  // whole
};

TEST(Errors, AreClassedAndCleaned) {
    for (const Case& one : std::vector<Case>{
             {"Binder Error: Referenced column \"x\" not found in FROM clause!\nCandidate "
              "bindings: \"a\"\n\nLINE 1: COPY "
              "(SELECT x FROM read_csv('/proc/self/fd/10', ...",
              Stage::kRun, Code::kQueryFailed,
              "Referenced column \"x\" not found in FROM clause!; Candidate bindings: \"a\""},
             {"Parser Error: syntax error at or near \"selec\"", Stage::kRun, Code::kQueryRefused,
              "syntax error at or near \"selec\""},
             {"Conversion Error: Could not convert string 'x' to INT32", Stage::kRun,
              Code::kQueryFailed, "Could not convert string 'x' to INT32"},
             {"Conversion Error: CSV Error on Line: 7\nOriginal Line: a,b\nfoo\n\nPossible "
              "fixes:\n* set this\n  file = "
              "/proc/self/fd/10",
              Stage::kRun, Code::kQueryData,
              "the value could not be read: CSV Error on Line: 7; Original Line: a,b; foo"},
             {"Invalid Input Error: Malformed JSON in file \"/proc/self/fd/10\", at byte 3: oops. "
              "Try auto-detecting the "
              "JSON format",
              Stage::kRun, Code::kQueryData,
              "the value could not be read: Malformed JSON in file the value, at byte 3: oops."},
             {"Out of Memory Error: failed to allocate data of size 4.0 GiB (1/2 used)\nPossible "
              "solutions: x",
              Stage::kRun, Code::kQueryLimit, "the query needs more memory than it may have"},
             {"Invalid Error: std::bad_alloc", Stage::kRun, Code::kQueryLimit,
              "the query needs more memory than it may have"},
             {"IO Error: Could not write file \"/proc/self/fd/11\": File too large", Stage::kRun,
              Code::kQueryLimit, "the result is larger than a result may be"},
             {"INTERNAL Error: Attempted to dereference\nStack Trace:\n/usr/lib/x", Stage::kRun,
              Code::kQueryEngine, "the query engine failed inside; the drive is well"},
             {"Invalid Input Error: Footer length error in file '/proc/self/fd/10'", Stage::kSchema,
              Code::kQueryData,
              "the value could not be read: Footer length error in file the value"},
             {"Out of Range Error: Overflow in addition of INT64 (1 + 2)!", Stage::kRun,
              Code::kQueryFailed, "Overflow in addition of INT64 (1 + 2)!"},
             {"", Stage::kRun, Code::kQueryFailed, "the query failed"}}) {
        Status status = explain(one.said, one.stage);
        EXPECT_EQ(status.code(), one.code) << one.said;
        EXPECT_EQ(status.message(), one.text) << one.said;
    }
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

}  // namespace
}  // namespace csd::worker
