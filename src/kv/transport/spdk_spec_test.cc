// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/spdk_spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace csd::kv {
namespace {

using ::testing::HasSubstr;
using Form = SpdkSpec::Form;

SpdkSpec read(std::string_view device) {
    const auto spec = parse_spdk_spec(device);
    EXPECT_TRUE(spec.ok()) << device << ": " << spec.status().message();
    return spec.ok() ? spec.value() : SpdkSpec();
}

TEST(SpdkSpec, PciAddressesAreWholeAndLowerCase) {
    const SpdkSpec spec = read("pcie:0000:0A:1f.7/3");
    EXPECT_EQ(Form::kPcie, spec.form);
    EXPECT_EQ("0000:0a:1f.7", spec.address);
    EXPECT_EQ(3u, spec.nsid);
    EXPECT_EQ("0000:00:04.0", read("pcie:00:04.0").address);
    EXPECT_EQ(1u, read("pcie:0000:00:04.0").nsid);
}

TEST(SpdkSpec, TcpHasAHostAPortAndASubsystem) {
    const SpdkSpec spec = read("tcp:localhost:4420/nqn.2016-06.io.spdk:cnode1");
    EXPECT_EQ(Form::kTcp, spec.form);
    EXPECT_EQ("localhost", spec.address);
    EXPECT_EQ(4420, spec.port);
    EXPECT_EQ("nqn.2016-06.io.spdk:cnode1", spec.subnqn);
    EXPECT_EQ(1u, spec.nsid);
    EXPECT_EQ(7u, read("tcp:10.0.0.1:4420/nqn.x:y/7").nsid);
}

TEST(SpdkSpec, AnIpv6AddressIsInBrackets) {
    const SpdkSpec spec = read("tcp:[fe80::1%eth1]:4420/nqn.x:y");
    EXPECT_EQ("fe80::1%eth1", spec.address);
    EXPECT_EQ(4420, spec.port);
    EXPECT_EQ(Code::kUsage, parse_spdk_spec("tcp:fe80::1:4420/nqn.x:y").code());
}

TEST(SpdkSpec, ASlashWithinASubsystemsNameIsWrittenWithPercent) {
    EXPECT_EQ("nqn.x:a/b%", read("tcp:h:1/nqn.x:a%2fb%25/2").subnqn);
    for (const char* device : {"tcp:h:1/nqn%2", "tcp:h:1/nqn%zz", "tcp:h:1/nqn%00"})
        EXPECT_EQ(Code::kUsage, parse_spdk_spec(device).code()) << device;
}

TEST(SpdkSpec, ABdevHasANameAndAFile) {
    const SpdkSpec spec = read("bdev:Nvme0n1@/etc/spdk/a@b.json");
    EXPECT_EQ(Form::kBdev, spec.form);
    EXPECT_EQ("Nvme0n1", spec.bdev);
    EXPECT_EQ("/etc/spdk/a@b.json", spec.config);
}

TEST(SpdkSpec, WhatIsWrongIsSaidWithAnExample) {
    for (const char* device : {"pcie:", "pcie:0000:00:04", "pcie:0000:00:04.8", "pcie:0000:00:20.0",
                               "pcie:000:00:04.0", "pcie:0000:00:0g.0"}) {
        const auto spec = parse_spdk_spec(device);
        EXPECT_EQ(Code::kUsage, spec.code()) << device;
        EXPECT_THAT(spec.status().message(), HasSubstr("pcie:0000:00:04.0")) << device;
    }
    for (const char* device :
         {"tcp:", "tcp:host", "tcp:host:4420", "tcp:host:4420/", "tcp::1/nqn", "tcp:host:0/nqn",
          "tcp:host:65536/nqn", "tcp:host:x/nqn", "tcp:[::1:4420/nqn", "tcp:/nqn"}) {
        const auto spec = parse_spdk_spec(device);
        EXPECT_EQ(Code::kUsage, spec.code()) << device;
        EXPECT_THAT(spec.status().message(), HasSubstr("4420/NQN")) << device;
    }
    for (const char* device : {"bdev:", "bdev:Name", "bdev:@file", "bdev:Name@"})
        EXPECT_EQ(Code::kUsage, parse_spdk_spec(device).code()) << device;
    for (const char* device : {"pcie:00:04.0/0", "pcie:00:04.0/x", "pcie:00:04.0/4294967295",
                               "tcp:host:4420/nqn/-1", "tcp:host:4420/nqn/1/2"}) {
        const auto spec = parse_spdk_spec(device);
        EXPECT_EQ(Code::kUsage, spec.code()) << device;
        EXPECT_THAT(spec.status().message(), HasSubstr("namespace id")) << device;
    }
    const std::string long_name = "tcp:host:4420/" + std::string(224, 'n');
    EXPECT_THAT(parse_spdk_spec(long_name).status().message(), HasSubstr("223"));
}

}  // namespace
}  // namespace csd::kv
