// SPDX-License-Identifier: BSD-3-Clause
//
// The entry, by its bytes; and the ring itself, on a file that knows no commands, which every kernel says of each.
#include "kv/transport/linux_uring.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>

#include "base/bytes.hpp"

namespace csd::kv {
namespace {

TEST(UringEntry, IsACommandOfNvmeOnTheRegisteredFile) {
    nvme_uring_cmd command{};
    std::memset(&command, 0x5A, sizeof command);
    alignas(io_uring_sqe) std::array<uint8_t, 128> entry;
    entry.fill(0xEE);
    fill_uring_entry(*reinterpret_cast<io_uring_sqe*>(entry.data()), 77, command);
    EXPECT_EQ(46, entry[0]) << "IORING_OP_URING_CMD";
    EXPECT_EQ(1, entry[1]) << "fixed file";
    EXPECT_EQ(0u, load_le<uint32_t>(entry, 4)) << "number 0";
    EXPECT_EQ(0xC0484E80u, load_le<uint32_t>(entry, 8)) << "NVME_URING_CMD_IO";
    EXPECT_EQ(77u, load_le<uint64_t>(entry, 32)) << "user data";
    for (size_t i = 0; i < entry.size(); i++) {
        if (i >= 48 && i < 48 + 72) {
            EXPECT_EQ(0x5A, entry[i]) << i;
        } else if (i > 11 && i != 32) {
            EXPECT_EQ(0, entry[i]) << i;
        }
    }
}

class Ring : public ::testing::Test {
  protected:
    void SetUp() override {
        file_.reset(std::tmpfile());
        ASSERT_NE(nullptr, file_);
        queue_ = UringQueue::open(fileno(file_.get()), 8);
        if (queue_ != nullptr) return;
        EXPECT_TRUE(errno == ENOSYS || errno == EPERM || errno == EINVAL) << std::strerror(errno);
        GTEST_SKIP() << "no io_uring with large entries here: " << std::strerror(errno);
    }
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    std::unique_ptr<std::FILE, Close> file_;
    std::unique_ptr<UringQueue> queue_;
    std::array<PassthroughQueue::Finished, 64> finished_;
};

TEST_F(Ring, AnswersEveryCommandOnceWhateverTheBatch) {
    ASSERT_EQ(8u, queue_->depth());
    for (const uint32_t batch : {1u, 3u, 8u, 8u, 8u, 5u}) {
        std::set<uint32_t> slots;
        for (uint32_t slot = 0; slot < batch; slot++) queue_->start(slot, {});
        while (slots.size() < batch) {
            queue_->wait(1000);
            const size_t count = queue_->reap(std::span(finished_).first(3));
            for (size_t i = 0; i < count; i++) {
                EXPECT_EQ(-EOPNOTSUPP, finished_[i].outcome);
                EXPECT_TRUE(slots.insert(finished_[i].slot).second);
            }
        }
        EXPECT_EQ(batch - 1, *slots.rbegin());
    }
}

TEST_F(Ring, ReapAloneStartsWhatWasStaged) {
    queue_->start(3, {});
    size_t count = 0;
    for (int tries = 0; count == 0 && tries < 100'000; tries++) count = queue_->reap(finished_);
    ASSERT_EQ(1u, count);
    EXPECT_EQ(3u, finished_[0].slot);
}

TEST_F(Ring, WaitEndsInTimeWhenNothingHappens) {
    queue_->wait(5);
    EXPECT_EQ(0u, queue_->reap(finished_));
}

TEST(UringQueue, WithoutAFileThereIsNoQueue) {
    EXPECT_EQ(nullptr, UringQueue::open(1 << 20, 8));
}

}  // namespace
}  // namespace csd::kv
