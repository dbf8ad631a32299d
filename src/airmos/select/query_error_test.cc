// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/select/query_error.hpp"

#include <gtest/gtest.h>

#include "airmos/error.hpp"
#include "nvme/query_reason.hpp"

namespace csd::airmos::select {
namespace {

using nvme::query_failure;
using nvme::ReasonCode;

std::string_view code_of(ReasonCode code, std::string subject = {}) {
    return query_error_code(query_failure(code, "{subject}", {.subject = std::move(subject)}));
}

TEST(QueryError, TheKindOfFailureIsKept) {
    EXPECT_EQ("UnsupportedSqlOperation", code_of(ReasonCode::kSyntax));
    EXPECT_EQ("UnrecognizedFormatException", code_of(ReasonCode::kFormatDiffers));
    EXPECT_EQ("EvaluatorInvalidArguments", code_of(ReasonCode::kTypesDiffer));
    EXPECT_EQ("ExternalEvalException", code_of(ReasonCode::kTime));
    EXPECT_EQ("InternalError", code_of(ReasonCode::kEngineDied));
    EXPECT_EQ("InternalError", code_of(ReasonCode::kOptionsMalformed)) << "the node made them";
    EXPECT_EQ("Busy", query_error_code(Status(Code::kQueryBusy, "later")));
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
        EXPECT_EQ("UnsupportedSqlOperation",
                  query_error_code(Status(Code::kQueryRefused, sentence)));
        EXPECT_EQ("UnrecognizedFormatException",
                  query_error_code(Status(Code::kQueryData, sentence)));
        EXPECT_EQ("EvaluatorInvalidArguments",
                  query_error_code(Status(Code::kQueryFailed, sentence)));
        EXPECT_EQ("InternalError", query_error_code(Status(Code::kQueryEngine, sentence)));
        EXPECT_EQ("InternalError", query_error_code(Status(Code::kInvalidField, sentence)));
        EXPECT_EQ("CastFailed", query_error_code(query_failure(ReasonCode::kCastFailed, sentence)));
    }
}

// Every code that a drive can tell, and every one that it may tell some day, has a row in error.cc.
TEST(QueryError, EveryReasonHasARow) {
    for (uint32_t code = 0; code <= UINT16_MAX; code++)
        EXPECT_FALSE(Error(code_of(static_cast<ReasonCode>(code), code % 2 == 0 ? "_1" : "a"))
                         .message()
                         .empty());
}

TEST(QueryError, ErrorsOfADriveUseIt) {
    const Status status = query_failure(ReasonCode::kCastFailed, "'ann' is no INTEGER",
                                        {.position = 3}, "SELECT of the drive");
    const Error error = error_of(status);
    EXPECT_EQ("CastFailed", error.code());
    EXPECT_EQ(400, error.http_status());
    EXPECT_EQ("'ann' is no INTEGER", error.message()) << "the position is none of the client's";
    ASSERT_NE(nullptr, error.reason());
    EXPECT_EQ(ReasonCode::kCastFailed, error.reason()->code);
    EXPECT_EQ(503, error_of(Status(Code::kQueryBusy, "later")).http_status());
    EXPECT_EQ(500, error_of(Status(Code::kQueryEngine, "died")).http_status());
}

}  // namespace
}  // namespace csd::airmos::select
