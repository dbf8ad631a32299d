// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/select/query_error.hpp"

#include <gtest/gtest.h>

#include "airmos/select/test_failure.hpp"

namespace csd::airmos::select {
namespace {

using nvme::ReasonCode;

std::string_view code_of(const Status& failed) {
    return query_error(failed).code();
}
std::string_view code_of(ReasonCode code, const std::string& subject = {}) {
    return code_of(failure(code, subject));
}

TEST(QueryError, TheKindOfFailureIsKept) {
    EXPECT_EQ("UnsupportedSqlOperation", code_of(ReasonCode::kSyntax));
    EXPECT_EQ("UnrecognizedFormatException", code_of(ReasonCode::kFormatDiffers));
    EXPECT_EQ("EvaluatorInvalidArguments", code_of(ReasonCode::kTypesDiffer));
    EXPECT_EQ("ExternalEvalException", code_of(ReasonCode::kTime));
    EXPECT_EQ("InternalError", code_of(ReasonCode::kEngineDied));
    EXPECT_EQ("InternalError", code_of(ReasonCode::kOptionsMalformed)) << "the node made them";
    EXPECT_EQ("Busy", code_of(Status(Code::kQueryBusy, "later")));
}

TEST(QueryError, TheReasonGivesAFinerCode) {
    EXPECT_EQ("UnsupportedFunction", code_of(ReasonCode::kFunctionUnknown, "f"));
    EXPECT_EQ("CSVParsingError", code_of(ReasonCode::kCsvMalformed));
    EXPECT_EQ("OverMaxRecordSize", code_of(ReasonCode::kRecordTooLong));
    EXPECT_EQ("CastFailed", code_of(ReasonCode::kCastFailed));
    EXPECT_EQ("InvalidRequestParameter", code_of(ReasonCode::kOptionValue, "quote"));
    EXPECT_EQ("EvaluatorBindingDoesNotExist", code_of(ReasonCode::kColumnUnknown, "zip"));
    EXPECT_EQ("EvaluatorBindingDoesNotExist", code_of(ReasonCode::kColumnUnknown, "_id"));
    EXPECT_EQ("InvalidColumnIndex", code_of(ReasonCode::kColumnUnknown, "_9"));
}

// A drive that tells no reasons: whatever it says, the code of the kind.
TEST(QueryError, NoSentenceChangesTheCode) {
    for (const char* sentence :
         {"Could not convert string 'ann' to INT32", "there is no function f",
          "CSV Error on Line: 3", "Referenced column \"_9\" not found", "option quote"}) {
        EXPECT_EQ("UnsupportedSqlOperation", code_of(Status(Code::kQueryRefused, sentence)));
        EXPECT_EQ("UnrecognizedFormatException", code_of(Status(Code::kQueryData, sentence)));
        EXPECT_EQ("EvaluatorInvalidArguments", code_of(Status(Code::kQueryFailed, sentence)));
        EXPECT_EQ("InternalError", code_of(Status(Code::kQueryEngine, sentence)));
        EXPECT_EQ("InternalError", code_of(Status(Code::kInvalidField, sentence)));
        EXPECT_EQ("CastFailed", code_of(failure(ReasonCode::kCastFailed, "", sentence)));
    }
}

// Every code that a drive can tell, and every one that it may tell some day, has a row in core/error.cc.
TEST(QueryError, EveryReasonHasARow) {
    for (uint32_t code = 0; code <= UINT16_MAX; code++)
        EXPECT_FALSE(Error(code_of(static_cast<ReasonCode>(code), code % 2 == 0 ? "_1" : "a"))
                         .message()
                         .empty());
}

TEST(QueryError, TheClientIsToldTheSentenceWithoutThePlaceInTheDrivesSql) {
    const Error error = query_error(
        failure(ReasonCode::kCastFailed, "ann", "no INTEGER: ", ", at line 1, column 4"));
    EXPECT_EQ("CastFailed", error.code());
    EXPECT_EQ(400, error.http_status());
    EXPECT_EQ("no INTEGER: ann", error.message());
    EXPECT_EQ("no such function: f",
              query_error(Status(Code::kQueryRefused, "no such function: f")).message());
    EXPECT_EQ(503, query_error(Status(Code::kQueryBusy, "later")).http_status());
    const Error died = query_error(Status(Code::kQueryEngine, "/usr/lib/worker died"));
    EXPECT_EQ(500, died.http_status());
    EXPECT_EQ("/usr/lib/worker died", died.cause()) << "for the log alone";
}

TEST(QueryError, AMissingColumnIsOneThatHasAName) {
    EXPECT_EQ("zip", missing_column(failure(ReasonCode::kColumnUnknown, "ZIP")));
    EXPECT_EQ("", missing_column(failure(ReasonCode::kColumnUnknown, "_9")));
    EXPECT_EQ("", missing_column(failure(ReasonCode::kColumnAmbiguous, "zip")));
    EXPECT_EQ("", missing_column(Status(Code::kQueryFailed, "there is no column zip")));
}

}  // namespace
}  // namespace csd::airmos::select
