// SPDX-License-Identifier: BSD-3-Clause
//
// The vendor commands of 2023 on a block namespace, byte for byte as that drive understood them.
//
// It ignored every bit it did not know, had one status for a bad key length (86h) and one for
// nearly everything else (88h), and 01h and 02h are Read and Write there. docs/command-set.md, "The
// 2023 dialect". Tested by command_test.cc.
#include <cassert>

#include "nvme/dialects.hpp"

namespace csd::nvme {
namespace {

void set_keyed_header(Opcode opcode, const Key& key, uint32_t bytes, uint32_t options, Sqe& sqe) {
    set_header(opcode, bytes, static_cast<uint32_t>(key.size()) | options, sqe);
    pack_key(key, Dialect::k2023, sqe);
}
void set_offset(uint64_t offset, Sqe& sqe) {
    assert(offset <= UINT32_MAX && "CDW12 is all the offset there is");
    sqe.set_dword(12, static_cast<uint32_t>(offset));
}

// 81h Store.
Decoded decode_store(const Sqe& sqe, const Key& key) {
    const uint32_t cdw11 = sqe.dword(11);
    Store store;
    store.key = key;
    store.bytes = sqe.dword(10);
    store.condition = {.must_exist = flag_of(cdw11, 8), .must_not_exist = flag_of(cdw11, 9)};
    store.no_compression = flag_of(cdw11, 10);
    store.extended = true;
    store.append = flag_of(cdw11, 11);
    if (store.condition.must_exist && store.condition.must_not_exist)
        return refuse(kUnrecoveredError);
    return accept(store, store.bytes);
}

void encode_one(const Store& store, Sqe& sqe) {
    assert(!store.at_offset && !store.more && store.offset == 0);
    const uint32_t options = flag(store.condition.must_exist, 8) |
                             flag(store.condition.must_not_exist, 9) |
                             flag(store.no_compression, 10) | flag(store.append, 11);
    set_keyed_header(Opcode::kExtendedStore, store.key, store.bytes, options, sqe);
}

// 82h Retrieve.
Decoded decode_retrieve(const Sqe& sqe, const Key& key) {
    Retrieve retrieve;
    retrieve.key = key;
    retrieve.bytes = sqe.dword(10);
    retrieve.extended = true;
    retrieve.offset = sqe.dword(12);
    return accept(retrieve, retrieve.bytes);
}

void encode_one(const Retrieve& retrieve, Sqe& sqe) {
    assert(!retrieve.describe && "the drive of 2023 had no such option");
    set_keyed_header(Opcode::kExtendedRetrieve, retrieve.key, retrieve.bytes, 0, sqe);
    set_offset(retrieve.offset, sqe);
}

// 06h List.
Decoded decode_list(const Sqe& sqe, const Key& start) {
    const List list{.start = start, .bytes = sqe.dword(10)};
    if (list.bytes < sizeof(uint32_t)) return refuse(kUnrecoveredError);
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

// 85h Send Select.
Decoded decode_select_send(const Sqe& sqe, const Key& key, const Rules& rules) {
    const uint32_t cdw11 = sqe.dword(11);
    const uint8_t input = cdw11 >> 16 & 0xFF;
    const uint8_t output = cdw11 >> 24;
    if (input >= kDataFormats || output >= kDataFormats) return refuse(kInvalidDataFormat2023);
    SelectSend send;
    send.key = key;
    send.bytes = sqe.dword(10);
    send.input_header = flag_of(cdw11, 8);
    send.output_header = flag_of(cdw11, 9);
    send.input = static_cast<DataFormat>(input);
    send.output = static_cast<DataFormat>(output);
    if (!is_sql_length(send.bytes, rules)) return refuse(kUnrecoveredError);
    return accept(send, send.bytes);
}

void encode_one(const SelectSend& send, Sqe& sqe) {
    assert(send.option_bytes == 0 && !send.asynchronous);
    const uint32_t options = flag(send.input_header, 8) | flag(send.output_header, 9) |
                             static_cast<uint32_t>(send.input) << 16 |
                             static_cast<uint32_t>(send.output) << 24;
    set_keyed_header(Opcode::kSelectSend, send.key, send.bytes, options, sqe);
}

// 86h Retrieve Select.
Decoded decode_select_retrieve(const Sqe& sqe) {
    const uint32_t cdw11 = sqe.dword(11);
    SelectRetrieve retrieve;
    retrieve.id = sqe.dword(13);
    retrieve.bytes = sqe.dword(10);
    retrieve.keep = flag_of(cdw11, 0);
    retrieve.keep_unless_all = flag_of(cdw11, 1);
    retrieve.offset = sqe.dword(12);
    return accept(retrieve, retrieve.bytes);
}

void encode_one(const SelectRetrieve& retrieve, Sqe& sqe) {
    assert(!retrieve.describe && "the drive of 2023 had no such option");
    const uint32_t options = flag(retrieve.keep, 0) | flag(retrieve.keep_unless_all, 1);
    set_header(Opcode::kSelectRetrieve, retrieve.bytes, options, sqe);
    set_offset(retrieve.offset, sqe);
    sqe.set_dword(13, retrieve.id);
}

void encode_one(const Compose&, Sqe& sqe) {
    assert(false && "the drive of 2023 had no Compose");
    set_header(Opcode::kCompose, 0, 0, sqe);  // which such a drive refuses
}

void encode_one(const Flush&, Sqe& sqe) {
    set_header(Opcode::kFlush, 0, 0, sqe);
}

Decoded decode_keyed(const Sqe& sqe, const Rules& rules) {
    const uint32_t key_bytes = sqe.dword(11) & kKeyLengthMask;
    const auto opcode = static_cast<Opcode>(sqe.opcode());
    if (key_bytes > Key::kMaxBytes) return refuse(kInvalidKeySize);
    if (key_bytes == 0 && opcode != Opcode::kList) return refuse(kInvalidKeySize);
    const Key key = unpack_key(sqe, key_bytes, Dialect::k2023);
    switch (opcode) {
        case Opcode::kList: return decode_list(sqe, key);
        case Opcode::kDelete: return accept(Delete{.key = key});
        case Opcode::kExist: return accept(Exist{.key = key});
        case Opcode::kExtendedStore: return decode_store(sqe, key);
        case Opcode::kExtendedRetrieve: return decode_retrieve(sqe, key);
        case Opcode::kSelectSend: return decode_select_send(sqe, key, rules);
        default: return refuse(kInvalidOpcode);
    }
}

Decoded decode_command(const Sqe& sqe, const Rules& rules) {
    switch (static_cast<Opcode>(sqe.opcode())) {
        case Opcode::kList:
        case Opcode::kDelete:
        case Opcode::kExist:
        case Opcode::kExtendedStore:
        case Opcode::kExtendedRetrieve:
        case Opcode::kSelectSend: return decode_keyed(sqe, rules);
        case Opcode::kSelectRetrieve: return decode_select_retrieve(sqe);
        default: return refuse(kInvalidOpcode);
    }
}

}  // namespace

Decoded decode_2023(const Sqe& sqe, const Rules& rules) {
    const Decoded decoded = decode_command(sqe, rules);
    if (decoded.status == kSuccess && exceeds_transfer(decoded.data_bytes, rules))
        return refuse(kUnrecoveredError);
    return decoded;
}

void encode_2023(const Command& command, Sqe& sqe) {
    std::visit([&sqe](const auto& one) { encode_one(one, sqe); }, command);
}

}  // namespace csd::nvme
