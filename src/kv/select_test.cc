// SPDX-License-Identifier: BSD-3-Clause
#include "csd/kv.hpp"
#include "kv/mock_transport.hpp"
#include "nvme/query_reason.hpp"

namespace csd::kv {
namespace {

constexpr uint32_t kInputHeader = 1u << 8;
constexpr uint32_t kOutputHeader = 1u << 9;
constexpr uint32_t kAsynchronous = 1u << 10;
constexpr uint32_t kKeepUnlessAll = 2;
constexpr uint32_t kDescribe = 4;

class SelectOnTheWire : public MockedClient {
  protected:
    Step send(uint32_t id, uint32_t options = 0) {
        return {.opcode = 0x85,
                .key = "k",
                .cdw10 = 8,
                .cdw11 = 1 | options,
                .sent = "SELECT 1",
                .dw0 = id};
    }
    Step fetch(uint32_t id, const std::string& whole, uint32_t offset = 0) {
        return {.opcode = 0x86,
                .cdw10 = 4096,
                .cdw11 = kKeepUnlessAll,
                .cdw12 = offset,
                .cdw13 = id,
                .dw0 = static_cast<uint32_t>(whole.size()),
                .returned = whole.substr(offset, 4096)};
    }
    Step reason(uint32_t id, const std::string& words) {
        return {.opcode = 0x86,
                .cdw10 = 4096,
                .cdw13 = id,
                .dw0 = static_cast<uint32_t>(words.size()),
                .returned = words};
    }
    Step description(uint32_t id, const nvme::QueryReason& why) {
        nvme::ResultDescription result{why.sentence.size(), nvme::ResultState::kFailed};
        nvme::describe_reason(why, result);
        std::array<uint8_t, nvme::kDescribeBytes> page{};
        nvme::write_result_description(result, page);
        return {.opcode = 0x86,
                .cdw10 = nvme::kDescribeBytes,
                .cdw11 = kDescribe,
                .cdw13 = id,
                .dw0 = static_cast<uint32_t>(result.size),
                .returned = std::string(as_text(page))};
    }
    void connect_to_reasons() {
        auto transport = std::make_unique<MockTransport>(Kind::kExtended);
        transport->reasons = true;
        connect(std::move(transport));
    }
    Step free_result(uint32_t id) { return {.opcode = 0x86, .cdw10 = 4, .cdw13 = id}; }

    Status select(const SelectOptions& options = {}) {
        rows_.clear();
        return client().select(key("k"), "SELECT 1", options, Sink::to(rows_)).status();
    }

