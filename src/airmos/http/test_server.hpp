// SPDX-License-Identifier: BSD-3-Clause
//
// For tests: a server with small operations on loopback, and a client that sends whatever bytes a test wants.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cctype>
#include <cerrno>
#include <ctime>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "airmos/auth/test_signer.hpp"
#include "airmos/http/server.hpp"

namespace csd::airmos {

// PUT keeps a body under its path when all of it was right, GET returns it; that is all an object store is.
class TestServer {
  public:
    explicit TestServer(const Limits& limits = {},
                        std::shared_ptr<boost::asio::ssl::context> tls = nullptr)
        : verifier_(auth::kTestKeys, "us-east-1", [] { return std::time(nullptr); }), hashes_(1) {
        application_.verifier = &verifier_;
        application_.page = [](std::string_view path) {
            return path == "/health/live"
                       ? std::optional(Page{"HealthLive", 200, "text/plain", "live"})
                       : std::nullopt;
        };
        application_.route = [this](const Request& request) { return route(request); };
        application_.served = [this](const Served& served) {
            const std::lock_guard lock(mutex_);
            log_.emplace_back(std::string(served.operation), served.status);
        };
        auto started =
            Server::start(loops_, {"127.0.0.1", 0, std::move(tls), limits}, application_, hashes_);
        EXPECT_TRUE(started.ok()) << started.status().message();
        server_ = std::move(started).value();
        thread_ = std::thread([this] { loops_.run(); });
    }
    ~TestServer() {
        server_->cut();
        loops_.end();
        thread_.join();
    }

    Server& server() { return *server_; }
    uint16_t port() const { return server_->port(); }
    std::map<std::string, std::string> objects() const {
        const std::lock_guard lock(mutex_);
        return objects_;
    }
    void put(const std::string& path, std::string text) {
        const std::lock_guard lock(mutex_);
        objects_[path] = std::move(text);
    }
    std::vector<std::pair<std::string, int>> log() const {
        const std::lock_guard lock(mutex_);
        return log_;
    }

  private:
    Handling route(const Request& request) {
        if (request.query.has("hang")) {
            return {"Hang", [](Exchange&) -> Task<Outcome<>> {
                        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor,
                                                        std::chrono::milliseconds(300));
                        co_await timer.async_wait(boost::asio::use_awaitable);
                        co_return Error("SlowDown");
                    }};
        }
        if (request.query.has("watch")) return {"Watch", watch};
        if (request.query.has("cut")) {
            return {"Cut", [](Exchange& exchange) -> Task<Outcome<>> {
                        const std::string part(10, 'x');
                        const Outcome<> head = co_await exchange.send_head(200, 100);
                        const Outcome<> piece = co_await exchange.write(as_bytes(part));
                        co_return head.ok() && piece.ok() ? Outcome<>(Error("InternalError"))
                                                          : Outcome<>(Error("RequestTimeout"));
                    }};
        }
        if (request.query.has("chunks")) {
            return {"Chunks", [](Exchange& exchange) -> Task<Outcome<>> {
                        const std::string part(300000, 'c');
                        const Outcome<> head = co_await exchange.send_head(200, std::nullopt);
                        if (!head.ok()) co_return head;
                        for (int i = 0; i < 3; i++) {
                            const Outcome<> piece = co_await exchange.write(as_bytes(part));
                            if (!piece.ok()) co_return piece;
                        }
                        co_return Nothing{};
                    }};
        }
        if (request.query.has("response-content-type")) {
            return {"Override", [](Exchange& exchange) -> Task<Outcome<>> {
                        exchange.headers().set(
                            "content-type",
                            std::string(exchange.request().query.get("response-content-type")));
                        const std::string text = "text";
                        co_return co_await exchange.send(200, text, "");
                    }};
        }
        if (request.method == "PUT")
            return {"Put", [this](Exchange& exchange) { return put_object(exchange); }};
        if (request.method == "GET" || request.method == "HEAD") {
            return {"Get", [this](Exchange& exchange) { return get_object(exchange); }};
        }
        return {"Refused",
                [](Exchange&) -> Task<Outcome<>> { co_return Error("MethodNotAllowed"); }};
    }

