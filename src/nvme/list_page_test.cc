// SPDX-License-Identifier: BSD-3-Clause
#include "nvme/list_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>  // after GoogleTest, which it does not include itself

#include "nvme/golden_vectors.hpp"

namespace csd::nvme {
namespace {

using golden::key;
using testing::ElementsAre;

const std::vector<Key> kKeys = {key("B"), key("photos"), key("test_key")};

std::vector<uint8_t> bytes(std::initializer_list<int> values) {
    return std::vector<uint8_t>(values.begin(), values.end());
}
Code parse_error(std::initializer_list<int> page, Dialect dialect = Dialect::kKeyValue) {
    return parse_key_list(bytes(page), dialect).code();
}

TEST(ListPage, GoldenBytesAreWrittenAndReadInBothDialects) {
    const auto key_value = golden::data("list-data").dump.bytes();
    EXPECT_EQ(build_key_list(kKeys, Dialect::kKeyValue), key_value);
    EXPECT_EQ(parse_key_list(key_value, Dialect::kKeyValue).value(), kKeys);

    const auto old = golden::data("2023-list-data").dump.bytes();
    EXPECT_EQ(build_key_list(kKeys, Dialect::k2023), old);
    EXPECT_EQ(parse_key_list(old, Dialect::k2023).value(), kKeys);

    const auto sources = golden::data("compose-data").dump.bytes();
    EXPECT_EQ(build_key_list({key("part-1"), key("part-2")}, Dialect::kKeyValue), sources);
}

TEST(ListPage, StrideIsAMultipleOfFourOnlyInTheStandard) {
    struct Case {
        size_t key_bytes, key_value, old;
    };
    for (const Case& one :
         {Case{1, 4, 6}, Case{2, 4, 6}, Case{3, 8, 6}, Case{4, 8, 6}, Case{5, 8, 10},
          Case{6, 8, 10}, Case{7, 12, 10}, Case{8, 12, 10}, Case{16, 20, 18}}) {
        EXPECT_EQ(list_entry_bytes(one.key_bytes, Dialect::kKeyValue), one.key_value)
            << one.key_bytes;
        EXPECT_EQ(list_entry_bytes(one.key_bytes, Dialect::k2023), one.old) << one.key_bytes;
    }
}

TEST(ListWriter, AnEmptyListIsItsCount) {
    std::vector<uint8_t> page(4, 0xAA);
    ListWriter writer(page, Dialect::kKeyValue);
    EXPECT_FALSE(writer.add(key("B")));
    EXPECT_EQ(writer.finish(), 4u);
    EXPECT_THAT(page, ElementsAre(0, 0, 0, 0));
}

TEST(ListWriter, AddsWholeEntriesAndLeavesTheRestAlone) {
    std::vector<uint8_t> page(4 + 4 + 7, 0xAA);
    ListWriter writer(page, Dialect::kKeyValue);
    EXPECT_TRUE(writer.add(key("B")));
    EXPECT_FALSE(writer.add(key("photos"))) << "one byte short";
    EXPECT_EQ(writer.count(), 1u);
    EXPECT_TRUE(writer.add(key("C"))) << "a shorter one still fits";
    EXPECT_EQ(writer.finish(), 12u);
    EXPECT_THAT(page, ElementsAre(2, 0, 0, 0, 1, 0, 'B', 0, 1, 0, 'C', 0, 0xAA, 0xAA, 0xAA));
}

TEST(ParseKeyList, WhatFollowsTheLastEntryDoesNotMatter) {
    auto page = build_key_list(kKeys, Dialect::kKeyValue);
    page.insert(page.end(), 1000, 0xFF);
    EXPECT_EQ(parse_key_list(page, Dialect::kKeyValue).value(), kKeys);
}

TEST(ParseKeyList, LiesOfTheSenderAreInvalidField) {
    EXPECT_EQ(parse_error({}), Code::kInvalidField);
    EXPECT_EQ(parse_error({0, 0, 0}), Code::kInvalidField) << "no room for the count";
    EXPECT_EQ(parse_error({0, 0, 0, 0}), Code::kOk);
    EXPECT_EQ(parse_error({1, 0, 0, 0}), Code::kInvalidField) << "no room for the entry";
    EXPECT_EQ(parse_error({0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 'B', 0}), Code::kInvalidField) << "count";
    EXPECT_EQ(parse_error({2, 0, 0, 0, 2, 0, 'A', 'A', 1, 0, 'B'}), Code::kInvalidField)
        << "count, unpadded";
    EXPECT_EQ(parse_error({2, 0, 0, 0, 6, 0, 'A', 'A', 'A', 'A', 'A', 'A', 1, 0, 'B'}),
              Code::kInvalidField)
        << "padding is part of the last entry too";
    EXPECT_EQ(parse_error({1, 0, 0, 0, 1, 0, 'B'}), Code::kInvalidField)
        << "padding is part of an entry";
    EXPECT_EQ(parse_error({1, 0, 0, 0, 1, 0, 'B', 0}), Code::kOk);
    EXPECT_EQ(parse_error({1, 0, 0, 0, 1, 0, 'B', 0}, Dialect::k2023), Code::kInvalidField)
        << "longer there";
    EXPECT_EQ(parse_error({1, 0, 0, 0, 0, 0, 'B', 0}), Code::kInvalidField) << "empty key";
    EXPECT_EQ(parse_error({1, 0, 0, 0, 6, 0, 'B', 0}), Code::kInvalidField) << "key beyond the end";
    EXPECT_EQ(
        parse_error({1, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}),
        Code::kInvalidField)
        << "key of 17 bytes";
    EXPECT_EQ(parse_error({1, 0, 0, 0, 1, 1, 'B', 0}), Code::kInvalidField)
        << "length is 16 bits wide";
    EXPECT_EQ(parse_error({2, 0, 0, 0, 6, 0, 'B', 'B', 'B', 'B', 'B', 'B'}), Code::kInvalidField)
        << "second";
}

Key any_key() {
    const auto size = *rc::gen::inRange<size_t>(1, Key::kMaxBytes + 1);
    return *Key::from_bytes(
        *rc::gen::container<std::vector<uint8_t>>(size, rc::gen::arbitrary<uint8_t>()));
}

RC_GTEST_PROP(ListPageProperty, WhatIsBuiltIsParsed, ()) {
    const auto dialect = *rc::gen::element(Dialect::kKeyValue, Dialect::k2023);
    std::vector<Key> keys(*rc::gen::inRange<size_t>(0, 50));
    for (Key& one : keys) one = any_key();
    RC_ASSERT(parse_key_list(build_key_list(keys, dialect), dialect).value() == keys);
}

RC_GTEST_PROP(ListPageProperty, APageIsFullOnlyWhenTheNextEntryDoesNotFit, ()) {
    const auto dialect = *rc::gen::element(Dialect::kKeyValue, Dialect::k2023);
    std::vector<uint8_t> page(*rc::gen::inRange<size_t>(4, 200), 0xAA);
    ListWriter writer(page, dialect);
    std::vector<Key> written;
    Key next = any_key();
    for (; writer.add(next); next = any_key()) written.push_back(next);
    const size_t used = writer.finish();
    RC_ASSERT(used <= page.size());
    RC_ASSERT(page.size() - used < list_entry_bytes(next.size(), dialect));
    RC_ASSERT(parse_key_list(page, dialect).value() == written);
}

RC_GTEST_PROP(ListPageProperty, AnyBytesAreParsedOrRefused, (std::vector<uint8_t> page)) {
    if (page.size() >= 4 && *rc::gen::arbitrary<bool>())
        page[1] = page[2] = page[3] = 0;  // a small count
    for (Dialect dialect : {Dialect::kKeyValue, Dialect::k2023}) {
        const auto keys = parse_key_list(page, dialect);
        if (!keys.ok()) {
            RC_ASSERT(keys.code() == Code::kInvalidField);
            RC_ASSERT(!keys.status().message().empty());
            continue;
        }
        for (const Key& one : keys.value()) RC_ASSERT(!one.empty());
        RC_ASSERT(build_key_list(keys.value(), dialect).size() <= page.size());
    }
}

}  // namespace
}  // namespace csd::nvme
