// SPDX-License-Identifier: BSD-3-Clause
// Tested by linux_command_test.cc.
#include "kv/transport/linux_command.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "kv/status.hpp"

namespace csd::kv {

// The three structures differ only behind the time-out, so two are made of the first.
static_assert(offsetof(nvme_uring_cmd, rsvd2) == offsetof(nvme_passthru_cmd64, rsvd2));
static_assert(offsetof(nvme_uring_cmd, rsvd2) == offsetof(nvme_passthru_cmd, result));
static constexpr size_t kCommonBytes = offsetof(nvme_uring_cmd, rsvd2);

nvme_uring_cmd passthrough_command(const nvme::Sqe& sqe, MutableBytes data, uint32_t timeout_ms) {
    nvme_uring_cmd command{};
    command.opcode = sqe.opcode();
    command.flags = 0;  // FUSE and PSDT are the kernel's; it refuses anything else
    command.nsid = sqe.nsid();
    command.cdw2 = sqe.dword(2);
    command.cdw3 = sqe.dword(3);
    command.addr = data.empty() ? 0 : reinterpret_cast<uintptr_t>(data.data());
    command.data_len = static_cast<uint32_t>(data.size());
    command.cdw10 = sqe.dword(10);
    command.cdw11 = sqe.dword(11);
    command.cdw12 = sqe.dword(12);
    command.cdw13 = sqe.dword(13);
    command.cdw14 = sqe.dword(14);
    command.cdw15 = sqe.dword(15);
    command.timeout_ms = timeout_ms;
    return command;
}

nvme_passthru_cmd64 with_64_bit_result(const nvme_uring_cmd& command) {
    nvme_passthru_cmd64 wide{};
    std::memcpy(&wide, &command, kCommonBytes);
    return wide;
}

nvme_passthru_cmd with_32_bit_result(const nvme_uring_cmd& command) {
    nvme_passthru_cmd narrow{};
    std::memcpy(&narrow, &command, kCommonBytes);
    return narrow;
}

bool may_take_long(uint8_t opcode) {
    switch (static_cast<nvme::Opcode>(opcode)) {
        case nvme::Opcode::kFlush:
        case nvme::Opcode::kSelectSend:
        case nvme::Opcode::kCompose: return true;
        default: return false;
    }
}

uint16_t status_of_outcome(int outcome) {
    constexpr uint8_t kSctPath = 3;
    if (outcome >= 0) return static_cast<uint16_t>(outcome);
    switch (-outcome) {
        case EINVAL: return nvme::kInvalidField;
        case EFAULT: return nvme::make_status(nvme::kSctGeneric, 0x04);  // Data Transfer Error
        case EACCES:
        case EPERM: return kOperationDenied;
        // The driver gave the command up, after its time-out or in a reset; the drive may have done it.
        case EINTR:
        case ETIMEDOUT: return nvme::make_status(kSctPath, 0x71);  // Command Aborted By Host
        default: return kPathError;
    }
}

}  // namespace csd::kv
