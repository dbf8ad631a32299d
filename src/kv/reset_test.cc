// SPDX-License-Identifier: BSD-3-Clause
//
// What a client says, and what it does, when the drive is reset under it. The drive has one status for two things there:
// 87h is a missing key or a result that is gone, SCT 7h SC 08h a value that has grown or pieces that are gone, and 07h a
// command that this program cancelled or that someone else did. Only the client knows which it is.
#include "csd/kv.hpp"
#include "kv/mock_transport.hpp"
#include "kv/status.hpp"

namespace csd::kv {
namespace {

constexpr uint32_t kKeepUnlessAll = 2;
constexpr uint32_t kDescribe = 4;
constexpr uint32_t kMore = 1u << 13;
constexpr uint32_t kAppendAt = 1u << 11 | 1u << 12;
constexpr uint16_t kAbortedByHost = nvme::make_status(3, 0x71, false);

class AResetDrive : public MockedClient {
  protected:
    Step send(uint32_t id, uint16_t status = 0) {
        return {.opcode = 0x85,
                .key = "k",
                .cdw10 = 8,
                .cdw11 = 1,
                .sent = "SELECT 1",
                .status = status,
                .dw0 = id};
    }
    Step fetch(uint32_t id, const std::string& whole, uint32_t offset = 0, uint16_t status = 0) {
        return {.opcode = 0x86,
                .cdw10 = 4096,
                .cdw11 = kKeepUnlessAll,
                .cdw12 = offset,
                .cdw13 = id,
                .status = status,
                .dw0 = status == 0 ? static_cast<uint32_t>(whole.size()) : 0,
                .returned = status == 0 ? whole.substr(offset, 4096) : ""};
    }
    Step gone(uint32_t id, uint32_t offset = 0) {
        return fetch(id, "", offset, nvme::kKeyDoesNotExist);
    }
    Step free_result(uint32_t id, uint16_t status = 0) {
        return {.opcode = 0x86, .cdw10 = 4, .cdw13 = id, .status = status};
    }
    Step piece(uint32_t offset, uint32_t bytes, bool last, uint16_t status = 0) {
        return {.opcode = 0x81,
                .key = "k",
                .cdw10 = bytes,
                .cdw11 = 1 | (last ? 0 : kMore),
                .cdw12 = offset,
                .status = status};
    }
    Status select() {
        rows_.clear();
        return client().select(key("k"), "SELECT 1", {}, Sink::to(rows_)).status();
    }
    static bool says(const Status& status, const char* words) {
        return status.message().find(words) != std::string::npos;
    }

