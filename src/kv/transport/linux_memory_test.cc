// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/linux_memory.hpp"

#include <cstring>
#include <set>

#include "kv/transport/linux_fixture.hpp"

namespace csd::kv {
namespace {

constexpr size_t kScattered = 504 * kKiB;
constexpr size_t kPiece = 512 * kKiB;

class LinuxMemory : public ::testing::Test {
  protected:
    MutableBytes take(size_t bytes) {
        const auto memory = memory_.allocate(bytes);
        EXPECT_TRUE(memory.ok());
        EXPECT_EQ(bytes, memory.value().size());
        std::memset(memory.value().data(), 0xEE, bytes);
        return memory.value();
    }

    FakeKernel kernel_;
    TransferMemory memory_{kernel_};
};

TEST_F(LinuxMemory, WhatIsLargeComesFromHugePagesAndIsReused) {
    ASSERT_TRUE(memory_.use_huge_pages(kScattered, kPiece));
    std::vector<MutableBytes> taken;
    std::set<uint8_t*> places;
    for (int i = 0; i < 9; i++) {
        taken.push_back(take(i % 2 == 0 ? kPiece : kScattered + 1));
        EXPECT_TRUE(memory_.is_contiguous(taken.back()));
        EXPECT_EQ(0u, reinterpret_cast<uintptr_t>(taken.back().data()) % kPiece);
        places.insert(taken.back().data());
    }
    EXPECT_EQ(9u, places.size());
    for (const MutableBytes one : taken) memory_.release(one);
    for (int i = 0; i < 9; i++) taken[i] = take(kPiece);
    for (const MutableBytes one : taken) {
        places.erase(one.data());
        memory_.release(one);
    }
    EXPECT_LE(places.size(), 3u) << "three huge pages hold twelve pieces";
}

TEST_F(LinuxMemory, OtherSizesAreOrdinaryMemoryOnAPage) {
    ASSERT_TRUE(memory_.use_huge_pages(kScattered, kPiece));
    for (const size_t bytes : {size_t{0}, size_t{1}, size_t{4096}, kScattered, kPiece + 1}) {
        const MutableBytes memory = take(bytes);
        EXPECT_FALSE(memory_.is_contiguous(memory)) << bytes;
        EXPECT_EQ(0u, reinterpret_cast<uintptr_t>(memory.data()) % 4096);
        memory_.release(memory);
    }
}

TEST_F(LinuxMemory, AMachineWithoutHugePagesHasOrdinaryMemory) {
    kernel_.has_huge_pages = false;
    EXPECT_FALSE(memory_.use_huge_pages(kScattered, kPiece));
    const MutableBytes memory = take(kPiece);
    EXPECT_FALSE(memory_.is_contiguous(memory));
    memory_.release(memory);
}

TEST_F(LinuxMemory, AMachineThatRunsOutOfThemGoesOnWithOrdinaryMemory) {
    ASSERT_TRUE(memory_.use_huge_pages(kScattered, kPiece));
    kernel_.has_huge_pages = false;
    std::vector<MutableBytes> taken;
    for (int i = 0; i < 5; i++) taken.push_back(take(kPiece));
    EXPECT_TRUE(memory_.is_contiguous(taken[3]));
    EXPECT_FALSE(memory_.is_contiguous(taken[4]));
    for (const MutableBytes one : taken) memory_.release(one);
}

TEST_F(LinuxMemory, TheRealKernelEitherMakesAHugePageOrSaysNo) {
    TransferMemory real(real_linux_kernel());
    const bool huge = real.use_huge_pages(kScattered, 2 * kMiB);
    const auto memory = real.allocate(2 * kMiB);
    ASSERT_TRUE(memory.ok());
    std::memset(memory.value().data(), 1, memory.value().size());
    EXPECT_EQ(huge, real.is_contiguous(memory.value()));
    real.release(memory.value());
}

}  // namespace
}  // namespace csd::kv
