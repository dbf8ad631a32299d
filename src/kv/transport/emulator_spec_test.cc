// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/emulator_spec.hpp"

#include <gtest/gtest.h>

namespace csd::kv {
namespace {

EmulatorSpec parsed(std::string_view device) {
    const auto spec = parse_emulator_spec(device);
    EXPECT_TRUE(spec.ok()) << spec.status().message();
    return spec.ok() ? spec.value() : EmulatorSpec{};
}

TEST(EmulatorSpec, ADirectoryAloneHasTheDefaults) {
    const EmulatorSpec spec = parsed("emulator:/tmp/drive");
    EXPECT_EQ("/tmp/drive", spec.root);
    EXPECT_EQ(1u, spec.nsid);
    EXPECT_EQ(0u, spec.bus);
    EXPECT_EQ(0u, spec.size_bytes);
    EXPECT_FALSE(spec.sync_always);
    EXPECT_FALSE(spec.dialect_2023);
    EXPECT_TRUE(spec.extensions);
}

TEST(EmulatorSpec, EveryParameterIsRead) {
    const EmulatorSpec spec =
        parsed("emulator:d?nsid=3&bus=7&size=1048576&sync=always&extensions=off");
    EXPECT_EQ("d", spec.root);
    EXPECT_EQ(3u, spec.nsid);
    EXPECT_EQ(7u, spec.bus);
    EXPECT_EQ(1048576u, spec.size_bytes);
    EXPECT_TRUE(spec.sync_always);
    EXPECT_FALSE(spec.extensions);
    EXPECT_TRUE(parsed("emulator:d?dialect=2023").dialect_2023);
    EXPECT_EQ(parsed("emulator:d"), parsed("emulator:d?dialect=kv&sync=flush&extensions=on"));
}

TEST(EmulatorSpec, APathIsTakenAsItIs) {
    EXPECT_EQ("/tmp/what?nsid=2", parsed("/tmp/what?nsid=2").root);
}

TEST(EmulatorSpec, NonsenseIsUsage) {
    for (const char* device :
         {"emulator:", "emulator:?nsid=1", "emulator:d?nsid=0", "emulator:d?nsid=x",
          "emulator:d?nsid=1x", "emulator:d?nsid=4294967296", "emulator:d?bus=-1",
          "emulator:d?size=0", "emulator:d?size=1k", "emulator:d?sync=never",
          "emulator:d?dialect=1999", "emulator:d?extensions=yes", "emulator:d?color=red",
          "emulator:d?nsid", "emulator:d?&nsid=1", "emulator:d?dialect=2023&extensions=off"}) {
        EXPECT_EQ(Code::kUsage, parse_emulator_spec(device).code()) << device;
    }
}

}  // namespace
}  // namespace csd::kv
