// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/linux_spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace csd::kv {
namespace {

using ::testing::HasSubstr;
using Io = LinuxSpec::Io;

TEST(LinuxSpec, NamesOfNodes) {
    const auto ns = parse_linux_spec("/dev/ng12n3");
    ASSERT_TRUE(ns.ok());
    EXPECT_EQ("/dev/ng12n3", ns.value().path);
    EXPECT_EQ("ng12n3", ns.value().name);
    EXPECT_FALSE(ns.value().is_controller);
    EXPECT_EQ(Io::kBest, ns.value().io);
    EXPECT_EQ(300'000u, ns.value().timeout_ms);
    EXPECT_TRUE(parse_linux_spec("/dev/nvme7").value().is_controller);
}

TEST(LinuxSpec, Parameters) {
    const auto spec = parse_linux_spec("/dev/ng0n1?io=ioctl&timeout=9").value();
    EXPECT_EQ(Io::kIoctl, spec.io);
    EXPECT_EQ(9000u, spec.timeout_ms);
    EXPECT_EQ("/dev/ng0n1", spec.path);
    EXPECT_EQ(Io::kUring, parse_linux_spec("/dev/ng0n1?io=uring").value().io);
    EXPECT_EQ(86'400'000u, parse_linux_spec("/dev/nvme0?timeout=86400").value().timeout_ms);
}

TEST(LinuxSpec, WhatMakesNoSenseIsUsageAndExplained) {
    const std::pair<const char*, const char*> cases[] = {
        {"/dev/nvme0n1", "/dev/ng0n1"},
        {"/dev/nvme0n1p2", "the same namespace is '/dev/ng0n1'"},
        {"/dev/nvme-fabrics", "no NVMe node"},
        {"/dev/nvme", "no NVMe node"},
        {"/dev/ng0", "no NVMe node"},
        {"/dev/ngXnY", "no NVMe node"},
        {"/dev/ng0n1p1", "no NVMe node"},
        {"/dev/ng0n1?io=fast", "uring or ioctl"},
        {"/dev/ng0n1?timeout=0", "from 1 to"},
        {"/dev/ng0n1?timeout=86401", "from 1 to"},
        {"/dev/ng0n1?timeout=", "from 1 to"},
        {"/dev/ng0n1?timeout=-1", "from 1 to"},
        {"/dev/ng0n1?nsid=1", "no parameter 'nsid'"},
        {"/dev/nvme0?io=uring", "only on namespaces"},
    };
    for (const auto& [device, why] : cases) {
        const auto spec = parse_linux_spec(device);
        EXPECT_EQ(Code::kUsage, spec.code()) << device;
        EXPECT_THAT(spec.status().message(), HasSubstr(why)) << device;
    }
}

}  // namespace
}  // namespace csd::kv
