// SPDX-License-Identifier: BSD-3-Clause
// Tested by admin_test.cc.
#include "admin.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "drive.hpp"
#include "nvme/command.hpp"
#include "nvme/status.hpp"

namespace csd::spdk {
namespace {

constexpr size_t kPageBytes = 4096;
constexpr uint8_t kCnsNamespace = 0x00;
constexpr uint8_t kCnsDescriptors = 0x03;
constexpr uint8_t kLogEffects = 0x05;
constexpr uint32_t kEveryNamespace = 0xFFFFFFFF;
using Page = std::array<uint8_t, kPageBytes>;
static_assert(sizeof(spdk_nvme_ns_data) == kPageBytes);

// The page of a block namespace, for hosts that know no other. The 2023 dialect adds to it, a Key Value namespace has its
// own.
void write_block_namespace(csd_device* device, Page& page) {
    spdk_nvme_ns_data data{};
    data.nsze = data.ncap = Drive::blocks(device);
    data.lbaf[0].lbads = Drive::kBlockShift;
    memcpy(page.data(), &data, sizeof data);
}

// Each descriptor: its type, how long it is, two bytes of nothing, and itself. The page ends with zeros.
void write_descriptors(const Identity& identity, Page& page) {
    constexpr uint8_t kUuid = 3;
    constexpr uint8_t kCommandSet = 4;
    constexpr size_t kHeadBytes = 4;
    uint8_t* next = page.data();
    const auto add = [&next](uint8_t type, const void* bytes, uint8_t count) {
        next[0] = type;
        next[1] = count;
        memcpy(next + kHeadBytes, bytes, count);
        next += kHeadBytes + count;
    };
    add(kUuid, &identity.uuid, sizeof identity.uuid);
    add(kCommandSet, &identity.command_set, sizeof identity.command_set);
}

// All namespaces is one too many for a command that has one result. Which other namespace is meant the target has decided.
bool takes_namespace(const Identity& identity, const spdk_nvme_cmd& command) {
    const bool is_one = command.nsid != 0 && command.nsid != kEveryNamespace;
    if (is_one) return true;
    if (command.opc == SPDK_NVME_OPC_GET_FEATURES) return identity.command_set == nvme::kCsiNvm;
    return command.nsid == kEveryNamespace;
}

bool is_of_namespace(uint8_t cns) {
    return cns == kCnsNamespace || cns == kCnsDescriptors || cns == CSD_PAGE_IDENTIFY_INDEPENDENT ||
           cns == CSD_PAGE_IDENTIFY_KV_NAMESPACE || cns == CSD_PAGE_IDENTIFY_KV_ALLOCATED;
}

// NMIC, which the engine leaves to its hosts: where the page of `cns` has it. Results and staged values then belong to the
// host and not to one of its controllers (hosts.hpp).
void write_sharing(uint8_t cns, Page& page) {
    constexpr uint8_t kShared = 1;
    constexpr size_t kOfBlocks = 30;
    constexpr size_t kOfKeyValue = 26;
    constexpr size_t kIndependent = 1;
    switch (cns) {
        case kCnsNamespace: page[kOfBlocks] |= kShared; break;
        case CSD_PAGE_IDENTIFY_KV_NAMESPACE:
        case CSD_PAGE_IDENTIFY_KV_ALLOCATED: page[kOfKeyValue] |= kShared; break;
        case CSD_PAGE_IDENTIFY_INDEPENDENT: page[kIndependent] |= kShared; break;
        default: break;
    }
}

// The pages of the engine, by CNS. Those above 00h say for which command set they are asked.
uint16_t identify(csd_device* device, const Identity& identity, const spdk_nvme_cmd& command,
                  Page& page) {
    const uint8_t cns = command.cdw10 & 0xFF;
    const uint8_t command_set = command.cdw11 >> 24;
    const bool is_one = command.nsid != 0 && command.nsid != kEveryNamespace;
    if (!is_one && is_of_namespace(cns)) return nvme::kInvalidNamespaceOrFormat;
    switch (cns) {
        case kCnsNamespace:
            write_block_namespace(device, page);
            return csd_describe(device, CSD_PAGE_IDENTIFY_NAMESPACE, 0, page.data());
        case kCnsDescriptors: write_descriptors(identity, page); return nvme::kSuccess;
        case CSD_PAGE_IDENTIFY_INDEPENDENT: return csd_describe(device, cns, 0, page.data());
        case CSD_PAGE_IDENTIFY_KV_NAMESPACE:
        case CSD_PAGE_IDENTIFY_KV_ALLOCATED:
            if (command_set != nvme::kCsiKeyValue && identity.command_set == nvme::kCsiKeyValue)
                return nvme::kInvalidCommandSet;
            [[fallthrough]];
        case CSD_PAGE_IDENTIFY_KV_CONTROLLER:
        case CSD_PAGE_IDENTIFY_KV_FORMAT:
            if (command_set != nvme::kCsiKeyValue) return nvme::kInvalidField;
            return csd_describe(device, cns, command.cdw11 & 0xFFFF, page.data());
        default: return nvme::kInvalidField;
    }
}

uint16_t log_page(csd_device* device, const spdk_nvme_cmd& command, Page& page) {
    if ((command.cdw10 & 0xFF) != kLogEffects) return nvme::kInvalidLogPage;
    if (command.cdw12 != 0 || command.cdw13 != 0) return nvme::kInvalidField;  // an offset
    return csd_describe(device, CSD_PAGE_LOG_EFFECTS, 0, page.data());
}

// The host gets as much of the page as it has room for.
uint32_t give(const Page& page, const iovec& data) {
    const size_t bytes = std::min(data.iov_len, page.size());
    if (bytes != 0) memcpy(data.iov_base, page.data(), bytes);
    return static_cast<uint32_t>(bytes);
}

}  // namespace

csd_completion run_admin(csd_device* device, const Identity& identity, const spdk_nvme_cmd& command,
                         const iovec& data) {
    csd_completion done{};
    Page page{};
    switch (command.opc) {
        case SPDK_NVME_OPC_IDENTIFY:
            done.status = identify(device, identity, command, page);
            if (identity.shared) write_sharing(command.cdw10 & 0xFF, page);
            break;
        case SPDK_NVME_OPC_GET_LOG_PAGE: done.status = log_page(device, command, page); break;
        case SPDK_NVME_OPC_GET_FEATURES:
        case SPDK_NVME_OPC_SET_FEATURES:
        case SPDK_NVME_OPC_FORMAT_NVM:
            done.status = csd_check_admin(device, &command);
            if (done.status == nvme::kSuccess) {
                done.status = takes_namespace(identity, command)
                                  ? csd_admin(device, &command, &done.dw0)
                                  : nvme::kInvalidNamespaceOrFormat;
            }
            return done;
        default: done.status = nvme::kInvalidOpcode; return done;
    }
    if (done.status == nvme::kSuccess) done.data_bytes = give(page, data);
    return done;
}

}  // namespace csd::spdk
