// SPDX-License-Identifier: BSD-3-Clause
//
// The C interface itself: options, ABI, errors of open, locking, cancel flags, statistics.
#include "csd/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "device/test_drive.hpp"

extern "C" int device_header_in_c(void);

namespace csd::device {

using ::testing::HasSubstr;

// What csd_open says of these options; they must be refused.
static std::string refusal(const csd_options& options, int error_number) {
    csd_device* device = nullptr;
    char* error = nullptr;
    EXPECT_EQ(csd_open(&options, &device, &error), error_number);
    EXPECT_EQ(device, nullptr);
    const std::string sentence = error != nullptr ? error : "";
    csd_free(error);
    csd_close(device);
    return sentence;
}

TEST(CApi, HeaderCompilesAsC) {
    EXPECT_EQ(device_header_in_c(), 1);
}

TEST(CApi, VersionIsNumbersWithDots) {
    EXPECT_THAT(csd_version(), HasSubstr("."));
}

TEST(CApi, OpenRefusesOptionsThatMakeNoSense) {
    csd_options options = CSD_OPTIONS_INIT;
    EXPECT_THAT(refusal(options, EINVAL), HasSubstr("root"));
    options.root = "/tmp/csd-never-made";
    options.dialect = 9;
    EXPECT_THAT(refusal(options, EINVAL), HasSubstr("dialect"));
    options.dialect = CSD_DIALECT_2023;
    options.flags = CSD_NO_EXTENSIONS;
    EXPECT_THAT(refusal(options, EINVAL), HasSubstr("2023"));
    options.flags = 0;
    options.max_transfer_bytes = UINT32_MAX;
    EXPECT_THAT(refusal(options, EINVAL), HasSubstr("max_transfer_bytes"));
    options.struct_size = 0;
    EXPECT_THAT(refusal(options, EINVAL), HasSubstr("struct_size"));
    EXPECT_FALSE(std::filesystem::exists("/tmp/csd-never-made"));
}

TEST(CApi, OpenSaysThatTheRootCannotBeUsed) {
    csd_options options = CSD_OPTIONS_INIT;
    options.root = "/dev/null/drive";
    EXPECT_THAT(refusal(options, EIO), HasSubstr("/dev/null"));
}

TEST(CApi, ASecondDriveOnTheSameNamespaceIsRefused) {
    TestDrive drive;
    csd_options options = CSD_OPTIONS_INIT;
    options.root = drive.root().c_str();
    EXPECT_THAT(refusal(options, EBUSY), HasSubstr("use"));
    options.nsid = 2;
    csd_device* other = nullptr;
    ASSERT_EQ(csd_open(&options, &other, nullptr), 0) << "another namespace of the same root";
    csd_close(other);
}

TEST(CApi, ACallerWithAShorterStructGetsTheDefaults) {
    TestDrive directory;
    directory.close();
    csd_options options;
    std::memset(static_cast<void*>(&options), 0xFF, sizeof options);
    options.struct_size = offsetof(csd_options, nsid);
    options.root = directory.root().c_str();
    options.bus_number = 0;
    csd_device* device = nullptr;
    char* error = nullptr;
    ASSERT_EQ(csd_open(&options, &device, &error), 0) << error;
    csd_close(device);
    EXPECT_TRUE(std::filesystem::is_directory(directory.root() + "/0/1"));
}

TEST(CApi, ClaimsTheOpcodesOfTheDialect) {
    TestDrive key_value;
    TestDrive old(use_2023_dialect);
    TestDrive bare([](csd_options& o) { o.flags = CSD_NO_EXTENSIONS; });
    for (const int opcode : {0x00, 0x01, 0x02, 0x06, 0x10, 0x14}) {
        EXPECT_TRUE(csd_claims(key_value.device(), static_cast<uint8_t>(opcode))) << opcode;
        EXPECT_TRUE(csd_claims(bare.device(), static_cast<uint8_t>(opcode))) << opcode;
    }
    for (const int opcode : {0x81, 0x82, 0x85, 0x86}) {
        EXPECT_TRUE(csd_claims(key_value.device(), static_cast<uint8_t>(opcode))) << opcode;
        EXPECT_TRUE(csd_claims(old.device(), static_cast<uint8_t>(opcode))) << opcode;
        EXPECT_FALSE(csd_claims(bare.device(), static_cast<uint8_t>(opcode))) << opcode;
    }
    for (const int opcode : {0x00, 0x01, 0x02, 0x8D}) {
        EXPECT_FALSE(csd_claims(old.device(), static_cast<uint8_t>(opcode))) << opcode;
    }
}

TEST(CApi, PacesKeepSlowCommandsApart) {
    TestDrive drive;
    const auto pace = [&](const nvme::Command& command) {
        csd_command decoded;
        const auto sqe = nvme::encode(command, nvme::Dialect::kKeyValue, 1);
        EXPECT_EQ(csd_decode(drive.device(), sqe.bytes.data(), 0, &decoded), 0);
        return decoded.pace;
    };
    EXPECT_EQ(pace(nvme::Exist{TestDrive::key("k")}), uint32_t{CSD_PACE_QUICK});
    EXPECT_EQ(pace(nvme::Flush{}), uint32_t{CSD_PACE_BULK});
    EXPECT_EQ(pace(TestDrive::a_select("k", "select 1")), uint32_t{CSD_PACE_QUERY});
    EXPECT_EQ(pace(nvme::List{{}, 1 << 20}), uint32_t{CSD_PACE_BULK});
}

TEST(CApi, ACommandCancelledBeforeItRunsIsAborted) {
    TestDrive drive;
    csd_command command;
    const auto sqe = nvme::encode(drive.a_store("k", ""), nvme::Dialect::kKeyValue, 1);
    ASSERT_EQ(csd_decode(drive.device(), sqe.bytes.data(), 0, &command), 0);
    csd_cancel(drive.device(), &command);
    csd_completion done;
    csd_execute(drive.device(), &command, nullptr, 0, &done);
    EXPECT_EQ(done.status, nvme::kAbortRequested);
    EXPECT_EQ(drive.exist("k").status, nvme::kKeyDoesNotExist);
}

TEST(CApi, AStoreWithLessDataThanItSaysIsNoStore) {
    TestDrive drive;
    csd_command command;
    const auto sqe = nvme::encode(drive.a_store("k", "12345"), nvme::Dialect::kKeyValue, 1);
    ASSERT_EQ(csd_decode(drive.device(), sqe.bytes.data(), 0, &command), 0);
    std::string memory = "1234";
    const iovec iov{memory.data(), memory.size()};
    csd_completion done;
    csd_execute(drive.device(), &command, &iov, 1, &done);
    EXPECT_EQ(done.status, nvme::make_status(nvme::kSctGeneric, 0x04));
    EXPECT_EQ(drive.exist("k").status, nvme::kKeyDoesNotExist);
}

TEST(CApi, StatisticsCountWhatHappened) {
    TestDrive drive;
    drive.store("k", "12345");
    drive.retrieve("k");
    csd_statistics statistics{};
    statistics.struct_size = sizeof statistics;
    csd_get_statistics(drive.device(), &statistics);
    EXPECT_EQ(statistics.keys, 1u);
    EXPECT_EQ(statistics.used_bytes, 6u);
    EXPECT_EQ(statistics.commands, 2u);
    EXPECT_EQ(statistics.written_bytes, 5u);
    EXPECT_EQ(statistics.read_bytes, 5u);
}

TEST(CApi, AShorterStatisticsStructIsNotOverrun) {
    TestDrive drive;
    csd_statistics statistics{};
    statistics.struct_size = offsetof(csd_statistics, keys);
    statistics.keys = 4711;
    csd_get_statistics(drive.device(), &statistics);
    EXPECT_EQ(statistics.keys, 4711u);
    EXPECT_GT(statistics.capacity_bytes, 0u);
}

}  // namespace csd::device