    std::string rows_;
};

TEST_F(AResetDrive, ASelectWhoseResultIsGoneIsSentAgain) {
    connect();
    mock().expect(send(9));
    mock().expect(gone(9));
    mock().expect(send(10));
    mock().expect(fetch(10, "1\n"));
    EXPECT_TRUE(select().ok());
    EXPECT_EQ("1\n", rows_);
    EXPECT_EQ(0, client().last_nvme_status());
}

TEST_F(AResetDrive, ASelectIsSentAgainOnlyOnce) {
    connect();
    for (const uint32_t id : {9, 10}) {
        mock().expect(send(id));
        mock().expect(gone(id));
    }
    const Status failed = select();
    EXPECT_EQ(Code::kReset, failed.code());
    EXPECT_TRUE(says(failed, "reset")) << failed.message();
    EXPECT_EQ(nvme::kKeyDoesNotExist, client().last_nvme_status());
}

TEST_F(AResetDrive, ASelectIsNotSentAgainWhenTheCallerHasAPartOfItsResult) {
    connect();
    mock().expect(send(9));
    mock().expect(fetch(9, text(9000)));
    mock().expect(gone(9, 4096));
    EXPECT_EQ(Code::kReset, select().code());
    EXPECT_EQ(text(9000).substr(0, 4096), rows_);
}

TEST_F(AResetDrive, ASelectThatWasAbortedIsSentAgain) {
    for (const uint16_t status : {nvme::kAbortRequested, kAbortedByHost,
                                  nvme::make_status(nvme::kSctGeneric, 0x08, false)}) {
        connect();
        mock().expect(send(0, status));
        mock().expect(send(10));
        mock().expect(fetch(10, "1\n"));
        EXPECT_TRUE(select().ok()) << nvme::status_name(status);
        EXPECT_EQ("1\n", rows_);
    }
}

TEST_F(AResetDrive, AFetchThatWasCutOffFreesTheResultAndSelectsAgain) {
    connect();
    mock().expect(send(9));
    mock().expect(fetch(9, "", 0, kAbortedByHost));
    mock().expect(free_result(9, nvme::kKeyDoesNotExist));
    mock().expect(send(10));
    mock().expect(fetch(10, "1\n"));
    EXPECT_TRUE(select().ok());
}

TEST_F(AResetDrive, ADriveThatStaysAwayIsATransportFailure) {
    connect();
    mock().expect(send(0, kPathError));
    mock().expect(send(0, kPathError));
    EXPECT_EQ(Code::kTransport, select().code());
}

// Whatever says something about the command itself is no reset.
TEST_F(AResetDrive, OtherFailuresAreNotSentAgain) {
    const std::pair<uint16_t, Code> refusals[] = {{nvme::kKeyDoesNotExist, Code::kNotFound},
                                                  {nvme::kInvalidField, Code::kInvalidField},
                                                  {nvme::kUnrecoveredError, Code::kIo},
                                                  {kOperationDenied, Code::kTransport},
                                                  {nvme::kNamespaceNotReady, Code::kNotReady}};
    for (const auto& [status, code] : refusals) {
        connect();
        mock().expect(send(0, status));
        EXPECT_EQ(code, select().code()) << nvme::status_name(status);
    }
}

TEST_F(AResetDrive, AResultThatIsGoneIsNoMissingKeyToTheStepByStepVerbs) {
    connect();
    mock().expect({.opcode = 0x86,
                   .cdw10 = 64,
                   .cdw11 = kDescribe,
                   .cdw13 = 9,
                   .status = nvme::kKeyDoesNotExist});
    EXPECT_EQ(Code::kReset, client().select_describe(9).code());
    mock().expect(gone(9));
    std::vector<uint8_t> buffer(4096);
    EXPECT_EQ(Code::kReset, client().select_fetch(9, buffer, 0).code());
}

TEST_F(AResetDrive, TheResultOfThe2023DialectCanBeGoneToo) {
    connect(Kind::k2023);
    for (const uint32_t id : {9, 10}) {
        mock().expect(send(id));
        mock().expect(gone(id));
    }
    EXPECT_EQ(Code::kReset, select().code());
}

TEST_F(AResetDrive, ALargeStoreThatLostItsPiecesSaysSo) {
    const std::string value = text(9000);
    const std::vector<std::function<Status()>> ways = {
        [&] { return client().store(key("k"), as_bytes(value)); },
        [&] { return client().store(key("k"), Source::from(as_bytes(value))).status(); },
        [&] {
            Status stored;
            client().async_store(key("k"), as_bytes(value), When::kAlways,
                                 [&stored](Result<uint64_t> done) { stored = done.status(); });
            while (client().in_flight() > 0) client().wait(10);
            return stored;
        }};
    for (const bool last : {false, true}) {
        for (const auto& store : ways) {
            connect();
            mock().expect(piece(0, 4096, false));
            if (last) mock().expect(piece(4096, 4096, false));
            mock().expect(last ? piece(8192, 808, true, nvme::kOffsetMismatch)
                               : piece(4096, 4096, false, nvme::kOffsetMismatch));
            const Status failed = store();
            EXPECT_EQ(Code::kReset, failed.code()) << failed.message();
            EXPECT_TRUE(says(failed, "nothing was stored")) << failed.message();
            EXPECT_EQ(nvme::kOffsetMismatch, client().last_nvme_status());
        }
    }
}

// There the offset is the caller's.
TEST_F(AResetDrive, APieceOfTheCallersNamesBothReasons) {
    connect();
    mock().expect(piece(4096, 3, false, nvme::kOffsetMismatch));
    const Status failed =
        client().store_piece(key("k"), as_bytes("abc"), {.offset = 4096, .last = false}).status();
    EXPECT_EQ(Code::kOffsetMismatch, failed.code());
    EXPECT_TRUE(says(failed, "4096") && says(failed, "reset")) << failed.message();
}

TEST_F(AResetDrive, AnAppendToAValueThatHasGrownIsNoReset) {
    connect();
    mock().expect({.opcode = 0x81,
                   .key = "k",
                   .cdw10 = 3,
                   .cdw11 = 1 | kAppendAt,
                   .cdw12 = 5,
                   .status = nvme::kOffsetMismatch});
    Code code = Code::kOk;
    client().async_append(key("k"), as_bytes("abc"), 5,
                          [&code](Result<uint64_t> done) { code = done.code(); });
    while (client().in_flight() > 0) client().wait(10);
    EXPECT_EQ(Code::kOffsetMismatch, code);
}

TEST_F(AResetDrive, AComposeSaysWhichKeyIsMissing) {
    const Step compose = {
        .opcode = 0x8D, .key = "k", .cdw10 = 8, .cdw11 = 1, .status = nvme::kKeyDoesNotExist};
    connect();
    mock().expect(compose);
    const Status failed = client().compose(key("k"), {key("s")}).status();
    EXPECT_EQ(Code::kNotFound, failed.code());
    EXPECT_EQ("a source does not exist", failed.message());
    Step if_there = compose;
    if_there.cdw11 |= 1u << 8;
    mock().expect(if_there);
    const Status unclear =
        client().compose(key("k"), {key("s")}, {.when = When::kOnlyUpdate}).status();
    EXPECT_TRUE(says(unclear, "a source, or the key,")) << unclear.message();
}

TEST_F(AResetDrive, EveryVerbTellsAnAbortOfItsOwnFromAnothers) {
    struct Verb {
        Step step;
        std::function<void(std::function<void(Status)>)> run;
    };
    const uint16_t aborted = nvme::kAbortRequested;
    std::vector<uint8_t> buffer(16);
    const std::vector<Verb> verbs = {
        {{.opcode = 0x14, .key = "k", .cdw11 = 1, .status = aborted},
         [&](auto done) {
             client().async_exists(key("k"), [done](Result<bool> r) { done(r.status()); });
         }},
        {{.opcode = 0x10, .key = "k", .cdw11 = 1, .status = aborted},
         [&](auto done) { client().async_erase(key("k"), done); }},
        {{.opcode = 0x01, .key = "k", .cdw10 = 3, .cdw11 = 1, .status = aborted},
         [&](auto done) {
             client().async_store(key("k"), as_bytes("abc"), When::kAlways,
                                  [done](Result<uint64_t> r) { done(r.status()); });
         }},
        {{.opcode = 0x02, .key = "k", .cdw10 = 16, .cdw11 = 1, .status = aborted},
         [&](auto done) {
             client().async_retrieve(key("k"), buffer, 0,
                                     [done](Result<Retrieved> r) { done(r.status()); });
         }},
        {send(0, aborted), [&](auto done) {
             client().async_select_send(key("k"), "SELECT 1", {},
                                        [done](Result<uint32_t> r) { done(r.status()); });
         }}};
    for (const bool cancels : {false, true}) {
        for (const Verb& verb : verbs) {
            cancelled_ = 0;
            connect();
            mock().expect(verb.step);
            mock().hold(true);
            Status said;
            verb.run([&said](Status status) { said = std::move(status); });
            cancelled_ = cancels ? 1 : 0;
            mock().hold(false);
            while (client().in_flight() > 0) client().wait(10);
            EXPECT_EQ(cancels ? Code::kAborted : Code::kReset, said.code()) << +verb.step.opcode;
        }
    }
}

}  // namespace
}  // namespace csd::kv
