// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/select/place.hpp"

#include <gtest/gtest.h>

#include "nvme/query_reason.hpp"

namespace csd::airmos::select {
namespace {

using nvme::ReasonCode;

std::string placed(ReasonCode code, const std::string& subject, std::string_view expression) {
    const Status failed = nvme::query_failure(code, "about {subject}", {.subject = subject});
    return std::string(with_place(error_of(failed), expression).message());
}

TEST(Place, NamesOfEachKindAreFoundWhereTheClientWroteThem) {
    const struct {
        ReasonCode code;
        std::string subject;
        std::string_view expression;
        std::string_view place;
    } rows[] = {
        {ReasonCode::kFunctionUnknown, "frobnicate", "SELECT frobnicate(s._1) FROM S3Object s",
         "line 1, column 8: "},
        {ReasonCode::kFunctionUnknown, "frobnicate",
         "SELECT 'frobnicate(', frobnicate,\n  FROBNICATE (s._1) FROM S3Object s",
         "line 2, column 3: "},
        {ReasonCode::kFunctionForbidden, "current_setting",
         "SELECT 1\r\nFROM S3Object WHERE 'x' = Current_Setting('threads')", "line 2, column 27: "},
        {ReasonCode::kTableFunctionForbidden, "read_text", "SELECT * FROM read_text('/etc/passwd')",
         "line 1, column 15: "},
        {ReasonCode::kColumnUnknown, "Zip", "SELECT zip(s.a), s.\"ZIP\" FROM S3Object s",
         "line 1, column 20: "},
        {ReasonCode::kColumnUnknown, "_9", "SELECT s._9 FROM S3Object s", "line 1, column 10: "},
        {ReasonCode::kColumnAmbiguous, "a", "SELECT a FROM S3Object", "line 1, column 8: "},
        {ReasonCode::kKeyUnknown, "b", "SELECT s.a.b FROM S3Object s", "line 1, column 12: "},
        {ReasonCode::kCastFailed, "a", "SELECT CAST(a AS INT) FROM S3Object",
         "line 1, column 13: "},
        {ReasonCode::kArgumentTypes, "sum", "SELECT SUM(a) FROM S3Object", "line 1, column 8: "},
        {ReasonCode::kArgumentTypes, "+", "SELECT 1, a + 1 FROM S3Object", "line 1, column 13: "},
        {ReasonCode::kNotGrouped, "b", "SELECT MAX(a), b FROM S3Object", "line 1, column 16: "},
        // Made by the translation, or about something else than a name.
        {ReasonCode::kFunctionUnknown, "list_value", "SELECT s.a FROM S3Object s", ""},
        {ReasonCode::kOptionValue, "a", "SELECT a FROM S3Object", ""},
        {ReasonCode::kColumnUnknown, "a", "SELECT 'never closed", ""},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(std::string(row.place), [&] {
            const std::string message = placed(row.code, row.subject, row.expression);
            return message.substr(0, message.find("about"));
        }()) << row.expression;
    }
}

TEST(Place, TheCodeStaysAndAnErrorWithoutAReasonToo) {
    const Status failed =
        nvme::query_failure(ReasonCode::kFunctionUnknown, "no {subject}", {.subject = "f"});
    EXPECT_EQ("UnsupportedFunction", with_place(error_of(failed), "SELECT f(1)").code());
    EXPECT_EQ("gone", with_place(Error("NoSuchKey", "gone"), "SELECT f(1)").message());
}

}  // namespace
}  // namespace csd::airmos::select
