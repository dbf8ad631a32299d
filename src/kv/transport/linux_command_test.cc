// SPDX-License-Identifier: BSD-3-Clause
//
// Where each field of an entry goes, by the bytes of the kernel's structures (linux/nvme_ioctl.h).
#include "kv/transport/linux_command.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "kv/status.hpp"

namespace csd::kv {
namespace {

// Every byte of the entry differs from its neighbours.
nvme::Sqe numbered() {
    nvme::Sqe sqe;
    for (size_t i = 0; i < sqe.bytes.size(); i++) sqe.bytes[i] = static_cast<uint8_t>(0x40 + i);
    return sqe;
}

template <typename Command>
std::array<uint8_t, sizeof(Command)> bytes_of(const Command& command) {
    std::array<uint8_t, sizeof(Command)> bytes;
    std::memcpy(bytes.data(), &command, sizeof command);
    return bytes;
}

struct Field {
    const char* name;
    size_t at;    // in the kernel's structure
    size_t from;  // in the entry
    size_t bytes;
};
constexpr Field kFields[] = {
    {"opcode", 0, 0, 1},  {"NSID", 4, 4, 4},    {"CDW2 and 3", 8, 8, 8},
    {"CDW10", 40, 40, 4}, {"CDW11", 44, 44, 4}, {"CDW12", 48, 48, 4},
    {"CDW13", 52, 52, 4}, {"CDW14", 56, 56, 4}, {"CDW15", 60, 60, 4},
};

template <typename Command>
void expect_fields(const Command& command, const uint8_t* data) {
    const nvme::Sqe sqe = numbered();
    const auto bytes = bytes_of(command);
    for (const Field& field : kFields) {
        EXPECT_TRUE(std::equal(bytes.begin() + field.at, bytes.begin() + field.at + field.bytes,
                               sqe.bytes.begin() + field.from))
            << field.name;
    }
    EXPECT_EQ(0, bytes[1]) << "flags: the kernel refuses others";
    EXPECT_EQ(0, load_le<uint16_t>(bytes, 2)) << "the command identifier is the kernel's";
    EXPECT_EQ(0u, load_le<uint64_t>(bytes, 16)) << "no metadata";
    EXPECT_EQ(reinterpret_cast<uintptr_t>(data), load_le<uint64_t>(bytes, 24)) << "address";
    EXPECT_EQ(0u, load_le<uint32_t>(bytes, 32)) << "no metadata";
    EXPECT_EQ(77u, load_le<uint32_t>(bytes, 36)) << "length";
    EXPECT_EQ(123456u, load_le<uint32_t>(bytes, 64)) << "time-out";
}

TEST(LinuxCommand, EachFieldIsWhereTheKernelLooks) {
    std::array<uint8_t, 77> data;
    const auto command = passthrough_command(numbered(), data, 123456);
    static_assert(sizeof command == 72);
    expect_fields(command, data.data());
    expect_fields(with_64_bit_result(command), data.data());
    expect_fields(with_32_bit_result(command), data.data());
    EXPECT_EQ(0u, command.rsvd2);
    EXPECT_EQ(0u, with_64_bit_result(command).result);
    EXPECT_EQ(0u, with_32_bit_result(command).result);
}

TEST(LinuxCommand, WithoutDataThereIsNoAddress) {
    uint8_t byte = 0;
    const auto command = passthrough_command(numbered(), MutableBytes(&byte, 0), 1);
    EXPECT_EQ(0u, command.addr);
    EXPECT_EQ(0u, command.data_len);
}

TEST(LinuxCommand, TheKernelsStatusIsTheDrives) {
    EXPECT_EQ(nvme::kSuccess, status_of_outcome(0));
    EXPECT_EQ(nvme::kKeyDoesNotExist, status_of_outcome(0x4087));
    EXPECT_EQ(nvme::kQueryBusy, status_of_outcome(0x0706));
}

TEST(LinuxCommand, WhatTheKernelDidNotSendHasAStatusOfItsOwn) {
    EXPECT_EQ(nvme::kInvalidField, status_of_outcome(-EINVAL));
    EXPECT_EQ(kOperationDenied, status_of_outcome(-EACCES));
    EXPECT_EQ(kOperationDenied, status_of_outcome(-EPERM));
    EXPECT_EQ(0x004, nvme::status_kind(status_of_outcome(-EFAULT)));
    EXPECT_EQ(0x371, nvme::status_kind(status_of_outcome(-EINTR)));
    EXPECT_EQ(0x371, nvme::status_kind(status_of_outcome(-ETIMEDOUT)));
    for (const int error : {ENODEV, ENXIO, EIO, EAGAIN, ENOMEM, EOPNOTSUPP}) {
        EXPECT_EQ(kPathError, status_of_outcome(-error)) << error;
    }
}

}  // namespace
}  // namespace csd::kv
