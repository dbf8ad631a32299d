// SPDX-License-Identifier: BSD-3-Clause
//
// BodyClaims: what the head of a request says of its body: length, digests, trailers to come.
//
// Errors     InvalidDigest (Content-MD5), InvalidRequest (a checksum that has not its algorithm's form or whose algorithm is
//            unknown, two of them, a trailer that cannot come),
//            MissingContentLength (a streaming mode without x-amz-decoded-content-length).
// Threads    pure. Tested by claims_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "airmos/auth/verifier.hpp"
#include "airmos/core/digest.hpp"
#include "airmos/core/error.hpp"
#include "airmos/core/exchange.hpp"

namespace csd::airmos {

struct BodyClaims {
    struct Checksum {
        Digest::Kind kind;
        std::optional<std::string> value;  // raw bytes; nothing: only to be computed
    };

    bool chunked = false;  // aws-chunked, with:
    uint64_t decoded_bytes = 0;
    bool with_trailer = false;
    std::vector<std::string> trailers;
    std::optional<auth::ChunkSigner> signer;

    std::optional<std::string> md5;     // raw bytes
    std::optional<std::string> sha256;  // hexadecimal; x-amz-content-sha256
    std::vector<Checksum> checksums;    // without those of trailers

    // CompleteMultipartUpload repeats the checksum of the object in these headers: it is not one of the body.
    enum class ChecksumsAre : uint8_t { kOfTheBody, kOfSomethingElse };
    static Outcome<BodyClaims> of(const Fields& headers, const auth::Verified& verified,
                                  ChecksumsAre checksums);
};

// The value of x-amz-checksum-…, in a header or a trailer, as raw bytes.
Outcome<std::string> parse_checksum(Digest::Kind kind, std::string_view value);
// Nothing: the name is not that of a checksum.
std::optional<Digest::Kind> checksum_header(std::string_view name);
// Takes aws-chunked out of a Content-Encoding: it is how the body came, not what the object is.
std::string without_aws_chunked(std::string_view content_encoding);

}  // namespace csd::airmos
