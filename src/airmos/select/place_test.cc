// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/select/place.hpp"

#include <gtest/gtest.h>

#include "airmos/select/test_failure.hpp"
#include "airmos/select/translate.hpp"

namespace csd::airmos::select {
namespace {

using nvme::ReasonCode;

// "line L, column C: ", or nothing.
std::string placed(ReasonCode code, const std::string& subject, std::string_view expression) {
    const auto at = place_of(*failure(code, subject).reason(), tokenize(expression));
    if (!at) return {};
    return "line " + std::to_string(at->line) + ", column " + std::to_string(at->column) + ": ";
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
    };
    for (const auto& row : rows) {
        EXPECT_EQ(row.place, placed(row.code, row.subject, row.expression)) << row.expression;
    }
}

TEST(Place, IsPartOfTheErrorOfAStatement) {
    const auto statement = Statement::parse("SELECT s.a,\n  s.zip FROM S3Object s").value();
    const Error known = statement.error_of(failure(ReasonCode::kColumnUnknown, "zip", "no "));
    EXPECT_EQ("EvaluatorBindingDoesNotExist", known.code());
    EXPECT_EQ("line 2, column 5: no zip", known.message());
    EXPECT_EQ("no b",
              statement.error_of(failure(ReasonCode::kColumnUnknown, "b", "no ")).message());
    const Error gone = statement.error_of(Status(Code::kTransport, "gone"));
    EXPECT_EQ("ServiceUnavailable", gone.code());
    EXPECT_EQ("gone", gone.cause());
}

}  // namespace
}  // namespace csd::airmos::select
