// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by verifier_test.cc.
#include "airmos/auth/verifier.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "airmos/core/digest.hpp"
#include "airmos/core/encoding.hpp"

namespace csd::airmos::auth {
namespace {

constexpr int64_t kMostSkewSeconds = 15 * 60;
constexpr uint64_t kMostExpirySeconds = 7 * 24 * 3600;

std::optional<uint64_t> parse_number(std::string_view text) {
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// S3 wants Host and every x-amz-… header covered by the signature, so that none can be added on the way.
std::optional<Error> find_unsigned_header(const Signed& request, const Claim& claim) {
    const auto is_signed = [&](std::string_view name) {
        return std::find(claim.signed_headers.begin(), claim.signed_headers.end(), name) !=
               claim.signed_headers.end();
    };
    std::string missing = is_signed("host") ? "" : "host";
    for (const auto& [name, value] : request.headers) {
        if (missing.empty() && name.starts_with("x-amz-") && !is_signed(name)) missing = name;
    }
    if (missing.empty()) return std::nullopt;
    return Error("AccessDenied", "There were headers present in the request which were not signed")
        .with("HeadersNotSigned", missing);
}

Error malformed_header(std::string reason) {
    return Error("AuthorizationHeaderMalformed",
                 "The authorization header is malformed; " + std::move(reason));
}

}  // namespace

std::optional<Payload> payload_of(std::string_view header) {
    if (header == "UNSIGNED-PAYLOAD") return Payload::kUnsigned;
    if (header == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") return Payload::kSignedChunks;
    if (header == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") {
        return Payload::kSignedChunksTrailer;
    }
    if (header == "STREAMING-UNSIGNED-PAYLOAD-TRAILER") return Payload::kUnsignedTrailer;
    const bool is_hash =
        header.size() == 64 &&
        header.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    return is_hash ? std::optional(Payload::kHash) : std::nullopt;
}

Verifier::Verifier(Keys keys, std::string region, Clock clock)
    : keys_(std::move(keys)), region_(std::move(region)), clock_(std::move(clock)) {}

Outcome<Verified> Verifier::verify(const Signed& request) const {
    const std::string* authorization = request.headers.find("authorization");
    const bool presigned =
        request.query.has("X-Amz-Algorithm") || request.query.has("X-Amz-Signature");
    if (authorization != nullptr && presigned) {
        return Error("InvalidArgument",
                     "Only one of a presigned URL and the Authorization header is allowed");
    }
    if (authorization != nullptr) return verify_header(request, *authorization);
    if (presigned) return verify_presigned(request);
    if (request.query.has("AWSAccessKeyId") && request.query.has("Signature")) {
        return Error("InvalidRequest",
                     "Signature Version 2 is not supported. Please use AWS4-HMAC-SHA256.");
    }
    return Error("AccessDenied", "Anonymous access is not allowed; sign the request");
}

Outcome<Verified> Verifier::verify_header(const Signed& request,
                                          std::string_view authorization) const {
    if (!authorization.starts_with(kAlgorithm) || authorization.starts_with("AWS4-HMAC-SHA256-")) {
        return Error("InvalidRequest",
                     "The authorization mechanism you have provided is not supported. Please use "
                     "AWS4-HMAC-SHA256.");
    }
    const std::optional<Claim> claim = parse_authorization(authorization);
    if (!claim) {
        return malformed_header(
            "expecting \"AWS4-HMAC-SHA256 Credential=KEY/YYYYMMDD/REGION/s3/aws4_request, "
            "SignedHeaders=NAMES, Signature=HEX\".");
    }
    std::string timestamp(request.headers.get("x-amz-date"));
    const std::optional<int64_t> time = timestamp.empty()
                                            ? parse_http_date(request.headers.get("date"))
                                            : parse_timestamp(timestamp);
    if (!time) {
        return Error("AccessDenied",
                     "AWS authentication requires a valid Date or x-amz-date header");
    }
    timestamp = format_timestamp(*time);
    const int64_t now = clock_();
    if (std::llabs(now - *time) > kMostSkewSeconds) {
        return Error("RequestTimeTooSkewed")
            .with("RequestTime", timestamp)
            .with("ServerTime", format_iso(now))
            .with("MaxAllowedSkewMilliseconds", std::to_string(kMostSkewSeconds * 1000));
    }
    const std::string* payload = request.headers.find("x-amz-content-sha256");
    constexpr std::string_view kMalformed = "AuthorizationHeaderMalformed";
    if (payload != nullptr) return judge(request, *claim, timestamp, *payload, kMalformed);
    // curl leaves it out, and signs that there is no body; then there must be none.
    static const std::string kNothing = hex(sha256({}));
    Outcome<Verified> judged = judge(request, *claim, timestamp, kNothing, kMalformed);
    if (judged.ok() || judged.error().code() != "SignatureDoesNotMatch") return judged;
    return Error("InvalidRequest",
                 "Missing required header for this request: x-amz-content-sha256");
}

Outcome<Verified> Verifier::verify_presigned(const Signed& request) const {
    const auto malformed = [](std::string why) {
        return Error("AuthorizationQueryParametersError", std::move(why));
    };
    const Fields& query = request.query;
    if (query.get("X-Amz-Algorithm") != kAlgorithm) {
        return malformed("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
    }
    const std::optional<Claim> claim = parse_presigned(query);
    const std::string timestamp(query.get("X-Amz-Date"));
    const std::optional<int64_t> time = parse_timestamp(timestamp);
    const std::optional<uint64_t> expires = parse_number(query.get("X-Amz-Expires"));
    if (!claim) {
        return malformed("X-Amz-Credential, X-Amz-SignedHeaders or X-Amz-Signature is malformed");
    }
    if (!time)
        return malformed("X-Amz-Date must be in the ISO8601 format \"yyyyMMdd'T'HHmmss'Z'\"");
    if (!expires || *expires == 0) return malformed("X-Amz-Expires should be a positive number");
    if (*expires > kMostExpirySeconds) {
        return malformed("X-Amz-Expires must be less than a week (in seconds): 604800");
    }
    const int64_t now = clock_();
    if (*time > now + kMostSkewSeconds) {
        return Error("AccessDenied", "Request is not valid yet")
            .with("ServerTime", format_iso(now));
    }
    const int64_t end = *time + static_cast<int64_t>(*expires);
    if (now > end) {
        return Error("AccessDenied", "Request has expired")
            .with("X-Amz-Expires", std::to_string(*expires))
            .with("Expires", format_iso(end))
            .with("ServerTime", format_iso(now));
    }
    std::string_view payload = request.headers.get("x-amz-content-sha256");
    if (payload.empty()) payload = query.get("X-Amz-Content-Sha256");
    if (payload.empty()) payload = "UNSIGNED-PAYLOAD";
    return judge(request, *claim, timestamp, payload, "AuthorizationQueryParametersError");
}

Outcome<Verified> Verifier::judge(const Signed& request, const Claim& claim,
                                  const std::string& timestamp, std::string_view payload,
                                  std::string_view malformed) const {
    const Credential& credential = claim.credential;
    if (!equal_in_constant_time(credential.access_key, keys_.access_key)) {
        return Error("InvalidAccessKeyId").with("AWSAccessKeyId", credential.access_key);
    }
    if (credential.service != "s3") {
        return Error("NotImplemented", "The credential is for the service '" + credential.service +
                                           "'; this node has only 's3'");
    }
    if (credential.region != region_) {
        return Error(malformed, "The region '" + credential.region +
                                    "' in the credential is wrong; expecting '" + region_ + "'")
            .with("Region", region_);
    }
    if (!std::string_view(timestamp).starts_with(credential.date)) {
        return Error(malformed, "The date in the credential is not that of the request");
    }
    const std::optional<Payload> mode = payload_of(payload);
    if (!mode) {
        return payload.starts_with("STREAMING-AWS4-ECDSA")
                   ? Error("NotImplemented", "Signature Version 4A is not implemented")
                   : Error("InvalidArgument",
                           "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING-… mode, or "
                           "a valid sha256 value.");
    }
    if (std::optional<Error> error = find_unsigned_header(request, claim)) return *error;

    const std::string key = key_of(credential);
    const std::string canonical = canonical_request(request, claim.signed_headers, payload);
    const std::string text = string_to_sign(timestamp, credential.scope(), canonical);
    if (!equal_in_constant_time(sign(key, text), claim.signature)) {
        return Error("SignatureDoesNotMatch")
            .with("AWSAccessKeyId", credential.access_key)
            .with("StringToSign", text)
            .with("SignatureProvided", claim.signature)
            .with("CanonicalRequest", canonical);
    }
    Verified verified{*mode, {}, {}};
    if (*mode == Payload::kHash) {
        verified.payload_sha256 = payload;
        for (char& c : verified.payload_sha256) {
            if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
        }
    } else if (*mode == Payload::kSignedChunks || *mode == Payload::kSignedChunksTrailer) {
        verified.chunks.emplace(key, timestamp, credential.scope(), claim.signature);
    }
    return verified;
}

// Making the key costs four HMACs; all requests of a day share it.
std::string Verifier::key_of(const Credential& credential) const {
    const std::string scope = credential.scope();
    {
        const std::lock_guard lock(mutex_);
        if (cached_.first == scope) return cached_.second;
    }
    std::string key = signing_key(keys_.secret_key, credential);
    const std::lock_guard lock(mutex_);
    cached_ = {scope, key};
    return key;
}

}  // namespace csd::airmos::auth
