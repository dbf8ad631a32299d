// SPDX-License-Identifier: BSD-3-Clause
//
// What a drive refuses before it looks at a value, and with which status: reserved bits, lengths, opcodes,
// contradictions, sizes. docs/command-set.md, "The order in which an entry is judged".
#include <set>

#include "contract/contract.hpp"

namespace csd::contract {

namespace {

using nvme::Opcode;

constexpr uint32_t kAll = 0xFFFFFFFF;

// A command as its fields, and which of their bits may be set.
struct Fields {
    Opcode opcode;
    size_t data_bytes;  // that go with it, in either direction
    uint32_t cdw10, cdw11, cdw12, cdw13;
    bool extension;
    bool has_key = true;
};
constexpr Fields kKeyValueFields[] = {
    {Opcode::kStore, 8, kAll, 0x7FF, 0, 0, false},
    {Opcode::kRetrieve, 8, kAll, 0x1FF, 0, 0, false},
    {Opcode::kList, 64, kAll, 0xFF, 0, 0, false},
    {Opcode::kDelete, 0, 0, 0xFF, 0, 0, false},
    {Opcode::kExist, 0, 0, 0xFF, 0, 0, false},
    {Opcode::kExtendedStore, 8, kAll, 0x3BFF, kAll, kAll, true},
    {Opcode::kExtendedRetrieve, 8, kAll, 0x1FF, kAll, kAll, true},
    {Opcode::kSelectSend, 8, kAll, 0xFFFF07FF, kAll, 0, true},
    {Opcode::kSelectRetrieve, 8, kAll, 7, kAll, kAll, true, false},
    {Opcode::kCompose, 8, kAll, 0x13FF, 0, 0, true},
};

bool is_read(Opcode opcode) {
    return nvme::direction_of(static_cast<uint8_t>(opcode)) == nvme::Direction::kDriveToHost;
}

}  // namespace

class Refusals : public Contract {
  protected:
    nvme::Sqe entry(Opcode opcode, const Key& which, uint32_t bytes, uint32_t cdw11 = 0) {
        nvme::Sqe sqe;
        sqe.bytes[0] = static_cast<uint8_t>(opcode);
        sqe.set_dword(1, drive().nsid());
        sqe.set_dword(10, bytes);
        sqe.set_dword(11, static_cast<uint32_t>(which.size()) | cdw11);
        nvme::pack_key(which, abilities().dialect, sqe);
        return sqe;
    }
    nvme::Sqe entry(const Fields& fields) {
        const Key which = fields.has_key ? key("k") : Key();
        return entry(fields.opcode, which, static_cast<uint32_t>(fields.data_bytes));
    }
    // Sends it with as much memory as it says it has.
    Answer send(const nvme::Sqe& sqe, size_t bytes) {
        const bool read = is_read(static_cast<Opcode>(sqe.opcode()));
        return drive().run_entry(sqe, read ? std::string() : std::string(bytes, ' '),
                                 read ? bytes : 0);
    }
    bool can_send(const Fields& fields) {
        if (fields.extension) return abilities().extensions.has_value();
        const bool moved = fields.opcode == Opcode::kStore || fields.opcode == Opcode::kRetrieve;
        return abilities().standard || !moved;
    }
    // The keyed commands of the dialect, and how much data to send with each.
    std::vector<Fields> keyed() {
        std::vector<Fields> commands;
        for (const Fields& fields : kKeyValueFields) {
            const bool on_2023 = fields.opcode != Opcode::kStore &&
                                 fields.opcode != Opcode::kRetrieve &&
                                 fields.opcode != Opcode::kCompose;
            const bool known = is_key_value() ? can_send(fields) : on_2023;
            if (known && fields.has_key) commands.push_back(fields);
        }
        return commands;
    }
};

// --- Both dialects -------------------------------------------------------------------------------------

CONTRACT_OF(Refusals, anyone);

TEST_P(Refusals, ALengthBeyondSixteen) {
    const uint16_t refusal = status(nvme::kInvalidField, nvme::kInvalidKeySize);
    for (const Fields& fields : keyed()) {
        for (const uint32_t length : {17u, 32u, 255u}) {
            nvme::Sqe sqe = entry(fields);
            sqe.set_dword(11, length);
            EXPECT_THAT(send(sqe, fields.data_bytes), IsRefusedWith(refusal))
                << "opcode " << int{sqe.opcode()} << " length " << length;
        }
    }
}

TEST_P(Refusals, AnEmptyKey) {
    for (const Fields& fields : keyed()) {
        if (fields.opcode == Opcode::kList) continue;  // from the first key
        nvme::Sqe sqe = entry(fields);
        sqe.set_dword(11, 0);
        EXPECT_THAT(send(sqe, fields.data_bytes), IsRefusedWith(nvme::kInvalidKeySize))
            << "opcode " << int{sqe.opcode()};
    }
}

TEST_P(Refusals, ConditionsThatContradictEachOther) {
    const uint16_t refusal = status(nvme::kInvalidField, nvme::kUnrecoveredError);
    const nvme::StoreCondition both{.must_exist = true, .must_not_exist = true};
    EXPECT_THAT(store("k", "v", both), IsRefusedWith(refusal));
    store("k", "v");
    EXPECT_THAT(store("k", "w", both), IsRefusedWith(refusal));
    EXPECT_EQ(retrieve("k").data, "v");
}

TEST_P(Refusals, VendorOpcodesThatDoNotExist) {
    for (int opcode = 0x80; opcode < 0x100; opcode++) {
        const bool extension = opcode == 0x81 || opcode == 0x82 || opcode == 0x85 || opcode == 0x86;
        const bool compose = opcode == 0x8D && is_key_value();
        // The vendor commands are the dialect of 2023, also where a target hides what the drive says of itself.
        if ((extension || compose) && (abilities().extensions || !is_key_value())) continue;
        const nvme::Sqe sqe = entry(static_cast<Opcode>(opcode), key("k"), 0);
        EXPECT_THAT(send(sqe, 0), IsRefusedWith(nvme::kInvalidOpcode)) << std::hex << opcode;
    }
}

TEST_P(Refusals, AnotherNamespace) {
    nvme::Sqe sqe = entry(Opcode::kExist, key("k"), 0);
    sqe.set_dword(1, drive().nsid() + 77);
    EXPECT_THAT(send(sqe, 0), IsRefusedWith(nvme::kInvalidNamespaceOrFormat));
}

TEST_P(Refusals, MoreThanOneTransfer) {
    const size_t too_much = abilities().max_transfer_bytes + size_t{4};
    const uint16_t general = status(nvme::kInvalidField, nvme::kUnrecoveredError);
    const bool plain = is_key_value() && abilities().standard;
    EXPECT_THAT(store("k", std::string(too_much, 'x')),
                IsRefusedWith(plain ? nvme::kInvalidValueSize : general));
    EXPECT_THAT(exist("k"), Says(nvme::kKeyDoesNotExist));
    store("k", "v");
    EXPECT_THAT(drive().run(retrieve_command(key("k"), too_much), {}, too_much),
                IsRefusedWith(general));
    EXPECT_THAT(drive().run(nvme::List{Key(), static_cast<uint32_t>(too_much)}, {}, too_much),
                IsRefusedWith(general));
}

TEST_P(Refusals, AllOfOneTransferIsNotTooMuch) {
    const std::string value = pattern(abilities().max_transfer_bytes);
    EXPECT_THAT(store("k", value), Says(nvme::kSuccess));
    EXPECT_TRUE(retrieve("k", value.size()).data == value);
}

TEST_P(Refusals, LeaveTheDriveServing) {
    send(entry(Opcode::kSelectSend, key("k"), 0), 0);
    send(entry(Opcode::kList, key("k"), 2), 2);
    EXPECT_THAT(store("k", "v"), Says(nvme::kSuccess));
    EXPECT_EQ(retrieve("k").data, "v");
}

// --- Key Value namespaces ---------------------------------------------------------------------------------

class KeyValueRefusals : public Refusals {};
CONTRACT_OF(KeyValueRefusals, key_value);

TEST_P(KeyValueRefusals, EachReservedBitOfEachCommand) {
    store("k", "v");
    for (const Fields& fields : kKeyValueFields) {
        if (!can_send(fields)) continue;
        const uint32_t allowed[] = {fields.cdw10, fields.cdw11, fields.cdw12, fields.cdw13};
        for (size_t dword = 10; dword <= 13; dword++) {
            for (uint32_t bit = 0; bit < 32; bit++) {
                if ((allowed[dword - 10] >> bit & 1) != 0) continue;
                nvme::Sqe sqe = entry(fields);
                sqe.set_dword(dword, sqe.dword(dword) | 1u << bit);
                EXPECT_THAT(send(sqe, fields.data_bytes), IsRefusedWith(nvme::kInvalidField))
                    << "opcode " << int{sqe.opcode()} << " CDW" << dword << " bit " << bit;
            }
        }
    }
    EXPECT_EQ(retrieve("k").data, "v");
}

TEST_P(KeyValueRefusals, StandardOpcodesThatDoNotExist) {
    // Those of reservations (0Dh, 0Eh, 11h, 15h) are the controller's. A target that takes 01h and 02h for itself has
    // the other commands on blocks as well.
    const std::set<int> of_blocks = {0x05, 0x08,
                                     0x09};  // Compare, Write Zeroes, Dataset Management
    for (const int opcode :
         {0x03, 0x04, 0x05, 0x07, 0x08, 0x09, 0x0A, 0x0C, 0x12, 0x13, 0x16, 0x7F}) {
        if (!abilities().standard && of_blocks.contains(opcode)) continue;
        const nvme::Sqe sqe = entry(static_cast<Opcode>(opcode), key("k"), 0);
        EXPECT_THAT(send(sqe, 0), IsRefusedWith(nvme::kInvalidOpcode)) << std::hex << opcode;
    }
}

class ExtensionRefusals : public Refusals {
  protected:
    // 81h with these bits of CDW11 and this offset.
    Answer store_bits(uint32_t bits, uint32_t offset) {
        nvme::Sqe sqe = entry(Opcode::kExtendedStore, key("k"), 1, bits);
        sqe.set_dword(12, offset);
        return drive().run_entry(sqe, "v");
    }
    Answer select_entry(uint32_t bits, uint32_t option_bytes, std::string_view data) {
        nvme::Sqe sqe =
            entry(Opcode::kSelectSend, key("k"), static_cast<uint32_t>(data.size()), bits);
        sqe.set_dword(12, option_bytes);
        return drive().run_entry(sqe, data);
    }
    static constexpr uint32_t kAppend = 1 << 11, kAtOffset = 1 << 12, kMore = 1 << 13;
};
CONTRACT_OF(ExtensionRefusals, with_extensions);

TEST_P(ExtensionRefusals, StoresThatContradictThemselves) {
    EXPECT_THAT(store_bits(3 << 8, 0), Says(nvme::kInvalidField)) << "must and must not exist";
    EXPECT_THAT(store_bits(kAppend | kMore, 0), Says(nvme::kInvalidField));
    EXPECT_THAT(store_bits(kAppend | kAtOffset | kMore, 4), Says(nvme::kInvalidField));
    EXPECT_THAT(store_bits(kAppend, 4), Says(nvme::kInvalidField)) << "nothing looks at the offset";
    EXPECT_THAT(store_bits(kAtOffset, 0), Says(nvme::kInvalidField))
        << "neither plain nor a last piece";
    EXPECT_THAT(exist("k"), Says(nvme::kKeyDoesNotExist));
}

TEST_P(ExtensionRefusals, DescribeWithAnOffset) {
    store("k", "v");
    nvme::Sqe sqe = entry(Opcode::kExtendedRetrieve, key("k"), 64, 1 << 8);
    for (const size_t dword : {12, 13}) {
        nvme::Sqe with_offset = sqe;
        with_offset.set_dword(dword, 1);
        EXPECT_THAT(drive().run_entry(with_offset, {}, 64), Says(nvme::kInvalidField));
    }
}

TEST_P(ExtensionRefusals, SelectsWithoutSense) {
    store("k", "a\n1\n");
    const uint32_t most = abilities().extensions->max_sql_bytes;
    EXPECT_THAT(select_entry(3 << 16, 0, "select 1"), Says(nvme::kInvalidField))
        << "input format 3";
    EXPECT_THAT(select_entry(3u << 24, 0, "select 1"), Says(nvme::kInvalidField))
        << "output format 3";
    EXPECT_THAT(select_entry(0xFFu << 24, 0, "select 1"), Says(nvme::kInvalidField));
    EXPECT_THAT(select_entry(0, 9, "select 1"), Says(nvme::kInvalidField))
        << "more options than data";
    EXPECT_THAT(select_entry(0, 8, "{      }"), Says(nvme::kInvalidField)) << "no SQL behind them";
    EXPECT_THAT(select_entry(0, 4097, std::string(5000, ' ')), Says(nvme::kInvalidField));
    EXPECT_THAT(select_entry(0, 0, ""), IsRefusedWith(nvme::kInvalidField)) << "no SQL at all";
    EXPECT_THAT(select_entry(0, 0, "select 1" + std::string(most, ' ')), Says(nvme::kInvalidField));
}

TEST_P(ExtensionRefusals, FetchesWithAKeyOrDescribingNothing) {
    for (const size_t dword : {2, 3, 15}) {
        nvme::Sqe sqe = entry(Opcode::kSelectRetrieve, Key(), 64);
        sqe.set_dword(13, 1);
        sqe.set_dword(dword, 1);
        EXPECT_THAT(drive().run_entry(sqe, {}, 64), Says(nvme::kInvalidField)) << "CDW" << dword;
    }
    nvme::SelectRetrieve describe;
    describe.id = 1;
    describe.bytes = 64;
    describe.describe = true;
    describe.offset = 1;
    EXPECT_THAT(drive().run(describe, {}, 64), Says(nvme::kInvalidField));
    describe.offset = uint64_t{1} << 32;
    EXPECT_THAT(drive().run(describe, {}, 64), Says(nvme::kInvalidField));
}

// --- A drive without extensions ----------------------------------------------------------------------------

class StandardDrive : public Contract {};
CONTRACT_OF(StandardDrive, without_extensions);

TEST_P(StandardDrive, AnnouncesNothingAndSaysWhatItCannotDo) {
    EXPECT_FALSE(client().info().value().extensions);
    const std::string large = pattern(abilities().max_transfer_bytes + size_t{1});
    EXPECT_EQ(client().store(key("k"), as_bytes(large)).code(), Code::kUnsupported);
    EXPECT_EQ(client().append(key("k"), as_bytes("v")).code(), Code::kUnsupported);
    EXPECT_EQ(client().compose(key("k"), {key("a")}).code(), Code::kUnsupported);
    std::string rows;
    EXPECT_EQ(client().select(key("k"), "select 1", {}, kv::Sink::to(rows)).code(),
              Code::kUnsupported);
    EXPECT_TRUE(names().empty());
}

TEST_P(StandardDrive, StoresWhatFitsInOneTransfer) {
    const std::string value = pattern(abilities().max_transfer_bytes);
    EXPECT_TRUE(client().store(key("k"), as_bytes(value)).ok());
    const auto got = client().retrieve(key("k"));
    ASSERT_TRUE(got.ok()) << got.status().message();
    EXPECT_TRUE(as_text(got.value()) == value);
}

// --- The 2023 dialect -----------------------------------------------------------------------------------

class Refusals2023 : public Refusals {};
CONTRACT_OF(Refusals2023, of_2023);

TEST_P(Refusals2023, NoBitThatMeansNothing) {
    store("k", "v");
    for (const uint32_t bit : {12u, 13u, 16u, 31u}) {
        nvme::Sqe sqe = entry(Opcode::kExist, key("k"), 0, 1u << bit);
        sqe.set_dword(10, 4711);
        sqe.set_dword(12, 4711);
        sqe.set_dword(13, 4711);
        EXPECT_THAT(drive().run_entry(sqe), Says(nvme::kSuccess)) << bit;
    }
    nvme::Sqe retrieve = entry(Opcode::kExtendedRetrieve, key("k"), 1, 0xFFFFFF00);
    retrieve.set_dword(13, 4711);
    EXPECT_EQ(drive().run_entry(retrieve, {}, 1).data, "v");
}

TEST_P(Refusals2023, FormatsThatDoNotExist) {
    store("k", "a\n1\n");
    for (const uint32_t bits : {3u << 16, 3u << 24, 0xFFu << 16}) {
        const nvme::Sqe sqe = entry(Opcode::kSelectSend, key("k"), 8, bits);
        EXPECT_THAT(drive().run_entry(sqe, "select 1"), Says(nvme::kInvalidDataFormat2023));
    }
}

TEST_P(Refusals2023, ASelectWithoutSqlOrWithTooMuch) {
    store("k", "a\n1\n");
    EXPECT_THAT(drive().run_entry(entry(Opcode::kSelectSend, key("k"), 0)),
                IsRefusedWith(nvme::kUnrecoveredError));
    // A target may hide what the drive announces; then it is the default.
    const uint32_t most = abilities().extensions ? abilities().extensions->max_sql_bytes : 65536;
    const std::string sql = "select 1" + std::string(most, ' ');
    EXPECT_THAT(drive().run_entry(
                    entry(Opcode::kSelectSend, key("k"), static_cast<uint32_t>(sql.size())), sql),
                Says(nvme::kUnrecoveredError));
}

}  // namespace csd::contract