    std::string rows_;
};

TEST_F(SelectOnTheWire, ASmallAnswerIsTwoCommands) {
    connect();
    mock().expect(send(9));
    mock().expect(fetch(9, "1\n"));
    EXPECT_TRUE(select().ok());
    EXPECT_EQ("1\n", rows_);
}

TEST_F(SelectOnTheWire, OptionsAndFormatsHaveTheirBits) {
    connect();
    const SelectOptions options{.input = nvme::DataFormat::kParquet,
                                .output = nvme::DataFormat::kJson,
                                .input_header = true,
                                .output_header = true,
                                .json = "{}"};
    mock().expect({.opcode = 0x85,
                   .key = "k",
                   .cdw10 = 10,
                   .cdw11 = 1 | kInputHeader | kOutputHeader | 2u << 16 | 1u << 24,
                   .cdw12 = 2,
                   .sent = "{}SELECT 1",
                   .dw0 = 9});
    mock().expect(fetch(9, ""));
    EXPECT_TRUE(select(options).ok());
    EXPECT_EQ("", rows_);
}

TEST_F(SelectOnTheWire, ALargeAnswerIsKeptUntilItsLastByte) {
    connect();
    const std::string answer = text(9000);
    mock().expect(send(9));
    for (const uint32_t offset : {0, 4096, 8192}) mock().expect(fetch(9, answer, offset));
    EXPECT_TRUE(select().ok());
    EXPECT_EQ(answer, rows_);
}

TEST_F(SelectOnTheWire, TheReasonOfAFailureIsTheMessage) {
    connect();
    Step refused = send(12);
    refused.status = nvme::kQueryRefused;
    mock().expect(refused);
    mock().expect(reason(12, "there is no column named price"));
    const Status failed = select();
    EXPECT_EQ(Code::kQueryRefused, failed.code());
    EXPECT_EQ("there is no column named price", failed.message());
    EXPECT_EQ(nvme::kQueryRefused, client().last_nvme_status());
}

TEST_F(SelectOnTheWire, WithoutAnIdTheLastReasonIsAskedFor) {
    connect();
    Step refused = send(0);
    refused.status = nvme::kQueryFailed;
    mock().expect(refused);
    mock().expect(reason(0, "overflow"));
    EXPECT_EQ("overflow", select().message());
}

// The drive of the tests above announces no reasons.
TEST_F(SelectOnTheWire, AnOldDrivesReasonIsUnknown) {
    connect();
    Step refused = send(12);
    refused.status = nvme::kQueryFailed;
    mock().expect(refused);
    mock().expect(reason(12, "Referenced column \"price\" not found"));
    const Status failed = select();
    ASSERT_NE(nullptr, failed.reason());
    EXPECT_EQ(nvme::ReasonCode::kUnknown, failed.reason()->code);
    EXPECT_EQ(failed.message(), failed.reason()->sentence);
    EXPECT_EQ("", failed.reason()->subject());
    EXPECT_FALSE(failed.reason()->position);
}

TEST_F(SelectOnTheWire, ADrivesReasonIsData) {
    connect_to_reasons();
    const nvme::QueryReason why =
        nvme::make_reason(nvme::ReasonCode::kColumnUnknown, "there is no column {subject}",
                          {.subject = "prize", .position = 7, .record = 3}, "select prize");
    for (const uint32_t id : {12, 0}) {  // 0: the transport lost DW0
        Step refused = send(id);
        refused.status = nvme::kQueryFailed;
        mock().expect(refused);
        mock().expect(description(id, why));
        mock().expect(reason(id, why.sentence));
        const Status failed = select();
        EXPECT_EQ(Code::kQueryFailed, failed.code());
        EXPECT_EQ(why.sentence, failed.message());
        ASSERT_NE(nullptr, failed.reason());
        EXPECT_EQ(why, *failed.reason());
    }
}

TEST_F(SelectOnTheWire, AReasonThatCannotBeDescribedIsUnknown) {
    connect_to_reasons();
    const nvme::QueryReason why = nvme::make_reason(nvme::ReasonCode::kOverflow, "too large");
    Step refused = send(12);
    refused.status = nvme::kQueryFailed;
    Step failed_describe = description(12, why);
    failed_describe.status = nvme::kInvalidField;
    mock().expect(refused);
    mock().expect(failed_describe);
    mock().expect(reason(12, why.sentence));
    const Status failed = select();
    EXPECT_EQ("too large", failed.message());
    ASSERT_NE(nullptr, failed.reason());
    EXPECT_EQ(nvme::ReasonCode::kUnknown, failed.reason()->code);
}

TEST_F(SelectOnTheWire, AReasonThatIsGoneLeavesOurOwnSentence) {
    connect();
    Step refused = send(12);
    refused.status = nvme::kQueryFailed;
    mock().expect(refused);
    Step gone = reason(12, "");
    gone.status = nvme::kKeyDoesNotExist;
    mock().expect(gone);
    const Status failed = select();
    EXPECT_EQ(Code::kQueryFailed, failed.code());
    EXPECT_EQ("the query failed while running", failed.message());
}

TEST_F(SelectOnTheWire, AMissingKeyHasNoReason) {
    connect();
    Step missing = send(0);
    missing.status = nvme::kKeyDoesNotExist;
    mock().expect(missing);
    EXPECT_EQ(Code::kNotFound, select().code());
}

TEST_F(SelectOnTheWire, ABusyDriveIsAskedAgain) {
    connect();
    Step busy = send(0);
    busy.status = nvme::kQueryBusy;
    mock().expect(busy);
    mock().expect(busy);
    mock().expect(send(3));
    mock().expect(fetch(3, "1\n"));
    EXPECT_TRUE(select().ok());
}

TEST_F(SelectOnTheWire, AFailingSinkFreesTheResult) {
    connect();
    mock().expect(send(9));
    mock().expect(fetch(9, text(9000)));
    mock().expect(free_result(9));
    const Sink full = {[](Bytes) { return Status(Code::kInternal, "no room here"); }, {}};
    EXPECT_EQ("no room here", client().select(key("k"), "SELECT 1", {}, full).status().message());
}

TEST_F(SelectOnTheWire, ATransportThatCannotCancelWaitsOutsideTheCommand) {
    connect(Kind::kExtended, {.max_transfer_bytes = 4096, .queue_depth = 8});
    Step running = fetch(9, "");
    running.status = nvme::kQueryRunning;
    mock().expect(send(9, kAsynchronous));
    mock().expect(running);
    mock().expect(running);
    mock().expect(fetch(9, "1\n"));
    EXPECT_TRUE(select().ok());
    EXPECT_EQ("1\n", rows_);
}

TEST_F(SelectOnTheWire, AnAsynchronousFailureHasItsReasonToo) {
    connect(Kind::kExtended, {.max_transfer_bytes = 4096, .queue_depth = 8});
    Step failed = fetch(9, "");
    failed.status = nvme::kQueryLimit;
    failed.dw0 = 9;
    mock().expect(send(9, kAsynchronous));
    mock().expect(failed);
    mock().expect(reason(9, "more than 60 seconds"));
    mock().expect(free_result(9));
    EXPECT_EQ("more than 60 seconds", select().message());
}

TEST_F(SelectOnTheWire, StepByStep) {
    connect();
    mock().expect(send(9, kAsynchronous));
    const std::string state("\5\0\0\0\0\0\0\0\1\0\0\0", 12);
    mock().expect({.opcode = 0x86, .cdw10 = 64, .cdw11 = kDescribe, .cdw13 = 9, .returned = state});
    mock().expect({.opcode = 0x86,
                   .cdw10 = 3,
                   .cdw11 = kKeepUnlessAll,
                   .cdw12 = 2,
                   .cdw13 = 9,
                   .cdw14 = 0,
                   .dw0 = 5,
                   .returned = "cde"});
    mock().expect(free_result(9));
    EXPECT_EQ(9u, client().select_send(key("k"), "SELECT 1", {}).value());
    const auto description = client().select_describe(9);
    EXPECT_EQ(5u, description.value().size);
    EXPECT_EQ(nvme::ResultState::kRunning, description.value().state);
    std::vector<uint8_t> buffer(3);
    const auto got = client().select_fetch(9, buffer, 2);
    EXPECT_EQ(3u, got.value().bytes);
    EXPECT_EQ(5u, got.value().size);
    EXPECT_TRUE(client().select_free(9).ok());
}

// The fetch of its last byte frees a result; a description that follows finds none.
TEST_F(SelectOnTheWire, AResultOfUntoldSizeIsDescribedBeforeItsLastByteIsFetched) {
    connect();
    const uint64_t size = 4 * kGiB + 1;
    std::array<uint8_t, nvme::kDescribeBytes> page{};
    nvme::write_result_description({size, nvme::ResultState::kDone}, page);
    mock().expect({.opcode = 0x86,
                   .cdw10 = nvme::kDescribeBytes,
                   .cdw11 = kDescribe,
                   .cdw13 = 9,
                   .dw0 = UINT32_MAX,
                   .dw1 = 1,
                   .returned = std::string(as_text(page))});
    mock().expect({.opcode = 0x86,
                   .cdw10 = 4,
                   .cdw11 = kKeepUnlessAll,
                   .cdw12 = 0xFFFFFFFE,
                   .cdw13 = 9,
                   .dw0 = UINT32_MAX,
                   .dw1 = 1,
                   .returned = "abc"});
    std::vector<uint8_t> buffer(4);
    const auto got = client().select_fetch(9, buffer, size - 3);
    ASSERT_TRUE(got.ok()) << got.status().message();
    EXPECT_EQ(3u, got.value().bytes);
    EXPECT_EQ(size, got.value().size);
}

TEST_F(SelectOnTheWire, AnAsyncVerbDeliversIdsAndReasons) {
    connect();
    Step refused = send(7);
    refused.status = nvme::kQueryRefused;
    mock().expect(send(6));
    mock().expect(refused);
    mock().expect(reason(7, "no"));
    uint32_t id = 0;
    Status why;
    client().async_select_send(key("k"), "SELECT 1", {},
                               [&id](Result<uint32_t> done) { id = done.value(); });
    client().async_select_send(key("k"), "SELECT 1", {},
                               [&why](Result<uint32_t> done) { why = done.status(); });
    while (client().in_flight() > 0) client().wait(10);
    EXPECT_EQ(6u, id);
    EXPECT_EQ("no", why.message());
}

TEST_F(SelectOnTheWire, WhatTheDriveCannotTakeIsNotSent) {
    connect();
    EXPECT_EQ(Code::kQueryRefused,
              client().select(key("k"), text(1001), {}, Sink::to(rows_)).code());
    EXPECT_EQ(Code::kQueryRefused, client().select(key("k"), "", {}, Sink::to(rows_)).code());
    EXPECT_EQ(Code::kUsage, select({.json = text(4097)}).code());
    connect(Kind::kStandard);
    EXPECT_EQ(Code::kUnsupported, select().code());
    EXPECT_EQ(Code::kUnsupported, client().select_send(key("k"), "SELECT 1", {}).code());
}

TEST_F(SelectOnTheWire, The2023DialectHasNoReasons) {
    connect(Kind::k2023);
    mock().expect(send(9));
    mock().expect(fetch(9, "1\n"));
    EXPECT_TRUE(select().ok());
    Step failed = send(0);
    failed.status = nvme::kUnrecoveredError;
    mock().expect(failed);
    mock().expect({.opcode = 0x14, .key = "k", .cdw11 = 1});
    EXPECT_EQ(Code::kQueryFailed, select().code());
    mock().expect(failed);
    mock().expect({.opcode = 0x14, .key = "k", .cdw11 = 1, .status = nvme::kKeyDoesNotExist});
    EXPECT_EQ(Code::kNotFound, select().code());
    EXPECT_EQ(Code::kUnsupported, select({.json = "{}"}).code());
}

}  // namespace
}  // namespace csd::kv
