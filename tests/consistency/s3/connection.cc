// SPDX-License-Identifier: BSD-3-Clause
#include "consistency/s3/connection.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cstdlib>
#include <ctime>
#include <stdexcept>

namespace csd::consistency::s3 {

static constexpr size_t kLargeBytes = 4096;

std::string Response::element(std::string_view name, size_t& from) const {
    const std::string open = "<" + std::string(name) + ">";
    const size_t begin = body.find(open, from);
    if (begin == std::string::npos) return {};
    const size_t end = body.find("</", begin + open.size());
    if (end == std::string::npos) return {};
    from = end;
    return body.substr(begin + open.size(), end - begin - open.size());
}

Connection::Connection(const std::string& endpoint, airmos::auth::Keys keys)
    : authority_(endpoint.starts_with("http://") ? endpoint.substr(7) : endpoint),
      keys_(std::move(keys)) {
    open();
}

void Connection::open() {
    if (socket_ >= 0) close(socket_);
    received_.clear();
    const size_t colon = authority_.rfind(':');
    if (colon == std::string::npos) throw std::runtime_error("an address is HOST:PORT");
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(authority_.substr(0, colon).c_str(), authority_.substr(colon + 1).c_str(),
                    &hints, &found) != 0) {
        throw std::runtime_error("there is no address " + authority_);
    }
    socket_ = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected = socket_ >= 0 && connect(socket_, found->ai_addr, found->ai_addrlen) == 0;
    freeaddrinfo(found);
    if (!connected) throw std::runtime_error("nothing listens at " + authority_);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const timeval patience{300, 0};  // of a machine that is busy with other things
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

Connection::~Connection() {
    if (socket_ >= 0) close(socket_);
}

Response Connection::send(const Request& request) {
    airmos::auth::TestRequest wire;
    wire.keys = keys_;
    wire.method = request.method;
    wire.path = request.path;
    wire.payload = "UNSIGNED-PAYLOAD";
    for (const auto& [name, value] : request.query) wire.query.add(name, value);
    wire.headers.set("host", authority_);
    for (const auto& [name, value] : request.headers) wire.headers.set(name, value);
    if (request.method != "GET" && request.method != "HEAD") {
        wire.headers.set("content-length", std::to_string(request.body.size()));
    }
    const bool large = request.body.size() > kLargeBytes;
    if (large) wire.headers.set("expect", "100-continue");
    wire.sign(std::time(nullptr));
    send_all(wire.head() + (large ? "" : request.body));
    Response response = read_response(request.method != "HEAD");
    if (large && response.status == 100) {
        send_all(request.body);
        response = read_response(true);
    } else if (large) {
        open();  // the node may wait for the body
        return response;
    }
    if (response.headers.get("connection") == "close") open();
    return response;
}

void Connection::send_all(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) throw std::runtime_error("the node has closed the connection");
        bytes.remove_prefix(static_cast<size_t>(sent));
    }
}

bool Connection::receive() {
    std::array<char, 65536> piece;
    const ssize_t got = recv(socket_, piece.data(), piece.size(), 0);
    if (got <= 0) return false;
    received_.append(piece.data(), static_cast<size_t>(got));
    return true;
}

Response Connection::read_response(bool has_body) {
    size_t end = std::string::npos;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
        if (!receive()) throw std::runtime_error("the node did not answer");
    }
    Response response;
    size_t at = received_.find("\r\n");
    if (!received_.starts_with("HTTP/1.1 ") || at > end) throw std::runtime_error("no HTTP");
    response.status = std::atoi(received_.c_str() + 9);
    while (at < end) {
        at += 2;
        const size_t colon = received_.find(':', at);
        const size_t line_end = received_.find("\r\n", at);
        if (colon > line_end) throw std::runtime_error("no HTTP");
        std::string name = received_.substr(at, colon - at);
        for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        response.headers.add(std::move(name), received_.substr(colon + 2, line_end - colon - 2));
        at = line_end;
    }
    received_.erase(0, end + 4);
    const bool none =
        !has_body || response.status == 100 || response.status == 204 || response.status == 304;
    const size_t length =
        none ? 0
             : std::strtoul(std::string(response.headers.get("content-length")).c_str(), nullptr,
                            10);
    while (received_.size() < length) {
        if (!receive()) throw std::runtime_error("the answer ended too early");
    }
    response.body = received_.substr(0, length);
    received_.erase(0, length);
    return response;
}

}  // namespace csd::consistency::s3
