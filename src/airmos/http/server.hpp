// SPDX-License-Identifier: BSD-3-Clause
//
// Server: listens on one address and serves what connects.
//
//     Result<std::unique_ptr<Server>> server = Server::start(loops, {"127.0.0.1", 0}, application, hashes);
//     ... loops.run() ...
//     server.value()->stop();  // and connections() is 0 when the last request is answered
//
// Ownership  The application and the hash helper outlive the loops' run.
// Threads    every method from any thread. A connection is a coroutine on one of the loops, from its beginning to its end: on
//            that which has the fewest.
// Tested by server_test.cc.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "airmos/body/hash_helper.hpp"
#include "airmos/core/event_loops.hpp"
#include "airmos/http/application.hpp"
#include "airmos/http/limits.hpp"
#include "csd/status.hpp"

namespace csd::airmos {

struct ServerOptions {
    std::string address = "127.0.0.1";
    uint16_t port = 0;                               // 0: any that is free
    std::shared_ptr<boost::asio::ssl::context> tls;  // nullptr: plain HTTP
    Limits limits;
};

class Server {
  public:
    static Result<std::unique_ptr<Server>> start(EventLoops& loops, ServerOptions options,
                                                 const Application& application,
                                                 HashHelper& hashes);
    ~Server();

    uint16_t port() const;
    size_t connections() const;
    void
    stop();  // takes no more connections, ends the idle ones, and the others after their request
    void cut();  // ends all now

  private:
    class State;
    explicit Server(std::shared_ptr<State> state);
    const std::shared_ptr<State> state_;
};

// "127.0.0.1:9000", "[::1]:9000" or "9000" taken apart; kUsage else.
struct Address {
    std::string host;
    uint16_t port = 0;
};
Result<Address> parse_address(const std::string& text);
bool is_loopback(const std::string& host);

}  // namespace csd::airmos
