// SPDX-License-Identifier: BSD-3-Clause
//
// Response: one answer on its way out: head, body by length or in chunks, errors as XML. The head waits for the first
// piece of the body and goes with it.
// Threads: the connection's loop. Tested by server_test.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "airmos/core/exchange.hpp"
#include "airmos/http/channel.hpp"
#include "airmos/http/limits.hpp"

namespace csd::airmos {

class Response {
  public:
    struct Context {
        std::string request_id, host_id;
        std::string target;
        bool head_only = false;  // of a HEAD request
        bool http_1_0 = false;
    };
    Response(Channel& channel, const Limits& limits, Context context);

    Task<Outcome<>> start(int status, std::optional<uint64_t> length, const Fields& headers);
    Task<Outcome<>> write(Bytes piece);
    // The end of the body. False: the connection is of no use any more.
    Task<bool> finish();
    // In the place of what was started, if nothing of it left. False as above.
    Task<bool> fail(const Error& error, const Fields& headers);

    void close_after() { keep_alive_ = false; }  // before the head goes
    bool keep_alive() const { return keep_alive_; }
    bool started() const { return status_ != 0; }
    bool client_is_gone() { return broken_ || channel_.is_gone(); }
    int status() const { return status_; }
    uint64_t sent_bytes() const { return sent_; }

  private:
    void make_head(const Fields& headers);
    Task<bool> send(Channel::Buffers buffers);

    Channel& channel_;
    const Limits& limits_;
    const Context context_;
    int status_ = 0;
    bool keep_alive_ = true;
    bool broken_ = false;
    bool has_body_ = true;
    bool chunked_ = false;
    uint64_t left_ = 0;  // of the announced length
    uint64_t sent_ = 0;  // of the body
    std::string head_;   // until it went
};

}  // namespace csd::airmos
