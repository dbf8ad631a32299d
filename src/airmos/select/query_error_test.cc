// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/select/query_error.hpp"

#include <gtest/gtest.h>

#include "airmos/error.hpp"

namespace csd::airmos::select {
namespace {

// That the words are the engine's is shown by translated_csv_test.cc, which lets queries fail.
TEST(QueryError, TheKindOfFailureIsKept) {
    EXPECT_EQ("UnsupportedSqlOperation",
              query_error_code(Status(Code::kQueryRefused, "only one SELECT is permitted")));
    EXPECT_EQ("UnrecognizedFormatException",
              query_error_code(Status(Code::kQueryData, "it is something else")));
    EXPECT_EQ("EvaluatorInvalidArguments", query_error_code(Status(Code::kQueryFailed, "no idea")));
    EXPECT_EQ("ExternalEvalException",
              query_error_code(Status(Code::kQueryLimit, "took longer than 60000 ms")));
    EXPECT_EQ("Busy", query_error_code(Status(Code::kQueryBusy, "later")));
    EXPECT_EQ("InternalError",
              query_error_code(Status(Code::kQueryEngine, "the query's process died")));
}

TEST(QueryError, TheReasonGivesAFinerCode) {
    EXPECT_EQ("UnsupportedFunction",
              query_error_code(
                  Status(Code::kQueryRefused, "there is no function f, or it is not permitted")));
    EXPECT_EQ("CSVParsingError",
              query_error_code(Status(Code::kQueryData, "CSV Error on Line: 3")));
    EXPECT_EQ("OverMaxRecordSize",
              query_error_code(Status(Code::kQueryData,
                                      "the first record of the CSV is longer than 1048576 bytes")));
    EXPECT_EQ("CastFailed", query_error_code(Status(Code::kQueryFailed,
                                                    "Could not convert string 'ann' to INT32")));
    // The same words of another kind of failure mean nothing.
    EXPECT_EQ("InternalError",
              query_error_code(Status(Code::kQueryEngine, "Could not convert string")));
    EXPECT_EQ(
        "InvalidRequestParameter",
        query_error_code(Status(Code::kInvalidField, "option quote: must be one ASCII character")));
    EXPECT_EQ("InternalError", query_error_code(Status(Code::kInvalidField, "a reserved field")));
}

TEST(QueryError, AMissingColumnHasItsName) {
    EXPECT_EQ("zip", missing_column("Table \"s\" does not have a column named \"zip\"; Candidate"));
    EXPECT_EQ("zip code",
              missing_column("Referenced column \"zip code\" not found in FROM clause!"));
    EXPECT_EQ("zip", missing_column("Referenced column \"zip"));
    EXPECT_EQ("", missing_column("Could not find key \"zip\" in struct"));
}

TEST(QueryError, ErrorsOfADriveUseIt) {
    const Error error =
        error_of(Status(Code::kQueryFailed, "Could not convert string 'ann' to INT32"));
    EXPECT_EQ("CastFailed", error.code());
    EXPECT_EQ(400, error.http_status());
    EXPECT_EQ(503, error_of(Status(Code::kQueryBusy, "later")).http_status());
    EXPECT_EQ(500, error_of(Status(Code::kQueryEngine, "died")).http_status());
}

}  // namespace
}  // namespace csd::airmos::select
