// SPDX-License-Identifier: BSD-3-Clause
// Tests hosts.cc.
#include "hosts.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace csd::spdk {
namespace {

HostIdentity host(uint8_t id, const std::string& nqn = "host",
                  const std::string& subsystem = "drive") {
    return {.id = {id}, .nqn = nqn, .subsystem = subsystem};
}

class HostsTest : public ::testing::Test {
  protected:
    // Addresses stand for queues and controllers.
    const void* queue(size_t n) { return at(n); }
    const void* controller(size_t n) { return at(1000 + n); }
    const void* at(size_t n) { return &memory_[n]; }

    // A queue of a controller, as a host makes it.
    uint32_t join(size_t n, size_t of_controller, const HostIdentity& identity) {
        hosts_.connected(queue(n), identity);
        return hosts_.of(queue(n), controller(of_controller)).value_or(0);
    }

    std::array<char, 2000> memory_{};
    Hosts hosts_;
};

TEST_F(HostsTest, ControllersOfOneHostAreOneNumber) {
    const uint32_t first = join(1, 1, host(7));
    EXPECT_GE(first, Hosts::kFirst);
    EXPECT_EQ(first, join(2, 2, host(7)));
    EXPECT_EQ(first, hosts_.of(queue(1), controller(1)));
}

TEST_F(HostsTest, EachPartOfTheIdentityTellsHostsApart) {
    std::set<uint32_t> numbers;
    size_t n = 0;
    for (const uint8_t id : {1, 2}) {
        for (const char* nqn : {"a", "b"}) {
            for (const char* subsystem : {"c", "d"}) {
                numbers.insert(join(n, n, host(id, nqn, subsystem)));
                n++;
            }
        }
    }
    EXPECT_EQ(8u, numbers.size());
}

TEST_F(HostsTest, AHostEndsWithItsLastController) {
    const uint32_t number = join(1, 1, host(7));
    join(2, 2, host(7));
    join(3, 3, host(8));
    EXPECT_EQ(std::nullopt, hosts_.lost(controller(1)));
    EXPECT_EQ(number, hosts_.of(queue(2), controller(2)));
    EXPECT_EQ(number, hosts_.lost(controller(2)));
    EXPECT_EQ(std::nullopt, hosts_.lost(controller(2))) << "it ends once";
    EXPECT_NE(number, join(4, 4, host(7))) << "what it comes back as is new";
}

TEST_F(HostsTest, AnIdleControllerKeepsItsHost) {
    const uint32_t number = join(1, 1, host(7));
    hosts_.connected(queue(2), host(7));
    hosts_.enabled(queue(2), controller(2));
    EXPECT_EQ(std::nullopt, hosts_.lost(controller(1)));
    EXPECT_EQ(number, join(3, 2, host(7)));
}

TEST_F(HostsTest, AResetCountsAsTheEndUntilTheControllerIsEnabledAgain) {
    hosts_.connected(queue(1), host(7));
    hosts_.enabled(queue(1), controller(1));
    const uint32_t number = join(2, 1, host(7));
    EXPECT_EQ(number, hosts_.disabled(controller(1)));
    EXPECT_EQ(std::nullopt, hosts_.disabled(controller(1)));
    hosts_.enabled(queue(1), controller(1));
    const uint32_t again = join(2, 1, host(7));
    EXPECT_NE(number, again);
    EXPECT_EQ(again, hosts_.lost(controller(1)));
    EXPECT_EQ(0u, hosts_.queues());
}

TEST_F(HostsTest, AQueueThatNeverConnectedHasNoHost) {
    EXPECT_EQ(std::nullopt, hosts_.of(queue(1), controller(1)));
    hosts_.enabled(queue(1), controller(1));
    EXPECT_EQ(std::nullopt, hosts_.of(queue(1), controller(1)));
    EXPECT_EQ(std::nullopt, hosts_.lost(controller(1)));
}

TEST_F(HostsTest, AnAddressThatIsUsedAgainIsAnotherQueue) {
    const uint32_t first = join(1, 1, host(7));
    hosts_.lost(controller(1));
    const uint32_t second = join(1, 1, host(8));
    EXPECT_NE(first, second);
    EXPECT_EQ(second, hosts_.of(queue(1), controller(1)));
}

TEST_F(HostsTest, ConnectsThatLeadToNothingAreForgotten) {
    const uint32_t number = join(1, 1, host(7));
    std::deque<char> addresses(3 * Hosts::kManyQueues);
    for (const char& address : addresses) hosts_.connected(&address, host(9));
    EXPECT_LE(hosts_.queues(), Hosts::kManyQueues);
    EXPECT_EQ(number, hosts_.of(queue(1), controller(1)));
}

}  // namespace
}  // namespace csd::spdk
