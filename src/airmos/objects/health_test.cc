// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/objects/health.hpp"

#include <gtest/gtest.h>

#include "lib/temp_dir.hpp"

namespace csd::airmos::objects {
namespace {

class HealthTest : public ::testing::Test {
  protected:
    std::string why() const {
        const auto available = health_.available();
        return available.ok() ? "" : std::string(available.error().message());
    }
    DriveState state() const {
        DriveState state;
        health_.describe(state);
        return state;
    }

    int returned_ = 0;
    Health health_{"emulator:/x", 1, [this] {
                       returned_++;
                       EXPECT_TRUE(health_.reachable());
                       EXPECT_EQ("", health_.why_not()) << "it may call back";
                   }};
};

TEST_F(HealthTest, TheReturnOfADriveIsToldOnce) {
    EXPECT_FALSE(health_.reachable());
    health_.note({});
    health_.note({});
    EXPECT_EQ(1, returned_);
    health_.note({Code::kTransport, "the cable is out"});
    EXPECT_FALSE(health_.reachable());
    EXPECT_EQ("the cable is out", health_.why_not());
    health_.note({});
    EXPECT_EQ(2, returned_);
}

TEST_F(HealthTest, ObjectsAreServedOnceTheyAreRead) {
    const std::string begin = "Drive 2 of this node (emulator:/x) is not available: ";
    health_.note({Code::kTransport, "the cable is out"});
    EXPECT_EQ(begin + "the cable is out", why());
    EXPECT_EQ("the cable is out", state().why_not);
    EXPECT_FALSE(state().reading);
    health_.note({});
    EXPECT_EQ(begin + "what it holds is being read", why());
    EXPECT_TRUE(state().reading);
    health_.set_unreadable("a record is torn");
    EXPECT_EQ(begin + "a record is torn", why());
    EXPECT_EQ("a record is torn", state().why_not);
    EXPECT_FALSE(state().reading);
    health_.set_ready();
    EXPECT_EQ("", why());
    EXPECT_TRUE(state().read);
    EXPECT_EQ("", state().why_not);
}

// What was read stays in memory, so the loss is found by the command that meets it.
TEST_F(HealthTest, ObjectsThatWereReadStayAvailableWhenTheDriveIsLost) {
    health_.note({});
    health_.set_ready();
    health_.note({Code::kTransport, "the cable is out"});
    EXPECT_EQ("", why());
    EXPECT_FALSE(state().reachable);
}

TEST_F(HealthTest, ADriveThatWasNotAskedCanDoNothingYet) {
    EXPECT_FALSE(health_.abilities().pieces);
    EXPECT_FALSE(health_.abilities().select);
    EXPECT_EQ(0u, health_.abilities().piece_bytes);
    EXPECT_EQ(UINT64_MAX, health_.free_bytes());
}

TEST_F(HealthTest, ACheckLearnsWhatTheDriveCanDoAndThatItIsThere) {
    const test::TempDir directory{"health"};
    const auto client = kv::Client::open("emulator:" + directory.path() + "/0?size=1048576");
    ASSERT_TRUE(client.ok()) << client.status().message();
    ASSERT_TRUE(client.value()->store(*Key::from_text("k"), as_bytes("value")).ok());
    ASSERT_TRUE(health_.check(*client.value()).ok());
    EXPECT_EQ(1, returned_);
    const Abilities can = health_.abilities();
    EXPECT_TRUE(can.pieces && can.compose && can.select);
    EXPECT_EQ(kMiB, can.piece_bytes);
    EXPECT_GT(can.most_value_bytes, uint64_t{can.piece_bytes});
    EXPECT_EQ(1048576u, state().capacity_bytes);
    EXPECT_GT(state().used_bytes, 0u);
    EXPECT_EQ(state().capacity_bytes - state().used_bytes, health_.free_bytes());
}

TEST_F(HealthTest, ADriveWithoutExtensionsStoresWhatOneTransferHolds) {
    const test::TempDir directory{"health"};
    const auto client = kv::Client::open("emulator:" + directory.path() + "/0?extensions=off");
    ASSERT_TRUE(client.ok()) << client.status().message();
    ASSERT_TRUE(health_.check(*client.value()).ok());
    const Abilities can = health_.abilities();
    EXPECT_FALSE(can.pieces || can.compose || can.select);
    EXPECT_GT(can.piece_bytes, 0u);
    EXPECT_EQ(can.most_value_bytes, uint64_t{can.piece_bytes});
}

}  // namespace
}  // namespace csd::airmos::objects
