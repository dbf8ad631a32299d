// SPDX-License-Identifier: BSD-3-Clause
#include "nvme/query_reason.hpp"

#include <gtest/gtest.h>

#include <set>

namespace csd::nvme {
namespace {

TEST(QueryReason, TheSentenceIsPrintedFromTheFields) {
    const QueryReason reason = make_reason(
        ReasonCode::kColumnUnknown, "there is no column {subject} in record {record}: {1}{2}",
        {.subject = "b", .details = {"x"}, .position = 9, .record = 4}, "select a,\nb");
    EXPECT_EQ(reason.sentence,
              "there is no column b in record 4: x (line 1, column 10 of the SQL)");
    EXPECT_EQ(reason.subject(), "b");
    EXPECT_EQ(reason.without_place(), "there is no column b in record 4: x");
    EXPECT_EQ(reason.position, 9u);
    EXPECT_EQ(reason.record, 4u);
}

TEST(QueryReason, LinesAndColumnsCountFromOneAndInCharacters) {
    const auto place = [](std::string_view sql, uint32_t position) {
        const QueryReason reason =
            make_reason(ReasonCode::kSyntax, "x", {.position = position}, sql);
        return reason.sentence.substr(1);
    };
    EXPECT_EQ(place("abc", 0), " (line 1, column 1 of the SQL)");
    EXPECT_EQ(place("abc", 3), " (line 1, column 4 of the SQL)");
    EXPECT_EQ(place("a\n\nbc", 4), " (line 3, column 2 of the SQL)");
    EXPECT_EQ(place("'\xC3\xA4\xE2\x82\xAC' b", 8), " (line 1, column 6 of the SQL)");
    EXPECT_EQ(place("abc", 99), " (line 1, column 4 of the SQL)");
}

TEST(QueryReason, BracesInWhatIsFilledInMeanNothing) {
    const QueryReason reason = make_reason(ReasonCode::kColumnUnknown, "no {subject}, but {1}",
                                           {.subject = "{1}{record}", .details = {"{subject}"}});
    EXPECT_EQ(reason.sentence, "no {1}{record}, but {subject}");
    EXPECT_EQ(reason.subject(), "{1}{record}");
}

TEST(QueryReason, BytesOfTheValueBecomePrintableAndShort) {
    const QueryReason reason =
        make_reason(ReasonCode::kCastFailed, "{subject} has {1}",
                    {.subject = "a\nb\xFF", .details = {std::string(5000, 'x')}});
    EXPECT_EQ(reason.subject(), "a b?");
    EXPECT_LE(reason.sentence.size(), kMaxReasonBytes);
    EXPECT_TRUE(reason.sentence.ends_with("xxx...")) << reason.sentence;
}

TEST(QueryReason, ALongSentenceKeepsItsPlace) {
    const std::string text(5000, 'x');
    const QueryReason reason = make_reason(ReasonCode::kSyntax, text, {.position = 0}, "a");
    EXPECT_EQ(reason.sentence.size(), kMaxReasonBytes);
    EXPECT_TRUE(reason.sentence.ends_with("(line 1, column 1 of the SQL)"));
    EXPECT_EQ(reason.without_place().find('('), std::string::npos);
}

TEST(QueryReason, TheHighByteIsTheStatus) {
    EXPECT_EQ(status_of(ReasonCode::kOptionUnknown), Code::kInvalidField);
    EXPECT_EQ(status_of(ReasonCode::kSyntax), Code::kQueryRefused);
    EXPECT_EQ(status_of(ReasonCode::kTruncated), Code::kQueryData);
    EXPECT_EQ(status_of(ReasonCode::kCastFailed), Code::kQueryFailed);
    EXPECT_EQ(status_of(ReasonCode::kTime), Code::kQueryLimit);
    EXPECT_EQ(status_of(ReasonCode::kEngineDied), Code::kQueryEngine);
    EXPECT_EQ(general_reason(Code::kQueryData), ReasonCode::kData);
    EXPECT_EQ(general_reason(Code::kNotFound), ReasonCode::kUnknown);
    for (Code code : {Code::kInvalidField, Code::kQueryRefused, Code::kQueryData,
                      Code::kQueryFailed, Code::kQueryLimit, Code::kQueryEngine})
        EXPECT_EQ(status_of(general_reason(code)), code);
}

TEST(QueryReason, NamesAreDistinctAndFitForPrograms) {
    std::set<std::string_view> names;
    for (uint32_t code = 0; code <= UINT16_MAX; code++) {
        const std::string_view name = reason_name(static_cast<ReasonCode>(code));
        if (code != 0 && name == "unknown") continue;
        EXPECT_TRUE(names.insert(name).second) << name;
        EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), name.npos);
    }
    EXPECT_GT(names.size(), 50u);
}

TEST(QueryReason, AStatusSharesItWithItsCopies) {
    const Status status =
        query_failure(ReasonCode::kOverflow, "too large: {1}", {.details = {"1"}});
    const Status copy = status;
    EXPECT_EQ(copy.code(), Code::kQueryFailed);
    EXPECT_EQ(copy.message(), "too large: 1");
    ASSERT_NE(copy.reason(), nullptr);
    EXPECT_EQ(copy.reason(), status.reason());
    EXPECT_EQ(Status(Code::kIo, "x").reason(), nullptr);
}

}  // namespace
}  // namespace csd::nvme
