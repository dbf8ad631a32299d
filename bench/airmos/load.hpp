// SPDX-License-Identifier: BSD-3-Clause
//
// Load: many HTTP requests over connections that stay open, from one thread, and how long they took. The same
// generator puts the node and its yardstick under load. Exercised by every run of bench/airmos/run.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace csd::bench {

struct Endpoint {
    std::string host, port;
    std::string authority() const { return host + ":" + port; }
};
Endpoint endpoint_of(const std::string& text);  // HOST:PORT, or a URL of it

struct HttpRequest {
    std::string head;       // whole, with the empty line
    std::string_view body;  // lent
};

struct Load {
    double seconds = 0;
    uint64_t requests = 0;
    uint64_t bytes = 0;             // of the bodies received
    std::vector<double> latencies;  // seconds, one a request, sorted

    double per_second() const { return static_cast<double>(requests) / seconds; }
    double percentile(double part) const;  // milliseconds
};

using OnBody = std::function<void(std::string_view piece)>;

// Sends each request once, the next as soon as a connection is free. An answer other than 2xx is a Failure.
Load put_under_load(const Endpoint& endpoint, unsigned connections,
                    const std::vector<HttpRequest>& requests, const OnBody& on_body = {});
// The same request many times.
Load repeat_under_load(const Endpoint& endpoint, unsigned connections, const HttpRequest& request,
                       size_t times);

}  // namespace csd::bench
