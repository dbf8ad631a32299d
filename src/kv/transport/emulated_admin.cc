// SPDX-License-Identifier: BSD-3-Clause
//
// The admin commands of the emulated controller: what Base Specification 2.1 section 5 asks of one with a single
// namespace. What concerns Key Value the engine answers. Tested by emulated_admin_test.cc.
#include <algorithm>
#include <bit>
#include <string_view>

#include "kv/admin.hpp"
#include "kv/transport/emulated_drive.hpp"
#include "nvme/identify.hpp"

namespace csd::kv {
namespace {

constexpr uint8_t kCnsActiveNamespaces = 0x02;
constexpr uint8_t kCnsDescriptors = 0x03;
constexpr uint8_t kCnsKeyValueController = 0x06;
constexpr uint8_t kCnsIndependent = 0x08;
constexpr uint8_t kCnsKeyValueFormat = 0x0A;
constexpr uint8_t kCnsKeyValueAllocated = 0x1B;
constexpr uint8_t kLogEffects = 0x05;

constexpr uint16_t kInvalidLogPage = nvme::make_status(nvme::kSctCommandSpecific, 0x09);
constexpr uint32_t kPageShift = 12;  // MDTS counts in units of the smallest page, 4 KiB

bool is_transfer(AdminOpcode opcode) {
    return opcode == AdminOpcode::kIdentify || opcode == AdminOpcode::kGetLogPage;
}

void write_text(MutableBytes field, std::string_view text) {
    std::fill(field.begin(), field.end(), ' ');
    std::copy_n(text.begin(), std::min(text.size(), field.size()), field.begin());
}

}  // namespace

nvme::Cqe EmulatedDrive::admin(const nvme::Sqe& sqe, MutableBytes data) {
    const auto opcode = static_cast<AdminOpcode>(sqe.opcode());
    const uint32_t cdw10 = sqe.dword(10);
    const uint32_t cdw11 = sqe.dword(11);
    if (is_transfer(opcode) && data.size() < nvme::kPageBytes)
        return {.status = nvme::kInvalidField};
    std::fill(data.begin(), data.end(), 0);  // what the drive does not say is zero
    nvme::Cqe done;
    switch (opcode) {
        case AdminOpcode::kIdentify: done.status = identify(sqe.nsid(), cdw10, cdw11, data); break;
        case AdminOpcode::kGetLogPage:
            done.status = (cdw10 & 0xFF) == kLogEffects ? describe(CSD_PAGE_LOG_EFFECTS, 0, data)
                                                        : kInvalidLogPage;
            break;
        case AdminOpcode::kGetFeatures:
            done.status = csd_get_feature(device_, static_cast<uint8_t>(cdw10), &done.dw0);
            break;
        case AdminOpcode::kSetFeatures:
            done.status = csd_set_feature(device_, static_cast<uint8_t>(cdw10), cdw11);
            break;
        case AdminOpcode::kFormatNvm:
            done.status = sqe.nsid() == spec_.nsid || sqe.nsid() == 0xFFFFFFFF
                              ? csd_format(device_, cdw10 & 0xF)
                              : nvme::kInvalidNamespaceOrFormat;
            break;
        default: done.status = nvme::kInvalidOpcode;
    }
    return done;
}

uint16_t EmulatedDrive::identify(uint32_t nsid, uint32_t cdw10, uint32_t cdw11, MutableBytes page) {
    const auto cns = static_cast<uint8_t>(cdw10);
    const auto csi = static_cast<uint8_t>(cdw11 >> 24);
    if (cns == kCnsController) {
        write_controller(page);
        return nvme::kSuccess;
    }
    if (cns == kCnsActiveNamespaces) {
        if (nsid < spec_.nsid) store_le<uint32_t>(page, 0, spec_.nsid);
        return nvme::kSuccess;
    }
    if (cns == kCnsKeyValueController || cns == kCnsKeyValueFormat) {
        return csi == nvme::kCsiKeyValue ? describe(cns, cdw11 & 0xFFFF, page)
                                         : nvme::kInvalidField;
    }
    if (nsid != spec_.nsid) return nvme::kInvalidNamespaceOrFormat;
    switch (cns) {
        case kCnsDescriptors: write_descriptors(page); return nvme::kSuccess;
        case kCnsNamespace:
            if (spec_.dialect_2023) write_block_namespace(page);
            return describe(cns, 0, page);
        case kCnsIndependent: return describe(cns, 0, page);
        case kCnsKeyValueNamespace:
        case kCnsKeyValueAllocated:
            if (csi != nvme::kCsiKeyValue || spec_.dialect_2023) return nvme::kInvalidField;
            return describe(cns, 0, page);
        default: return nvme::kInvalidField;
    }
}

uint16_t EmulatedDrive::describe(uint32_t page_number, uint32_t argument, MutableBytes page) {
    return csd_describe(device_, page_number, argument, page.data());
}

// Identify Controller, Base Specification 2.1 section 5.1.13.2.1; fields by their bytes.
void EmulatedDrive::write_controller(MutableBytes page) const {
    write_text(page.subspan(4, 20), "csd-emulator");                                    // SN
    write_text(page.subspan(24, 40), "csd emulated computational storage drive");       // MN
    write_text(page.subspan(64, 8), csd_version());                                     // FR
    page[77] = static_cast<uint8_t>(std::countr_zero(kMaxTransferBytes) - kPageShift);  // MDTS
    store_le<uint32_t>(page, 80, 0x00020100);                                           // VER
    page[111] = 1;                              // CNTRLTYPE: I/O controller
    store_le<uint16_t>(page, 256, 1u << 1);     // OACS: Format NVM
    page[261] = 1u << 1;                        // LPA: Commands Supported and Effects
    page[512] = 0x66;                           // SQES: 64 bytes
    page[513] = 0x44;                           // CQES: 16 bytes
    store_le<uint32_t>(page, 516, spec_.nsid);  // NN
    page[525] = 1;                              // VWC: a volatile write cache is present
    const std::string_view subsystem = "nqn.2026-11.csd:emulator";
    std::copy(subsystem.begin(), subsystem.end(), page.begin() + 768);  // SUBNQN
}

// A block namespace that carries the 2023 dialect; this emulator has no blocks behind it.
void EmulatedDrive::write_block_namespace(MutableBytes page) const {
    store_le<uint64_t>(page, 0, 1);  // NSZE
    store_le<uint64_t>(page, 8, 1);  // NCAP
    page[128 + 2] = 9;               // LBADS of format 0: 512 bytes
}

// Namespace Identification Descriptors: the command set, which is all a host needs of them here.
void EmulatedDrive::write_descriptors(MutableBytes page) const {
    page[0] = 4;  // NIDT: Command Set Identifier
    page[1] = 1;  // NIDL
    page[4] = spec_.dialect_2023 ? nvme::kCsiNvm : nvme::kCsiKeyValue;
}

}  // namespace csd::kv
