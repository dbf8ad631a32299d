// SPDX-License-Identifier: BSD-3-Clause
//
// Commands of a Key Value namespace: Key Value Command Set 1.0d section 3, and our extensions
// beside it.
//
// docs/command-set.md describes each field. A command is judged in a fixed order: opcode, reserved
// bits, key length, contradictory options, sizes. Tested by command_test.cc.
#include <cassert>

#include "nvme/dialects.hpp"

namespace csd::nvme {
namespace {

constexpr uint32_t kAll = 0xFFFFFFFF;
constexpr uint8_t kNeitherPsdt =
    0x3F;  // of byte 1: FUSE, as no command is ever fused, and reserved bits

enum class KeyUse : uint8_t {
    kRequired,
    kOptional,  // List: none means from the start
    kNone,      // bytes 8..15 and 60..63 are reserved; CDW14 is a field of its own
};

// The bits of CDW10 to CDW13 that mean something; every other bit must be zero.
struct Layout {
    Opcode opcode;
    KeyUse key;
    bool extension;
    uint32_t cdw10, cdw11, cdw12, cdw13;
};
constexpr Layout kLayouts[] = {
    {Opcode::kStore, KeyUse::kRequired, false, kAll, 0x000007FF, 0, 0},
    {Opcode::kRetrieve, KeyUse::kRequired, false, kAll, 0x000001FF, 0, 0},
    {Opcode::kList, KeyUse::kOptional, false, kAll, 0x000000FF, 0, 0},
    {Opcode::kDelete, KeyUse::kRequired, false, 0, 0x000000FF, 0, 0},
    {Opcode::kExist, KeyUse::kRequired, false, 0, 0x000000FF, 0, 0},
    {Opcode::kExtendedStore, KeyUse::kRequired, true, kAll, 0x00003BFF, kAll, kAll},
    {Opcode::kExtendedRetrieve, KeyUse::kOptional, true, kAll, 0x000001FF, kAll, kAll},
    {Opcode::kSelectSend, KeyUse::kRequired, true, kAll, 0xFFFF07FF, kAll, 0},
    {Opcode::kSelectRetrieve, KeyUse::kNone, true, kAll, 0x00000007, kAll, kAll},
    {Opcode::kCompose, KeyUse::kRequired, true, kAll, 0x000013FF, 0, 0},
};

const Layout* find_layout(uint8_t opcode) {
    for (const Layout& layout : kLayouts) {
        if (static_cast<uint8_t>(layout.opcode) == opcode) return &layout;
    }
    return nullptr;
}

bool sets_reserved_bits(const Sqe& sqe, const Layout& layout) {
    uint32_t stray = (sqe.dword(10) & ~layout.cdw10) | (sqe.dword(11) & ~layout.cdw11) |
                     (sqe.dword(12) & ~layout.cdw12) | (sqe.dword(13) & ~layout.cdw13);
    stray |= sqe.bytes[1] & kNeitherPsdt;
    if (layout.key == KeyUse::kNone) stray |= sqe.dword(2) | sqe.dword(3) | sqe.dword(15);
    return stray != 0;
}

StoreCondition condition_of(uint32_t cdw11) {
    return {.must_exist = flag_of(cdw11, 8), .must_not_exist = flag_of(cdw11, 9)};
}
uint32_t condition_bits(const StoreCondition& condition) {
    return flag(condition.must_exist, 8) | flag(condition.must_not_exist, 9);
}
bool contradicts(const StoreCondition& condition) {
    return condition.must_exist && condition.must_not_exist;
}

uint64_t offset_of(const Sqe& sqe, size_t low, size_t high) {
    return static_cast<uint64_t>(sqe.dword(high)) << 32 | sqe.dword(low);
}
void set_offset(uint64_t offset, size_t low, size_t high, Sqe& sqe) {
    sqe.set_dword(low, static_cast<uint32_t>(offset));
    sqe.set_dword(high, static_cast<uint32_t>(offset >> 32));
}

void set_keyed_header(Opcode opcode, const Key& key, uint32_t bytes, uint32_t options, Sqe& sqe) {
    set_header(opcode, bytes, static_cast<uint32_t>(key.size()) | options, sqe);
    pack_key(key, Dialect::kKeyValue, sqe);
}

// 01h Store. Its limit is the VML of the namespace's format, and so has a status of its own.
Decoded decode_store(const Sqe& sqe, const Key& key, const Rules& rules) {
    const uint32_t cdw11 = sqe.dword(11);
    Store store;
    store.key = key;
    store.bytes = sqe.dword(10);
    store.condition = condition_of(cdw11);
    store.no_compression = flag_of(cdw11, 10);
    if (contradicts(store.condition)) return refuse(kInvalidField);
    if (exceeds_transfer(store.bytes, rules)) return refuse(kInvalidValueSize);
    return accept(store, store.bytes);
}

// An append happens now and more says not yet. Without [11] the offset is checked anyway, so [12]
// asks for nothing new there, but at offset 0 it would be neither a plain store nor the last of
// several pieces.
bool contradicts(const Store& store) {
    if (contradicts(store.condition)) return true;
    if (store.append) return store.more || (!store.at_offset && store.offset != 0);
    return store.at_offset && !store.more && store.offset == 0;
}

// 81h Extended Store.
Decoded decode_extended_store(const Sqe& sqe, const Key& key) {
    const uint32_t cdw11 = sqe.dword(11);
    Store store;
    store.key = key;
    store.bytes = sqe.dword(10);
    store.condition = condition_of(cdw11);
    store.extended = true;
    store.append = flag_of(cdw11, 11);
    store.at_offset = flag_of(cdw11, 12);
    store.more = flag_of(cdw11, 13);
    store.offset = offset_of(sqe, 12, 13);
    if (contradicts(store)) return refuse(kInvalidField);
    return accept(store, store.bytes);
}

void encode_one(const Store& store, Sqe& sqe) {
    if (!store.extended) {
        assert(!store.append && !store.at_offset && !store.more && store.offset == 0);
        const uint32_t options = condition_bits(store.condition) | flag(store.no_compression, 10);
        set_keyed_header(Opcode::kStore, store.key, store.bytes, options, sqe);
        return;
    }
    assert(!store.no_compression && "81h has no such bit");
    const uint32_t options = condition_bits(store.condition) | flag(store.append, 11) |
                             flag(store.at_offset, 12) | flag(store.more, 13);
    set_keyed_header(Opcode::kExtendedStore, store.key, store.bytes, options, sqe);
    set_offset(store.offset, 12, 13, sqe);
}

// 02h Retrieve and 82h Extended Retrieve: the same bit 8 asks for raw bytes or for a description.
Decoded decode_retrieve(const Sqe& sqe, const Key& key) {
    Retrieve retrieve;
    retrieve.key = key;
    retrieve.bytes = sqe.dword(10);
    retrieve.extended = sqe.opcode() == static_cast<uint8_t>(Opcode::kExtendedRetrieve);
    const bool option = flag_of(sqe.dword(11), 8);
    retrieve.raw = option && !retrieve.extended;
    retrieve.describe = option && retrieve.extended;
    retrieve.offset = offset_of(sqe, 12, 13);
    if (retrieve.describe) {
        if (retrieve.offset != 0) return refuse(kInvalidField);
    } else if (key.empty()) {
        return refuse(kInvalidKeySize);
    }
    return accept(retrieve, retrieve.bytes);
}

void encode_one(const Retrieve& retrieve, Sqe& sqe) {
    if (!retrieve.extended) {
        assert(!retrieve.describe && retrieve.offset == 0);
        set_keyed_header(Opcode::kRetrieve, retrieve.key, retrieve.bytes, flag(retrieve.raw, 8),
                         sqe);
        return;
    }
    assert(!retrieve.raw && "82h has no such bit");
    set_keyed_header(Opcode::kExtendedRetrieve, retrieve.key, retrieve.bytes,
                     flag(retrieve.describe, 8), sqe);
    set_offset(retrieve.offset, 12, 13, sqe);
}

// 06h List. A page has at least room for its count.
Decoded decode_list(const Sqe& sqe, const Key& start) {
    const List list{.start = start, .bytes = sqe.dword(10)};
    if (list.bytes < sizeof(uint32_t)) return refuse(kInvalidField);
    return accept(list, list.bytes);
}

void encode_one(const List& list, Sqe& sqe) {
    set_keyed_header(Opcode::kList, list.start, list.bytes, 0, sqe);
}

void encode_one(const Delete& erase, Sqe& sqe) {
    set_keyed_header(Opcode::kDelete, erase.key, 0, 0, sqe);
}

void encode_one(const Exist& exist, Sqe& sqe) {
    set_keyed_header(Opcode::kExist, exist.key, 0, 0, sqe);
}

// 85h Select Send.
Decoded decode_select_send(const Sqe& sqe, const Key& key, const Rules& rules) {
    const uint32_t cdw11 = sqe.dword(11);
    const uint8_t input = cdw11 >> 16 & 0xFF;
    const uint8_t output = cdw11 >> 24;
    if (input >= kDataFormats || output >= kDataFormats) return refuse(kInvalidField);
    SelectSend send;
    send.key = key;
    send.bytes = sqe.dword(10);
    send.option_bytes = sqe.dword(12);
    send.input_header = flag_of(cdw11, 8);
    send.output_header = flag_of(cdw11, 9);
    send.asynchronous = flag_of(cdw11, 10);
    send.input = static_cast<DataFormat>(input);
    send.output = static_cast<DataFormat>(output);
    if (send.option_bytes > kMaxOptionBytes || send.option_bytes > send.bytes)
        return refuse(kInvalidField);
    if (!is_sql_length(send.bytes - send.option_bytes, rules)) return refuse(kInvalidField);
    return accept(send, send.bytes);
}

void encode_one(const SelectSend& send, Sqe& sqe) {
    assert(send.option_bytes <= send.bytes);
    const uint32_t options = flag(send.input_header, 8) | flag(send.output_header, 9) |
                             flag(send.asynchronous, 10) | static_cast<uint32_t>(send.input) << 16 |
                             static_cast<uint32_t>(send.output) << 24;
    set_keyed_header(Opcode::kSelectSend, send.key, send.bytes, options, sqe);
    sqe.set_dword(12, send.option_bytes);
}

// 86h Select Retrieve: no key; the id lies between the two halves of the offset.
Decoded decode_select_retrieve(const Sqe& sqe) {
    const uint32_t cdw11 = sqe.dword(11);
    SelectRetrieve retrieve;
    retrieve.id = sqe.dword(13);
    retrieve.bytes = sqe.dword(10);
    retrieve.keep = flag_of(cdw11, 0);
    retrieve.keep_unless_all = flag_of(cdw11, 1);
    retrieve.describe = flag_of(cdw11, 2);
    retrieve.offset = offset_of(sqe, 12, 14);
    if (retrieve.describe && retrieve.offset != 0) return refuse(kInvalidField);
    return accept(retrieve, retrieve.bytes);
}

void encode_one(const SelectRetrieve& retrieve, Sqe& sqe) {
    const uint32_t options =
        flag(retrieve.keep, 0) | flag(retrieve.keep_unless_all, 1) | flag(retrieve.describe, 2);
    set_header(Opcode::kSelectRetrieve, retrieve.bytes, options, sqe);
    set_offset(retrieve.offset, 12, 14, sqe);
    sqe.set_dword(13, retrieve.id);
}

// 8Dh Compose. Its data has at least the count of sources.
Decoded decode_compose(const Sqe& sqe, const Key& key) {
    const uint32_t cdw11 = sqe.dword(11);
    Compose compose;
    compose.key = key;
    compose.bytes = sqe.dword(10);
    compose.condition = condition_of(cdw11);
    compose.delete_sources = flag_of(cdw11, 12);
    if (contradicts(compose.condition)) return refuse(kInvalidField);
    if (compose.bytes < sizeof(uint32_t)) return refuse(kInvalidField);
    return accept(compose, compose.bytes);
}

void encode_one(const Compose& compose, Sqe& sqe) {
    const uint32_t options = condition_bits(compose.condition) | flag(compose.delete_sources, 12);
    set_keyed_header(Opcode::kCompose, compose.key, compose.bytes, options, sqe);
}

// Flush has no fields of its own, and the base specification lets a controller ignore the rest.
void encode_one(const Flush&, Sqe& sqe) {
    set_header(Opcode::kFlush, 0, 0, sqe);
}

Decoded decode_command(const Sqe& sqe, Opcode opcode, const Key& key, const Rules& rules) {
    switch (opcode) {
        case Opcode::kStore: return decode_store(sqe, key, rules);
        case Opcode::kRetrieve:
        case Opcode::kExtendedRetrieve: return decode_retrieve(sqe, key);
        case Opcode::kList: return decode_list(sqe, key);
        case Opcode::kDelete: return accept(Delete{.key = key});
        case Opcode::kExist: return accept(Exist{.key = key});
        case Opcode::kExtendedStore: return decode_extended_store(sqe, key);
        case Opcode::kSelectSend: return decode_select_send(sqe, key, rules);
        case Opcode::kSelectRetrieve: return decode_select_retrieve(sqe);
        case Opcode::kCompose: return decode_compose(sqe, key);
        case Opcode::kFlush: break;
    }
    return refuse(kInvalidOpcode);
}

}  // namespace

Decoded decode_key_value(const Sqe& sqe, const Rules& rules) {
    if (sqe.opcode() == static_cast<uint8_t>(Opcode::kFlush)) return accept(Flush{});
    const Layout* layout = find_layout(sqe.opcode());
    if (layout == nullptr || (layout->extension && !rules.extensions))
        return refuse(kInvalidOpcode);
    if (sets_reserved_bits(sqe, *layout)) return refuse(kInvalidField);

    Key key;
    if (layout->key != KeyUse::kNone) {
        const uint32_t key_bytes = sqe.dword(11) & kKeyLengthMask;
        if (key_bytes > Key::kMaxBytes) return refuse(kInvalidField);
        if (key_bytes == 0 && layout->key == KeyUse::kRequired) return refuse(kInvalidKeySize);
        key = unpack_key(sqe, key_bytes, Dialect::kKeyValue);
    }
    const Decoded decoded = decode_command(sqe, layout->opcode, key, rules);
    if (decoded.status == kSuccess && exceeds_transfer(decoded.data_bytes, rules))
        return refuse(kInvalidField);
    return decoded;
}

void encode_key_value(const Command& command, Sqe& sqe) {
    std::visit([&sqe](const auto& one) { encode_one(one, sqe); }, command);
}

}  // namespace csd::nvme
