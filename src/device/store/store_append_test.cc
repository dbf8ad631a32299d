// SPDX-License-Identifier: BSD-3-Clause
//
// Appending: in place, guarded by size, and away from files that a query reads.
#include <fcntl.h>

#include "base/bytes.hpp"
#include "device/store/append_journal.hpp"
#include "device/store/store_fixture.hpp"

namespace csd::store {

class AppendTest : public StoreTest {
  protected:
    AppendTest() : StoreTest(Where::kMemory) {}

    static uint64_t inode(const std::string& path) {
        struct stat stat {};
        EXPECT_EQ(::stat(path.c_str(), &stat), 0);
        return stat.st_ino;
    }
    static std::string whole(const OpenValue& value) {
        std::string bytes(100, '?');
        const ssize_t got = ::pread(value.fd(), bytes.data(), bytes.size(), 0);
        bytes.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
        return bytes;
    }
};

TEST_F(AppendTest, GrowsTheFileInPlace) {
    open();
    ASSERT_EQ(put("k", "one"), "ok");
    const uint64_t before = inode(file("k"));
    EXPECT_EQ(append("k", "two"), "ok");
    EXPECT_EQ(append("k", "three"), "ok");
    EXPECT_EQ(get("k"), "onetwothree");
    EXPECT_EQ(inode(file("k")), before);
}

TEST_F(AppendTest, ToAnAbsentKeyCreatesItUnlessItMustExist) {
    open();
    EXPECT_EQ(say().append("k", "one", {}, true), "not found");
    EXPECT_EQ(get("k"), "<not found>");
    EXPECT_EQ(append("k", "one"), "ok");
    EXPECT_EQ(say().append("k", "two", {}, true), "ok");
    EXPECT_EQ(get("k"), "onetwo");
}

TEST_F(AppendTest, WithASizeHappensOnlyOnce) {
    open();
    EXPECT_EQ(append("k", "one", 1), "offset mismatch");
    EXPECT_EQ(append("k", "one", 0), "ok");
    EXPECT_EQ(append("k", "two", 3), "ok");
    EXPECT_EQ(append("k", "two", 3), "offset mismatch");
    EXPECT_EQ(get("k"), "onetwo");
}

TEST_F(AppendTest, ADescriptorThatIsHotSeesTheNewEnd) {
    open();
    ASSERT_EQ(put("k", "one"), "ok");
    ASSERT_EQ(get("k"), "one");
    ASSERT_EQ(append("k", "two"), "ok");
    EXPECT_EQ(get("k"), "onetwo");
}

TEST_F(AppendTest, AValueThatIsHeldOpenStaysAsItIs) {
    open();
    ASSERT_EQ(put("k", "one"), "ok");
    Result<std::shared_ptr<OpenValue>> held = store_->open_value(key_of("k"));
    ASSERT_TRUE(held.ok());
    EXPECT_EQ(append("k", "two"), "ok");
    EXPECT_EQ(get("k"), "onetwo");
    EXPECT_EQ(whole(*held.value()), "one");
    EXPECT_EQ(held.value()->size(), 3u);
    const uint64_t copy = inode(file("k"));
    EXPECT_EQ(append("k", "three"), "ok");
    EXPECT_EQ(inode(file("k")), copy) << "the copy is held by nobody";
    ASSERT_EQ(erase("k"), "ok");
    EXPECT_EQ(whole(*held.value()), "one");
    EXPECT_EQ(code_of(store_->open_value(key_of("k"))), "not found");
}

TEST_F(AppendTest, AHeldValueMayOutliveTheStore) {
    open();
    ASSERT_EQ(put("k", "one"), "ok");
    Result<std::shared_ptr<OpenValue>> held = store_->open_value(key_of("k"));
    ASSERT_TRUE(held.ok());
    close();
    EXPECT_EQ(whole(*held.value()), "one");
}

TEST_F(AppendTest, MoreKeysThanTheJournalHasSlotsNeedOnlyAFlush) {
    open();
    const int keys = static_cast<int>(AppendJournal::kSlots) + 100;
    for (int i = 0; i < keys; i++) {
        const std::string key = "key" + std::to_string(i);
        ASSERT_EQ(put(key, "a"), "ok");
        ASSERT_EQ(append(key, "b"), "ok");
    }
    open();
    for (int i = 0; i < keys; i++) ASSERT_EQ(get("key" + std::to_string(i)), "ab");
    EXPECT_EQ(log(), "");
}

TEST_F(AppendTest, ASparseValueOfATebibyteIsReadAndAppendedTo) {
    open();
    close();
    const int fd = ::open(file("big").c_str(), O_CREAT | O_WRONLY, 0600);
    ASSERT_GE(fd, 0);
    const uint64_t size = kTiB;
    ASSERT_EQ(::ftruncate(fd, static_cast<off_t>(size)), 0);
    ::close(fd);
    open();
    EXPECT_EQ(append("big", "tail", size), "ok");
    EXPECT_EQ(say().get("big", size - 2, 10), std::string("\0\0tail", 6));
    EXPECT_EQ(store_->info(key_of("big")).value().size, size + 4);
    EXPECT_EQ(say().flush(), "ok");
    EXPECT_EQ(erase("big"), "ok");
    while (store_->housekeeping({})) continue;
}

}  // namespace csd::store
