// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace csd::kv {
namespace {

using ::testing::HasSubstr;

TEST(Registry, FormsOfSpdkNeedItsLibrary) {
    setenv("CSD_SPDK_TRANSPORT", "/nowhere/libcsd-spdk.so", 1);
    for (const char* device :
         {"pcie:0000:00:04.0/1", "bdev:Nvme0n1@spdk.json", "tcp:127.0.0.1:4420/nqn.x/1"}) {
        const auto opened = open_transport(device, {});
        EXPECT_EQ(Code::kUnsupported, opened.code()) << device;
        EXPECT_THAT(opened.status().message(), HasSubstr(device));
    }
    unsetenv("CSD_SPDK_TRANSPORT");
}

TEST(Registry, WhatIsNoDeviceIsToldWhatOneIs) {
    const auto opened = open_transport("no-such-thing", {});
    EXPECT_EQ(Code::kUsage, opened.code());
    for (const char* form : {"emulator:...", "/dev/ng...", "pcie:...", "a directory"})
        EXPECT_THAT(opened.status().message(), HasSubstr(form));
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
