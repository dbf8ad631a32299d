// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/spdk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace csd::kv {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kDevice[] = "tcp:127.0.0.1:4420/nqn.x:y";

class Spdk : public ::testing::Test {
  protected:
    void library_is(const char* path) { setenv("CSD_SPDK_TRANSPORT", path, 1); }
    void TearDown() override { unsetenv("CSD_SPDK_TRANSPORT"); }
};

TEST_F(Spdk, WithoutTheLibraryItSaysWhatMakesIt) {
    library_is("/nowhere/libcsd-spdk.so");
    for (const char* device : {kDevice, "pcie:0000:00:04.0", "bdev:Name@file"}) {
        const auto opened = open_spdk(device, {});
        EXPECT_EQ(Code::kUnsupported, opened.code());
        EXPECT_THAT(opened.status().message(),
                    AllOf(HasSubstr(device), HasSubstr("/nowhere/libcsd-spdk.so"),
                          HasSubstr("./csd build spdk")));
    }
}

TEST_F(Spdk, AnAddressThatMakesNoSenseIsUsageWithOrWithoutTheLibrary) {
    library_is("/nowhere/libcsd-spdk.so");
    EXPECT_EQ(Code::kUsage, open_spdk("tcp:127.0.0.1", {}).code());
}

TEST_F(Spdk, AFileThatIsNoLibraryIsATransportFailure) {
    library_is("/proc/self/cmdline");
    const auto opened = open_spdk(kDevice, {});
    EXPECT_EQ(Code::kTransport, opened.code());
    EXPECT_THAT(opened.status().message(), HasSubstr("cannot be loaded"));
}

TEST_F(Spdk, ALibraryWithoutTheEntryIsOfAnotherVersion) {
    library_is("/lib/x86_64-linux-gnu/libm.so.6");
    const auto opened = open_spdk(kDevice, {});
    EXPECT_EQ(Code::kTransport, opened.code());
    EXPECT_THAT(opened.status().message(), HasSubstr("another version"));
}

}  // namespace
}  // namespace csd::kv
