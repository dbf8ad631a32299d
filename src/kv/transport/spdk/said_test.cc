// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/spdk/said.hpp"

#include <gtest/gtest.h>

namespace csd::kv {
namespace {

TEST(WhatSpdkSays, IsOneLine) {
    EXPECT_EQ("a b c", said_in_short("a\n  b\tc\n"));
    EXPECT_EQ("", said_in_short("\n"));
}

TEST(WhatSpdkSays, OfAnRpcIsItsMessage) {
    EXPECT_EQ("there is \"no\" such thing",
              said_in_short("error response: \n{\n  \"code\": -32602,\n"
                            "  \"message\": \"there is \\\"no\\\" such "
                            "thing\"\n}\n"));
    EXPECT_EQ("cut", said_in_short("\"message\": \"cut"));
    EXPECT_EQ("cut\\", said_in_short("\"message\": \"cut\\"));
}

TEST(WhatSpdkSays, ComesWithTheMeaningOfErrno) {
    EXPECT_EQ("connect() failed, errno = 111, Connection refused",
              said_in_short("connect() failed, errno = 111"));
    EXPECT_EQ("errno = 2, No such file or directory!", said_in_short("errno = 2!"));
    EXPECT_EQ("errno = ?", said_in_short("errno = ?"));
}

}  // namespace
}  // namespace csd::kv
