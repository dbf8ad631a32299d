// SPDX-License-Identifier: BSD-3-Clause
//
// What holds for all commands and all entries: encode and decode are inverse, and any 64 bytes have an answer
// that keeps to the rules. Random cases; a failure prints the seed and the smallest case (RC_PARAMS repeats it).

#include "nvme/command.hpp"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>  // after GoogleTest, which it does not include itself

#include "nvme/golden_vectors.hpp"

namespace csd::nvme {
namespace {

constexpr uint32_t kMostTransfer = 1u << 20;
constexpr uint32_t kMostSql = 1u << 16;

template <typename T>
T any() {
    return *rc::gen::arbitrary<T>();
}
uint32_t any_between(uint32_t least, uint32_t most) {
    return *rc::gen::inRange<uint32_t>(least, most + 1);
}
Key any_key(size_t least = 1) {
    const size_t size = any_between(static_cast<uint32_t>(least), Key::kMaxBytes);
    const auto bytes =
        *rc::gen::container<std::vector<uint8_t>>(size, rc::gen::arbitrary<uint8_t>());
    return *Key::from_bytes(bytes);
}
uint64_t any_offset(Dialect dialect) {
    return dialect == Dialect::k2023 ? any<uint32_t>() : any<uint64_t>();
}
StoreCondition any_condition() {
    const uint32_t choice = any_between(0, 2);
    return {.must_exist = choice == 1, .must_not_exist = choice == 2};
}
DataFormat any_format() {
    return static_cast<DataFormat>(any_between(0, kDataFormats - 1));
}

Store any_store(Dialect dialect) {
    Store store{
        .key = any_key(), .bytes = any_between(0, kMostTransfer), .condition = any_condition()};
    store.extended = dialect == Dialect::k2023 || any<bool>();
    if (!store.extended || dialect == Dialect::k2023) store.no_compression = any<bool>();
    if (!store.extended) return store;
    store.append = any<bool>();
    if (dialect == Dialect::k2023) return store;
    store.more = !store.append && any<bool>();
    store.at_offset = any<bool>();
    if (!store.append || store.at_offset) store.offset = any_offset(dialect);
    if (!store.append && !store.more && store.offset == 0) store.at_offset = false;
    return store;
}

Retrieve any_retrieve(Dialect dialect) {
    Retrieve retrieve{.bytes = any_between(0, kMostTransfer)};
    retrieve.extended = dialect == Dialect::k2023 || any<bool>();
    if (!retrieve.extended) retrieve.raw = any<bool>();
    retrieve.describe = retrieve.extended && dialect == Dialect::kKeyValue && any<bool>();
    if (retrieve.extended && !retrieve.describe) retrieve.offset = any_offset(dialect);
    retrieve.key = any_key(retrieve.describe ? 0 : 1);
    return retrieve;
}

SelectSend any_select(Dialect dialect) {
    SelectSend send{.key = any_key(), .input_header = any<bool>(), .output_header = any<bool>()};
    if (dialect == Dialect::kKeyValue) {
        send.option_bytes = any_between(0, 4096);
        send.asynchronous = any<bool>();
    }
    send.bytes = send.option_bytes + any_between(1, kMostSql);
    send.input = any_format();
    send.output = any_format();
    return send;
}

SelectRetrieve any_fetch(Dialect dialect) {
    SelectRetrieve fetch{.id = any<uint32_t>(),
                         .bytes = any_between(0, kMostTransfer),
                         .keep = any<bool>(),
                         .keep_unless_all = any<bool>()};
    fetch.describe = dialect == Dialect::kKeyValue && any<bool>();
    if (!fetch.describe) fetch.offset = any_offset(dialect);
    return fetch;
}

Command any_command(Dialect dialect) {
    switch (any_between(dialect == Dialect::k2023 ? 2 : 0, 8)) {
        case 0: return Flush{};
        case 1:
            return Compose{.key = any_key(),
                           .bytes = any_between(4, kMostTransfer),
                           .condition = any_condition(),
                           .delete_sources = any<bool>()};
        case 2: return any_store(dialect);
        case 3: return any_retrieve(dialect);
        case 4: return List{.start = any_key(0), .bytes = any_between(4, kMostTransfer)};
        case 5: return Delete{.key = any_key()};
        case 6: return Exist{.key = any_key()};
        case 7: return any_select(dialect);
        default: return any_fetch(dialect);
    }
}

Rules rules(Dialect dialect) {
    return {.dialect = dialect, .max_transfer_bytes = kMostTransfer, .max_sql_bytes = kMostSql};
}

Dialect any_dialect() {
    return any<bool>() ? Dialect::kKeyValue : Dialect::k2023;
}

RC_GTEST_PROP(CommandProperty, DecodeIsTheReverseOfEncode, ()) {
    const Dialect dialect = any_dialect();
    const Command command = any_command(dialect);
    const uint32_t nsid = any<uint32_t>();
    const Sqe sqe = encode(command, dialect, nsid);
    const Decoded decoded = decode(sqe, rules(dialect));
    RC_ASSERT(decoded.status == kSuccess);
    RC_ASSERT(decoded.command == command);
    RC_ASSERT(sqe.nsid() == nsid);
}

// An entry that is close to a good one: the opcode is one of ours, and a few dwords are arbitrary.
Sqe any_entry(Dialect dialect) {
    Sqe sqe = encode(any_command(dialect), dialect, 1);
    for (size_t dword = 0; dword < 16; dword++) {
        if (any_between(0, 3) == 0) sqe.set_dword(dword, any<uint32_t>());
    }
    return sqe;
}

void check_answer(const Sqe& sqe, const Rules& rules) {
    const Decoded decoded = decode(sqe, rules);
    if (decoded.status != kSuccess) {
        RC_ASSERT((decoded.status & kDoNotRetry) != 0);
        RC_ASSERT(decoded.data_bytes == 0u);
        RC_ASSERT(decoded.direction == Direction::kNone);
        return;
    }
    RC_ASSERT(decoded.data_bytes <= kMostTransfer);
    RC_ASSERT((decoded.direction == Direction::kNone) == (decoded.data_bytes == 0));
    // What was understood, said again, is understood the same way.
    const Sqe again = encode(decoded.command, rules.dialect, sqe.nsid());
    RC_ASSERT(decode(again, rules).command == decoded.command);
}

RC_GTEST_PROP(CommandProperty, EntriesNearAGoodOneHaveAnAnswer, ()) {
    const Dialect dialect = any_dialect();
    check_answer(any_entry(dialect), rules(dialect));
}

RC_GTEST_PROP(CommandProperty, AnySixtyFourBytesHaveAnAnswer, ()) {
    Sqe sqe;
    for (uint8_t& byte : sqe.bytes) byte = any<uint8_t>();
    for (uint32_t opcode = 0; opcode < 256; opcode++) {
        sqe.bytes[0] = static_cast<uint8_t>(opcode);
        check_answer(sqe, rules(Dialect::kKeyValue));
        check_answer(sqe, rules(Dialect::k2023));
    }
}

}  // namespace
}  // namespace csd::nvme
