// SPDX-License-Identifier: BSD-3-Clause
#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace csd {
namespace {

bool is_open(int fd) {
    return ::fcntl(fd, F_GETFD) != -1;
}
UniqueFd open_null() {
    return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

TEST(UniqueFd, IsEmptyUntilItOwnsSomething) {
    const UniqueFd fd;
    EXPECT_FALSE(fd);
    EXPECT_EQ(fd.get(), -1);
    EXPECT_TRUE(open_null());
}

TEST(UniqueFd, ClosesWhatItOwnsOnce) {
    int number = -1;
    {
        const UniqueFd fd = open_null();
        number = fd.get();
        EXPECT_TRUE(is_open(number));
    }
    EXPECT_FALSE(is_open(number));
}

TEST(UniqueFd, MovingHandsOverTheDescriptorAndClosesTheOldOne) {
    UniqueFd first = open_null();
    UniqueFd second = open_null();
    const int kept = first.get();
    const int closed = second.get();
    second = std::move(first);
    EXPECT_EQ(second.get(), kept);
    EXPECT_TRUE(is_open(kept));
    EXPECT_FALSE(is_open(closed));
}

TEST(UniqueFd, ReleaseGivesTheDescriptorAway) {
    UniqueFd fd = open_null();
    const int number = fd.release();
    EXPECT_FALSE(fd);
    EXPECT_TRUE(is_open(number));
    fd.reset(number);
    fd.reset();
    EXPECT_FALSE(is_open(number));
}

}  // namespace
}  // namespace csd
