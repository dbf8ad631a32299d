// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/load.hpp"

#include <algorithm>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <exception>

#include "measure.hpp"

namespace csd::bench {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr size_t kPieceBytes = 256 * 1024;

class Generator {
  public:
    Generator(const Endpoint& endpoint, size_t times,
              std::function<const HttpRequest&(size_t)> request, const OnBody& on_body)
        : times_(times), request_(std::move(request)), on_body_(on_body) {
        load_.latencies.reserve(times);
        servers_ = tcp::resolver(context_).resolve(endpoint.host, endpoint.port);
    }

    Load run(unsigned connections) {
        for (unsigned i = 0; i < std::min<size_t>(connections, times_); i++)
            asio::co_spawn(context_, connection(), [this](std::exception_ptr failed) {
                if (failed && !failure_) failure_ = failed;
                if (failed) context_.stop();
            });
        const Stopwatch watch;
        context_.run();
        if (failure_) std::rethrow_exception(failure_);
        load_.seconds = watch.seconds();
        std::sort(load_.latencies.begin(), load_.latencies.end());
        return std::move(load_);
    }

  private:
    asio::awaitable<void> connection() {
        beast::tcp_stream stream(context_);
        co_await stream.async_connect(servers_, asio::use_awaitable);
        stream.socket().set_option(tcp::no_delay(true));
        beast::flat_buffer buffer;
        buffer.reserve(kPieceBytes);
        std::vector<char> piece(kPieceBytes);
        while (next_ < times_) {
            const HttpRequest& request = request_(next_++);
            const Stopwatch watch;
            const std::array<asio::const_buffer, 2> parts = {asio::buffer(request.head),
                                                             asio::buffer(request.body)};
            co_await asio::async_write(stream, parts, asio::use_awaitable);
            co_await answer(stream, buffer, piece);
            load_.latencies.push_back(watch.seconds());
            load_.requests++;
        }
    }

    asio::awaitable<void> answer(beast::tcp_stream& stream, beast::flat_buffer& buffer,
                                 std::vector<char>& piece) {
        http::response_parser<http::buffer_body> parser;
        parser.body_limit(boost::none);
        co_await http::async_read_header(stream, buffer, parser, asio::use_awaitable);
        const bool good = parser.get().result_int() / 100 == 2;
        std::string reason;
        while (!parser.is_done()) {
            parser.get().body().data = piece.data();
            parser.get().body().size = piece.size();
            boost::system::error_code error;
            co_await http::async_read(stream, buffer, parser,
                                      asio::redirect_error(asio::use_awaitable, error));
            if (error && error != http::error::need_buffer)
                throw boost::system::system_error(error);
            const std::string_view got(piece.data(), piece.size() - parser.get().body().size);
            load_.bytes += got.size();
            if (good && on_body_) on_body_(got);
            if (!good && reason.size() < 1000) reason += got;
        }
        if (!good)
            throw Failure("a request was answered " + std::to_string(parser.get().result_int()) +
                          ": " + reason);
    }

    const size_t times_;
    const std::function<const HttpRequest&(size_t)> request_;
    const OnBody& on_body_;
    asio::io_context context_{1};
    tcp::resolver::results_type servers_;
    size_t next_ = 0;
    std::exception_ptr failure_;
    Load load_;
};

}  // namespace

Endpoint endpoint_of(const std::string& text) {
    const size_t begin = text.starts_with("http://") ? 7 : 0;
    const size_t colon = text.find(':', begin);
    if (colon == std::string::npos) throw Failure("an address is HOST:PORT, not " + text);
    return {text.substr(begin, colon - begin), text.substr(colon + 1)};
}

double Load::percentile(double part) const {
    if (latencies.empty()) return 0;
    const auto last = static_cast<double>(latencies.size() - 1);
    return latencies[static_cast<size_t>(part * last)] * 1e3;
}

Load put_under_load(const Endpoint& endpoint, unsigned connections,
                    const std::vector<HttpRequest>& requests, const OnBody& on_body) {
    return Generator(
               endpoint, requests.size(),
               [&](size_t i) -> const HttpRequest& { return requests[i]; }, on_body)
        .run(connections);
}

Load repeat_under_load(const Endpoint& endpoint, unsigned connections, const HttpRequest& request,
                       size_t times) {
    const OnBody none;
    return Generator(
               endpoint, times, [&](size_t) -> const HttpRequest& { return request; }, none)
        .run(connections);
}

}  // namespace csd::bench
