// SPDX-License-Identifier: BSD-3-Clause
//
// Every bit of every command that changes or removes something means what the table here says, or the command is refused.
#include "nvme/admin.hpp"

#include <gtest/gtest.h>

#include <string>

namespace csd::nvme {
namespace {

constexpr uint32_t kAll = 0xFFFFFFFF;

// The bits of an entry that may change: what they ask for is carried out, or they are not the drive's to judge. Flipping
// any other bit must be a refusal.
struct Known {
    std::array<uint32_t, 16> bits{};
};

Known known(uint32_t cdw10, uint32_t cdw11, uint32_t cdw12 = 0, uint32_t cdw13 = 0) {
    Known all;
    all.bits[0] = 0xFFFFC0FF;  // the opcode selects the command; PSDT and CID are the transport's
    all.bits[1] = kAll;        // NSID
    for (const size_t dword : {4, 5, 6, 7, 8, 9}) all.bits[dword] = kAll;  // MPTR and DPTR
    all.bits[10] = cdw10;
    all.bits[11] = cdw11;
    all.bits[12] = cdw12;
    all.bits[13] = cdw13;
    return all;
}
// Key bytes at and after KL are ignored: the specification gives them no meaning.
Known with_key(Known all) {
    for (const size_t dword : {2, 3, 14, 15}) all.bits[dword] = kAll;
    return all;
}

struct Case {
    const char* name;
    Sqe sqe;
    Known known;
};

const Key kKey = *Key::from_text("0123456789abcdef");

Sqe entry_of(AdminOpcode opcode, uint32_t cdw10 = 0, uint32_t cdw11 = 0) {
    Sqe sqe;
    sqe.bytes[0] = static_cast<uint8_t>(opcode);
    sqe.set_dword(1, 1);
    sqe.set_dword(10, cdw10);
    sqe.set_dword(11, cdw11);
    return sqe;
}

std::vector<Case> io_cases() {
    const auto entry = [](const Command& command) {
        return encode(command, Dialect::kKeyValue, 1);
    };
    Store plain;
    plain.key = kKey;
    plain.bytes = 4096;
    Store extended = plain;
    extended.extended = true;
    Store append = extended;
    append.append = append.at_offset = true;
    append.offset = 4096;
    Compose compose;
    compose.key = kKey;
    compose.bytes = 64;
    return {{"Store", entry(plain), with_key(known(kAll, 0x7FF))},
            {"Extended Store", entry(extended), with_key(known(kAll, 0x3BFF, kAll, kAll))},
            {"Append", entry(append), with_key(known(kAll, 0x3BFF, kAll, kAll))},
            {"Delete", entry(Delete{kKey}), with_key(known(0, 0xFF))},
            {"Compose", entry(compose), with_key(known(kAll, 0x13FF))}};
}

TEST(DestructiveCommands, EveryBitOfAnEntryIsKnownOrRefused) {
    const Rules rules{.max_transfer_bytes = 2 * kMiB};
    for (const Case& one : io_cases()) {
        const Decoded before = decode(one.sqe, rules);
        ASSERT_EQ(before.status, kSuccess) << one.name;
        for (size_t bit = 0; bit < 8 * one.sqe.bytes.size(); bit++) {
            Sqe flipped = one.sqe;
            flipped.bytes[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
            const bool is_known = (one.known.bits[bit / 32] >> bit % 32 & 1) != 0;
            if (!is_known) {
                EXPECT_EQ(decode(flipped, rules).status, kInvalidField)
                    << one.name << ": CDW" << bit / 32 << " bit " << bit % 32;
            }
        }
    }
}

// What is known is acted on: with CDW10 to CDW13 it changes the command, or the command is refused.
TEST(DestructiveCommands, EveryKnownBitOfTheFieldsChangesTheCommand) {
    const Rules rules{.max_transfer_bytes = 0};
    for (const Case& one : io_cases()) {
        const Decoded before = decode(one.sqe, rules);
        for (size_t bit = 10 * 32; bit < 14 * 32; bit++) {
            Sqe flipped = one.sqe;
            flipped.bytes[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
            const Decoded after = decode(flipped, rules);
            EXPECT_FALSE(after.status == kSuccess && after.command == before.command)
                << one.name << ": CDW" << bit / 32 << " bit " << bit % 32;
        }
    }
}

// The 2023 drive ignored what it did not know, and so does this dialect. Nothing there was ever refused for such a bit.
TEST(DestructiveCommands, The2023DialectIgnoresWhatItDoesNotKnow) {
    const Rules rules{.dialect = Dialect::k2023, .max_transfer_bytes = 2 * kMiB};
    Sqe sqe = encode(Delete{kKey}, Dialect::k2023, 1);
    const Decoded plain = decode(sqe, rules);
    ASSERT_EQ(plain.status, kSuccess);
    for (const size_t dword : {10, 12, 13}) sqe.set_dword(dword, kAll);
    sqe.set_dword(11, sqe.dword(11) | 0xFFFFFF00);
    EXPECT_TRUE(decode(sqe, rules).command == plain.command);
}

// The status that a Format with one more bit of CDW10 set gets.
uint16_t status_of_format_bit(uint32_t bit, Dialect dialect) {
    if (bit >= 14) return kInvalidField;  // reserved
    if (bit == 9) return kSuccess;        // SES 1: user data erase, which a format always is
    if (bit == 10 || bit == 11) return kInvalidField;                  // SES 2 and 4
    return dialect == Dialect::kKeyValue ? kInvalidFormat : kSuccess;  // LBAF, MSET, PI, PIL
}

TEST(FormatNvm, EveryBitOfTheEntryIsKnownOrRefused) {
    for (const Dialect dialect : {Dialect::kKeyValue, Dialect::k2023}) {
        const Sqe plain = entry_of(AdminOpcode::kFormatNvm);
        ASSERT_EQ(decode_admin(plain, dialect).status, kSuccess);
        const Known any = known(0, 0);
        for (size_t bit = 0; bit < 512; bit++) {
            Sqe flipped = plain;
            flipped.bytes[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
            if ((any.bits[bit / 32] >> bit % 32 & 1) != 0) continue;
            const uint16_t expected =
                bit / 32 == 10 ? status_of_format_bit(bit % 32, dialect) : kInvalidField;
            EXPECT_EQ(decode_admin(flipped, dialect).status, expected)
                << "CDW" << bit / 32 << " bit " << bit % 32;
        }
    }
}

TEST(FormatNvm, EveryValueOfTheFieldsIsTheOneFormatOrRefused) {
    for (uint32_t cdw10 = 0; cdw10 < 1u << 15; cdw10++) {
        const uint32_t erase = cdw10 >> 9 & 7;
        const bool is_field_wrong = erase > 1 || cdw10 >= 1u << 14;
        const bool is_format_wrong = (cdw10 & 0x31FF) != 0;
        const uint16_t expected = is_field_wrong    ? kInvalidField
                                  : is_format_wrong ? kInvalidFormat
                                                    : kSuccess;
        ASSERT_EQ(decode_admin(entry_of(AdminOpcode::kFormatNvm, cdw10), Dialect::kKeyValue).status,
                  expected)
            << std::hex << cdw10;
    }
}

TEST(KeyValueConfiguration, EveryBitOfSetFeaturesIsKnownOrRefused) {
    const Sqe plain = entry_of(AdminOpcode::kSetFeatures, kFeatureKeyValue, kEdnek);
    ASSERT_EQ(decode_admin(plain, Dialect::kKeyValue).status, kSuccess);
    const Known any = known(0, kEdnek);
    for (size_t bit = 0; bit < 512; bit++) {
        Sqe flipped = plain;
        flipped.bytes[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
        if ((any.bits[bit / 32] >> bit % 32 & 1) != 0) continue;
        const bool is_save = bit == 10 * 32 + 31;
        EXPECT_EQ(decode_admin(flipped, Dialect::kKeyValue).status,
                  is_save ? kFeatureNotSaveable : kInvalidField)
            << "CDW" << bit / 32 << " bit " << bit % 32;
    }
    EXPECT_EQ(decode_admin(plain, Dialect::k2023).status, kInvalidField);
}

TEST(KeyValueConfiguration, GetFeaturesSelectsOneOfFour) {
    for (uint32_t select = 0; select < 8; select++) {
        const DecodedAdmin decoded =
            decode_admin(entry_of(AdminOpcode::kGetFeatures, select << 8 | kFeatureKeyValue),
                         Dialect::kKeyValue);
        EXPECT_EQ(decoded.status, select < 4 ? kSuccess : kInvalidField) << select;
        if (select < 4) {
            EXPECT_EQ(static_cast<FeatureSelect>(select),
                      std::get<GetConfiguration>(decoded.command).select);
        }
    }
    EXPECT_EQ(decode_admin(entry_of(AdminOpcode::kGetFeatures, 0x06), Dialect::kKeyValue).status,
              kInvalidField);
}

TEST(AdminCommands, OthersAreNotTheDrives) {
    for (uint32_t opcode = 0; opcode < 256; opcode++) {
        const bool is_known = opcode == 0x09 || opcode == 0x0A || opcode == 0x80;
        const uint16_t status =
            decode_admin(entry_of(static_cast<AdminOpcode>(opcode)), Dialect::kKeyValue).status;
        EXPECT_EQ(status == kInvalidOpcode, !is_known) << opcode;
    }
}

}  // namespace
}  // namespace csd::nvme
