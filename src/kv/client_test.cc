// SPDX-License-Identifier: BSD-3-Clause
//
// Discovery, single commands, queues and memory.
#include "csd/kv.hpp"

#include "kv/mock_transport.hpp"

namespace csd::kv {
namespace {

class ClientOnTheWire : public MockedClient {
  protected:
    static Step probe() { return {.opcode = 0x82, .cdw10 = 4096, .cdw11 = 1u << 8}; }
    static Result<std::unique_ptr<Client>> over(MockTransport::Kind kind,
                                                const std::vector<Step>& steps) {
        auto transport = std::make_unique<MockTransport>(kind);
        for (const Step& step : steps) transport->expect(step);
        return Client::over(std::move(transport));
    }
    static std::string page_of(const MockTransport& mock) {
        std::string page(nvme::kPageBytes, '\0');
        nvme::write_key_value_namespace(
            mock.ns(), MutableBytes(reinterpret_cast<uint8_t*>(page.data()), page.size()));
        return page;
    }
};

TEST_F(ClientOnTheWire, IdentifyTellsWhatTheDriveIs) {
    connect();
    const auto info = client().info();
    ASSERT_TRUE(info.ok());
    EXPECT_EQ("mock", info.value().transport);
    EXPECT_EQ("SERIAL", info.value().serial);
    EXPECT_EQ("MODEL", info.value().model);
    EXPECT_EQ(nvme::Dialect::kKeyValue, info.value().dialect);
    EXPECT_EQ(1000000u, info.value().capacity_bytes);
    EXPECT_EQ(1234u, info.value().used_bytes);
    EXPECT_EQ(1 * kTiB, info.value().max_value_bytes);
    EXPECT_EQ(4096u, info.value().max_transfer_bytes);
    ASSERT_TRUE(info.value().extensions.has_value());
    EXPECT_TRUE(info.value().extensions->more);
    const nvme::Sqe& identify = mock().admins.at(1);
    EXPECT_EQ(0x06, identify.opcode());
    EXPECT_EQ(1u, identify.nsid());
    EXPECT_EQ(0x05u, identify.dword(10));
    EXPECT_EQ(0x01000000u, identify.dword(11));
}

TEST_F(ClientOnTheWire, AStandardDriveHasNoExtensions) {
    connect(Kind::kStandard);
    EXPECT_FALSE(client().info().value().extensions.has_value());
    EXPECT_EQ(4096u, client().info().value().max_value_bytes);
}

TEST_F(ClientOnTheWire, ABlockNamespaceWithCsdxSpeaksThe2023Dialect) {
    connect(Kind::k2023);
    EXPECT_EQ(nvme::Dialect::k2023, client().info().value().dialect);
    EXPECT_TRUE(client().delete_missing_is_error().value());
    EXPECT_EQ(Code::kUnsupported, client().set_delete_missing_is_error(true).code());
    // Key byte 0 is the most significant byte of CDW15.
    mock().expect({.opcode = 0x14, .key = "test_key", .cdw11 = 8});
    EXPECT_TRUE(client().exists(key("test_key")).value());
}

TEST_F(ClientOnTheWire, ADriveBehindATargetIsFoundByAskingIt) {
    Step answer = probe();
    answer.dw0 = 4096;
    answer.returned = page_of(MockTransport(Kind::kExtended));
    auto found = over(Kind::kHidden, {answer, answer});
    ASSERT_TRUE(found.ok()) << found.status().message();
    const auto info = found.value()->info();
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(1234u, info.value().used_bytes);
    EXPECT_TRUE(info.value().extensions.has_value());
}

TEST_F(ClientOnTheWire, BehindATargetDataTravelsByTheExtendedCommandsOnly) {
    Step answer = probe();
    answer.dw0 = 4096;
    answer.returned = page_of(MockTransport(Kind::kExtended));
    auto found =
        over(Kind::kHidden,
             {answer,
              {.opcode = 0x81, .key = "k", .cdw10 = 2, .cdw11 = 1, .sent = "hi", .dw0 = 2},
              {.opcode = 0x82, .key = "k", .cdw10 = 4, .cdw11 = 1, .dw0 = 2, .returned = "hi"}});
    ASSERT_TRUE(found.ok()) << found.status().message();
    EXPECT_TRUE(found.value()->store(key("k"), as_bytes("hi")).ok());
    const auto value = found.value()->retrieve(key("k"), {.length = 4});
    ASSERT_TRUE(value.ok()) << value.status().message();
    EXPECT_EQ("hi", as_text(value.value()));
}

TEST_F(ClientOnTheWire, ATargetThatDropsResultsIsRefused) {
    Step answer = probe();
    answer.returned = page_of(MockTransport(Kind::kExtended));
    const auto found = over(Kind::kHidden, {answer});
    EXPECT_EQ(Code::kUnsupported, found.code());
    EXPECT_NE(std::string::npos, found.status().message().find("c2h_success"));
}

TEST_F(ClientOnTheWire, A2023DriveBehindATargetSaysInvalidKeySize) {
    Step answer = probe();
    answer.status = nvme::kInvalidKeySize;
    auto found = over(Kind::kHidden2023, {answer});
    ASSERT_TRUE(found.ok()) << found.status().message();
    EXPECT_EQ(nvme::Dialect::k2023, found.value()->info().value().dialect);
}

TEST_F(ClientOnTheWire, ABlockNamespaceIsRefused) {
    Step answer = probe();
    answer.status = nvme::kInvalidOpcode;
    EXPECT_EQ(Code::kUnsupported, over(Kind::kBlock, {answer}).code());
}

TEST_F(ClientOnTheWire, SingleCommands) {
    connect();
    mock().expect({.opcode = 0x14, .key = std::string("\0\xFF", 2), .cdw11 = 2});
    mock().expect({.opcode = 0x14, .key = "k", .cdw11 = 1, .status = nvme::kKeyDoesNotExist});
    mock().expect({.opcode = 0x10, .key = "sixteen byte key", .cdw11 = 16});
    mock().expect({.opcode = 0x00});
    EXPECT_TRUE(client().exists(*Key::from_bytes(as_bytes(std::string_view("\0\xFF", 2)))).value());
    EXPECT_FALSE(client().exists(key("k")).value());
    EXPECT_TRUE(client().erase(key("sixteen byte key")).ok());
    EXPECT_TRUE(client().flush().ok());
}

TEST_F(ClientOnTheWire, FormatAndFeaturesAreAdminCommands) {
    connect();
    mock().admins.clear();
    EXPECT_TRUE(client().format().ok());
    EXPECT_TRUE(client().delete_missing_is_error().value());
    EXPECT_TRUE(client().set_delete_missing_is_error(true).ok());
    ASSERT_EQ(3u, mock().admins.size());
    EXPECT_EQ(0x80, mock().admins[0].opcode());
    EXPECT_EQ(0x0A, mock().admins[1].opcode());
    EXPECT_EQ(0x20u, mock().admins[1].dword(10));
    EXPECT_EQ(0x09, mock().admins[2].opcode());
    EXPECT_EQ(0x20u, mock().admins[2].dword(10));
    EXPECT_EQ(1u, mock().admins[2].dword(11));
}

TEST_F(ClientOnTheWire, MoreCommandsThanTheQueueTakesWaitInTheClient) {
    connect();
    int answered = 0;
    for (int i = 0; i < 20; i++) {
        mock().expect({.opcode = 0x14, .key = "k", .cdw11 = 1});
        client().async_exists(
            key("k"), [&answered](Result<bool> found) { answered += found.value() ? 1 : 0; });
    }
    EXPECT_EQ(20u, client().in_flight());
    while (client().in_flight() > 0) client().poll();
    EXPECT_EQ(20, answered);
    EXPECT_EQ(8u, mock().deepest);
}

TEST_F(ClientOnTheWire, ACallbackMayStartAnotherCommand) {
    connect();
    for (int i = 0; i < 3; i++) mock().expect({.opcode = 0x10, .key = "k", .cdw11 = 1});
    int left = 3;
    std::function<void(Status)> again = [&](Status) {
        if (--left > 0) client().async_erase(key("k"), again);
    };
    client().async_erase(key("k"), again);
    while (client().in_flight() > 0) client().wait(10);
    EXPECT_EQ(0, left);
}

TEST_F(ClientOnTheWire, CallbacksDoNotRunAfterTheClient) {
    connect();
    mock().expect({.opcode = 0x14, .key = "k", .cdw11 = 1});
    mock().hold(true);
    client().async_exists(key("k"), [](Result<bool>) { FAIL() << "the client is gone"; });
    client_.reset();
}

TEST_F(ClientOnTheWire, ALostDriveIsATransportFailure) {
    connect();
    mock().disconnect();
    EXPECT_EQ(Code::kTransport, client().exists(key("k")).code());
    EXPECT_EQ(Code::kTransport, client().store(key("k"), as_bytes("x")).code());
    EXPECT_EQ("the cable is out", client().exists(key("k")).status().message())
        << "as the transport says";
}

TEST_F(ClientOnTheWire, DataTravelsThroughMemoryOfTheTransportWhereItMust) {
    connect(
        Kind::kExtended,
        {.max_transfer_bytes = 4096, .queue_depth = 8, .any_memory = false, .can_cancel = true});
    mock().expect({.opcode = 0x01, .key = "k", .cdw10 = 5, .cdw11 = 1, .sent = "hello"});
    mock().expect(
        {.opcode = 0x02, .key = "k", .cdw10 = 5, .cdw11 = 1, .dw0 = 5, .returned = "hello"});
    EXPECT_TRUE(client().store(key("k"), as_bytes("hello")).ok());
    std::vector<uint8_t> buffer(5);
    client().async_retrieve(key("k"), buffer, 0,
                            [](Result<Retrieved> got) { EXPECT_EQ(5u, got.value().bytes); });
    while (client().in_flight() > 0) client().wait(10);
    EXPECT_EQ("hello", as_text(buffer));
}

TEST_F(ClientOnTheWire, AnInterruptionCancelsWhatIsInFlight) {
    connect();
    mock().expect({.opcode = 0x14, .key = "k", .cdw11 = 1, .status = nvme::kAbortRequested});
    mock().hold(true);
    Code code = Code::kOk;
    client().async_exists(key("k"), [&code](Result<bool> found) { code = found.code(); });
    client().wait(10);
    EXPECT_EQ(0, mock().cancels);
    cancelled_ = 1;
    client().wait(10);
    EXPECT_EQ(1, mock().cancels);
    EXPECT_EQ(Code::kAborted, code);
    EXPECT_EQ(Code::kAborted, client().flush().code());
}

TEST_F(ClientOnTheWire, ATokenThatIsWithdrawnCanBeFiredAgain) {
    connect();
    for (int time = 1; time <= 2; time++) {
        mock().expect({.opcode = 0x14, .key = "k", .cdw11 = 1, .status = nvme::kAbortRequested});
        mock().hold(true);
        Code code = Code::kOk;
        client().async_exists(key("k"), [&code](Result<bool> found) { code = found.code(); });
        cancelled_ = 1;
        client().wait(10);
        EXPECT_EQ(time, mock().cancels);
        EXPECT_EQ(Code::kAborted, code);
        cancelled_ = 0;
        mock().hold(false);
        mock().expect({.opcode = 0x14, .key = "k", .cdw11 = 1});
        EXPECT_TRUE(client().exists(key("k")).value());
    }
}

}  // namespace
}  // namespace csd::kv
