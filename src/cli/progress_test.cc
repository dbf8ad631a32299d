// SPDX-License-Identifier: BSD-3-Clause
#include "cli/progress.hpp"

#include <gtest/gtest.h>

namespace csd::cli {
namespace {

using std::chrono::seconds;

TEST(Progress, ALineTellsHowFarAndHowFast) {
    EXPECT_EQ("  5.0 MiB of 20.0 MiB  25%  [#####               ]  2.5 MiB/s",
              Progress::line(5 << 20, 20 << 20, seconds(2)));
    EXPECT_EQ("  20.0 MiB of 20.0 MiB  100%  [####################]  10.0 MiB/s",
              Progress::line(20 << 20, 20 << 20, seconds(2)));
}

TEST(Progress, WithoutATotalThereIsNoBar) {
    EXPECT_EQ("  5.0 MiB  2.5 MiB/s", Progress::line(5 << 20, std::nullopt, seconds(2)));
    EXPECT_EQ("  0 B  0 B/s", Progress::line(0, 0, seconds(0)));
}

TEST(Progress, WatchedBytesPassUnchanged) {
    Progress progress(5);
    std::string out;
    const kv::Sink sink = progress.watch(kv::Sink::to(out));
    EXPECT_TRUE(sink.write(as_bytes("hello")).ok());
    EXPECT_EQ("hello", out);
    EXPECT_TRUE(sink.restart().ok());
    EXPECT_EQ("", out);
    std::array<uint8_t, 3> buffer{};
    const kv::Source source = progress.watch(kv::Source::from(as_bytes("hello")));
    EXPECT_EQ(3u, source.read(buffer).value());
    EXPECT_EQ("hel", as_text(buffer));
    EXPECT_EQ(2u, source.read(buffer).value());
    EXPECT_EQ(0u, source.read(buffer).value());
}

}  // namespace
}  // namespace csd::cli
