// SPDX-License-Identifier: BSD-3-Clause
//
// Verifier: says whether the head of a request was signed with the node's keys, now, for this node, and how its
// payload is to be checked.
//
// Errors     AccessDenied (anonymous, presigned and expired, a header that is not signed), InvalidAccessKeyId,
//            SignatureDoesNotMatch, RequestTimeTooSkewed, AuthorizationHeaderMalformed, AuthorizationQueryParametersError,
//            InvalidRequest (Signature Version 2), NotImplemented (SigV4A, another service than s3).
// Threads    verify() from any thread. Tested by verifier_test.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "airmos/auth/sigv4.hpp"
#include "airmos/core/error.hpp"

namespace csd::airmos::auth {

// What x-amz-content-sha256 says of the payload.
enum class Payload : uint8_t {
    kUnsigned,             // UNSIGNED-PAYLOAD
    kHash,                 // the SHA-256 itself
    kSignedChunks,         // STREAMING-AWS4-HMAC-SHA256-PAYLOAD
    kSignedChunksTrailer,  // STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
    kUnsignedTrailer,      // STREAMING-UNSIGNED-PAYLOAD-TRAILER
};
// Nothing: neither a mode of S3 nor a hash.
std::optional<Payload> payload_of(std::string_view header);

struct Verified {
    Payload payload = Payload::kUnsigned;
    std::string payload_sha256;         // hexadecimal; of kHash
    std::optional<ChunkSigner> chunks;  // of the signed chunks
};

struct Keys {
    std::string access_key, secret_key;
};

class Verifier {
  public:
    using Clock = std::function<int64_t()>;  // seconds since 1970
    Verifier(Keys keys, std::string region, Clock clock);

    Outcome<Verified> verify(const Signed& request) const;

  private:
    Outcome<Verified> verify_header(const Signed& request, std::string_view authorization) const;
    Outcome<Verified> verify_presigned(const Signed& request) const;
    // The end of both ways: keys, region and the signature itself.
    Outcome<Verified> judge(const Signed& request, const Claim& claim, const std::string& timestamp,
                            std::string_view payload, std::string_view malformed) const;
    std::string key_of(const Credential& credential) const;

    const Keys keys_;
    const std::string region_;
    const Clock clock_;
    mutable std::mutex mutex_;  // guards what follows
    mutable std::pair<std::string, std::string>
        cached_;  // the last day's scope and its signing key
};

}  // namespace csd::airmos::auth
