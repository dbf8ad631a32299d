// SPDX-License-Identifier: BSD-3-Clause
#include "cli/units.hpp"

#include <gtest/gtest.h>

namespace csd::cli {
namespace {

TEST(Units, BytesAreWrittenForPeople) {
    EXPECT_EQ("0 B", write_bytes(0));
    EXPECT_EQ("1023 B", write_bytes(1023));
    EXPECT_EQ("1.0 KiB", write_bytes(1024));
    EXPECT_EQ("1.0 MiB", write_bytes((1 << 20) - 1));
    EXPECT_EQ("16.0 TiB", write_bytes(uint64_t{16} << 40));
    EXPECT_EQ("16.0 EiB", write_bytes(UINT64_MAX));
}

TEST(Units, BytesAreReadWithAndWithoutASuffix) {
    EXPECT_EQ(4096u, parse_bytes("4096").value());
    EXPECT_EQ(4096u, parse_bytes("4k").value());
    EXPECT_EQ(3u << 20, parse_bytes("3M").value());
    EXPECT_EQ(uint64_t{5} << 30, parse_bytes("5g").value());
    for (const char* text : {"", "k", "4kb", "-1", "1.5m", "99999999999999999999", "99999999t"}) {
        EXPECT_EQ(Code::kUsage, parse_bytes(text).code()) << text;
    }
}

}  // namespace
}  // namespace csd::cli
