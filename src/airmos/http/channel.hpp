// SPDX-License-Identifier: BSD-3-Clause
//
// Channel: the bytes of one connection, over TCP or TLS, with a time limit on every step.
// Threads: the connection's loop. Tested by server_test.cc.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <memory>
#include <vector>

#include "airmos/core/task.hpp"
#include "base/bytes.hpp"

namespace csd::airmos {

class Channel {
  public:
    using Limit = std::chrono::steady_clock::duration;
    using Buffers = std::vector<boost::asio::const_buffer>;
    enum class End : uint8_t {
        kNone,
        kClosed,
        kTimeout,
        kCut
    };  // kClosed: by the client, in order
    struct Got {
        size_t bytes = 0;
        End end = End::kNone;
    };

    virtual ~Channel() = default;
    virtual Task<End> handshake(Limit limit) = 0;
    virtual Task<Got> read_some(MutableBytes buffer, Limit limit) = 0;
    virtual Task<End> write(const Buffers& buffers, Limit limit) = 0;  // all of it
    virtual Task<void> say_goodbye(Limit limit) = 0;                   // no more will be written
    virtual void cut() = 0;                                            // what waits ends with kCut
    // The client has closed its side, or the connection is cut; also while nothing is read or written.
    virtual bool is_gone() = 0;

    static std::unique_ptr<Channel> plain(boost::asio::ip::tcp::socket socket);
    static std::unique_ptr<Channel> tls(boost::asio::ip::tcp::socket socket,
                                        boost::asio::ssl::context& context);
};

}  // namespace csd::airmos
