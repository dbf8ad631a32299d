// SPDX-License-Identifier: BSD-3-Clause
#include "device/worker/words.hpp"

#include <gtest/gtest.h>

namespace csd::worker {
namespace {

TEST(Words, EditsAreLettersAddedRemovedChangedAndSwapped) {
    EXPECT_EQ(edits_between("", ""), 0u);
    EXPECT_EQ(edits_between("abc", ""), 3u);
    EXPECT_EQ(edits_between("price", "PRICE"), 0u);
    EXPECT_EQ(edits_between("price", "prize"), 1u);
    EXPECT_EQ(edits_between("price", "prie"), 1u);
    EXPECT_EQ(edits_between("price", "pricee"), 1u);
    EXPECT_EQ(edits_between("form", "from"), 1u);
    EXPECT_EQ(edits_between("kitten", "sitting"), 3u);
}

TEST(Words, TheNearestIsOneThatDiffersInFewLetters) {
    const std::vector<std::string_view> words = {"delimiter", "compression", "quote", "json"};
    EXPECT_EQ(nearest_word("delimeter", words), "delimiter");
    EXPECT_EQ(nearest_word("compresion", words), "compression");
    EXPECT_EQ(nearest_word("qoute", words), "quote");
    EXPECT_EQ(nearest_word("quote", words), "");
    EXPECT_EQ(nearest_word("header", words), "");
    EXPECT_EQ(nearest_word("x", words), "");
    EXPECT_EQ(nearest_word(std::string(1000, 'x'), words), "");
}

TEST(Words, AListOfNamesEndsInDots) {
    EXPECT_EQ(quoted_list({}, 2), "");
    EXPECT_EQ(quoted_list({"a", "b"}, 2), R"("a", "b")");
    EXPECT_EQ(quoted_list({"a", "b", "c"}, 2), R"("a", "b", ...)");
}

}  // namespace
}  // namespace csd::worker
