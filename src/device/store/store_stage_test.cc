// SPDX-License-Identifier: BSD-3-Clause
//
// Values stored in pieces, which stay hidden until the last, and values made of values.
#include <sys/resource.h>

#include <functional>

#include "device/store/file_system.hpp"
#include "device/store/store_fixture.hpp"

namespace csd::store {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

TEST_F(StageTest, ComposeJoinsValuesInOrder) {
    open();
    ASSERT_EQ(put("a", "one"), "ok");
    ASSERT_EQ(put("b", ""), "ok");
    ASSERT_EQ(put("c", "two"), "ok");
    EXPECT_EQ(say().compose("k", {"c", "a", "b", "a"}), "ok");
    EXPECT_EQ(get("k"), "twooneone");
    EXPECT_EQ(say().compose("k", {"k", "a", "k"}), "ok") << "the target may be a source";
    EXPECT_EQ(get("k"), "twooneoneonetwooneone");
    EXPECT_EQ(say().compose("k", {}), "ok");
    EXPECT_EQ(get("k"), "");
}

TEST_F(StageTest, ComposeOfAMissingSourceChangesNothing) {
    open();
    ASSERT_EQ(put("a", "one"), "ok");
    ASSERT_EQ(put("k", "old"), "ok");
    EXPECT_EQ(say().compose("k", {"a", "missing"}, {}, true), "not found");
    EXPECT_EQ(say().compose("k", {"a"}, {.must_not_exist = true}, true), "exists");
    EXPECT_EQ(get("k"), "old");
    EXPECT_EQ(get("a"), "one");
}

TEST_F(StageTest, ComposeMayDeleteItsSources) {
    open();
    ASSERT_EQ(put("a", "one"), "ok");
    ASSERT_EQ(put("k", "two"), "ok");
    EXPECT_EQ(say().compose("k", {"a", "k", "a"}, {}, true), "ok");
    EXPECT_EQ(get("k"), "onetwoone");
    EXPECT_THAT(keys(), ElementsAre("k")) << "the target is not deleted";
}

TEST_F(StageTest, ComposeOfLargeValuesIsExact) {
    open();
    std::string expected;
    std::vector<std::string> sources;
    for (int i = 0; i < 5; i++) {
        std::string part(3'000'001 + i * 77, static_cast<char>('a' + i));
        sources.push_back("part" + std::to_string(i));
        ASSERT_EQ(put(sources.back(), part), "ok");
        expected += part;
    }
    EXPECT_EQ(say().compose("k", sources), "ok");
    EXPECT_TRUE(get("k") == expected);
}

class FewDescriptors {
  public:
    explicit FewDescriptors(rlim_t most) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit few{std::min(most, before_.rlim_max), before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &few);
    }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;
    ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  private:
    rlimit before_{};
};

TEST_F(StageTest, ComposeNeedsFewDescriptorsForManySources) {
    const FewDescriptors few(256);
    open();
    std::string expected;
    std::vector<std::string> sources;
    for (int i = 0; i < 3000; i++) {
        sources.push_back("part" + std::to_string(i));
        expected += std::to_string(i) + ",";
        ASSERT_EQ(put(sources.back(), std::to_string(i) + ","), "ok");
    }
    ASSERT_EQ(say().compose("k", sources), "ok");
    EXPECT_TRUE(get("k") == expected);
    EXPECT_EQ(put("l", "v"), "ok") << "descriptors are left for others";
    EXPECT_EQ(say().compose("k", sources, {}, true), "ok");
    EXPECT_TRUE(get("k") == expected);
    EXPECT_THAT(keys(), ElementsAre("k", "l"));
    EXPECT_EQ(say().compose("k", sources), "not found");
}

// Calls back before each copy.
class WatchedCopies : public RealFileSystem {
  public:
    std::function<void()> before;

    ssize_t copy(int from, uint64_t from_offset, int to, uint64_t to_offset,
                 uint64_t bytes) override {
        if (before) before();
        return RealFileSystem::copy(from, from_offset, to, to_offset, bytes);
    }
};

class ChangingSourcesTest : public StageTest {
  protected:
    ChangingSourcesTest() {
        options_.file_system = &fs_;
        for (int i = 0; i < 30; i++) sources_.push_back("s" + std::to_string(10 + i));
    }
    void SetUp() override {
        open();
        for (const std::string& source : sources_) ASSERT_EQ(put(source, source), "ok");
        ASSERT_EQ(put("k", "old"), "ok");
    }
    void at_first_copy(const std::function<void()>& change) {
        fs_.before = [this, change] {
            const auto once = change;  // outlives the function it is in
            fs_.before = nullptr;
            once();
        };
    }
    std::string all() {
        std::string text;
        for (const std::string& source : sources_) text += get(source);
        return text;
    }

    WatchedCopies fs_;
    std::vector<std::string> sources_;
};

TEST_F(ChangingSourcesTest, AreCopiedAsTheyWereOrAllAnew) {
    for (const std::string key : {"s10", "s39"}) {
        const std::string before = all();
        at_first_copy([&] { EXPECT_EQ(put(key, "replaced"), "ok"); });
        EXPECT_EQ(say().compose("k", sources_), "ok");
        EXPECT_EQ(get("k"), key == "s10" ? before : all());
        at_first_copy([&] { EXPECT_EQ(append(key, "appended"), "ok"); });
        EXPECT_EQ(say().compose("k", sources_), "ok");
        EXPECT_TRUE(get("k") == all() || key == "s10");
    }
}

TEST_F(ChangingSourcesTest, AnErasedOneIsNotFound) {
    at_first_copy([&] { EXPECT_EQ(erase("s39"), "ok"); });
    EXPECT_EQ(say().compose("k", sources_), "not found");
    EXPECT_EQ(get("k"), "old");
}

TEST_F(ChangingSourcesTest, AreGivenUpWhenTheyChangeForever) {
    fs_.before = [this] {
        for (size_t i = 16; i < sources_.size(); i++) EXPECT_EQ(put(sources_[i], "other"), "ok");
    };
    EXPECT_EQ(say().compose("k", sources_, {}, true), "input/output error");
    fs_.before = nullptr;
    EXPECT_EQ(get("k"), "old");
    EXPECT_EQ(keys().size(), sources_.size() + 1);
    EXPECT_EQ(say().compose("k", sources_), "ok");
    EXPECT_EQ(get("k"), all());
}

}  // namespace csd::store
