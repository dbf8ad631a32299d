// SPDX-License-Identifier: BSD-3-Clause
#include "device/worker/looks_like.hpp"

#include <gtest/gtest.h>

#include <string>

namespace csd::worker {
namespace {

using namespace std::string_view_literals;

TEST(LooksLike, TheFrontTells) {
    EXPECT_EQ(look_of(""), Look::kNothing);
    EXPECT_EQ(look_of("\x1F\x8B\x08"), Look::kGzip);
    EXPECT_EQ(look_of("BZh9"), Look::kBzip2);
    EXPECT_EQ(look_of("\x28\xB5\x2F\xFD"), Look::kZstd);
    EXPECT_EQ(look_of("PAR1"), Look::kParquet);
    EXPECT_EQ(look_of("PK\x03\x04"), Look::kZip);
    EXPECT_EQ(look_of("\xFF\xFE\x61\x00"sv), Look::kUtf16);
    EXPECT_EQ(look_of("\xFE\xFF\x00\x61"sv), Look::kUtf16);
    EXPECT_EQ(look_of("a\0,\0b\0\n\0"sv), Look::kUtf16);
    EXPECT_EQ(look_of("\0a\0,\0b\0\n"sv), Look::kUtf16);
    EXPECT_EQ(look_of("{\"a\":1}\n"), Look::kJson);
    EXPECT_EQ(look_of("\xEF\xBB\xBF [\n{\"a\":1}]"), Look::kJson);
    EXPECT_EQ(look_of("[\"a\"]"), Look::kJson);
    EXPECT_EQ(look_of("<?xml version=\"1.0\"?>"), Look::kXml);
    EXPECT_EQ(look_of("\x89PNG\r\n\x1A\n\0\0\0\rIHDR"sv), Look::kBinary);
    EXPECT_EQ(look_of("a,b\n1,2\n"), Look::kText);
    EXPECT_EQ(look_of("[a],b\n"), Look::kText);
    EXPECT_EQ(look_of("{x},b\n"), Look::kText);
    EXPECT_EQ(look_of(" \n"), Look::kText);
    EXPECT_EQ(look_of("K\xF6ln,1\n"), Look::kText);
}

TEST(LooksLike, EachHasANameAndAdvice) {
    for (Look look :
         {Look::kNothing, Look::kGzip, Look::kBzip2, Look::kZstd, Look::kParquet, Look::kUtf16,
          Look::kJson, Look::kXml, Look::kZip, Look::kBinary, Look::kText}) {
        EXPECT_FALSE(name_of(look).empty());
        EXPECT_FALSE(advice_of(look).empty());
    }
}

TEST(LooksLike, TheFirstByteThatIsNotUtf8) {
    EXPECT_EQ(first_not_utf8("abc", true), std::nullopt);
    EXPECT_EQ(first_not_utf8("gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80", true),
              std::nullopt);
    EXPECT_EQ(first_not_utf8("K\xF6ln", true), 1u);
    EXPECT_EQ(first_not_utf8("ab\xC0\xAF", true), 2u);
    EXPECT_EQ(first_not_utf8("\xED\xA0\x80", true), 0u);
    EXPECT_EQ(first_not_utf8("\xF4\x90\x80\x80", true), 0u);
    EXPECT_EQ(first_not_utf8("\xE0\x80\x80", true), 0u);
    EXPECT_EQ(first_not_utf8("a\xE2\x82", true), 1u);
    EXPECT_EQ(first_not_utf8("a\xE2\x82", false), std::nullopt);
    EXPECT_EQ(first_not_utf8("a\xE2x", false), 1u);
}

}  // namespace
}  // namespace csd::worker
