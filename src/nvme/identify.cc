// SPDX-License-Identifier: BSD-3-Clause
//
// Identify structures of a Key Value namespace. Tested by identify_test.cc.
#include "nvme/identify.hpp"

#include <algorithm>
#include <cassert>

namespace csd::nvme {
namespace {

// Identify Namespace, CNS 05h with CSI 01h.
namespace kv {
constexpr size_t kNsze = 0;
constexpr size_t kNuse = 16;
constexpr size_t kNkvf = 25;  // number of formats, 0's based
constexpr size_t kKvfc = 29;  // [3:0] the index in use; revision 1.3, zero before
constexpr size_t kNguid = 48;
constexpr size_t kEui64 = 64;
constexpr size_t kFormats = 72;
constexpr size_t kFormatBytes = 16;
// Within a format descriptor:
constexpr size_t kKml = 0;
constexpr size_t kVml = 4;
constexpr size_t kMnk = 8;
}  // namespace kv

// Identify Namespace, CNS 00h.
namespace block {
constexpr size_t kNsze = 0;
constexpr size_t kNcap = 8;
constexpr size_t kNuse = 16;
constexpr size_t kNguid = 104;
constexpr size_t kEui64 = 120;
constexpr size_t kLbads = 130;  // of format 0: log2 of the block
constexpr uint8_t kBlockShift = 9;
}  // namespace block

MutableBytes cleared(MutableBytes page) {
    assert(page.size() >= kPageBytes);
    std::fill_n(page.begin(), kPageBytes, uint8_t{0});
    return page.first(kPageBytes);
}

template <size_t N>
void copy_in(const std::array<uint8_t, N>& bytes, MutableBytes page, size_t at) {
    std::copy(bytes.begin(), bytes.end(), page.begin() + static_cast<ptrdiff_t>(at));
}
template <size_t N>
void copy_out(Bytes page, size_t at, std::array<uint8_t, N>& bytes) {
    std::copy_n(page.begin() + static_cast<ptrdiff_t>(at), N, bytes.begin());
}

// One format, index 0: NKVF and KVFC stay zero.
void write_format(const KeyValueNamespace& ns, MutableBytes page) {
    const MutableBytes format = page.subspan(kv::kFormats, kv::kFormatBytes);
    store_le<uint16_t>(format, kv::kKml, ns.max_key_bytes);
    store_le<uint32_t>(format, kv::kVml, ns.max_value_bytes);
    store_le<uint32_t>(format, kv::kMnk, ns.max_keys);
}

}  // namespace

void write_key_value_namespace(const KeyValueNamespace& ns, MutableBytes page) {
    page = cleared(page);
    store_le<uint64_t>(page, kv::kNsze, ns.capacity_bytes);
    store_le<uint64_t>(page, kv::kNuse, std::min(ns.used_bytes, ns.capacity_bytes));
    copy_in(ns.nguid, page, kv::kNguid);
    copy_in(ns.eui64, page, kv::kEui64);
    write_format(ns, page);
    if (ns.extensions) write_extensions(*ns.extensions, page);
}

std::optional<KeyValueNamespace> read_key_value_namespace(Bytes page) {
    if (page.size() < kPageBytes) return std::nullopt;
    // Before revision 1.3 the index in use was not told, and its field is zero; a page may come
    // from a drive that is not ours, so an index beyond the formats falls back to the first one.
    size_t index = page[kv::kKvfc] & 0x0F;
    if (index > (page[kv::kNkvf] & 0x0F)) index = 0;
    const Bytes format = page.subspan(kv::kFormats + index * kv::kFormatBytes, kv::kFormatBytes);

    KeyValueNamespace ns;
    ns.capacity_bytes = load_le<uint64_t>(page, kv::kNsze);
    ns.used_bytes = std::min(load_le<uint64_t>(page, kv::kNuse), ns.capacity_bytes);
    ns.max_key_bytes = load_le<uint16_t>(format, kv::kKml);
    ns.max_value_bytes = load_le<uint32_t>(format, kv::kVml);
    ns.max_keys = load_le<uint32_t>(format, kv::kMnk);
    if (ns.max_key_bytes == 0 && ns.max_value_bytes == 0) return std::nullopt;  // no format at all
    copy_out(page, kv::kNguid, ns.nguid);
    copy_out(page, kv::kEui64, ns.eui64);
    ns.extensions = read_extensions(page);
    return ns;
}

void write_key_value_format(const KeyValueNamespace& ns, MutableBytes page) {
    write_format(ns, cleared(page));
}

void write_compatible_namespace(const KeyValueNamespace& ns, MutableBytes page) {
    page = cleared(page);
    const uint64_t blocks = std::max<uint64_t>(ns.capacity_bytes >> block::kBlockShift, 1);
    const uint64_t block_bytes = uint64_t{1} << block::kBlockShift;
    const uint64_t used = ns.used_bytes / block_bytes + (ns.used_bytes % block_bytes != 0 ? 1 : 0);
    store_le<uint64_t>(page, block::kNsze, blocks);
    store_le<uint64_t>(page, block::kNcap, blocks);
    store_le<uint64_t>(page, block::kNuse, std::min(used, blocks));
    copy_in(ns.nguid, page, block::kNguid);
    copy_in(ns.eui64, page, block::kEui64);
    page[block::kLbads] = block::kBlockShift;
}

void write_key_value_controller(MutableBytes page) {
    page = cleared(page);
    page[1] = 3;                     // MNR, after TER in byte 0
    store_le<uint16_t>(page, 2, 1);  // MJR
}

void write_independent_namespace(MutableBytes page) {
    constexpr size_t kNstat = 14;
    constexpr uint8_t kNamespaceReady = 1u << 0;
    cleared(page)[kNstat] = kNamespaceReady;
}

void write_effects_log(const Rules& rules, MutableBytes page) {
    assert(page.size() >= kPageBytes);
    constexpr size_t kIoCommands = 1024;  // after 256 entries for admin commands
    constexpr uint32_t kSupported = 1u << 0;
    constexpr uint32_t kContentChange = 1u << 1;  // LBCC
    struct Entry {
        Opcode opcode;
        bool on_2023;
        bool extension;  // on a Key Value namespace
        uint32_t effects;
    };
    static constexpr Entry kEntries[] = {
        {Opcode::kFlush, false, false, kSupported},
        {Opcode::kStore, false, false, kSupported | kContentChange},
        {Opcode::kRetrieve, false, false, kSupported},
        {Opcode::kList, true, false, kSupported},
        {Opcode::kDelete, true, false, kSupported | kContentChange},
        {Opcode::kExist, true, false, kSupported},
        {Opcode::kExtendedStore, true, true, kSupported | kContentChange},
        {Opcode::kExtendedRetrieve, true, true, kSupported},
        {Opcode::kSelectSend, true, true, kSupported},
        {Opcode::kSelectRetrieve, true, true, kSupported},
        {Opcode::kCompose, false, true, kSupported | kContentChange},
    };
    const bool is_2023 = rules.dialect == Dialect::k2023;
    if (!is_2023) std::fill_n(page.begin() + kIoCommands, 256 * sizeof(uint32_t), uint8_t{0});
    for (const Entry& entry : kEntries) {
        const bool known = is_2023 ? entry.on_2023 : !entry.extension || rules.extensions;
        const size_t at = kIoCommands + sizeof(uint32_t) * static_cast<uint8_t>(entry.opcode);
        if (known) store_le<uint32_t>(page, at, entry.effects);
    }
}

}  // namespace csd::nvme
