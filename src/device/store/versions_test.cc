// SPDX-License-Identifier: BSD-3-Clause
//
// The index and the open descriptors, as one: no order of calls shows a version that has ended.
#include "device/store/versions.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <string>

namespace csd::store {

static Key key_of(const char* text) {
    return *Key::from_text(text);
}
static Record record(const char* key, uint64_t version, uint64_t size = 1) {
    Record made;
    made.key = key_of(key);
    made.version = version;
    made.size = size;
    return made;
}
static OpenVersion file(uint64_t version, uint64_t size = 1) {
    const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    return {std::make_shared<const UniqueFd>(fd), size, version};
}

TEST(Versions, OnlyTheCurrentVersionIsKeptOpen) {
    Versions versions(64);
    versions.complete_with({});
    EXPECT_FALSE(versions.keep(key_of("k"), file(1))) << "there is no such key";
    versions.publish(record("k", 2));
    EXPECT_FALSE(versions.keep(key_of("k"), file(1)));
    EXPECT_FALSE(versions.opened(key_of("k")));
    EXPECT_TRUE(versions.keep(key_of("k"), file(2)));
    EXPECT_EQ(versions.opened(key_of("k"))->version, 2u);
    versions.publish(record("k", 3));
    EXPECT_FALSE(versions.opened(key_of("k")));
    EXPECT_FALSE(versions.keep(key_of("k"), file(2))) << "opened before it was replaced";
}

TEST(Versions, GrowthIsAnotherVersionOfTheSameFile) {
    Versions versions(64);
    versions.publish(record("k", 1, 5));
    ASSERT_TRUE(versions.keep(key_of("k"), file(1, 5)));
    const OpenVersion before = *versions.opened(key_of("k"));
    versions.grow(record("k", 2, 9));
    const OpenVersion after = *versions.opened(key_of("k"));
    EXPECT_EQ(after.file, before.file);
    EXPECT_EQ(after.size, 9u);
    EXPECT_EQ(after.version, 2u);
    EXPECT_EQ(before.size, 5u);
    EXPECT_EQ(versions.find(key_of("k")).record.size, 9u);
}

TEST(Versions, KeysThatEndTogetherAreGoneTogether) {
    Versions versions(64);
    versions.complete_with({record("a", 1), record("b", 2)});
    ASSERT_TRUE(versions.keep(key_of("a"), file(1)));
    ASSERT_TRUE(versions.keep(key_of("b"), file(2)));
    const Key ended[] = {key_of("a"), key_of("b")};
    versions.publish(record("c", 3), ended);
    EXPECT_FALSE(versions.opened(key_of("a")));
    EXPECT_FALSE(versions.opened(key_of("b")));
    EXPECT_EQ(versions.find(key_of("a")).answer, Index::Answer::kAbsent);
    EXPECT_EQ(versions.totals().keys, 1u);
}

TEST(Versions, AFormatEndsEverything) {
    Versions versions(64);
    versions.publish(record("k", 1));
    ASSERT_TRUE(versions.keep(key_of("k"), file(1)));
    versions.clear();
    EXPECT_FALSE(versions.opened(key_of("k")));
    EXPECT_FALSE(versions.keep(key_of("k"), file(1)));
    EXPECT_EQ(versions.find(key_of("k")).answer, Index::Answer::kAbsent);
}

TEST(Versions, AMissIsNotABusyShard) {
    Versions versions(64);
    bool busy = true;
    EXPECT_FALSE(versions.try_opened(key_of("k"), &busy));
    EXPECT_FALSE(busy);
}

}  // namespace csd::store
