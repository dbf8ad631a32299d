// SPDX-License-Identifier: BSD-3-Clause
//
// Operation: what a request asks for. One file an operation beside this one; route.cc has the table that finds it by
// method, path, query and headers, in the words of the S3 API reference. A request that names a part of S3 we do not have
// gets NotImplemented, and so does one that changes something and has an argument without a value that nobody knows: it
// may be a newer part. Other query arguments that nobody knows are ignored.
// Tested by route_test.cc and tests/airmos.
#pragma once

#include <string_view>

#include "airmos/core/exchange.hpp"
#include "airmos/objects/objects.hpp"

namespace csd::airmos {

class Metrics;

// What operations share. It outlives every request.
struct Services {
    Objects& objects;
    Metrics& metrics;
    std::string region;
    std::string owner_id;  // of the one account, for ACLs and listings
    std::string owner_name;
};

struct Operation {
    std::string_view name;  // as S3 calls it, such as "PutObject"; also the metric's label
    Task<Outcome<>> (*answer)(Exchange& exchange, Services& services);

    // Refuses first what no operation has (refuse_unsupported of object_headers.hpp), then answers.
    Task<Outcome<>> run(Exchange& exchange, Services& services) const;
};

// Never fails: what is not implemented is an operation that says so.
const Operation& route(const Request& request);

}  // namespace csd::airmos
