// SPDX-License-Identifier: BSD-3-Clause
//
// Values stored in pieces, which stay hidden until the last.
#include "device/store/store_fixture.hpp"

namespace csd::store {

using ::testing::ElementsAre;

class StageTest : public StoreTest {
  protected:
    StageTest() : StoreTest(Where::kMemory) {}
    std::string stage(uint64_t offset, const std::string& piece, uint32_t owner = 1) {
        return say().stage(owner, "k", offset, piece);
    }
    std::string publish(uint64_t offset, const std::string& piece, Condition condition = {}) {
        return say().publish(1, "k", offset, piece, condition);
    }
};

TEST_F(StageTest, AValueIsHiddenUntilItsLastPiece) {
    open();
    ASSERT_EQ(put("k", "old"), "ok");
    EXPECT_EQ(stage(0, "one"), "ok");
    EXPECT_EQ(stage(3, "two"), "ok");
    EXPECT_EQ(get("k"), "old");
    EXPECT_EQ(names(values()).size(), 1u);
    EXPECT_EQ(publish(6, "three"), "ok");
    EXPECT_EQ(get("k"), "onetwothree");
    EXPECT_EQ(publish(11, "again"), "offset mismatch");
}

TEST_F(StageTest, APieceMustJoinTheHiddenValue) {
    open();
    EXPECT_EQ(stage(3, "x"), "offset mismatch");
    EXPECT_EQ(stage(0, "one"), "ok");
    EXPECT_EQ(stage(2, "x"), "offset mismatch");
    EXPECT_EQ(publish(4, "x"), "offset mismatch");
    EXPECT_EQ(stage(0, "anew"), "ok") << "offset 0 starts afresh";
    EXPECT_EQ(publish(4, "!"), "ok");
    EXPECT_EQ(get("k"), "anew!");
}

TEST_F(StageTest, APublishAtOffsetZeroIsAPlainStore) {
    open();
    EXPECT_EQ(stage(0, "hidden"), "ok");
    EXPECT_EQ(publish(0, "plain"), "ok");
    EXPECT_EQ(get("k"), "plain");
    EXPECT_EQ(stage(6, "more"), "offset mismatch");
}

TEST_F(StageTest, OwnersDoNotMeet) {
    open();
    EXPECT_EQ(stage(0, "one", 1), "ok");
    EXPECT_EQ(stage(0, "three", 2), "ok");
    EXPECT_EQ(publish(3, "!"), "ok");
    EXPECT_EQ(get("k"), "one!");
    EXPECT_EQ(stage(5, "!", 2), "ok");
    store_->discard_staged(2);
    EXPECT_EQ(stage(6, "!", 2), "offset mismatch");
}

TEST_F(StageTest, TheConditionsAreJudgedAtTheLastPiece) {
    open();
    EXPECT_EQ(stage(0, "one"), "ok");
    ASSERT_EQ(put("k", "meanwhile"), "ok");
    EXPECT_EQ(publish(3, "two", {.must_not_exist = true}), "exists");
    EXPECT_EQ(get("k"), "meanwhile");
    EXPECT_EQ(stage(0, "one"), "ok");
    ASSERT_EQ(erase("k"), "ok");
    EXPECT_EQ(publish(3, "two", {.must_exist = true}), "not found");
    EXPECT_EQ(get("k"), "<not found>");
}

TEST_F(StageTest, IdleHiddenValuesEnd) {
    options_.staged_idle = std::chrono::milliseconds(0);
    open();
    EXPECT_EQ(stage(0, "one"), "ok");
    EXPECT_FALSE(store_->housekeeping({}));
    EXPECT_EQ(stage(3, "two"), "offset mismatch");
}

TEST_F(StageTest, TheirNumberIsBoundedAndTheyEndWithTheDrive) {
    open();
    std::string last = "ok";
    int started = 0;
    for (; last == "ok" && started < 10000; started++) {
        last = say().stage(1, "key" + std::to_string(started), 0, "x");
    }
    EXPECT_EQ(last, "no space");
    EXPECT_EQ(put("k", "v"), "ok") << "the others go on";
    open();
    EXPECT_THAT(keys(), ElementsAre("k"));
    EXPECT_EQ(log(), "");
}

TEST_F(StageTest, CapacityIsGivenBackWhenAHiddenValueEnds) {
    options_.capacity_bytes = 100;
    open();
    for (int i = 0; i < 5; i++) {
        EXPECT_EQ(stage(0, std::string(80, 'x')), "ok") << i;
        EXPECT_EQ(stage(80, std::string(30, 'x')), "no space");
        EXPECT_EQ(publish(80, std::string(10, 'x'), {.must_exist = true}), "not found");
    }
    EXPECT_EQ(stage(0, std::string(80, 'x')), "ok");
    EXPECT_EQ(publish(80, std::string(19, 'x')), "ok");
    EXPECT_EQ(store_->usage().used_bytes, 100u);
    EXPECT_EQ(put("l", ""), "no space");
}

}  // namespace csd::store
