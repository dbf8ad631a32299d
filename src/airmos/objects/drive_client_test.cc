// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/objects/drive_client.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>

#include "lib/fault_transport.hpp"
#include "lib/temp_dir.hpp"

namespace csd::airmos::objects {
namespace {

class DriveClientTest : public ::testing::Test {
  protected:
    test::TempDir directory_{"drive-client"};
    test::FaultPlan plan_;
    int opened_ = 0;
    const DriveSettings settings_{
        .device = "emulator:" + directory_.path() + "/0",
        .open =
            [this](const std::string& device, const kv::OpenOptions& options) {
                opened_++;
                return test::open_with_faults(plan_)(device, options);
            },
        .log = {}};
    Meter meter_;
    Health health_{settings_.device, 0, [] {}};
    DriveClient client_{settings_, meter_, health_};
    const Key key_ = *Key::from_text("k");
};

TEST_F(DriveClientTest, OpensWhenItIsFirstNeededAndStaysOpen) {
    EXPECT_TRUE(client_.lost());
    EXPECT_EQ(0, opened_);
    const auto first = client_.get();
    ASSERT_TRUE(first.ok()) << first.status().message();
    EXPECT_EQ(first.value(), client_.get().value());
    EXPECT_EQ(1, opened_);
    EXPECT_FALSE(client_.lost());
    EXPECT_TRUE(health_.reachable());
}

TEST_F(DriveClientTest, ALostDriveIsOpenedAgainButNotAtOnceIfThatFailed) {
    ASSERT_TRUE(client_.get().ok());
    plan_.arm(test::FaultPlan::Kind::kStop, 0);
    EXPECT_EQ(Code::kTransport, client_.get().value()->store(key_, Bytes()).code());
    EXPECT_TRUE(client_.lost());
    EXPECT_EQ("the drive was stopped", client_.get().status().message());
    EXPECT_EQ(2, opened_);
    EXPECT_FALSE(health_.reachable());
    plan_.armed = plan_.struck = false;
    // However slow the machine is: within the second it does not try, behind it it does.
    auto got = client_.get();
    const bool early = DriveClient::Clock::now() < client_.retry_at();
    if (early) {
        EXPECT_EQ("the drive was stopped", got.status().message());
        EXPECT_EQ(2, opened_);
    }
    std::this_thread::sleep_until(client_.retry_at());
    got = client_.get();
    ASSERT_TRUE(got.ok()) << got.status().message();
    EXPECT_EQ(3, opened_);
    EXPECT_TRUE(got.value()->store(key_, Bytes()).ok());
    EXPECT_TRUE(health_.reachable());
}

TEST_F(DriveClientTest, ItsCommandsAreMetered) {
    ASSERT_TRUE(client_.get().ok());
    const uint64_t before = meter_.commands, errors = meter_.errors;
    kv::Client& client = *client_.get().value();
    ASSERT_TRUE(client.store(key_, as_bytes("value")).ok());
    EXPECT_EQ(Code::kNotFound, client.describe(*Key::from_text("none")).code());
    EXPECT_EQ(before + 2, meter_.commands);
    EXPECT_EQ(errors, meter_.errors) << "an absent key is no fault of the drive";
    EXPECT_EQ(0u, meter_.in_flight);
    EXPECT_GT(meter_.latency_ns, 0u);
    const uint64_t all = std::accumulate(
        meter_.latencies.begin(), meter_.latencies.end(), uint64_t{0},
        [](uint64_t sum, const std::atomic<uint64_t>& count) { return sum + count; });
    EXPECT_EQ(meter_.commands, all);
    plan_.arm(test::FaultPlan::Kind::kLoseOneAnswer, 0);
    EXPECT_FALSE(client.store(key_, Bytes()).ok());
    EXPECT_GT(meter_.errors, errors);
}

}  // namespace
}  // namespace csd::airmos::objects
