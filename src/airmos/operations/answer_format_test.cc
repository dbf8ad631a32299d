// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/operations/answer_format.hpp"

#include <gtest/gtest.h>

namespace csd::airmos::ops {
namespace {

// Whole, and byte by byte: the same.
std::string reformat(const AnswerFormat& format, std::string_view text) {
    Reformatter whole(format), pieces(format);
    const auto once = whole.feed(as_bytes(text));
    EXPECT_TRUE(once.ok());
    std::string joined;
    for (size_t i = 0; i < text.size(); i++) {
        const auto piece = pieces.feed(as_bytes(text.substr(i, 1)));
        EXPECT_TRUE(piece.ok());
        joined += piece.value();
    }
    EXPECT_EQ(joined, once.value());
    return once.value();
}

TEST(Reformatter, QuotesAllFields) {
    AnswerFormat format;
    format.quote_all = true;
    EXPECT_TRUE(format.needs_reformatting());
    EXPECT_EQ(reformat(format, "a,\"b,c\",,\"\"\n\"d\"\"e\",1\n"),
              "\"a\",\"b,c\",\"\",\"\"\n\"d\"\"e\",\"1\"\n");
}

TEST(Reformatter, QuotesAndEscapesAsAsked) {
    AnswerFormat format;
    format.delimiter = "|";
    format.record_delimiter = "\r\n";
    format.quote = "'";
    format.escape = "\\";
    EXPECT_EQ(reformat(format, "a,\"b,c\",d|e,it's\n\"two\nlines\",\"q\"\"q\",back\\\n"),
              "a|b,c|'d|e'|'it\\'s'\r\n'two\nlines'|q\"q|back\\\r\n");
}

TEST(Reformatter, EndsJsonRecordsAsAsked) {
    AnswerFormat format;
    format.kind = AnswerFormat::Kind::kJson;
    EXPECT_FALSE(format.needs_reformatting());
    format.record_delimiter = "\r\n";
    EXPECT_TRUE(format.needs_reformatting());
    EXPECT_EQ(reformat(format, "{\"a\":\"x\\ny\"}\n{\"a\":1}\n"),
              "{\"a\":\"x\\ny\"}\r\n{\"a\":1}\r\n");
}

TEST(Reformatter, RefusesAFieldWithoutEnd) {
    AnswerFormat format;
    format.quote_all = true;
    Reformatter reformatter(format);
    const std::string much(17 * kMiB, 'x');
    EXPECT_FALSE(reformatter.feed(as_bytes(much)).ok());
}

}  // namespace
}  // namespace csd::airmos::ops
