// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/core/error.hpp"

#include <gtest/gtest.h>

namespace csd::airmos {
namespace {

TEST(Errors, RowsAreFoundFromTheFirstToTheLast) {
    for (const char* code : {"AccessDenied", "AmbiguousFieldName", "CSVParsingError", "CastFailed",
                             "InternalError", "JSONParsingError", "NoSuchKey", "NotImplemented",
                             "SlowDown", "ValueParseFailure", "XAmzContentSHA256Mismatch"}) {
        EXPECT_EQ(errors::find(code).code, code);
        EXPECT_GE(errors::find(code).http_status, 300);
        EXPECT_FALSE(errors::find(code).message.empty());
    }
}

TEST(Errors, AnErrorMaySayMoreThanItsRow) {
    EXPECT_EQ(Error("NoSuchKey").message(), "The specified key does not exist.");
    const Error error =
        Error("InvalidArgument", "max-keys is a number").with("ArgumentName", "max-keys");
    EXPECT_EQ(error.message(), "max-keys is a number");
    EXPECT_EQ(error.http_status(), 400);
    ASSERT_EQ(error.elements().size(), 1u);
    EXPECT_EQ(error.elements()[0].second, "max-keys");
}

TEST(Errors, ADrivesFailureKeepsItsMeaning) {
    EXPECT_EQ(error_of(Status(Code::kNoSpace, "full")).http_status(), 507);
    EXPECT_EQ(error_of(Status(Code::kTransport, "gone")).code(), "ServiceUnavailable");
    EXPECT_EQ(error_of(Status(Code::kInvalidValueSize, "16 TiB at most")).message(),
              "16 TiB at most");
}

TEST(Errors, WhatOnlyTheOperatorMaySeeIsNotTold) {
    EXPECT_EQ(error_of(Status(Code::kInternal, "/secret/path")).message().find("/secret"),
              std::string_view::npos);
    EXPECT_EQ(error_of(Status(Code::kIo, "/secret/path")).message().find("/secret"),
              std::string_view::npos);
    EXPECT_EQ(error_of(Status(Code::kIo, "/secret/path")).cause(), "/secret/path");
}

TEST(Outcomes, HoldAValueOrAnError) {
    const Outcome<int> seven = 7;
    EXPECT_TRUE(seven.ok());
    EXPECT_EQ(seven.value(), 7);
    const Outcome<> failed = Error("SlowDown");
    EXPECT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().code(), "SlowDown");
}

}  // namespace
}  // namespace csd::airmos
