// SPDX-License-Identifier: BSD-3-Clause
// Tested by tcp_address_test.cc.
#include "kv/transport/spdk/tcp_address.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/unique_fd.hpp"

namespace csd::kv {
namespace {

// An errno, or 0.
int try_to_connect(const addrinfo& address, uint32_t timeout_ms) {
    const UniqueFd socket(::socket(address.ai_family,
                                   address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                                   address.ai_protocol));
    if (socket.get() < 0) return errno;
    if (connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return 0;
    if (errno != EINPROGRESS) return errno;
    pollfd waiting{.fd = socket.get(), .events = POLLOUT, .revents = 0};
    if (poll(&waiting, 1, static_cast<int>(timeout_ms)) <= 0) return ETIMEDOUT;
    int outcome = 0;
    socklen_t size = sizeof outcome;
    getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &outcome, &size);
    return outcome;
}

std::string number_of(const addrinfo& address) {
    std::array<char, NI_MAXHOST> number{};
    getnameinfo(address.ai_addr, address.ai_addrlen, number.data(), number.size(), nullptr, 0,
                NI_NUMERICHOST);
    return number.data();
}

}  // namespace

Result<TcpAddress> reach(const std::string& host, uint16_t port, uint32_t timeout_ms) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int unknown = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (unknown != 0) {
        return Status(Code::kTransport,
                      "the host '" + host + "' is not known: " + gai_strerror(unknown));
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, freeaddrinfo);
    int failed = 0;
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
        const int outcome = try_to_connect(*one, timeout_ms);
        if (outcome == 0) return TcpAddress{number_of(*one), one->ai_family == AF_INET6};
        if (failed == 0) failed = outcome;
    }
    return Status(Code::kTransport, "nobody answers at " + host + ", port " + std::to_string(port) +
                                        " (" + std::strerror(failed) +
                                        "); is the NVMe/TCP target running?");
}

}  // namespace csd::kv
