// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/spdk/tcp_address.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/unique_fd.hpp"

namespace csd::kv {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// A socket that listens on a port of the system's choice, or is only bound to it.
class Listener {
  public:
    explicit Listener(bool listens) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        socklen_t size = sizeof address;
        EXPECT_EQ(0, bind(socket_.get(), generic, size));
        EXPECT_EQ(0, getsockname(socket_.get(), generic, &size));
        if (listens) {
            EXPECT_EQ(0, listen(socket_.get(), 1));
        }
        port_ = ntohs(address.sin_port);
    }
    uint16_t port() const { return port_; }

  private:
    UniqueFd socket_;
    uint16_t port_ = 0;
};

TEST(TcpAddress, IsTheNumberOfWhoListens) {
    const Listener listener(true);
    for (const char* host : {"127.0.0.1", "localhost"}) {
        const auto address = reach(host, listener.port(), 5000);
        ASSERT_TRUE(address.ok()) << address.status().message();
        EXPECT_EQ("127.0.0.1", address.value().number);
        EXPECT_FALSE(address.value().is_ipv6);
    }
}

TEST(TcpAddress, WhereNobodyListensThatIsSaid) {
    const Listener silent(false);
    const auto address = reach("127.0.0.1", silent.port(), 5000);
    EXPECT_EQ(Code::kTransport, address.code());
    EXPECT_THAT(address.status().message(),
                AllOf(HasSubstr("127.0.0.1"), HasSubstr(std::to_string(silent.port())),
                      HasSubstr("Connection refused")));
}

TEST(TcpAddress, AHostWithoutAnAddressIsSaidByName) {
    const auto address = reach("no such host.invalid", 4420, 5000);
    EXPECT_EQ(Code::kTransport, address.code());
    EXPECT_THAT(address.status().message(), HasSubstr("'no such host.invalid' is not known"));
}

}  // namespace
}  // namespace csd::kv