    // Says whether the client is still there after so many milliseconds.
    static Task<Outcome<>> watch(Exchange& exchange) {
        const int most = std::stoi(std::string(exchange.request().query.get("watch")));
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
        for (int waited = 0; waited < most; waited += 5) {
            if (exchange.client_is_gone()) co_return Error("RequestTimeout");
            timer.expires_after(std::chrono::milliseconds(5));
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
        co_return co_await exchange.send(200, "there", "text/plain");
    }

    Task<Outcome<>> put_object(Exchange& exchange) {
        std::string text;
        std::vector<uint8_t> buffer(100000);
        while (true) {
            const Outcome<size_t> got = co_await exchange.body().read(buffer);
            if (!got.ok()) co_return got.error();
            if (got.value() == 0) break;
            text += as_text(Bytes(buffer).first(got.value()));
        }
        exchange.headers().set("etag", '"' + exchange.body().md5_hex() + '"');
        exchange.headers().set("x-test-encoding",
                               std::string(exchange.request().headers.get("content-encoding")));
        put("/" + exchange.request().bucket + "/" + exchange.request().key, std::move(text));
        const std::string nothing;
        co_return co_await exchange.send(200, nothing, "");
    }

    Task<Outcome<>> get_object(Exchange& exchange) {
        const auto all = objects();
        const auto found = all.find("/" + exchange.request().bucket + "/" + exchange.request().key);
        if (found == all.end()) co_return Error("NoSuchKey").with("Key", exchange.request().key);
        const Outcome<> head = co_await exchange.send_head(200, found->second.size());
        if (!head.ok()) co_return head;
        co_return co_await exchange.write(as_bytes(found->second));
    }

    const auth::Verifier verifier_;
    Application application_;
    HashHelper hashes_;
    mutable std::mutex mutex_;
    std::map<std::string, std::string> objects_;
    std::vector<std::pair<std::string, int>> log_;
    EventLoops loops_{2};
    std::unique_ptr<Server> server_;
    std::thread thread_;
};

class TestClient {
  public:
    explicit TestClient(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
        const timeval limit{30, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    }
    TestClient(const TestClient&) = delete;
    TestClient& operator=(const TestClient&) = delete;
    ~TestClient() { leave(); }
    void leave() {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
    }

    void end() const { ::shutdown(socket_, SHUT_WR); }  // sends nothing more, and still reads

    // False: the server has closed.
    bool send(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            text.remove_prefix(static_cast<size_t>(sent));
        }
        return true;
    }

    struct Response {
        int status = 0;  // 0: the server closed without one
        std::string head, body;
        bool whole = false;
        bool has(std::string_view text) const { return head.find(text) != std::string::npos; }
        std::string code() const {
            const size_t at = body.find("<Code>");
            return at == std::string::npos ? ""
                                           : body.substr(at + 6, body.find("</Code>") - at - 6);
        }
    };
    Response receive(bool has_body = true) {
        Response response;
        size_t end = 0;
        while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
            if (!more()) return response;
        }
        response.head = received_.substr(0, end + 4);
        received_.erase(0, end + 4);
        for (char& c : response.head) c = static_cast<char>(std::tolower(c));
        response.status = std::stoi(response.head.substr(9, 3));
        if (response.status == 100 || response.status == 304 || !has_body) {
            response.whole = true;
        } else if (response.has("transfer-encoding: chunked")) {
            response.whole = take_chunks(response.body);
        } else {
            const size_t at = response.head.find("content-length: ");
            const size_t length =
                at == std::string::npos ? 0 : std::stoul(response.head.substr(at + 16));
            response.whole = take(length, response.body);
        }
        return response;
    }
    Response ask(const std::string& text, bool has_body = true) {
        EXPECT_TRUE(send(text));
        return receive(has_body);
    }
    // True: nothing comes for so long, and the connection is open.
    bool is_silent(int milliseconds) const {
        pollfd wanted{socket_, POLLIN, 0};
        return received_.empty() && ::poll(&wanted, 1, milliseconds) == 0;
    }
    bool is_closed() {
        while (more()) received_.clear();
        return !timed_out_;
    }

  private:
    bool more() {
        char buffer[65536];
        const ssize_t got = ::recv(socket_, buffer, sizeof(buffer), 0);
        timed_out_ = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        if (got <= 0) return false;
        received_.append(buffer, static_cast<size_t>(got));
        return true;
    }
    bool take(size_t bytes, std::string& into) {
        while (received_.size() < bytes && more()) {
        }
        const size_t there = std::min(bytes, received_.size());
        into += received_.substr(0, there);
        received_.erase(0, there);
        return there == bytes;
    }
    bool take_chunks(std::string& into) {
        while (true) {
            size_t end = 0;
            while ((end = received_.find("\r\n")) == std::string::npos) {
                if (!more()) return false;
            }
            const size_t size = std::stoul(received_.substr(0, end), nullptr, 16);
            received_.erase(0, end + 2);
            std::string ending;
            if (!take(size, into) || !take(2, ending)) return false;
            if (size == 0) return true;
        }
    }

    int socket_;
    bool timed_out_ = false;
    std::string received_;
};

// A signed request; `fields` are added and signed if they are x-amz-….
inline auth::TestRequest test_request(
    const std::string& method, const std::string& path,
    const std::vector<std::pair<std::string, std::string>>& fields = {}) {
    auth::TestRequest request;
    request.method = method;
    request.path = path;
    request.payload = "UNSIGNED-PAYLOAD";
    request.headers.add("host", "localhost");
    for (const auto& [name, value] : fields) request.headers.add(name, value);
    return request;
}
inline std::string signed_head(auth::TestRequest request) {
    request.sign(std::time(nullptr));
    return request.head();
}

}  // namespace csd::airmos
