// SPDX-License-Identifier: BSD-3-Clause
#include "csd/key.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <unordered_set>
#include <vector>

namespace csd {
namespace {

Key key(std::string_view text) {
    return Key::from_text(text).value();
}

TEST(Key, HoldsUpToSixteenBytesOfAnyValue) {
    EXPECT_TRUE(Key().empty());
    EXPECT_TRUE(Key::from_text("")->empty());
    EXPECT_EQ(key("sixteen bytes ok").size(), 16u);
    EXPECT_FALSE(Key::from_text("seventeen bytes no"));
    const uint8_t raw[] = {0x00, 0xFF, 0x0A};
    const Key binary = Key::from_bytes(raw).value();
    EXPECT_EQ(binary.size(), 3u);
    EXPECT_EQ(binary[0], 0x00);
    EXPECT_EQ(binary[1], 0xFF);
    EXPECT_EQ(binary[2], 0x0A);
}

TEST(Key, TrailingZeroBytesAreAnotherKey) {
    const Key shorter = key(std::string_view("a\0", 1));
    const Key longer = key(std::string_view("a\0", 2));
    EXPECT_NE(shorter, longer);
    EXPECT_LT(shorter, longer);
}

TEST(Key, OrderIsBytewiseAndAPrefixComesFirst) {
    const std::vector<Key> sorted = {key(""),     key(std::string_view("\0", 1)),
                                     key("A"),    key("B"),
                                     key("a"),    key("aa"),
                                     key("b"),    key("\x7F"),
                                     key("\x80"), key("\xFF")};
    for (size_t i = 0; i < sorted.size(); i++) {
        for (size_t j = 0; j < sorted.size(); j++) {
            EXPECT_EQ(sorted[i] < sorted[j], i < j) << i << " " << j;
            EXPECT_EQ(sorted[i] == sorted[j], i == j) << i << " " << j;
        }
    }
}

TEST(Key, OrderOfKeysIsTheOrderOfTheirFileNames) {
    std::vector<Key> keys;
    for (int first = 0; first < 256; first += 5) {
        const uint8_t one[] = {static_cast<uint8_t>(first)};
        const uint8_t two[] = {static_cast<uint8_t>(first), 0x00};
        const uint8_t three[] = {static_cast<uint8_t>(first), 0xFE, 0x10};
        for (Bytes bytes : {Bytes(one), Bytes(two), Bytes(three)})
            keys.push_back(*Key::from_bytes(bytes));
    }
    std::sort(keys.begin(), keys.end());
    EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
        return a.file_name() < b.file_name();
    }));
}

TEST(Key, FileNameIsUpperCaseHexAndComesBack) {
    EXPECT_EQ(key("B").file_name(), "42");
    EXPECT_EQ(key("\x01\xAB\xFF").file_name(), "01ABFF");
    EXPECT_EQ(key("").file_name(), "");
    for (std::string_view text : {"B", "test_key", "sixteen bytes ok", "\xFF\x01\x80"}) {
        EXPECT_EQ(Key::from_file_name(key(text).file_name()), key(text));
    }
}

TEST(Key, OneKeyHasOneFileName) {
    for (const char* name :
         {"", "4", "4g", "ab", "aB", "0x42", "42 ", " 42", "-1", "42.tmp",
          "4242424242424242424242424242424242", "424242424242424242424242424242424"}) {
        EXPECT_FALSE(Key::from_file_name(name)) << name;
    }
    EXPECT_EQ(Key::from_file_name("42424242424242424242424242424242")->size(), 16u);
}

TEST(Key, StartsWithComparesWholeBytes) {
    EXPECT_TRUE(key("photos/1").starts_with(key("photos/")));
    EXPECT_TRUE(key("photos/1").starts_with(key("")));
    EXPECT_TRUE(key("a").starts_with(key("a")));
    EXPECT_FALSE(key("a").starts_with(key("aa")));
    EXPECT_FALSE(key("a").starts_with(key(std::string_view("a\0", 2))));
    EXPECT_FALSE(key("photos/1").starts_with(key("Photos")));
}

TEST(Key, HashTellsNearbyKeysApart) {
    std::unordered_set<size_t> hashes;
    size_t keys = 0;
    for (int high = 0; high < 64; high++) {
        for (int low = 0; low < 64; low++) {
            for (size_t size = 2; size <= 16; size += 7) {
                std::array<uint8_t, 16> bytes{};
                bytes[0] = static_cast<uint8_t>(low);
                bytes[size - 1] = static_cast<uint8_t>(high);
                hashes.insert(KeyHash()(*Key::from_bytes(Bytes(bytes).first(size))));
                keys++;
            }
        }
    }
    EXPECT_EQ(hashes.size(), keys);
    EXPECT_EQ(KeyHash()(key("same")), KeyHash()(key("same")));
}

}  // namespace
}  // namespace csd
