// SPDX-License-Identifier: BSD-3-Clause
//
// The admin commands of the emulated controller: what Base Specification 2.1 section 5 asks of one with a single
// namespace. What concerns Key Value the engine answers. Tested by emulated_admin_test.cc.
#include <algorithm>
#include <bit>
#include <string_view>

#include "base/version.hpp"
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
constexpr uint8_t kCnsActiveOfCommandSet = 0x07;
constexpr uint8_t kCnsAllocatedNamespaces = 0x10;
constexpr uint8_t kCnsAllocatedOfCommandSet = 0x1A;
constexpr uint8_t kCnsKeyValueAllocated = 0x1B;
constexpr uint8_t kCnsCommandSets = 0x1C;
constexpr uint8_t kLogEffects = 0x05;
constexpr uint32_t kEveryNamespace = 0xFFFFFFFF;

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
                                                        : nvme::kInvalidLogPage;
            break;
        case AdminOpcode::kGetFeatures:
        case AdminOpcode::kSetFeatures:
        case AdminOpcode::kFormatNvm:
            done.status = csd_check_admin(device_, sqe.bytes.data());
            if (done.status != nvme::kSuccess) break;
            done.status = takes_namespace(opcode, sqe.nsid())
                              ? csd_admin(device_, sqe.bytes.data(), &done.dw0)
                              : nvme::kInvalidNamespaceOrFormat;
            break;
        default: done.status = nvme::kInvalidOpcode;
    }
    return done;
}

// Base Specification 2.1 section 5.1: FFFFFFFFh means all namespaces to what changes them, and nothing to Get Features,
// which has one result. The 2023 dialect's feature was the controller's, asked for without a namespace.
bool EmulatedDrive::takes_namespace(AdminOpcode opcode, uint32_t nsid) const {
    if (nsid == spec_.nsid) return true;
    if (opcode != AdminOpcode::kGetFeatures) return nsid == kEveryNamespace;
    return spec_.dialect_2023 && (nsid == 0 || nsid == kEveryNamespace);
}

// Namespaces after `nsid`, of one command set where the page is of one.
uint16_t EmulatedDrive::list_namespaces(uint32_t nsid, bool of_command_set, uint8_t csi,
                                        MutableBytes page) const {
    if (nsid >= kEveryNamespace - 1) return nvme::kInvalidNamespaceOrFormat;
    const bool there = !of_command_set || csi == command_set();
    if (of_command_set && csi != nvme::kCsiNvm && csi != nvme::kCsiKeyValue)
        return nvme::kInvalidField;
    if (there && nsid < spec_.nsid) store_le<uint32_t>(page, 0, spec_.nsid);
    return nvme::kSuccess;
}

uint16_t EmulatedDrive::identify(uint32_t nsid, uint32_t cdw10, uint32_t cdw11, MutableBytes page) {
    const auto cns = static_cast<uint8_t>(cdw10);
    const auto csi = static_cast<uint8_t>(cdw11 >> 24);
    switch (cns) {
        case kCnsController: write_controller(page); return nvme::kSuccess;
        case kCnsActiveNamespaces:
        case kCnsAllocatedNamespaces: return list_namespaces(nsid, false, csi, page);
        case kCnsActiveOfCommandSet:
        case kCnsAllocatedOfCommandSet: return list_namespaces(nsid, true, csi, page);
        case kCnsCommandSets:
            page[0] = 1u << nvme::kCsiNvm | 1u << nvme::kCsiKeyValue;  // combination 0
            return nvme::kSuccess;
        case kCnsKeyValueController:
        case kCnsKeyValueFormat:
            return csi == nvme::kCsiKeyValue ? describe(cns, cdw11 & 0xFFFF, page)
                                             : nvme::kInvalidField;
        default: return identify_namespace(nsid, cns, csi, page);
    }
}

uint16_t EmulatedDrive::identify_namespace(uint32_t nsid, uint8_t cns, uint8_t csi,
                                           MutableBytes page) {
    const bool is_there = nsid == spec_.nsid;
    switch (cns) {
        case kCnsDescriptors:
            if (is_there) write_descriptors(page);
            break;
        case kCnsNamespace:
            if (is_there && spec_.dialect_2023) write_block_namespace(page);
            [[fallthrough]];
        case kCnsIndependent:
            if (is_there) return describe(cns, 0, page);
            break;
        case kCnsKeyValueNamespace:
        case kCnsKeyValueAllocated:
            if (spec_.dialect_2023) return nvme::kInvalidField;
            if (is_there && csi != nvme::kCsiKeyValue) return nvme::kInvalidCommandSet;
            if (is_there) return describe(cns, 0, page);
            break;
        default: return nvme::kInvalidField;
    }
    return is_there ? nvme::kSuccess : nvme::kInvalidNamespaceOrFormat;
}

uint8_t EmulatedDrive::command_set() const {
    return spec_.dialect_2023 ? nvme::kCsiNvm : nvme::kCsiKeyValue;
}

uint16_t EmulatedDrive::describe(uint32_t page_number, uint32_t argument, MutableBytes page) {
    return csd_describe(device_, page_number, argument, page.data());
}

// Identify Controller, Base Specification 2.1 section 5.1.13.2.1; fields by their bytes.
void EmulatedDrive::write_controller(MutableBytes page) const {
    write_text(page.subspan(4, 20), "csd-emulator");                                    // SN
    write_text(page.subspan(24, 40), "csd emulated computational storage drive");       // MN
    write_text(page.subspan(64, 8), release_version());                                 // FR
    page[77] = static_cast<uint8_t>(std::countr_zero(kMaxTransferBytes) - kPageShift);  // MDTS
    store_le<uint32_t>(page, 80, 0x00020100);                                           // VER
    page[111] = 1;                              // CNTRLTYPE: I/O controller
    store_le<uint16_t>(page, 256, 1u << 1);     // OACS: Format NVM
    page[261] = 1u << 1;                        // LPA: Commands Supported and Effects
    page[512] = 0x66;                           // SQES: 64 bytes
    page[513] = 0x44;                           // CQES: 16 bytes
    store_le<uint32_t>(page, 516, spec_.nsid);  // NN
    store_le<uint16_t>(page, 520, 1u << 4);  // ONCS: Select of Get Features, Save of Set Features
    page[525] = 1;                           // VWC: a volatile write cache is present
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
    page[4] = command_set();
}

}  // namespace csd::kv
