// SPDX-License-Identifier: BSD-3-Clause
//
// The tree against std::map, over random changes and all ranks.
#include "device/store/key_tree.hpp"
#include "base/bytes.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace csd::store {

static Key key_of(uint32_t number) {
    uint8_t bytes[4];
    store_le<uint32_t>(bytes, 0, number);
    return *Key::from_bytes(Bytes(bytes, 1 + number % 4));
}

class Pair {
  public:
    void put(const Key& key, uint64_t size) {
        bool created = false;
        tree_.insert(key, &created).size = size;
        RC_ASSERT(created == model_.insert_or_assign(key, size).second);
    }
    void erase(const Key& key) { RC_ASSERT(tree_.erase(key) == (model_.erase(key) == 1)); }
    void rebuild() {
        std::vector<Record> records;
        for (const auto& [key, size] : model_) {
            records.emplace_back().key = key;
            records.back().size = size;
        }
        tree_ = KeyTree::from_sorted(records);
    }
    void compare(const Key& start) const {
        const auto from = model_.lower_bound(start);
        RC_ASSERT(tree_.size() == model_.size());
        RC_ASSERT(tree_.count_from(start) ==
                  static_cast<uint64_t>(std::distance(from, model_.end())));
        std::vector<std::pair<Key, uint64_t>> seen;
        tree_.visit_from(start, [&](const Record& record) {
            seen.emplace_back(record.key, record.size);
            return seen.size() < 200;
        });
        auto expected = from;
        for (const auto& [key, size] : seen) {
            RC_ASSERT(expected != model_.end());
            RC_ASSERT(expected->first == key && expected->second == size);
            ++expected;
        }
        RC_ASSERT(seen.size() == 200 || expected == model_.end());
        const Record* found = tree_.find(start);
        const auto known = model_.find(start);
        RC_ASSERT((found != nullptr) == (known != model_.end()));
        if (found != nullptr) RC_ASSERT(found->size == known->second);
    }

  private:
    KeyTree tree_;
    std::map<Key, uint64_t> model_;
};

TEST(KeyTree, AgreesWithAMapOverRandomChanges) {
    EXPECT_TRUE(rc::check([](uint32_t seed, bool grow_in_order) {
        std::mt19937 random(seed);
        Pair pair;
        // Up to three levels, then down to nothing again.
        for (int phase = 0; phase < 4; phase++) {
            const uint32_t range = random() % 4 == 0 ? 100 : 20'000;
            for (uint32_t i = 0; i < 3000; i++) {
                const Key key = key_of(grow_in_order && phase == 0 ? i * 4 + 3 : random() % range);
                if (random() % 8 < (phase % 2 == 0 ? 7u : 1u)) {
                    pair.put(key, random());
                } else {
                    pair.erase(key);
                }
                if (i % 100 == 0) pair.compare(key_of(random() % range));
            }
            if (random() % 2 == 0) pair.rebuild();
            pair.compare(Key());
        }
    }));
}

// What comes before every key of a built tree goes below its first child, which splits: the second child then
// begins before the first one's noted lowest key.
TEST(KeyTree, KeysBelowTheLowestOfABuiltTreeAreFound) {
    const auto high_key = [](uint32_t number) {
        uint8_t bytes[16] = {0xFF};
        store_le<uint32_t>(bytes, 12, number);
        return *Key::from_bytes(bytes);
    };
    std::vector<Record> records(200);
    for (uint32_t i = 0; i < records.size(); i++) records[i].key = high_key(i);
    KeyTree tree = KeyTree::from_sorted(records);
    bool created = false;
    for (uint32_t i = 20'000; i-- > 0;) tree.insert(key_of(i * 4 + 3), &created);
    for (uint32_t i = 0; i < 20'000; i++) ASSERT_NE(tree.find(key_of(i * 4 + 3)), nullptr) << i;
    for (uint32_t i = 0; i < records.size(); i++) ASSERT_NE(tree.find(high_key(i)), nullptr) << i;
}

TEST(KeyTree, ManyKeysInAndOutLeaveItEmpty) {
    KeyTree tree;
    std::vector<uint32_t> order(300'000);
    for (uint32_t i = 0; i < order.size(); i++) order[i] = i * 4 + 3;
    std::mt19937 random(1);
    std::shuffle(order.begin(), order.end(), random);
    bool created = false;
    for (const uint32_t number : order) tree.insert(key_of(number), &created);
    EXPECT_EQ(tree.count_from(Key()), order.size());
    std::shuffle(order.begin(), order.end(), random);
    for (const uint32_t number : order) ASSERT_TRUE(tree.erase(key_of(number)));
    EXPECT_EQ(tree.size(), 0u);
    EXPECT_EQ(tree.count_from(Key()), 0u);
    EXPECT_FALSE(tree.erase(key_of(3)));
}

}  // namespace csd::store
