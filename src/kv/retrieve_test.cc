// SPDX-License-Identifier: BSD-3-Clause
#include "csd/kv.hpp"
#include "kv/mock_transport.hpp"

namespace csd::kv {
namespace {

class RetrieveOnTheWire : public MockedClient {
  protected:
    static std::string string_of(const Result<std::vector<uint8_t>>& value) {
        EXPECT_TRUE(value.ok()) << value.status().message();
        return value.ok() ? std::string(as_text(value.value())) : std::string();
    }
    // The first command of a retrieve of unknown size.
    Step first(const std::string& name, const std::string& value) {
        return {.opcode = 0x02,
                .key = name,
                .cdw10 = 4096,
                .cdw11 = static_cast<uint32_t>(name.size()),
                .dw0 = static_cast<uint32_t>(value.size()),
                .returned = value.substr(0, 4096)};
    }
    Step piece(const std::string& name, const std::string& value, uint32_t offset, uint32_t bytes) {
        Step step = {.opcode = static_cast<uint8_t>(offset == 0 ? 0x02 : 0x82),
                     .key = name,
                     .cdw10 = bytes,
                     .cdw11 = static_cast<uint32_t>(name.size()),
                     .cdw12 = offset,
                     .dw0 = static_cast<uint32_t>(value.size())};
        if (offset < value.size()) step.returned = value.substr(offset, bytes);
        return step;
    }
    // 82h with an offset.
    static Step range(uint64_t offset, uint32_t room, uint32_t size, const std::string& returned) {
        return {.opcode = 0x82,
                .key = "k",
                .cdw10 = room,
                .cdw11 = 1,
                .cdw12 = static_cast<uint32_t>(offset),
                .cdw13 = static_cast<uint32_t>(offset >> 32),
                .dw0 = size,
                .returned = returned};
    }
    void expect_pieces(const std::string& value) {
        for (uint32_t at = 0; at < value.size(); at += 4096) {
            mock().expect(piece("k", value, at, std::min<uint32_t>(4096, value.size() - at)));
        }
    }
};

TEST_F(RetrieveOnTheWire, ASmallValueIsOneStandardCommand) {
    connect();
    mock().expect(first("k", "hello"));
    EXPECT_EQ("hello", string_of(client().retrieve(key("k"))));
}

TEST_F(RetrieveOnTheWire, AValueOfExactlyOneTransferIsOneCommand) {
    connect();
    mock().expect(first("k", text(4096)));
    EXPECT_EQ(text(4096), string_of(client().retrieve(key("k"))));
}

TEST_F(RetrieveOnTheWire, AMissingKeyIsNotFound) {
    connect();
    Step missing = first("k", "");
    missing.status = nvme::kKeyDoesNotExist;
    mock().expect(missing);
    EXPECT_EQ(Code::kNotFound, client().retrieve(key("k")).code());
}

TEST_F(RetrieveOnTheWire, WhatIsMoreThanTheProbeButOneTransferIsFetchedWhole) {
    connect(Kind::kExtended,
            {.max_transfer_bytes = 1u << 20, .queue_depth = 8, .can_cancel = true});
    const std::string value = text(100000);
    Step probe = first("k", value);
    probe.cdw10 = 65536;
    mock().expect(probe);
    mock().expect(piece("k", value, 0, 100000));
    EXPECT_EQ(value, string_of(client().retrieve(key("k"))));
}

TEST_F(RetrieveOnTheWire, ALargeValueIsDescribedBeforeAndAfter) {
    connect();
    const std::string value = text(9000);
    mock().expect(first("k", value));
    mock().expect(describe("k", 9000, 5));
    expect_pieces(value);
    mock().expect(describe("k", 9000, 5));
    EXPECT_EQ(value, string_of(client().retrieve(key("k"))));
}

TEST_F(RetrieveOnTheWire, AValueThatChangesIsReadAgainWhereThatIsPossible) {
    connect();
    const std::string before = text(9000);
    const std::string after = text(9000, 'A');
    mock().expect(first("k", before));
    mock().expect(describe("k", 9000, 5));
    expect_pieces(before);
    mock().expect(describe("k", 9000, 6));
    mock().expect(describe("k", 9000, 6));
    expect_pieces(after);
    mock().expect(describe("k", 9000, 6));
    EXPECT_EQ(after, string_of(client().retrieve(key("k"))));
}

TEST_F(RetrieveOnTheWire, AValueThatChangesFailsWhereWhatWasWrittenStays) {
    connect();
    const std::string value = text(9000);
    std::string got;
    const Sink pipe = {[&got](Bytes bytes) {
                           got += as_text(bytes);
                           return Status();
                       },
                       {}};
    mock().expect(first("k", value));
    mock().expect(describe("k", 9000, 5));
    expect_pieces(value);
    mock().expect(describe("k", 9000, 6));
    EXPECT_EQ(Code::kOffsetMismatch, client().retrieve(key("k"), {}, pipe).code());
}

TEST_F(RetrieveOnTheWire, AValueThatNeverStopsChangingFailsAfterFourTries) {
    connect();
    const std::string value = text(5000);
    mock().expect(first("k", value));
    for (uint64_t tries = 0; tries < 4; tries++) {
        mock().expect(describe("k", 5000, 2 * tries));
        expect_pieces(value);
        mock().expect(describe("k", 5000, 2 * tries + 1));
    }
    EXPECT_EQ(Code::kOffsetMismatch, client().retrieve(key("k")).code());
}

TEST_F(RetrieveOnTheWire, APieceOfAnotherSizeIsNoticedAtOnce) {
    connect();
    const std::string before = text(9000);
    const std::string after = text(4500, 'A');
    mock().expect(first("k", before));
    mock().expect(describe("k", 9000, 5));
    // Three pieces are asked for ahead; the first already tells of another value.
    mock().expect(piece("k", after, 0, 4096));
    mock().expect(piece("k", after, 4096, 4096));
    mock().expect(piece("k", after, 8192, 808));
    mock().expect(describe("k", 4500, 6));
    mock().expect(piece("k", after, 0, 4096));
    mock().expect(piece("k", after, 4096, 404));
    mock().expect(describe("k", 4500, 6));
    EXPECT_EQ(after, string_of(client().retrieve(key("k"))));
}

TEST_F(RetrieveOnTheWire, ARangeIsOneExtendedCommandWithAnOffset) {
    connect();
    mock().expect(range(2, 10, 20, "0123456789"));
    EXPECT_EQ("0123456789", string_of(client().retrieve(key("k"), {2, 10})));
}

TEST_F(RetrieveOnTheWire, ARangeOfAValueOfUntoldSizeIsOneCommandWhereEverySuchValueHasIt) {
    connect();
    mock().expect(range(2, 10, UINT32_MAX, "0123456789"));
    EXPECT_EQ("0123456789", string_of(client().retrieve(key("k"), {2, 10})));
}

// The bytes are the old value's. A description that follows them would tell the new one's size.
TEST_F(RetrieveOnTheWire, ARangeAtTheEndOfAHugeValueThatChangesIsOneVersion) {
    connect();
    const uint64_t offset = 4 * kGiB + 2;
    mock().expect(describe("k", offset + 4, 1));
    mock().expect(range(offset, 4, UINT32_MAX, "0123"));
    mock().expect(describe("k", 6 * kGiB, 2));
    mock().expect(describe("k", 6 * kGiB, 2));
    mock().expect(range(offset, 10, UINT32_MAX, "abcdefghij"));
    mock().expect(describe("k", 6 * kGiB, 2));
    EXPECT_EQ("abcdefghij", string_of(client().retrieve(key("k"), {offset, 10})));
}

TEST_F(RetrieveOnTheWire, ARangeThatReachesWhereNotEveryHugeValueDoesIsDescribed) {
    connect();
    const uint64_t offset = UINT32_MAX - 4;
    mock().expect(range(offset, 10, UINT32_MAX, "012345"));
    mock().expect(describe("k", offset + 6, 1));
    mock().expect(range(offset, 6, UINT32_MAX, "012345"));
    mock().expect(describe("k", offset + 6, 1));
    EXPECT_EQ("012345", string_of(client().retrieve(key("k"), {offset, 10})));
}

TEST_F(RetrieveOnTheWire, ARangePastTheEndIsEmpty) {
    connect();
    mock().expect({.opcode = 0x82, .key = "k", .cdw10 = 10, .cdw11 = 1, .cdw12 = 50, .dw0 = 50});
    EXPECT_EQ("", string_of(client().retrieve(key("k"), {50, 10})));
}

// Size and bytes must be of one version: the value shrinks between the first retrieve and the description.
TEST_F(RetrieveOnTheWire, ASizeThatDoesNotFitInDw0IsDescribedBeforeAndAfter) {
    connect(Kind::kExtended,
            {.max_transfer_bytes = 4096, .queue_depth = 8, .result_64 = false, .can_cancel = true});
    std::vector<uint8_t> buffer(8);
    Retrieved got;
    const Step huge = {.opcode = 0x02,
                       .key = "k",
                       .cdw10 = 8,
                       .cdw11 = 1,
                       .dw0 = 0xFFFFFFFF,
                       .returned = "abcdefgh"};
    mock().expect(huge);
    mock().expect(describe("k", 6 * kGiB, 1));
    mock().expect(huge);
    mock().expect(describe("k", 5, 2));
    mock().expect(describe("k", 5, 2));
    mock().expect(piece("k", "small", 0, 5));
    mock().expect(describe("k", 5, 2));
    client().async_retrieve(key("k"), buffer, 0,
                            [&got](Result<Retrieved> done) { got = done.value(); });
    while (client().in_flight() > 0) client().wait(10);
    EXPECT_EQ(5u, got.size);
    EXPECT_EQ(5u, got.bytes);
    EXPECT_EQ("small", as_text(Bytes(buffer).first(5)));
}

TEST_F(RetrieveOnTheWire, LostHighBitsAreNotBelieved) {
    connect(Kind::kExtended,
            {.max_transfer_bytes = 4096, .queue_depth = 8, .result_64 = false, .can_cancel = true});
    Step answer = first("k", "hello");
    answer.dw1 = 0xDEADBEEF;
    mock().expect(answer);
    EXPECT_EQ("hello", string_of(client().retrieve(key("k"))));
}

TEST_F(RetrieveOnTheWire, AnAsyncRetrieveOfALargeBufferIsOneVersion) {
    connect();
    const std::string value = text(5000);
    std::vector<uint8_t> buffer(6000);
    Retrieved got;
    for (const uint64_t version : {1, 2}) {
        mock().expect(describe("k", 5000, version));
        expect_pieces(value);
        mock().expect(describe("k", 5000, 2));
    }
    client().async_retrieve(key("k"), buffer, 0,
                            [&got](Result<Retrieved> done) { got = done.value(); });
    while (client().in_flight() > 0) client().wait(10);
    EXPECT_EQ(5000u, got.bytes);
    EXPECT_EQ(5000u, got.size);
    EXPECT_EQ(value, as_text(Bytes(buffer).first(5000)));
}

// The sink of the tests below; a transport that takes any memory, so that only the pieces are allocated.
class RetrieveIntoASink : public RetrieveOnTheWire {
  protected:
    void connect_for_sink() {
        connect(Kind::kExtended, {.max_transfer_bytes = 4096,
                                  .queue_depth = 8,
                                  .any_memory = true,
                                  .result_64 = true,
                                  .can_cancel = true});
    }
    Sink sink(bool can_restart = true) {
        Sink into{[this](Bytes bytes) {
                      got_ += as_text(bytes);
                      return Status();
                  },
                  {}};
        if (can_restart) {
            into.restart = [this] {
                got_.clear();
                return Status();
            };
        }
        return into;
    }
    Result<uint64_t> retrieve(const Sink& into, const Range& range = {}) {
        Result<uint64_t> ended = Status(Code::kInternal, "done did not run");
        int times = 0;
        client().async_retrieve(key("k"), range, into, [&](const Result<uint64_t>& done) {
            ended = done;
            times++;
        });
        while (client().in_flight() > 0) client().wait(10);
        EXPECT_EQ(1, times);
        return ended;
    }

