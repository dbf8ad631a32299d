// SPDX-License-Identifier: BSD-3-Clause
//
// S3: signed requests to a node, made before the clock starts.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "airmos/load.hpp"

namespace csd::bench {

using QueryArguments = std::vector<std::pair<std::string, std::string>>;

class S3 {
  public:
    // Keys from AIRMOS_ACCESS_KEY and AIRMOS_SECRET_KEY.
    explicit S3(Endpoint endpoint);

    const Endpoint& endpoint() const { return endpoint_; }
    // `hash` is the body's SHA-256 in hexadecimal, which the node then verifies; computed if empty.
    HttpRequest request(const std::string& method, const std::string& path,
                        std::string_view body = {}, const QueryArguments& query = {},
                        std::string hash = {}) const;
    // One request, for preparations; the body of the answer.
    std::string send(const HttpRequest& request) const;

  private:
    const Endpoint endpoint_;
    std::string access_key_, secret_key_;
};

std::string sha256_hex(std::string_view bytes);

}  // namespace csd::bench
