// SPDX-License-Identifier: BSD-3-Clause
//
// The index before, at and after the end of its loading.
#include "device/store/index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace csd::store {

using ::testing::ElementsAre;
using Answer = Index::Answer;

static Key key_of(const char* text) {
    return *Key::from_text(text);
}
static Record record(const char* key, uint64_t size) {
    Record made;
    made.key = key_of(key);
    made.size = size;
    return made;
}
static std::vector<std::string> all(const Index& index) {
    std::vector<std::string> texts;
    index.list(
        Key(),
        [&](const Key& key) {
            texts.emplace_back(as_text(key.bytes()));
            return true;
        },
        nullptr);
    return texts;
}

TEST(Index, KnowsOnlyWhatWasTouchedUntilItIsComplete) {
    Index index;
    EXPECT_EQ(index.find(key_of("a")).answer, Answer::kUnknown);
    index.set(record("a", 1));
    index.remove(key_of("b"));
    EXPECT_EQ(index.find(key_of("a")).answer, Answer::kPresent);
    EXPECT_EQ(index.find(key_of("b")).answer, Answer::kAbsent);
    EXPECT_EQ(index.find(key_of("c")).answer, Answer::kUnknown);
    index.complete_with({});
    EXPECT_EQ(index.find(key_of("c")).answer, Answer::kAbsent);
}

TEST(Index, WhatWasTouchedWinsOverWhatTheScanSaw) {
    Index index;
    index.set(record("changed", 10));
    index.remove(key_of("deleted"));
    index.set(record("made", 5));
    index.remove(key_of("never"));
    const Index::Totals totals =
        index.complete_with({record("untouched", 3), record("deleted", 7), record("changed", 99)});
    EXPECT_THAT(all(index), ElementsAre("changed", "made", "untouched"));
    EXPECT_EQ(index.find(key_of("changed")).record.size, 10u);
    EXPECT_EQ(totals.keys, 3u);
    EXPECT_EQ(totals.bytes, 7u + 10 + 4 + 5 + 9 + 3);
    EXPECT_EQ(index.totals().bytes, totals.bytes);
}

TEST(Index, TotalsFollowEveryChange) {
    Index index;
    index.set(record("a", 1));
    index.remove(key_of("a"));
    index.set(record("a", 4));
    index.complete_with({});
    EXPECT_EQ(index.totals().bytes, 5u);
    index.set(record("a", 2));
    index.set(record("b", 2));
    EXPECT_EQ(index.totals().keys, 2u);
    EXPECT_EQ(index.totals().bytes, 6u);
    index.remove(key_of("a"));
    index.remove(key_of("a"));
    EXPECT_EQ(index.totals().keys, 1u);
    EXPECT_EQ(index.totals().bytes, 3u);
    index.clear();
    EXPECT_EQ(index.totals().keys, 0u);
    EXPECT_THAT(all(index), ElementsAre());
}

TEST(Index, AListingBeginsWhereItIsToldAndEndsWhenTheVisitorHasEnough) {
    Index index;
    index.complete_with({record("c", 0), record("a", 0), record("b", 0), record("d", 0)});
    std::vector<Key> keys;
    uint64_t total = 0;
    const auto two = [&](const Key& key) {
        keys.push_back(key);
        return keys.size() < 2;
    };
    index.list(key_of("b"), two, &total);
    EXPECT_THAT(keys, ElementsAre(key_of("b"), key_of("c")));
    EXPECT_EQ(total, 3u);
    keys.clear();
    EXPECT_TRUE(index.try_list(Key(), two, nullptr));
    EXPECT_THAT(keys, ElementsAre(key_of("a"), key_of("b")));
}

TEST(Index, AdoptsOnlyWhatItDoesNotKnow) {
    Index index;
    Record absent = record("gone", 0);
    absent.absent = true;
    EXPECT_EQ(index.adopt(absent).answer, Answer::kAbsent);
    EXPECT_EQ(index.adopt(record("seen", 5)).record.size, 5u);
    EXPECT_EQ(index.adopt(record("seen", 6)).record.size, 5u) << "it was known";
    EXPECT_EQ(index.adopt(record("gone", 7)).answer, Answer::kAbsent);
    EXPECT_EQ(index.complete_with({record("gone", 1), record("seen", 9)}).keys, 1u);
    EXPECT_EQ(index.adopt(record("late", 3)).answer, Answer::kAbsent)
        << "the scan is over, so what was seen in the directory has gone since";
}

TEST(Index, OneStepMakesAKeyAndEndsOthers) {
    Index index;
    index.set(record("a", 1));
    index.set(record("b", 2));
    index.complete_with({});
    const Key removed[] = {key_of("a"), key_of("b"), key_of("none")};
    index.set(record("c", 3), removed);
    EXPECT_THAT(all(index), ElementsAre("c"));
    EXPECT_EQ(index.totals().keys, 1u);
    EXPECT_EQ(index.totals().bytes, 4u);
}

}  // namespace csd::store
