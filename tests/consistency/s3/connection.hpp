// SPDX-License-Identifier: BSD-3-Clause
//
// Connection: signed S3 requests to a node over one connection that stays open, one at a time, from a thread that may block.
// Large bodies are sent after a 100 (Continue), because a node that refuses a request does not read them.
// Throws std::runtime_error when the node cannot be reached or answers what is no HTTP. Exercised by every run of
// csd-consistency-s3.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "airmos/auth/test_signer.hpp"

namespace csd::consistency::s3 {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
    std::string method = "GET", path = "/";
    Pairs query, headers;
    std::string body;
};

struct Response {
    int status = 0;
    airmos::Fields headers;  // names in lower case
    std::string body;

    // What XML says between <NAME> and </NAME>, for the first such element behind `from`, which moves behind it.
    std::string element(std::string_view name, size_t& from) const;
    std::string element(std::string_view name) const {
        size_t from = 0;
        return element(name, from);
    }
};

class Connection {
  public:
    // HOST:PORT, or a URL of it.
    Connection(const std::string& endpoint, airmos::auth::Keys keys);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Response send(const Request& request);

  private:
    void open();
    void send_all(std::string_view bytes);
    bool receive();
    Response read_response(bool has_body);

    std::string authority_;
    const airmos::auth::Keys keys_;
    int socket_ = -1;
    std::string received_;  // not used yet
};

}  // namespace csd::consistency::s3
