// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>

#include "csd/kv.hpp"
#include "kv/mock_transport.hpp"

namespace csd::kv {
namespace {

constexpr uint32_t kMustExist = 1u << 8;
constexpr uint32_t kMustNotExist = 1u << 9;
constexpr uint32_t kAppend = 1u << 11;
constexpr uint32_t kAtOffset = 1u << 12;
constexpr uint32_t kMore = 1u << 13;

class StoreOnTheWire : public MockedClient {
  protected:
    // A source that hands out at most `step` bytes at a time.
    static Source slowly(std::string_view data, size_t step) {
        return {[data, step](MutableBytes buffer) mutable -> Result<size_t> {
            const size_t count = std::min({data.size(), buffer.size(), step});
            std::copy_n(data.begin(), count, buffer.begin());
            data.remove_prefix(count);
            return count;
        }};
    }
};

TEST_F(StoreOnTheWire, AValueOfOneTransferIsAStandardStore) {
    connect();
    mock().expect({.opcode = 0x01, .key = "cars", .cdw10 = 5, .cdw11 = 4, .sent = "hello"});
    EXPECT_TRUE(client().store(key("cars"), as_bytes("hello")).ok());
}

TEST_F(StoreOnTheWire, AnEmptyValueIsACommandWithoutData) {
    connect();
    mock().expect({.opcode = 0x01, .key = "e", .cdw10 = 0, .cdw11 = 1});
    EXPECT_TRUE(client().store(key("e"), Bytes()).ok());
}

TEST_F(StoreOnTheWire, ConditionsAreBitsEightAndNine) {
    connect();
    mock().expect({.opcode = 0x01, .key = "k", .cdw10 = 1, .cdw11 = 1 | kMustExist, .sent = "v"});
    mock().expect({.opcode = 0x01,
                   .key = "k",
                   .cdw10 = 1,
                   .cdw11 = 1 | kMustNotExist,
                   .sent = "v",
                   .status = nvme::kKeyExists});
    EXPECT_TRUE(client().store(key("k"), as_bytes("v"), When::kOnlyUpdate).ok());
    EXPECT_EQ(Code::kExists, client().store(key("k"), as_bytes("v"), When::kOnlyAdd).code());
    EXPECT_EQ(nvme::kKeyExists, client().last_nvme_status());
}

TEST_F(StoreOnTheWire, AValueCanBeMadeAPieceACall) {
    connect();
    mock().expect({.opcode = 0x81, .key = "k", .cdw10 = 3, .cdw11 = 1 | kMore, .sent = "abc"});
    mock().expect({.opcode = 0x81,
                   .key = "k",
                   .cdw10 = 2,
                   .cdw11 = 1 | kMustNotExist,
                   .cdw12 = 3,
                   .sent = "de"});
    EXPECT_EQ(3u, client().store_piece(key("k"), as_bytes("abc"), {}).value());
    const auto last =
        client().store_piece(key("k"), as_bytes("de"), {.offset = 3, .last = true}, When::kOnlyAdd);
    EXPECT_EQ(5u, last.value());
    const std::string more_than_a_transfer = text(4097);
    EXPECT_EQ(Code::kInvalidValueSize,
              client().store_piece(key("k"), as_bytes(more_than_a_transfer), {}).code());
}

TEST_F(StoreOnTheWire, OneByteMoreThanATransferIsTwoPieces) {
    connect();
    const std::string value = text(4097);
    for (int again = 0; again < 2; again++) {
        mock().expect({.opcode = 0x81,
                       .key = "k",
                       .cdw10 = 4096,
                       .cdw11 = 1 | kMore,
                       .sent = value.substr(0, 4096)});
        mock().expect({.opcode = 0x81,
                       .key = "k",
                       .cdw10 = 1,
                       .cdw11 = 1,
                       .cdw12 = 4096,
                       .sent = value.substr(4096)});
    }
    EXPECT_TRUE(client().store(key("k"), as_bytes(value)).ok());
    EXPECT_EQ(4097u, client().store(key("k"), slowly(value, 1000)).value());
}

TEST_F(StoreOnTheWire, ExactlyOneTransferFromASourceIsOneCommand) {
    connect();
    const std::string value = text(4096);
    mock().expect({.opcode = 0x01, .key = "k", .cdw10 = 4096, .cdw11 = 1, .sent = value});
    EXPECT_EQ(4096u, client().store(key("k"), slowly(value, 4096)).value());
}

TEST_F(StoreOnTheWire, ExactlyTwoTransfersEndWithAWholePiece) {
    connect();
    const std::string value = text(8192);
    mock().expect({.opcode = 0x81, .key = "k", .cdw10 = 4096, .cdw11 = 1 | kMore});
    mock().expect({.opcode = 0x81, .key = "k", .cdw10 = 4096, .cdw11 = 1, .cdw12 = 4096});
    EXPECT_EQ(8192u, client().store(key("k"), slowly(value, 5000)).value());
}

TEST_F(StoreOnTheWire, TheConditionOfALargeStoreIsAskedFirstAndJudgedLast) {
    connect();
    const std::string value = text(5000);
    mock().expect({.opcode = 0x14, .key = "k", .cdw11 = 1, .status = nvme::kKeyDoesNotExist});
    mock().expect({.opcode = 0x81, .key = "k", .cdw10 = 4096, .cdw11 = 1 | kMore});
    mock().expect(
        {.opcode = 0x81, .key = "k", .cdw10 = 904, .cdw11 = 1 | kMustNotExist, .cdw12 = 4096});
    EXPECT_TRUE(client().store(key("k"), as_bytes(value), When::kOnlyAdd).ok());
    mock().expect({.opcode = 0x14, .key = "k", .cdw11 = 1});
    EXPECT_EQ(Code::kExists, client().store(key("k"), as_bytes(value), When::kOnlyAdd).code());
    mock().expect({.opcode = 0x14, .key = "k", .cdw11 = 1, .status = nvme::kKeyDoesNotExist});
    EXPECT_EQ(Code::kNotFound,
              client().store(key("k"), slowly(value, 77), When::kOnlyUpdate).code());
}

TEST_F(StoreOnTheWire, AFailedPieceEndsTheStore) {
    connect();
    mock().expect({.opcode = 0x81,
                   .key = "k",
                   .cdw10 = 4096,
                   .cdw11 = 1 | kMore,
                   .status = nvme::kCapacityExceeded});
    EXPECT_EQ(Code::kNoSpace, client().store(key("k"), as_bytes(text(9000))).code());
}

TEST_F(StoreOnTheWire, AFailingSourceLeavesTheLastPieceUnsent) {
    connect();
    int reads = 0;
    const Source broken = {[&reads](MutableBytes buffer) -> Result<size_t> {
        if (reads++ < 2) return buffer.size();
        return Status(Code::kInternal, "the disk broke");
    }};
    mock().expect({.opcode = 0x81, .key = "k", .cdw10 = 4096, .cdw11 = 1 | kMore});
    EXPECT_EQ("the disk broke", client().store(key("k"), broken).status().message());
}

TEST_F(StoreOnTheWire, AStandardDriveTakesOneTransferAndSaysSo) {
    connect(Kind::kStandard);
    mock().expect({.opcode = 0x01, .key = "k", .cdw10 = 4096, .cdw11 = 1});
    EXPECT_TRUE(client().store(key("k"), as_bytes(text(4096))).ok());
    EXPECT_EQ(Code::kUnsupported, client().store(key("k"), as_bytes(text(4097))).code());
    EXPECT_EQ(Code::kUnsupported, client().store(key("k"), slowly(text(4097), 4097)).code());
    mock().expect({.opcode = 0x01, .key = "k", .cdw10 = 4096, .cdw11 = 1});
    EXPECT_EQ(4096u, client().store(key("k"), slowly(text(4096), 4097)).value());
    EXPECT_EQ(Code::kUnsupported, client().append(key("k"), as_bytes("x")).code());
    EXPECT_EQ(Code::kUnsupported, client().compose(key("k"), {key("a")}).code());
}

TEST_F(StoreOnTheWire, WhatTheFormatIsTooSmallForTravelsAsAnExtendedStore) {
    auto transport = std::make_unique<MockTransport>(Kind::kExtended);
    transport->vml = 1000;
    connect(std::move(transport));
    mock().expect({.opcode = 0x01, .key = "k", .cdw10 = 1000, .cdw11 = 1});
    mock().expect({.opcode = 0x81, .key = "k", .cdw10 = 1001, .cdw11 = 1});
    EXPECT_TRUE(client().store(key("k"), as_bytes(text(1000))).ok());
    EXPECT_TRUE(client().store(key("k"), as_bytes(text(1001))).ok());
}

TEST_F(StoreOnTheWire, The2023DialectStoresAndThenAppends) {
    connect(Kind::k2023);
    const std::string value = text(9000);
    mock().expect(
        {.opcode = 0x14, .key = "test_key", .cdw11 = 8, .status = nvme::kKeyDoesNotExist});
    mock().expect({.opcode = 0x81,
                   .key = "test_key",
                   .cdw10 = 4096,
                   .cdw11 = 8 | kMustNotExist,
                   .sent = value.substr(0, 4096)});
    mock().expect({.opcode = 0x81,
                   .key = "test_key",
                   .cdw10 = 4096,
                   .cdw11 = 8 | kAppend,
                   .sent = value.substr(4096, 4096)});
    mock().expect({.opcode = 0x81,
                   .key = "test_key",
                   .cdw10 = 808,
                   .cdw11 = 8 | kAppend,
                   .sent = value.substr(8192)});
    EXPECT_TRUE(client().store(key("test_key"), as_bytes(value), When::kOnlyAdd).ok());
}

TEST_F(StoreOnTheWire, StoresOfOneKeyHappenOneAfterTheOther) {
    connect();
    const std::string large = text(5000);
    std::vector<int> order;
    const auto note = [&order](int number) {
        return [&order, number](Result<uint64_t> done) {
            EXPECT_TRUE(done.ok());
            order.push_back(number);
        };
    };
    mock().expect({.opcode = 0x81, .key = "k", .cdw10 = 4096, .cdw11 = 1 | kMore});
    mock().expect({.opcode = 0x01, .key = "other", .cdw10 = 2, .cdw11 = 5});
    mock().expect({.opcode = 0x81, .key = "k", .cdw10 = 904, .cdw11 = 1, .cdw12 = 4096});
    mock().expect({.opcode = 0x01, .key = "k", .cdw10 = 1, .cdw11 = 1, .sent = "x"});
    client().async_store(key("k"), as_bytes(large), When::kAlways, note(1));
    client().async_store(key("k"), as_bytes("x"), When::kAlways, note(2));
    client().async_store(key("other"), as_bytes("yy"), When::kAlways, note(3));
    while (order.size() < 3) client().wait(10);
    EXPECT_EQ((std::vector<int>{3, 1, 2}), order);
}

TEST_F(StoreOnTheWire, AppendIsGuardedByTheSizeTheValueHas) {
    connect();
    mock().expect(describe("k", 100, 1));
    mock().expect({.opcode = 0x81,
                   .key = "k",
                   .cdw10 = 3,
                   .cdw11 = 1 | kAppend | kAtOffset,
                   .cdw12 = 100,
                   .sent = "abc"});
    EXPECT_EQ(103u, client().append(key("k"), as_bytes("abc")).value());
}

TEST_F(StoreOnTheWire, AppendToAnAbsentKeyCreatesIt) {
    connect();
    Step absent = describe("k", 0, 0);
    absent.status = nvme::kKeyDoesNotExist;
    absent.returned.clear();
    mock().expect(absent);
    mock().expect(
        {.opcode = 0x81, .key = "k", .cdw10 = 3, .cdw11 = 1 | kAppend | kAtOffset, .sent = "abc"});
    EXPECT_EQ(3u, client().append(key("k"), as_bytes("abc")).value());
    mock().expect(absent);
    EXPECT_EQ(Code::kNotFound,
              client().append(key("k"), as_bytes("abc"), When::kOnlyUpdate).code());
}

TEST_F(StoreOnTheWire, AnAppendThatLostARaceLooksAgain) {
    connect();
    mock().expect(describe("k", 100, 1));
    mock().expect({.opcode = 0x81,
                   .key = "k",
                   .cdw10 = 3,
                   .cdw11 = 1 | kAppend | kAtOffset,
                   .cdw12 = 100,
                   .status = nvme::kOffsetMismatch});
    mock().expect(describe("k", 107, 2));
    mock().expect(
        {.opcode = 0x81, .key = "k", .cdw10 = 3, .cdw11 = 1 | kAppend | kAtOffset, .cdw12 = 107});
    EXPECT_EQ(110u, client().append(key("k"), as_bytes("abc")).value());
}

// The completion of the first sending was lost, and the second one finds what the first has appended.
TEST_F(StoreOnTheWire, AnAppendThatMayHaveBeenSentTwiceIsNotRepeated) {
    connect(Kind::kExtended, {.max_transfer_bytes = 4096, .queue_depth = 8, .resends = true});
    mock().expect(describe("k", 100, 1));
    mock().expect({.opcode = 0x81,
                   .key = "k",
                   .cdw10 = 3,
                   .cdw11 = 1 | kAppend | kAtOffset,
                   .cdw12 = 100,
                   .status = nvme::kOffsetMismatch});
    const auto failed = client().append(key("k"), as_bytes("abc"));
    EXPECT_EQ(Code::kOffsetMismatch, failed.code());
    EXPECT_THAT(failed.status().message(), ::testing::HasSubstr("perhaps by this append"));
}

TEST_F(StoreOnTheWire, ALaterPieceThatLostARaceSaysHowMuchWasAppended) {
    connect();
    mock().expect(describe("k", 5'000'000'000, 1));
    const uint32_t low = 5'000'000'000 & 0xFFFFFFFF;
    mock().expect({.opcode = 0x81,
                   .key = "k",
                   .cdw10 = 4096,
                   .cdw11 = 1 | kAppend | kAtOffset,
                   .cdw12 = low,
                   .cdw13 = 1});
    mock().expect({.opcode = 0x81,
                   .key = "k",
                   .cdw10 = 904,
                   .cdw11 = 1 | kAppend | kAtOffset,
                   .cdw12 = low + 4096,
                   .cdw13 = 1,
                   .status = nvme::kOffsetMismatch});
    const auto failed = client().append(key("k"), as_bytes(text(5000)));
    EXPECT_EQ(Code::kOffsetMismatch, failed.code());
    EXPECT_THAT(failed.status().message(), ::testing::HasSubstr("4096 bytes had been appended"));
}

TEST_F(StoreOnTheWire, AnAsyncAppendIsOneGuardedPiece) {
    connect();
    mock().expect(
        {.opcode = 0x81, .key = "k", .cdw10 = 1, .cdw11 = 1 | kAppend | kAtOffset, .cdw12 = 7});
    uint64_t size = 0;
    client().async_append(key("k"), as_bytes("x"), 7,
                          [&size](Result<uint64_t> done) { size = done.value(); });
    while (client().in_flight() > 0) client().wait(10);
    EXPECT_EQ(8u, size);
    Code refused = Code::kOk;
    client().async_append(key("k"), as_bytes(text(4097)), 0,
                          [&refused](Result<uint64_t> done) { refused = done.code(); });
    EXPECT_EQ(Code::kInvalidValueSize, refused);
}

TEST_F(StoreOnTheWire, ComposeSendsAListOfKeys) {
    connect();
    const std::string list("\2\0\0\0\1\0a\0\4\0bbbb\0\0", 16);
    mock().expect({.opcode = 0x8D,
                   .key = "whole",
                   .cdw10 = 16,
                   .cdw11 = 5 | kMustNotExist | 1u << 12,
                   .sent = list,
                   .dw0 = 77});
    EXPECT_EQ(
        77u,
        client().compose(key("whole"), {key("a"), key("bbbb")}, {When::kOnlyAdd, true}).value());
}

TEST_F(StoreOnTheWire, ACancelledStoreStopsBetweenPieces) {
    connect();
    mock().expect({.opcode = 0x81, .key = "k", .cdw10 = 4096, .cdw11 = 1 | kMore});
    int reads = 0;
    const Source source = {[this, &reads](MutableBytes buffer) -> Result<size_t> {
        if (reads++ == 2) cancelled_ = 1;
        return buffer.size();
    }};
    EXPECT_EQ(Code::kAborted, client().store(key("k"), source).code());
    EXPECT_EQ(Code::kAborted, client().store(key("k"), as_bytes("x")).code());
}

}  // namespace
}  // namespace csd::kv
