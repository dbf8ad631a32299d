// SPDX-License-Identifier: BSD-3-Clause
//
// Head: the request line and header fields of one HTTP/1.1 request, judged. What two programs on the way could read
// differently (RFC 9112, 11.2) is refused: two lengths, a length and a transfer coding, folded lines, two hosts.
//
// Errors     BadRequest, InvalidURI, InvalidHostHeader, RequestHeaderSectionTooLarge, NotImplemented (a transfer coding
//            that is not chunked), EntityTooLarge. The connection cannot be used after any of them.
// Threads    pure. Tested by head_test.cc, fuzz/sigv4.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "airmos/core/error.hpp"
#include "airmos/core/exchange.hpp"
#include "airmos/http/limits.hpp"

namespace csd::airmos {

struct Head {
    std::string method;
    std::string target;  // as it came
    std::string path;    // of the target, still encoded
    Fields query;        // decoded
    Fields headers;      // names in lower case
    std::string host;
    bool keep_alive = true;
    bool expects_continue = false;
    bool chunked = false;                    // Transfer-Encoding
    std::optional<uint64_t> content_length;  // neither: no body
    bool http_1_0 = false;
};

// `text` ends with the empty line.
Outcome<Head> parse_head(std::string_view text, const Limits& limits);

// Bucket and key of a request. `domains` are those whose subdomains are buckets.
struct Names {
    std::string bucket, key;
};
Outcome<Names> names_of(std::string_view path, std::string_view host,
                        const std::vector<std::string>& domains);

}  // namespace csd::airmos
