// SPDX-License-Identifier: BSD-3-Clause
//
// Application: what a server serves. The server knows HTTP, signatures and bodies; operations come from here.
// Threads: everything here is called from any thread, by several connections at once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "airmos/auth/verifier.hpp"
#include "airmos/core/exchange.hpp"

namespace csd::airmos {

struct Handling {
    std::string_view operation;  // for the log and the metrics
    std::function<Task<Outcome<>>(Exchange&)> run;
};

// An answer to whoever asks without a signature: health, metrics.
struct Page {
    std::string_view name;  // as an operation's
    int status = 200;
    std::string content_type;
    std::string text;
};

// What is known of a request when it is over.
struct Served {
    std::string_view request_id, remote, method, target, bucket, key, operation, error, user_agent;
    int status = 0;  // 0: the client was gone before an answer
    double seconds = 0;
    uint64_t received_bytes = 0, sent_bytes = 0;  // of bodies
    std::string_view cause;                       // of the error, for the log only
};

struct Application {
    std::function<std::optional<Page>(std::string_view path)> page;
    const auth::Verifier* verifier = nullptr;  // nullptr: there are only pages
    std::function<Handling(const Request&)> route;
    std::vector<std::string> domains;  // whose subdomains are buckets
    std::function<void(const Served&)> served;
    std::function<void(int change)> connections;
};

}  // namespace csd::airmos
