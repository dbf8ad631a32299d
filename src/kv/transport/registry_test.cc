// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace csd::kv {
namespace {

using ::testing::HasSubstr;

TEST(Registry, FormsThisBuildLacksAreRecognisedAndExplained) {
    for (const char* device :
         {"pcie:0000:00:04.0/1", "bdev:Nvme0n1@spdk.json", "tcp:127.0.0.1:4420/nqn.x/1"}) {
        const auto opened = open_transport(device, {});
        EXPECT_EQ(Code::kUnsupported, opened.code()) << device;
        EXPECT_THAT(opened.status().message(), HasSubstr("emulator:...")) << device;
        EXPECT_THAT(opened.status().message(), HasSubstr(device));
    }
}

TEST(Registry, WhatIsNoDeviceIsUsage) {
    EXPECT_EQ(Code::kUsage, open_transport("", {}).code());
    EXPECT_EQ(Code::kUsage, open_transport("no-such-thing", {}).code());
    EXPECT_EQ(Code::kUsage, open_transport("emulator:", {}).code());
}

TEST(Registry, ANodeThatIsNotThereIsATransportFailure) {
    for (const char* device : {"/dev/ng9999n9999", "/dev/nvme9999"}) {
        const auto opened = open_transport(device, {});
        EXPECT_EQ(Code::kTransport, opened.code()) << device;
        EXPECT_THAT(opened.status().message(), HasSubstr("does not exist")) << device;
    }
}

TEST(Registry, ADirectoryThatCannotBeMadeIsATransportFailure) {
    const auto opened = open_transport("/proc/no/drive", {});
    EXPECT_EQ(Code::kTransport, opened.code());
    EXPECT_THAT(opened.status().message(), HasSubstr("/proc/no"));
}

}  // namespace
}  // namespace csd::kv
