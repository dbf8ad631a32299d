// SPDX-License-Identifier: BSD-3-Clause
//
// AWS Signature Version 4 as S3 uses it: the texts that are signed, and the keys they are signed with.
//
//     canonical request -> string to sign -> signature
//
// S3 differs from other services in that paths are not normalised and are percent-encoded once. From the Amazon S3 API
// reference, "Authenticating Requests (AWS Signature Version 4)".
// Threads: pure. Tested by sigv4_test.cc, fuzz/sigv4.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "airmos/core/exchange.hpp"

namespace csd::airmos::auth {

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

// What a signature covers, as it came.
struct Signed {
    std::string_view method;
    std::string_view path;  // of the target, still encoded
    const Fields& query;    // decoded
    const Fields& headers;
};

// Where a signature says it comes from: ACCESS/20130524/us-east-1/s3/aws4_request.
struct Credential {
    std::string access_key, date, region, service;
    std::string scope() const;  // without the access key
};
std::optional<Credential> parse_credential(std::string_view text);

// An Authorization header, or the X-Amz-… arguments of a presigned URL.
struct Claim {
    Credential credential;
    std::vector<std::string> signed_headers;  // lower case
    std::string signature;                    // 64 hexadecimal digits
};
std::optional<Claim> parse_authorization(std::string_view header);
std::optional<Claim> parse_presigned(const Fields& query);

// Each path segment decoded and encoded once more, so that all spellings of one path give one text.
std::string canonical_path(std::string_view encoded_path);
// Without X-Amz-Signature.
std::string canonical_query(const Fields& query);
std::string canonical_request(const Signed& request, const std::vector<std::string>& signed_headers,
                              std::string_view payload_hash);

// `timestamp` is 20130524T000000Z.
std::string string_to_sign(std::string_view timestamp, std::string_view scope,
                           std::string_view canonical_request);
std::string signing_key(std::string_view secret, const Credential& credential);
std::string sign(std::string_view signing_key, std::string_view text);  // 64 hexadecimal digits

// The chain of signatures of an aws-chunked body: each covers the one before it.
class ChunkSigner {
  public:
    ChunkSigner(std::string key, std::string timestamp, std::string scope, std::string seed);
    // What the next one must be. It becomes the previous one.
    const std::string& next_chunk(std::string_view payload_sha256_hex);
    const std::string& trailer(std::string_view canonical_trailers);

  private:
    std::string key_, timestamp_, scope_, previous_;
};

// Seconds since 1970 of 20130524T000000Z or of an HTTP date (RFC 9110, 5.6.7, the preferred form).
std::optional<int64_t> parse_timestamp(std::string_view text);
std::optional<int64_t> parse_http_date(std::string_view text);
std::string format_timestamp(int64_t seconds);  // 20130524T000000Z
std::string format_iso(int64_t seconds);        // 2013-05-24T00:00:00Z

}  // namespace csd::airmos::auth
