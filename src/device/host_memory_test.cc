// SPDX-License-Identifier: BSD-3-Clause
#include "device/host_memory.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <string>

#include "base/unique_fd.hpp"

namespace csd::device {

class HostMemoryTest : public ::testing::Test {
  protected:
    std::string first_ = "abc", none_, second_ = "defgh";
    iovec pieces_[3] = {{first_.data(), 3}, {none_.data(), 0}, {second_.data(), 5}};

    UniqueFd file_with(std::string_view text) {
        UniqueFd file(memfd_create("test", MFD_CLOEXEC));
        EXPECT_EQ(write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
        return file;
    }
};

TEST_F(HostMemoryTest, CopyInTakesTheFirstBytesAcrossPieces) {
    EXPECT_EQ(as_text(copy_in(pieces_, 5)), "abcde");
    EXPECT_EQ(as_text(copy_in(pieces_, 0)), "");
    EXPECT_EQ(as_text(copy_in(pieces_, 100)), "abcdefgh");
}

TEST_F(HostMemoryTest, CopyOutStopsWhereTheRoomEnds) {
    EXPECT_EQ(copy_out(as_bytes("12345"), pieces_), 5u);
    EXPECT_EQ(first_ + second_, "12345fgh");
    EXPECT_EQ(copy_out(as_bytes("123456789abc"), pieces_), 8u);
    EXPECT_EQ(first_ + second_, "12345678");
}

TEST_F(HostMemoryTest, FirstBytesCutsTheLastPieceAndDropsEmptyOnes) {
    const auto cut = first_bytes(pieces_, 4);
    ASSERT_EQ(cut.size(), 2u);
    EXPECT_EQ(cut[1].iov_base, second_.data());
    EXPECT_EQ(cut[1].iov_len, 1u);
    EXPECT_TRUE(first_bytes(pieces_, 0).empty());
}

TEST_F(HostMemoryTest, ReadFileFillsPiecesUpToTheEnd) {
    const UniqueFd file = file_with("0123456789");
    EXPECT_EQ(read_file(file.get(), 2, 10, pieces_).value(), 8u);
    EXPECT_EQ(first_ + second_, "23456789");
    EXPECT_EQ(read_file(file.get(), 8, 10, pieces_).value(), 2u);
    EXPECT_EQ(first_ + second_, "89456789");
    EXPECT_EQ(read_file(file.get(), 10, 10, pieces_).value(), 0u);
    EXPECT_EQ(read_file(file.get(), UINT64_MAX, 10, pieces_).value(), 0u);
}

TEST_F(HostMemoryTest, ReadFileReportsAnErrorOfTheFile) {
    EXPECT_EQ(read_file(-1, 0, 10, pieces_).code(), Code::kIo);
}

}  // namespace csd::device
