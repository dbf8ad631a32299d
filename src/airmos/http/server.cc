// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by server_test.cc.
#include "airmos/http/server.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "airmos/http/connection.hpp"

namespace csd::airmos {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr int kBacklog = 1024;
// Out of descriptors or memory: trying again at once would only take the processor.
constexpr std::chrono::milliseconds kAcceptPause{50};
// How many may hear that there are too many, at the same time.
constexpr size_t kRefusedAtOnce = 64;

std::string text_of(const tcp::socket& socket) {
    boost::system::error_code error;
    const tcp::endpoint remote = socket.remote_endpoint(error);
    if (error) return "-";
    const std::string host = remote.address().to_string();
    const std::string port = std::to_string(remote.port());
    return (remote.address().is_v6() ? "[" + host + "]:" : host + ":") + port;
}

}  // namespace

class Server::State : public std::enable_shared_from_this<State> {
  public:
    State(EventLoops& loops, ServerOptions options, const Application& application,
          HashHelper& hashes)
        : loops_(loops),
          options_(std::move(options)),
          application_(application),
          hashes_(hashes),
          acceptor_(loops.at(0)),
          on_loop_(loops.count()) {}

    Status listen() {
        boost::system::error_code error;
        const auto address = asio::ip::make_address(options_.address, error);
        if (error)
            return {Code::kUsage, "the address " + options_.address + " is not an IP address"};
        const tcp::endpoint endpoint(address, options_.port);
        acceptor_.open(endpoint.protocol(), error);
        if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) acceptor_.bind(endpoint, error);
        if (!error) acceptor_.listen(kBacklog, error);
        if (!error) port_ = acceptor_.local_endpoint(error).port();
        if (!error) return {};
        return {Code::kUsage, "cannot listen on " + options_.address + " port " +
                                  std::to_string(options_.port) + ": " + error.message()};
    }

    void run() {
        const auto loop = [](std::shared_ptr<State> self) -> Task<void> {
            co_await self->accept();
        };
        asio::co_spawn(acceptor_.get_executor(), loop(shared_from_this()), asio::detached);
    }

    void stop(bool now) {
        asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
            boost::system::error_code ignored;
            self->acceptor_.close(ignored);
        });
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        for (const auto& [id, weak] : connections_) {
            const std::shared_ptr<Connection> connection = weak.lock();
            if (!connection) continue;
            if (now) {
                connection->cut();
            } else {
                connection->stop();
            }
        }
    }

    size_t connections() const {
        const std::lock_guard lock(mutex_);
        return connections_.size();
    }
    uint16_t port() const { return port_; }

  private:
    Task<void> accept() {
        while (acceptor_.is_open()) {
            const size_t loop = emptiest_loop();
            auto [error, socket] = co_await acceptor_.async_accept(loops_.at(loop), kAwait);
            if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) {
                co_return;
            }
            if (error) {
                asio::steady_timer pause(acceptor_.get_executor(), kAcceptPause);
                co_await pause.async_wait(kAwait);
                continue;
            }
            adopt(std::move(socket), loop);
        }
    }

    size_t emptiest_loop() const {
        const std::lock_guard lock(mutex_);
        const auto fewest = std::min_element(on_loop_.begin(), on_loop_.end());
        return static_cast<size_t>(fewest - on_loop_.begin());
    }

    void adopt(tcp::socket socket, size_t loop) {
        boost::system::error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        ConnectionContext context{application_, options_.limits, hashes_, text_of(socket),
                                  options_.tls != nullptr};
        auto channel = options_.tls ? Channel::tls(std::move(socket), *options_.tls)
                                    : Channel::plain(std::move(socket));
        const auto connection = std::make_shared<Connection>(
            loops_.at(loop).get_executor(), std::move(channel), std::move(context));
        const uint64_t id = next_id_++;
        bool too_many = false;
        {
            const std::lock_guard lock(mutex_);
            if (stopping_ || connections_.size() >= options_.limits.connections + kRefusedAtOnce) {
                return;  // closed without a word
            }
            too_many = connections_.size() >= options_.limits.connections;
            connections_.emplace(id, connection);
            on_loop_[loop]++;
        }
        const auto run = [](std::shared_ptr<Connection> one, bool refused) -> Task<void> {
            if (refused) {
                co_await one->refuse();
            } else {
                co_await one->run();
            }
        };
        // An exception (no memory) ends its connection only.
        asio::co_spawn(loops_.at(loop), run(connection, too_many),
                       [self = shared_from_this(), id, loop](const std::exception_ptr&) {
                           const std::lock_guard lock(self->mutex_);
                           self->connections_.erase(id);
                           self->on_loop_[loop]--;
                       });
    }

    EventLoops& loops_;
    const ServerOptions options_;
    const Application& application_;
    HashHelper& hashes_;
    tcp::acceptor acceptor_;
    uint16_t port_ = 0;
    std::atomic<uint64_t> next_id_ = 0;

    mutable std::mutex mutex_;  // guards what follows
    bool stopping_ = false;
    std::unordered_map<uint64_t, std::weak_ptr<Connection>> connections_;
    std::vector<size_t> on_loop_;  // how many of them
};

Server::Server(std::shared_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
    state_->stop(true);
}

Result<std::unique_ptr<Server>> Server::start(EventLoops& loops, ServerOptions options,
                                              const Application& application, HashHelper& hashes) {
    auto state = std::make_shared<State>(loops, std::move(options), application, hashes);
    if (Status status = state->listen(); !status.ok()) return status;
    state->run();
    return std::unique_ptr<Server>(new Server(std::move(state)));
}

uint16_t Server::port() const {
    return state_->port();
}
size_t Server::connections() const {
    return state_->connections();
}
void Server::stop() {
    state_->stop(false);
}
void Server::cut() {
    state_->stop(true);
}

Result<Address> parse_address(const std::string& text) {
    const auto wrong = [&] {
        return Status(Code::kUsage,
                      "'" + text + "' is not an address such as 127.0.0.1:9000 or [::1]:9000");
    };
    const size_t colon = text.rfind(':');
    Address address;
    address.host = colon == std::string::npos ? "127.0.0.1" : text.substr(0, colon);
    const std::string port = colon == std::string::npos ? text : text.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (error != std::errc() || end != port.data() + port.size()) return wrong();
    if (address.host.starts_with('[') && address.host.ends_with(']')) {
        address.host = address.host.substr(1, address.host.size() - 2);
    } else if (address.host.find(':') != std::string::npos) {
        return wrong();
    }
    if (address.host.empty() || address.host == "*") address.host = "0.0.0.0";
    if (address.host == "localhost") address.host = "127.0.0.1";
    boost::system::error_code not_an_address;
    asio::ip::make_address(address.host, not_an_address);
    if (not_an_address) return wrong();
    return address;
}

bool is_loopback(const std::string& host) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(host, error);
    return !error && address.is_loopback();
}

}  // namespace csd::airmos
