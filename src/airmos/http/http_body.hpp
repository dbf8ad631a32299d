// SPDX-License-Identifier: BSD-3-Clause
//
// HttpBody: the body of one request off its connection: by Content-Length or in HTTP chunks, with 100 Continue sent when
// the first byte is wanted, and a client that drips refused.
//
// Errors     RequestTimeout, IncompleteBody, EntityTooLarge, BadRequest (chunks that are none). Nothing more can be read then.
// Threads    the connection's loop. Tested by server_test.cc.
#pragma once

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <memory>
#include <optional>

#include "airmos/body/verified_body.hpp"
#include "airmos/http/head.hpp"
#include "airmos/http/input.hpp"

namespace csd::airmos {

class HttpBody : public ByteSource {
  public:
    HttpBody(Channel& channel, Input& input, const Head& head, const Limits& limits);

    std::optional<uint64_t> size() const override { return length_; }
    Task<Outcome<size_t>> read(MutableBytes buffer) override;

    // Reads what nobody wanted, so that the next request can follow; false: too much of it, or broken.
    Task<bool> skip();
    bool can_skip() const;

  private:
    using ChunkParser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

    Task<Outcome<size_t>> read_counted(MutableBytes buffer);
    Task<Outcome<size_t>> read_chunked(MutableBytes buffer);
    Task<void> send_continue();
    bool at_end() const;
    // The time that the next receive may take; nothing: the client had its time.
    std::optional<Channel::Limit> allowance() const;
    Task<Outcome<>> receive();                       // more into the input
    Task<Outcome<size_t>> receive(MutableBytes to);  // straight into a buffer
    Outcome<> account(const Channel::Got& got, std::chrono::steady_clock::time_point started);

    Channel& channel_;
    Input& input_;
    const Limits& limits_;
    const std::optional<uint64_t> length_;  // the Content-Length
    bool continue_wanted_;
    bool broken_ = false;
    uint64_t left_ = 0;  // of the Content-Length
    uint64_t received_ = 0;
    Channel::Limit waited_{};
    std::unique_ptr<ChunkParser> chunks_;
};

}  // namespace csd::airmos
