// SPDX-License-Identifier: BSD-3-Clause
//
// Connection: serves the requests of one client, one after the other:
//
//     head -> signature -> operation <-> body, response -> log -> next head
//
// Threads    run() on the connection's loop; stop() and cut() from any thread. Tested by server_test.cc.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "airmos/body/hash_helper.hpp"
#include "airmos/http/application.hpp"
#include "airmos/http/channel.hpp"
#include "airmos/http/head.hpp"
#include "airmos/http/http_body.hpp"
#include "airmos/http/input.hpp"
#include "airmos/http/limits.hpp"
#include "airmos/http/response.hpp"

namespace csd::airmos {

struct ConnectionContext {
    const Application& application;
    const Limits& limits;
    HashHelper& hashes;
    std::string remote;
    bool secure = false;
};

class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(boost::asio::any_io_executor loop, std::unique_ptr<Channel> channel,
               ConnectionContext context);
    ~Connection();

    Task<void> run();
    Task<void> refuse();  // there are too many
    void stop();          // at once if it is idle, else after the request
    void cut();

  private:
    struct Turn;  // one request

    Task<Outcome<std::optional<Head>>> read_head();
    Task<bool> serve(Outcome<Head> head);
    Task<Outcome<>> handle(Turn& turn, const Head& head, HttpBody& body);
    Task<Outcome<>> answer_page(Turn& turn, const Head& head, bool& answered);
    Task<void> linger();

    const boost::asio::any_io_executor loop_;
    const std::unique_ptr<Channel> channel_;
    const ConnectionContext context_;
    Input input_;
    std::atomic<bool> stopping_ = false;
    bool idle_ = false;  // waits for the first byte of a head; the loop's
};

// A name for a request that no other has, and nobody can guess.
std::string make_request_id();

}  // namespace csd::airmos