    std::string got_;
};

TEST_F(RetrieveIntoASink, ALargeValueIsHeldTwoTransfersAtATime) {
    connect_for_sink();
    const std::string value = text(100'000);
    const size_t before = mock().max_allocated_bytes;
    mock().expect(describe("k", value.size(), 5));
    expect_pieces(value);
    mock().expect(describe("k", value.size(), 5));
    const auto bytes = retrieve(sink());
    ASSERT_TRUE(bytes.ok()) << bytes.status().message();
    EXPECT_EQ(value.size(), bytes.value());
    EXPECT_EQ(value, got_);
    EXPECT_LE(mock().max_allocated_bytes, std::max<size_t>(before, 2 * 4096));
    EXPECT_EQ(2u, mock().deepest);
}

TEST_F(RetrieveIntoASink, ARangeIsDeliveredAlone) {
    connect_for_sink();
    const std::string value = text(9000);
    mock().expect(describe("k", 9000, 5));
    mock().expect(piece("k", value, 100, 4096));
    mock().expect(piece("k", value, 4196, 904));
    mock().expect(describe("k", 9000, 5));
    EXPECT_EQ(5000u, retrieve(sink(), {100, 5000}).value());
    EXPECT_EQ(value.substr(100, 5000), got_);
}

TEST_F(RetrieveIntoASink, AValueThatChangesIsReadAgainWhereThatIsPossible) {
    connect_for_sink();
    const std::string before = text(9000);
    const std::string after = text(4500, 'A');
    mock().expect(describe("k", 9000, 5));
    mock().expect(piece("k", before, 0, 4096));
    mock().expect(piece("k", after, 4096, 4096));
    mock().expect(piece("k", after, 8192, 808));
    mock().expect(describe("k", 4500, 6));
    expect_pieces(after);
    mock().expect(describe("k", 4500, 6));
    EXPECT_EQ(4500u, retrieve(sink()).value());
    EXPECT_EQ(after, got_);
}

TEST_F(RetrieveIntoASink, AValueThatChangesFailsWhereWhatWasWrittenStays) {
    connect_for_sink();
    const std::string value = text(5000);
    mock().expect(describe("k", 5000, 5));
    expect_pieces(value);
    mock().expect(describe("k", 5000, 6));
    EXPECT_EQ(Code::kOffsetMismatch, retrieve(sink(false)).status().code());
}

TEST_F(RetrieveIntoASink, AFailureWaitsForThePiecesOnTheirWay) {
    connect_for_sink();
    const std::string value = text(9000);
    mock().expect(describe("k", 9000, 5));
    mock().expect(piece("k", value, 0, 4096));
    mock().expect(piece("k", value, 4096, 4096));
    const Sink full = {[](Bytes) { return Status(Code::kInternal, "no room here"); }, {}};
    EXPECT_EQ("no room here", retrieve(full).status().message());
}

TEST_F(RetrieveIntoASink, AMissingKeyAndALostTransportEndItOnce) {
    connect_for_sink();
    Step missing = describe("k", 0, 0);
    missing.status = nvme::kKeyDoesNotExist;
    mock().expect(missing);
    EXPECT_EQ(Code::kNotFound, retrieve(sink()).status().code());
    mock().disconnect();
    EXPECT_EQ(Code::kTransport, retrieve(sink()).status().code());
}

TEST_F(RetrieveIntoASink, AnEmptyValueIsNothing) {
    connect_for_sink();
    mock().expect(describe("k", 0, 5));
    mock().expect(describe("k", 0, 5));
    EXPECT_EQ(0u, retrieve(sink()).value());
}

TEST_F(RetrieveOnTheWire, DescribeTellsSizeAndVersion) {
    connect();
    mock().expect(describe("k", 7 * kGiB, 99));
    const auto info = client().describe(key("k"));
    EXPECT_EQ(7 * kGiB, info.value().size);
    EXPECT_EQ(99u, info.value().version);
}

TEST_F(RetrieveOnTheWire, AStandardDriveTellsTheSizeOfAnyRetrieve) {
    connect(Kind::kStandard);
    mock().expect({.opcode = 0x02, .key = "k", .cdw10 = 4, .cdw11 = 1, .dw0 = 12345});
    const auto info = client().describe(key("k"));
    EXPECT_EQ(12345u, info.value().size);
    EXPECT_FALSE(info.value().version.has_value());
}

TEST_F(RetrieveOnTheWire, AStandardDriveServesRangesOfItsFirstTransfer) {
    connect(Kind::kStandard);
    const std::string value = text(5000);
    mock().expect(piece("k", value, 0, 30));
    EXPECT_EQ(value.substr(20, 10), string_of(client().retrieve(key("k"), {20, 10})));
    mock().expect(first("k", value));
    EXPECT_EQ(Code::kUnsupported, client().retrieve(key("k")).code());
    mock().expect(first("k", value));
    EXPECT_EQ(Code::kUnsupported, client().retrieve(key("k"), {4090, 10}).code());
    mock().expect(first("k", value));
    EXPECT_EQ("", string_of(client().retrieve(key("k"), {5000, 10})));
}

TEST_F(RetrieveOnTheWire, The2023DialectReadsLargeValuesByOffset) {
    connect(Kind::k2023);
    const std::string value = text(5000);
    Step probe = first("k", value);
    probe.opcode = 0x82;
    mock().expect(probe);
    Step size = {.opcode = 0x82,
                 .key = "k",
                 .cdw10 = 4,
                 .cdw11 = 1,
                 .dw0 = 5000,
                 .returned = value.substr(0, 4)};
    mock().expect(size);
    Step front = piece("k", value, 0, 4096);
    front.opcode = 0x82;
    mock().expect(front);
    mock().expect(piece("k", value, 4096, 904));
    mock().expect(size);
    EXPECT_EQ(value, string_of(client().retrieve(key("k"))));
    EXPECT_EQ(Code::kUnsupported, client().retrieve(key("k"), {UINT32_MAX, 1}).code());
}

TEST_F(RetrieveOnTheWire, AFailingSinkEndsTheRetrieve) {
    connect();
    const Sink full = {[](Bytes) { return Status(Code::kInternal, "no room here"); }, {}};
    mock().expect(first("k", "hello"));
    EXPECT_EQ("no room here", client().retrieve(key("k"), {}, full).status().message());
}

}  // namespace
}  // namespace csd::kv
