// SPDX-License-Identifier: BSD-3-Clause
//
// The worked bytes in both directions, then every rule of docs/command-set.md by name. An entry is a
// sentence: a good command is encoded, one dword is changed, and the drive's answer is looked at.
#include "nvme/command.hpp"

#include <gtest/gtest.h>

#include "nvme/golden_vectors.hpp"

namespace csd::nvme {
namespace {

using golden::key;

class Wire {
  public:
    explicit Wire(Dialect dialect) : rules(golden::rules(dialect)) {}

    Wire& send(const Command& command) {
        sqe = encode(command, rules.dialect, 1);
        return *this;
    }
    Wire& set(size_t dword, uint32_t bits) {
        sqe.set_dword(dword, sqe.dword(dword) | bits);
        return *this;
    }
    Wire& replace(size_t dword, uint32_t value) {
        sqe.set_dword(dword, value);
        return *this;
    }
    Wire& key_length(uint32_t bytes) { return replace(11, (sqe.dword(11) & ~0xFFu) | bytes); }
    Wire& opcode(uint8_t opcode) {
        sqe.bytes[0] = opcode;
        return *this;
    }

    uint16_t status() const { return decode(sqe, rules).status; }
    template <typename T>
    T as() const {
        const Decoded decoded = decode(sqe, rules);
        EXPECT_EQ(decoded.status, kSuccess);
        return std::get<T>(decoded.command);
    }

