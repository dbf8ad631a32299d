// SPDX-License-Identifier: BSD-3-Clause
//
// List: the order, where it starts, what fits in a page, and the bytes of it.
#include <algorithm>
#include <set>

#include "contract/contract.hpp"

namespace csd::contract {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Listing : public Contract {
  protected:
    Answer list(const Key& start, uint32_t room) {
        return drive().run(nvme::List{start, room}, {}, room);
    }
    std::vector<Key> keys_of(const Answer& page) {
        const auto keys = nvme::parse_key_list(as_bytes(page.data), abilities().dialect);
        if (keys.ok()) return keys.value();
        ADD_FAILURE() << keys.status().message();
        return {};
    }
    // This test's keys on the page, without the prefix.
    std::vector<std::string> names_of(const Answer& page) {
        EXPECT_THAT(page, Says(nvme::kSuccess));
        std::vector<std::string> found;
        for (const Key& each : keys_of(page)) {
            const std::string text(as_text(each.bytes()));
            if (text.starts_with(prefix())) found.push_back(text.substr(prefix().size()));
        }
        return found;
    }
    void store_all(const std::vector<std::string>& all) {
        for (const std::string& each : all) {
            ASSERT_THAT(store(each, each), Says(nvme::kSuccess));
        }
    }
    Key start() { return key(""); }  // before all of this test's keys, and itself not one
};
CONTRACT_OF(Listing, anyone);

TEST_P(Listing, IsInTheOrderOfBytesAShorterKeyFirst) {
    store_all({"b", "a", "ab", std::string("a\0", 2), "B", "\xFF", "aa", "a~"});
    EXPECT_THAT(names_of(list(start(), 4096)),
                ElementsAre("B", "a", std::string("a\0", 2), "aa", "ab", "a~", "b", "\xFF"));
}

TEST_P(Listing, StartsWithTheKeyGivenOrTheNextOne) {
    store_all({"a", "c", "e"});
    EXPECT_THAT(names_of(list(key("c"), 4096)), ElementsAre("c", "e"));
    EXPECT_THAT(names_of(list(key("b"), 4096)), ElementsAre("c", "e"));
    EXPECT_THAT(names_of(list(key("f"), 4096)), IsEmpty());
    const auto from_c = keys_of(list(key("c"), 4096));
    ASSERT_FALSE(from_c.empty());
    EXPECT_EQ(from_c.front(), key("c"));
}

TEST_P(Listing, WithoutAKeyStartsWithTheFirstOfAll) {
    store_all({"a"});
    const auto all = keys_of(list(Key(), 4096));
    ASSERT_FALSE(all.empty());
    EXPECT_LE(all.front(), key("a"));
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
}

TEST_P(Listing, APageHoldsWholeEntriesAsManyAsFit) {
    store_all({"a", "bb", "ccc", "dddd"});
    std::vector<size_t> entries;
    for (const size_t name_bytes : {1, 2, 3, 4}) {
        entries.push_back(
            nvme::list_entry_bytes(prefix().size() + name_bytes, abilities().dialect));
    }
    size_t bytes = 4;
    for (size_t count = 0; count < entries.size(); count++) {
        EXPECT_EQ(keys_of(list(start(), static_cast<uint32_t>(bytes))).size(), count);
        bytes += entries[count];
        EXPECT_EQ(keys_of(list(start(), static_cast<uint32_t>(bytes - 1))).size(), count);
    }
}

TEST_P(Listing, AnEntryIsLengthKeyAndZeroPadding) {
    store_all({"x"});
    const size_t key_bytes = prefix().size() + 1;
    const size_t entry_bytes = nvme::list_entry_bytes(key_bytes, abilities().dialect);
    // KV: 2 + 8 bytes end on a multiple of 4 with 2 more. 2023: the 8 bytes of the key need none.
    ASSERT_EQ(entry_bytes, is_key_value() ? 12u : 10u);
    const Answer page = list(start(), static_cast<uint32_t>(4 + entry_bytes));
    std::string expected("\x01\0\0\0\x08\0", 6);
    expected += prefix() + "x";
    expected.resize(4 + entry_bytes, '\0');
    EXPECT_EQ(page.data, expected);
}

TEST_P(Listing, DW0CountsTheKeysFromTheStart) {
    store_all({"a", "b", "c"});
    const uint32_t from_a = list(key("a"), 4).dw0;
    const uint32_t from_c = list(key("c"), 4).dw0;
    EXPECT_EQ(from_a - from_c, 2u);
    EXPECT_GE(from_c, 1u);
}

TEST_P(Listing, ChangesOnlyWithTheKeys) {
    store_all({"a", "b"});
    const Answer before = list(start(), 4096);
    store("a", "another value");
    EXPECT_EQ(names_of(list(start(), 4096)), names_of(before));
    erase("a");
    EXPECT_THAT(names_of(list(start(), 4096)), ElementsAre("b"));
}

TEST_P(Listing, ABufferWithoutRoomForTheCountIsRefused) {
    const uint16_t refusal = status(nvme::kInvalidField, nvme::kUnrecoveredError);
    for (const uint32_t room : {1u, 2u, 3u}) EXPECT_THAT(list(Key(), room), IsRefusedWith(refusal));
}

TEST_P(Listing, TenThousandKeysComeInOrderPageByPage) {
    constexpr int kKeys = 10'000;
    std::vector<Request> stores;
    for (int i = 0; i < kKeys; i++) {
        // Not in order, and of several lengths.
        const std::string name = std::to_string(i * 7919 % kKeys);
        stores.push_back(drive().request(store_command(key(name), name.size()), name));
    }
    for (const Answer& answer : drive().run_together(stores)) {
        ASSERT_THAT(answer, Says(nvme::kSuccess));
    }
    std::vector<Key> all;
    for (;;) {
        const auto page = keys_of(list(all.empty() ? start() : all.back(), 1000));
        const size_t repeated = all.empty() ? 0 : 1;
        size_t added = 0;
        for (size_t i = repeated; i < page.size(); i++) {
            if (!page[i].starts_with(*Key::from_text(prefix()))) break;
            all.push_back(page[i]);
            added++;
        }
        if (added == 0) break;
    }
    EXPECT_EQ(all.size(), static_cast<size_t>(kKeys));
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
    EXPECT_EQ(std::set<Key>(all.begin(), all.end()).size(), all.size()) << "none comes twice";
    EXPECT_EQ(names().size(), all.size()) << "through the client";
}

}  // namespace csd::contract
