// SPDX-License-Identifier: BSD-3-Clause
//
// A file system without unnamed files, exchange, extended attributes, ordered renames or in-kernel copies: the
// store does the same with more work.
#include "device/store/file_system.hpp"
#include "device/store/store_fixture.hpp"

namespace csd::store {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PlainFileSystem : public RealFileSystem {
  public:
    int open_unnamed(int) override { return -EOPNOTSUPP; }
    int rename_at(int from_dir, const char* from, int to_dir, const char* to,
                  unsigned flags) override {
        if ((flags & RENAME_EXCHANGE) != 0) return -EINVAL;
        return RealFileSystem::rename_at(from_dir, from, to_dir, to, flags);
    }
    ssize_t copy(int, uint64_t, int, uint64_t, uint64_t) override { return -EXDEV; }
    int set_mark(int, const Mark&) override { return -EOPNOTSUPP; }
    int get_mark(int, Mark*) override { return -EOPNOTSUPP; }
    Promises promises(int) override { return {}; }
    int sync_data(int fd) override {
        data_syncs++;
        return RealFileSystem::sync_data(fd);
    }
    std::atomic<int> data_syncs = 0;
};

class PlainTest : public StoreTest, public ::testing::WithParamInterface<SyncMode> {
  protected:
    PlainTest() : StoreTest(Where::kMemory) {
        options_.file_system = &fs_;
        options_.sync = GetParam();
    }
    PlainFileSystem fs_;
};

TEST_P(PlainTest, EveryCommandWorks) {
    open();
    EXPECT_EQ(put("a", "one"), "ok");
    EXPECT_EQ(put("a", "two", {.must_not_exist = true}), "exists");
    EXPECT_EQ(put("a", "two"), "ok");
    EXPECT_EQ(append("a", "three"), "ok");
    EXPECT_EQ(say().stage(1, "b", 0, "four"), "ok");
    EXPECT_EQ(say().publish(1, "b", 4, "five"), "ok");
    EXPECT_EQ(say().compose("c", {"a", "b"}), "ok");
    EXPECT_EQ(put("d", ""), "ok");
    EXPECT_EQ(erase("d"), "ok");
    EXPECT_EQ(say().flush(), "ok");
    EXPECT_GT(fs_.data_syncs, 0) << "without marks the data goes first";
    open();
    EXPECT_THAT(keys(), ElementsAre("a", "b", "c"));
    EXPECT_EQ(get("c"), "twothreefourfive");
    EXPECT_EQ(log(), "");
    EXPECT_EQ(say().format(), "ok");
    EXPECT_THAT(keys(), IsEmpty());
    EXPECT_EQ(put("e", "six"), "ok");
    while (store_->housekeeping({})) continue;
    EXPECT_THAT(names(engine()), ElementsAre("appends", "boot", "lock"));
    EXPECT_THAT(names(values()), ElementsAre("65"));
}

INSTANTIATE_TEST_SUITE_P(All, PlainTest, ::testing::Values(SyncMode::kFlush, SyncMode::kAlways),
                         [](const auto& one) {
                             return one.param == SyncMode::kFlush ? "Flush" : "Always";
                         });

}  // namespace csd::store