    Rules rules;
    Sqe sqe;
};

Wire kv() {
    return Wire(Dialect::kKeyValue);
}
Wire old() {
    return Wire(Dialect::k2023);
}

const Key kKey = key("test_key");
const Store kStore{.key = kKey, .bytes = 100};
const Store kExtendedStore{.key = kKey, .bytes = 100, .extended = true};
const Retrieve kRetrieve{.key = kKey, .bytes = 100};
const Retrieve kExtendedRetrieve{.key = kKey, .bytes = 100, .extended = true};
const SelectSend kSelect{.key = kKey, .bytes = 100};
const SelectRetrieve kFetch{.id = 7, .bytes = 100};
const Compose kCompose{.key = kKey, .bytes = 100};

TEST(Golden, BytesDecodeToTheirCommandOrStatus) {
    for (const golden::Entry& entry : golden::entries()) {
        SCOPED_TRACE(entry.name);
        const Decoded decoded = decode(entry.sqe(), golden::rules(entry.dialect));
        EXPECT_EQ(decoded.status, entry.status) << status_name(decoded.status);
        if (entry.status == kSuccess) {
            EXPECT_TRUE(decoded.command == entry.command);
        } else {
            EXPECT_EQ(decoded.direction, Direction::kNone);
            EXPECT_EQ(decoded.data_bytes, 0u);
        }
    }
}

TEST(Golden, CommandsEncodeToTheirBytes) {
    for (const golden::Entry& entry : golden::entries()) {
        if (entry.status != kSuccess) continue;
        SCOPED_TRACE(entry.name);
        EXPECT_EQ(encode(entry.command, entry.dialect, 1).bytes, entry.sqe().bytes);
    }
}

TEST(Decode, DataGoesTheWayTheOpcodeSays) {
    EXPECT_EQ(decode(kv().send(kStore).sqe, kv().rules).direction, Direction::kHostToDrive);
    EXPECT_EQ(decode(kv().send(kStore).sqe, kv().rules).data_bytes, 100u);
    EXPECT_EQ(decode(kv().send(kRetrieve).sqe, kv().rules).direction, Direction::kDriveToHost);
    EXPECT_EQ(decode(kv().send(kSelect).sqe, kv().rules).direction, Direction::kHostToDrive);
    EXPECT_EQ(decode(kv().send(kFetch).sqe, kv().rules).direction, Direction::kDriveToHost);
    EXPECT_EQ(decode(kv().send(kCompose).sqe, kv().rules).direction, Direction::kHostToDrive);
    EXPECT_EQ(decode(kv().send(Delete{.key = kKey}).sqe, kv().rules).direction, Direction::kNone);
}

TEST(Decode, RetrieveWithoutABufferIsASizeQueryThatMovesNothing) {
    for (Wire wire :
         {kv().send(kRetrieve), kv().send(kExtendedRetrieve), old().send(kExtendedRetrieve)}) {
        wire.replace(10, 0);
        const Decoded decoded = decode(wire.sqe, wire.rules);
        EXPECT_EQ(decoded.status, kSuccess);
        EXPECT_EQ(decoded.direction, Direction::kNone);
        EXPECT_EQ(decoded.data_bytes, 0u);
        EXPECT_EQ(std::get<Retrieve>(decoded.command).key, kKey);
    }
}

TEST(Decode, KeyBytesBeyondTheKeyLengthAreIgnored) {
    for (Wire wire : {kv().send(kRetrieve), old().send(kExtendedRetrieve)}) {
        for (size_t dword : {2, 3, 14, 15}) wire.replace(dword, 0xDEADBEEF);
        pack_key(key("test_key_garbage"), wire.rules.dialect, wire.sqe);
        EXPECT_EQ(wire.as<Retrieve>().key, kKey);
    }
}

TEST(Decode, TheTwoDialectsPackKeysInReverse) {
    Sqe sqe;
    pack_key(key("0123456789abcdef"), Dialect::k2023, sqe);
    EXPECT_EQ(unpack_key(sqe, 16, Dialect::kKeyValue), key("fedcba9876543210"));
    EXPECT_EQ(sqe.dword(15), 0x30313233u);
    EXPECT_EQ(sqe.dword(2), 0x63646566u);
}

TEST(KeyValue, ReservedBitsOfEveryCommandAreRefused) {
    struct Case {
        Command command;
        std::array<uint32_t, 6> used;  // CDW10 to CDW15, as docs/command-set.md draws them
    };
    constexpr uint32_t kAll = 0xFFFFFFFF;
    const Case cases[] = {
        {kStore, {kAll, 0x7FF, 0, 0, kAll, kAll}},
        {kRetrieve, {kAll, 0x1FF, 0, 0, kAll, kAll}},
        {List{.start = kKey, .bytes = 100}, {kAll, 0xFF, 0, 0, kAll, kAll}},
        {Delete{.key = kKey}, {0, 0xFF, 0, 0, kAll, kAll}},
        {Exist{.key = kKey}, {0, 0xFF, 0, 0, kAll, kAll}},
        {kExtendedStore, {kAll, 0x3BFF, kAll, kAll, kAll, kAll}},
        {kExtendedRetrieve, {kAll, 0x1FF, kAll, kAll, kAll, kAll}},
        {kSelect, {kAll, 0xFFFF07FF, kAll, 0, kAll, kAll}},
        {kFetch, {kAll, 0x7, kAll, kAll, kAll, 0}},
        {kCompose, {kAll, 0x13FF, 0, 0, kAll, kAll}},
    };
    for (const Case& one : cases) {
        ASSERT_EQ(kv().send(one.command).status(), kSuccess);
        for (size_t dword = 10; dword < 16; dword++) {
            for (uint32_t bit = 0; bit < 32; bit++) {
                if ((one.used[dword - 10] >> bit & 1) != 0) continue;
                EXPECT_EQ(kv().send(one.command).set(dword, 1u << bit).status(), kInvalidField)
                    << one.command.index() << " CDW" << dword << " bit " << bit;
            }
        }
    }
    EXPECT_EQ(kv().send(kFetch).set(2, 1).status(), kInvalidField);
    EXPECT_EQ(kv().send(kFetch).set(3, 1).status(), kInvalidField);
}

TEST(KeyValue, FlushIgnoresEveryField) {
    Wire wire = kv().send(Flush{});
    for (size_t dword = 2; dword < 16; dword++) wire.replace(dword, 0xFFFFFFFF);
    wire.as<Flush>();
}

TEST(KeyValue, KeyLengthsHaveTheStandardsStatuses) {
    for (const Command& command : std::initializer_list<Command>{
             kStore, kRetrieve, List{.start = kKey, .bytes = 100}, Delete{.key = kKey},
             Exist{.key = kKey}, kExtendedStore, kExtendedRetrieve, kSelect, kCompose}) {
        EXPECT_EQ(kv().send(command).key_length(16).status(), kSuccess);
        EXPECT_EQ(kv().send(command).key_length(17).status(), kInvalidField);
        EXPECT_EQ(kv().send(command).key_length(255).status(), kInvalidField);
        const bool may_be_empty = std::holds_alternative<List>(command);
        EXPECT_EQ(kv().send(command).key_length(0).status(),
                  may_be_empty ? kSuccess : kInvalidKeySize);
    }
}

TEST(KeyValue, DescribeWithoutAKeyAsksForTheIdentifyPage) {
    const Wire wire = kv().send(Retrieve{.bytes = 4096, .extended = true, .describe = true});
    EXPECT_TRUE(wire.as<Retrieve>().key.empty());
    EXPECT_TRUE(wire.as<Retrieve>().describe);
}

TEST(KeyValue, BothStoreConditionsAtOnceAreRefused) {
    for (const Command& command :
         std::initializer_list<Command>{kStore, kExtendedStore, kCompose}) {
        EXPECT_EQ(kv().send(command).set(11, 1u << 8).status(), kSuccess);
        EXPECT_EQ(kv().send(command).set(11, 1u << 9).status(), kSuccess);
        EXPECT_EQ(kv().send(command).set(11, 3u << 8).status(), kInvalidField);
    }
}

TEST(KeyValue, AppendOffsetAndMoreCombineOnlyWhereTheyMakeSense) {
    constexpr uint32_t kAppend = 1u << 11;
    constexpr uint32_t kAtOffset = 1u << 12;
    constexpr uint32_t kMore = 1u << 13;
    struct Case {
        uint32_t bits;
        uint32_t offset;
        uint16_t status;
        const char* meaning;
    };
    const Case cases[] = {
        {0, 0, kSuccess, "plain store"},
        {0, 5, kSuccess, "last piece"},
        {kAppend, 0, kSuccess, "append, wherever the end is"},
        {kAppend, 5, kInvalidField, "an offset that nothing would look at"},
        {kAppend | kAtOffset, 0, kSuccess, "guarded append to an absent or empty value"},
        {kAppend | kAtOffset, 5, kSuccess, "guarded append"},
        {kMore, 0, kSuccess, "first piece"},
        {kMore, 5, kSuccess, "further piece"},
        {kMore | kAtOffset, 0, kSuccess, "first piece; pieces are always guarded"},
        {kMore | kAtOffset, 5, kSuccess, "further piece; pieces are always guarded"},
        {kAtOffset, 5, kSuccess, "last piece; pieces are always guarded"},
        {kAtOffset, 0, kInvalidField, "neither a plain store nor a last piece"},
        {kAppend | kMore, 0, kInvalidField, "now and not yet"},
        {kAppend | kMore, 5, kInvalidField, "now and not yet"},
        {kAppend | kMore | kAtOffset, 0, kInvalidField, "now and not yet"},
        {kAppend | kMore | kAtOffset, 5, kInvalidField, "now and not yet"},
    };
    for (const Case& one : cases) {
        EXPECT_EQ(kv().send(kExtendedStore).set(11, one.bits).replace(12, one.offset).status(),
                  one.status)
            << one.meaning;
    }
    EXPECT_EQ(kv().send(kExtendedStore).set(11, kAtOffset).replace(13, 1).status(), kSuccess)
        << "the high half of the offset counts";
}

TEST(KeyValue, DescribeTakesNoOffset) {
    EXPECT_EQ(kv().send(kExtendedRetrieve).set(11, 1u << 8).status(), kSuccess);
    EXPECT_EQ(kv().send(kExtendedRetrieve).set(11, 1u << 8).set(12, 1).status(), kInvalidField);
    EXPECT_EQ(kv().send(kExtendedRetrieve).set(11, 1u << 8).set(13, 1).status(), kInvalidField);
    EXPECT_EQ(kv().send(kFetch).set(11, 1u << 2).status(), kSuccess);
    EXPECT_EQ(kv().send(kFetch).set(11, 1u << 2).set(12, 1).status(), kInvalidField);
    EXPECT_EQ(kv().send(kFetch).set(11, 1u << 2).set(14, 1).status(), kInvalidField);
}

TEST(KeyValue, IdZeroIsFetchedAndDescribed) {
    EXPECT_EQ(kv().send(kFetch).replace(13, 0).status(), kSuccess);
    EXPECT_EQ(kv().send(kFetch).replace(13, 0).set(11, 1u << 2).status(), kSuccess);
}

TEST(KeyValue, ListNeedsRoomForItsCount) {
    EXPECT_EQ(kv().send(List{.bytes = 3}).status(), kInvalidField);
    EXPECT_EQ(kv().send(List{.bytes = 4}).status(), kSuccess);
}

TEST(KeyValue, ComposeNeedsRoomForItsCount) {
    EXPECT_EQ(kv().send(Compose{.key = kKey, .bytes = 3}).status(), kInvalidField);
    EXPECT_EQ(kv().send(Compose{.key = kKey, .bytes = 4}).status(), kSuccess);
}

TEST(KeyValue, OnlyThreeDataFormatsExist) {
    for (uint32_t format = 0; format < 256; format++) {
        const uint16_t expected = format < 3 ? kSuccess : kInvalidField;
        EXPECT_EQ(kv().send(kSelect).set(11, format << 16).status(), expected) << format;
        EXPECT_EQ(kv().send(kSelect).set(11, format << 24).status(), expected) << format;
    }
}

TEST(KeyValue, SelectNeedsSqlBehindItsOptions) {
    const auto select = [](uint32_t bytes, uint32_t option_bytes) {
        return kv().send(kSelect).replace(10, bytes).replace(12, option_bytes).status();
    };
    EXPECT_EQ(select(0, 0), kInvalidField);
    EXPECT_EQ(select(1, 0), kSuccess);
    EXPECT_EQ(select(20, 20), kInvalidField) << "options alone";
    EXPECT_EQ(select(21, 20), kSuccess);
    EXPECT_EQ(select(20, 21), kInvalidField) << "options beyond the data";
    EXPECT_EQ(select(20, 0xFFFFFFFF), kInvalidField);
    EXPECT_EQ(select(4097, 4096), kSuccess);
    EXPECT_EQ(select(4098, 4097), kInvalidField) << "options over 4 KiB";
    EXPECT_EQ(select(65536, 0), kSuccess);
    EXPECT_EQ(select(65537, 0), kInvalidField) << "SQL over the limit";
    EXPECT_EQ(select(65536 + 4096, 4096), kSuccess) << "options do not count as SQL";
    EXPECT_EQ(select(65537 + 4096, 4096), kInvalidField);
}

TEST(KeyValue, TransfersOverTheLimitAreRefusedBeforeAnythingIsMapped) {
    const uint32_t most = kv().rules.max_transfer_bytes;
    for (const Command& command : std::initializer_list<Command>{
             kRetrieve, List{.bytes = 100}, kExtendedStore, kExtendedRetrieve, kFetch, kCompose}) {
        EXPECT_EQ(kv().send(command).replace(10, most).status(), kSuccess);
        EXPECT_EQ(kv().send(command).replace(10, most + 1).status(), kInvalidField);
        EXPECT_EQ(kv().send(command).replace(10, 0xFFFFFFFF).status(), kInvalidField);
    }
    EXPECT_EQ(kv().send(kStore).replace(10, most).status(), kSuccess);
    EXPECT_EQ(kv().send(kStore).replace(10, most + 1).status(), kInvalidValueSize)
        << "VML is the limit of 01h";
    Wire unlimited = kv().send(kRetrieve).replace(10, 0xFFFFFFFF);
    unlimited.rules.max_transfer_bytes = 0;
    EXPECT_EQ(unlimited.status(), kSuccess);
}

TEST(KeyValue, WithoutExtensionsOnlyTheStandardIsLeft) {
    for (uint32_t opcode = 0; opcode < 256; opcode++) {
        Wire wire =
            kv().send(List{.start = kKey, .bytes = 100}).opcode(static_cast<uint8_t>(opcode));
        wire.rules.extensions = false;
        const bool standard = opcode <= 0x02 || opcode == 0x06 || opcode == 0x10 || opcode == 0x14;
        EXPECT_EQ(wire.status() != kInvalidOpcode, standard) << opcode;
    }
}

TEST(KeyValue, OpcodesItDoesNotKnowAreRefused) {
    size_t known = 0;
    for (uint32_t opcode = 0; opcode < 256; opcode++) {
        known += kv().opcode(static_cast<uint8_t>(opcode)).status() != kInvalidOpcode;
    }
    EXPECT_EQ(known, 11u);
}

TEST(Dialect2023, StandardOpcodesOfOtherCommandSetsAreNotItsOwn) {
    for (uint32_t opcode = 0; opcode < 256; opcode++) {
        const bool known = opcode == 0x06 || opcode == 0x10 || opcode == 0x14 || opcode == 0x81 ||
                           opcode == 0x82 || opcode == 0x85 || opcode == 0x86;
        EXPECT_EQ(old().opcode(static_cast<uint8_t>(opcode)).status() != kInvalidOpcode, known)
            << opcode;
    }
}

TEST(Dialect2023, EveryBadKeyLengthIsInvalidKeySize) {
    for (const Command& command : std::initializer_list<Command>{
             kExtendedStore, kExtendedRetrieve, kSelect, Delete{.key = kKey}, Exist{.key = kKey}}) {
        EXPECT_EQ(old().send(command).key_length(0).status(), kInvalidKeySize);
        EXPECT_EQ(old().send(command).key_length(1).status(), kSuccess);
        EXPECT_EQ(old().send(command).key_length(16).status(), kSuccess);
        EXPECT_EQ(old().send(command).key_length(17).status(), kInvalidKeySize);
    }
    EXPECT_EQ(old().send(List{.bytes = 100}).status(), kSuccess);
    EXPECT_EQ(old().send(List{.bytes = 100}).key_length(17).status(), kInvalidKeySize);
}

TEST(Dialect2023, BitsItDidNotKnowAreIgnored) {
    Store store = kExtendedStore;
    EXPECT_EQ(old().send(store).set(11, 0xFFFFF000).set(12, 5).set(13, 5).as<Store>(), store);
    EXPECT_EQ(old().send(kExtendedRetrieve).set(11, 0xFFFFFF00).set(13, 5).as<Retrieve>(),
              kExtendedRetrieve);
    EXPECT_EQ(old().send(kSelect).set(11, 0xFC00).set(12, 5).set(13, 5).as<SelectSend>(), kSelect);
    EXPECT_EQ(old().send(kFetch).set(11, 0xFFFFFFFC).set(14, 5).set(2, 5).as<SelectRetrieve>(),
              kFetch);
    EXPECT_EQ(old().send(Delete{.key = kKey}).set(10, 5).set(11, 0xFFFFFF00).as<Delete>().key,
              kKey);
}

TEST(Dialect2023, AppendMayBeConditional) {
    const Store append{.key = kKey,
                       .bytes = 100,
                       .condition = {.must_not_exist = true},
                       .no_compression = true,
                       .extended = true,
                       .append = true};
    EXPECT_EQ(old().send(kExtendedStore).set(11, 7u << 9).as<Store>(), append);
}

TEST(Dialect2023, EverythingElseThatIsWrongIsUnrecoveredError) {
    const uint32_t most = old().rules.max_transfer_bytes;
    EXPECT_EQ(old().send(kExtendedStore).set(11, 3u << 8).status(), kUnrecoveredError)
        << "both conditions";
    EXPECT_EQ(old().send(kExtendedStore).replace(10, most + 1).status(), kUnrecoveredError);
    EXPECT_EQ(old().send(kExtendedRetrieve).replace(10, most + 1).status(), kUnrecoveredError);
    EXPECT_EQ(old().send(kFetch).replace(10, most + 1).status(), kUnrecoveredError);
    EXPECT_EQ(old().send(kSelect).replace(10, 0).status(), kUnrecoveredError) << "no SQL";
    EXPECT_EQ(old().send(kSelect).replace(10, 65537).status(), kUnrecoveredError) << "too much SQL";
    EXPECT_EQ(old().send(List{.bytes = 3}).status(), kUnrecoveredError) << "no room for the count";
}

TEST(Dialect2023, ADataFormatItDoesNotKnowHasAStatusOfItsOwn) {
    EXPECT_EQ(old().send(kSelect).set(11, 3u << 16).status(), kInvalidDataFormat2023);
    EXPECT_EQ(old().send(kSelect).set(11, 3u << 24).status(), kInvalidDataFormat2023);
    EXPECT_EQ(old().send(kSelect).set(11, 2u << 16 | 2u << 24).as<SelectSend>().output,
              DataFormat::kParquet);
}

TEST(Dialect2023, ItsDocumentedExampleKeyLiesWhereItSaid) {
    const Wire wire = old().send(Exist{.key = kKey});
    EXPECT_EQ(wire.sqe.dword(15), 0x74657374u);
    EXPECT_EQ(wire.sqe.dword(14), 0x5F6B6579u);
    EXPECT_EQ(wire.sqe.dword(11), 8u);
}

}  // namespace
}  // namespace csd::nvme
