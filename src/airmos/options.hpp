// SPDX-License-Identifier: BSD-3-Clause
//
// What the command line of airmos says. Tested by options_test.cc; the manual is docs/man/airmos.1.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "airmos/access_log.hpp"
#include "airmos/auth/verifier.hpp"
#include "airmos/http/limits.hpp"
#include "airmos/http/server.hpp"

namespace csd::airmos {

struct Options {
    std::vector<std::string> drives;
    Address listen{"127.0.0.1", 9000};
    std::optional<Address> metrics_listen;
    std::string tls_certificate, tls_key;
    std::string region = "us-east-1";
    std::vector<std::string> domains;
    AccessLog::Form log = AccessLog::Form::kJson;
    std::string credentials;  // a file for the keys, or nothing
    Limits limits;
    std::chrono::seconds stop_wait{30};  // for requests in flight
    std::optional<auth::Keys> keys;      // of the environment; nothing: the node makes a pair
};

// What to do: run with the options, or end at once with a status because help was asked for or an argument is wrong
// (which was then said).
struct Parsed {
    Options options;
    std::optional<int> exit_status;
};
Parsed parse_options(int argc, const char* const* argv);

inline constexpr int kExitUsage = 2;  // as kvcli has it

}  // namespace csd::airmos
