// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by server_test.cc.
#include "airmos/http/channel.hpp"

#include <poll.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <type_traits>

namespace csd::airmos {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using Error = boost::system::error_code;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

// Of what is left as much as the kernel takes with one call; Asio's own condition asks for 64 KiB at a time.
size_t all_at_once(const Error& error, size_t) {
    return error ? 0 : SIZE_MAX;
}

// Cancels what a socket does when its time is over, and leaves it open, so that the client can be told. The timer is set
// only when it must ring earlier than it would: most steps end long before, and cost no timer.
class Watch : public std::enable_shared_from_this<Watch> {
  public:
    explicit Watch(tcp::socket& socket) : socket_(&socket), timer_(socket.get_executor()) {}

    void begin(Channel::Limit limit) {
        deadline_ = Clock::now() + limit;
        waiting_ = true;
        rang_ = false;
        if (!set_ || deadline_ < timer_.expiry()) set();
    }
    void end() { waiting_ = false; }
    bool rang() const { return rang_; }
    void release() {
        socket_ = nullptr;
        timer_.cancel();
    }

  private:
    void set() {
        set_ = true;
        timer_.expires_at(deadline_);
        timer_.async_wait([self = shared_from_this()](const Error& error) {
            if (!error && self->socket_ != nullptr) self->ring();
        });
    }
    void ring() {
        set_ = false;
        if (!waiting_) return;
        if (Clock::now() < deadline_) {
            set();
            return;
        }
        rang_ = true;
        Error ignored;
        socket_->cancel(ignored);
    }

    tcp::socket* socket_;
    asio::steady_timer timer_;
    Clock::time_point deadline_;
    bool waiting_ = false, rang_ = false;
    bool set_ = false;  // the timer waits
};

template <typename Stream>
class StreamChannel : public Channel {
  public:
    template <typename... Arguments>
    explicit StreamChannel(tcp::socket socket, Arguments&... arguments)
        : stream_(std::move(socket), arguments...), watch_(std::make_shared<Watch>(lowest())) {}
    ~StreamChannel() override { watch_->release(); }

    Task<End> handshake(Limit limit) override {
        if constexpr (kTls) {
            watch_->begin(limit);
            const auto [error] =
                co_await stream_.async_handshake(asio::ssl::stream_base::server, kAwait);
            co_return end_of(error);
        }
        (void)limit;
        co_return End::kNone;
    }

    Task<Got> read_some(MutableBytes buffer, Limit limit) override {
        watch_->begin(limit);
        const auto [error, bytes] =
            co_await stream_.async_read_some(asio::buffer(buffer.data(), buffer.size()), kAwait);
        co_return Got{bytes, end_of(error)};
    }

    Task<End> write(const Buffers& buffers, Limit limit) override {
        watch_->begin(limit);
        const auto [error, bytes] =
            co_await asio::async_write(stream_, buffers, all_at_once, kAwait);
        (void)bytes;
        co_return end_of(error);
    }

    Task<void> say_goodbye(Limit limit) override {
        watch_->begin(limit);
        if constexpr (kTls) {
            const auto [error] = co_await stream_.async_shutdown(kAwait);
            (void)error;
        }
        watch_->end();
        Error ignored;
        lowest().shutdown(tcp::socket::shutdown_send, ignored);
        co_return;
    }

    void cut() override {
        Error ignored;
        lowest().close(ignored);
    }

    bool is_gone() override {
        pollfd socket{lowest().native_handle(), POLLRDHUP, 0};
        return !lowest().is_open() || (::poll(&socket, 1, 0) == 1 && socket.revents != 0);
    }

  private:
    static constexpr bool kTls = !std::is_same_v<Stream, tcp::socket>;

    tcp::socket& lowest() {
        if constexpr (kTls) {
            return stream_.next_layer();
        } else {
            return stream_;
        }
    }

    End end_of(const Error& error) {
        watch_->end();
        if (!error) return End::kNone;
        if (watch_->rang()) return End::kTimeout;
        const bool closed =
            error == asio::error::eof || error == asio::ssl::error::stream_truncated;
        return closed ? End::kClosed : End::kCut;
    }

    Stream stream_;
    const std::shared_ptr<Watch> watch_;
};

}  // namespace

std::unique_ptr<Channel> Channel::plain(tcp::socket socket) {
    return std::make_unique<StreamChannel<tcp::socket>>(std::move(socket));
}

std::unique_ptr<Channel> Channel::tls(tcp::socket socket, asio::ssl::context& context) {
    return std::make_unique<StreamChannel<asio::ssl::stream<tcp::socket>>>(std::move(socket),
                                                                           context);
}

}  // namespace csd::airmos
