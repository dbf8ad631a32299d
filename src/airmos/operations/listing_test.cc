// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/operations/listing.hpp"

#include <gtest/gtest.h>

namespace csd::airmos::ops {
namespace {

std::string limit(const char* text) {
    Fields query;
    query.add("max-keys", text);
    const auto number = page_limit(query, "max-keys", 1000);
    return number.ok() ? std::to_string(number.value()) : std::string(number.error().code());
}

TEST(Listing, LimitsItsPages) {
    EXPECT_EQ(page_limit(Fields(), "max-keys", 1000).value(), 1000u);
    EXPECT_EQ(limit("0"), "0");
    EXPECT_EQ(limit("7"), "7");
    EXPECT_EQ(limit("2147483647"), "1000");
    EXPECT_EQ(limit("2147483648"), "InvalidArgument");
    EXPECT_EQ(limit("-1"), "InvalidArgument");
    EXPECT_EQ(limit("many"), "InvalidArgument");
    EXPECT_EQ(limit(""), "1000");
}

TEST(Listing, SpellsNamesAsAsked) {
    Fields query;
    EXPECT_EQ(spelling_of(query).value()("a b"), "a b");
    query.set("encoding-type", "url");
    EXPECT_EQ(spelling_of(query).value()("a b/c"), "a%20b/c");
    query.set("encoding-type", "rot13");
    EXPECT_FALSE(spelling_of(query).ok());
}

TEST(Listing, TokensComeBack) {
    for (const PageStart& start : {PageStart{"a/\xff\n", false}, PageStart{"photos/", true}}) {
        const auto read = read_token(make_token(start));
        ASSERT_TRUE(read.ok());
        EXPECT_EQ(read.value().after, start.after);
        EXPECT_EQ(read.value().is_prefix, start.is_prefix);
    }
    for (const char* token : {"", "x", "n1", "nzz", "61"})
        EXPECT_FALSE(read_token(token).ok()) << token;
}

TEST(Listing, TakesAMarkerForWhatItNames) {
    ListQuery query;
    query.prefix = "a/";
    query.delimiter = "/";
    EXPECT_TRUE(read_marker("a/b/", query).is_prefix);
    EXPECT_FALSE(read_marker("a/b/c/", query).is_prefix);  // below a common prefix
    EXPECT_FALSE(read_marker("a/b", query).is_prefix);
    EXPECT_FALSE(read_marker("a/", query).is_prefix);
    EXPECT_FALSE(read_marker("c/", query).is_prefix);
    query.delimiter.clear();
    EXPECT_FALSE(read_marker("a/b/", query).is_prefix);
}

}  // namespace
}  // namespace csd::airmos::ops
