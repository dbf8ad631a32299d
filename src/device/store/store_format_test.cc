// SPDX-License-Identifier: BSD-3-Clause
//
// Format: everything at once, strangers' files excepted, and the rest cleaned up later.
#include <set>
#include <thread>

#include "device/store/store_fixture.hpp"

namespace csd::store {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FormatTest : public StoreTest {
  protected:
    FormatTest() : StoreTest(Where::kMemory) {}
};

TEST_F(FormatTest, EmptiesTheNamespaceAtOnce) {
    options_.capacity_bytes = 1000;
    open();
    ASSERT_EQ(put("a", "1"), "ok");
    ASSERT_EQ(append("a", "2"), "ok");
    ASSERT_EQ(get("a"), "12");
    ASSERT_EQ(say().stage(1, "b", 0, "hidden"), "ok");
    EXPECT_EQ(say().format(), "ok");
    EXPECT_EQ(get("a"), "<not found>");
    EXPECT_EQ(say().exists("a"), "not found");
    EXPECT_THAT(keys(), IsEmpty());
    EXPECT_EQ(store_->usage().used_bytes, 0u);
    EXPECT_EQ(say().stage(1, "b", 6, "more"), "offset mismatch");
    EXPECT_THAT(names(values()), IsEmpty());
    EXPECT_EQ(put("c", "new"), "ok");
    open();
    EXPECT_THAT(keys(), ElementsAre("c"));
}

TEST_F(FormatTest, LeavesForeignFilesInPlace) {
    open();
    ASSERT_EQ(put("a", "1"), "ok");
    close();
    write(values() + "/README", "mine");
    std::filesystem::create_directory(values() + "/4242");
    write(values() + "/4242/inside", "mine too");
    open();
    EXPECT_EQ(say().format(), "ok");
    EXPECT_THAT(names(values()), ElementsAre("4242", "README"));
    while (store_->housekeeping({})) continue;
    EXPECT_THAT(names(values()), ElementsAre("4242", "README"));
    EXPECT_EQ(content(values() + "/4242/inside"), "mine too");
}

TEST_F(FormatTest, AValueThatLookedForeignToTheScanDoesNotComeBack) {
    open();
    ASSERT_EQ(put("a", "1"), "ok");
    close();
    const std::string second_name = directory_.path() + "/second-name";
    ASSERT_EQ(::link((values() + "/61").c_str(), second_name.c_str()), 0);
    open();
    ASSERT_TRUE(store_->load_index({}).ok());
    ASSERT_EQ(::unlink(second_name.c_str()), 0);
    EXPECT_EQ(say().format(), "ok");
    EXPECT_THAT(names(values()), IsEmpty());
    open();
    EXPECT_THAT(keys(), IsEmpty());
}

TEST_F(FormatTest, ForeignFilesThatCameLaterAreNotRemovedEither) {
    open();
    ASSERT_TRUE(store_->load_index({}).ok());
    ASSERT_EQ(put("a", "1"), "ok");
    write(values() + "/README", "mine");
    EXPECT_EQ(say().format(), "ok");
    while (store_->housekeeping({})) continue;
    EXPECT_THAT(names(values()), ElementsAre("README"));
}

TEST_F(FormatTest, HousekeepingRemovesTheOldValuesInSmallSteps) {
    open();
    for (int i = 0; i < 2000; i++) ASSERT_EQ(put("key" + std::to_string(i), ""), "ok");
    EXPECT_EQ(say().format(), "ok");
    int steps = 1;
    while (store_->housekeeping({})) {
        steps++;
        ASSERT_EQ(put("k", "served"), "ok");
        ASSERT_EQ(get("k"), "served");
    }
    EXPECT_GE(steps, 4);
    EXPECT_THAT(names(engine()), ElementsAre("boot", "lock"));
}

TEST_F(FormatTest, AnUnfinishedCleaningGoesOnAfterARestart) {
    open();
    for (int i = 0; i < 100; i++) ASSERT_EQ(put("key" + std::to_string(i), ""), "ok");
    EXPECT_EQ(say().format(), "ok");
    open();
    EXPECT_THAT(log(), ::testing::HasSubstr("1 formatted directories left to remove"));
    EXPECT_THAT(keys(), IsEmpty());
    while (store_->housekeeping({})) continue;
    EXPECT_THAT(names(engine()), ElementsAre("boot", "lock"));
}

TEST_F(FormatTest, MayBeRepeatedBesideOtherCommands) {
    open();
    std::atomic<bool> stop = false;
    std::thread writer([&] {
        const std::set<std::string> fine{"ok", "format in progress"};
        for (int i = 0; !stop; i++) {
            const std::string key = "key" + std::to_string(i % 7);
            EXPECT_EQ(fine.count(put(key, "value")), 1u);
            EXPECT_EQ(fine.count(append(key, "more")), 1u);
            const std::string got = get(key);
            EXPECT_TRUE(got[0] == '<' || got.rfind("value", 0) == 0 || got == "more") << got;
        }
    });
    for (int i = 0; i < 30; i++) EXPECT_EQ(say().format(), "ok");
    stop = true;
    writer.join();
    EXPECT_EQ(say().format(), "ok");
    EXPECT_THAT(keys(), IsEmpty());
    while (store_->housekeeping({})) continue;
    EXPECT_THAT(names(values()), IsEmpty());
}

}  // namespace csd::store
