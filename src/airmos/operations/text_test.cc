// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/operations/text.hpp"

#include <gtest/gtest.h>

namespace csd::airmos::ops {
namespace {

TEST(Dates, AreWrittenAsHttpAndAsXmlHaveThem) {
    EXPECT_EQ(http_date(784111777'999), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(iso_date(784111777'999), "1994-11-06T08:49:37.000Z");
}

TEST(Dates, AreReadInTheFormsOfRfc9110) {
    EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
    EXPECT_EQ(parse_date("Sunday, 06-Nov-94 08:49:37 GMT"), 784111777);
    EXPECT_EQ(parse_date("Sun Nov  6 08:49:37 1994"), 784111777);
    EXPECT_EQ(parse_date("1994-11-06T08:49:37.123Z"), 784111777);
    EXPECT_EQ(parse_date("yesterday"), std::nullopt);
    EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT and more"), std::nullopt);
    EXPECT_EQ(parse_date(""), std::nullopt);
}

TEST(Etags, LoseAndGetTheirQuotes) {
    EXPECT_EQ(quoted("ab"), "\"ab\"");
    EXPECT_EQ(unquoted(" \"ab\" "), "ab");
    EXPECT_EQ(unquoted("ab"), "ab");
    EXPECT_EQ(unquoted("\""), "\"");
}

TEST(Numbers, HaveNothingButDigits) {
    EXPECT_EQ(parse_number("18446744073709551615"), UINT64_MAX);
    for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "18446744073709551616"})
        EXPECT_EQ(parse_number(text), std::nullopt) << text;
}

TEST(Pieces, AreCutAtEverySeparator) {
    EXPECT_EQ(split("a,,b", ',').size(), 3u);
    EXPECT_EQ(split("", ',').size(), 1u);
    EXPECT_EQ(trim(" \ta b\t "), "a b");
    EXPECT_EQ(lower("ABC-é"), "abc-é");
    EXPECT_EQ(count_characters("é€a"), 3u);
}

}  // namespace
}  // namespace csd::airmos::ops
