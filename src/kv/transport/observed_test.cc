// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/observed.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "kv/mock_transport.hpp"
#include "nvme/status.hpp"

namespace csd::kv {
namespace {

class Recorder : public Observer {
  public:
    void sent() override { in_flight++; }
    void finished(Code code, std::chrono::nanoseconds took) override {
        in_flight--;
        EXPECT_GE(took.count(), 0);
        codes.push_back(code);
    }

    int in_flight = 0;
    std::vector<Code> codes;
};

class ObservedTest : public ::testing::Test {
  protected:
    ObservedTest() {
        auto mock = std::make_unique<MockTransport>(MockTransport::Kind::kExtended);
        mock_ = mock.get();
        OpenOptions options;
        options.observer = &seen_;
        client_ = Client::over(std::move(mock), options).value();
        seen_.codes.clear();  // of the discovery
    }

    Recorder seen_;
    MockTransport* mock_ = nullptr;
    std::unique_ptr<Client> client_;
};

TEST_F(ObservedTest, EachCommandIsSeenWithWhatItMeans) {
    mock_->expect({.opcode = 0x14, .key = "a", .cdw11 = 1});
    mock_->expect({.opcode = 0x14, .key = "b", .cdw11 = 1, .status = nvme::kKeyDoesNotExist});
    EXPECT_TRUE(client_->exists(*Key::from_text("a")).value());
    EXPECT_FALSE(client_->exists(*Key::from_text("b")).value());
    EXPECT_EQ(seen_.codes, (std::vector<Code>{Code::kOk, Code::kNotFound}));
    EXPECT_EQ(seen_.in_flight, 0);
}

TEST_F(ObservedTest, TheLossOfTheDriveIsSeen) {
    mock_->disconnect();
    EXPECT_EQ(client_->exists(*Key::from_text("a")).code(), Code::kTransport);
    ASSERT_FALSE(seen_.codes.empty());
    EXPECT_EQ(seen_.codes.back(), Code::kTransport);
    EXPECT_EQ(seen_.in_flight, 0);
}

}  // namespace
}  // namespace csd::kv
