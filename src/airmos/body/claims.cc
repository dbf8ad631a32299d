// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by claims_test.cc.
#include "airmos/body/claims.hpp"

#include <charconv>

#include "airmos/core/encoding.hpp"

namespace csd::airmos {
namespace {

constexpr std::string_view kPrefix = "x-amz-checksum-";
constexpr const char* kUnsupported =
    "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
    "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]";

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string_view trim(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Each part of a list with commas, trimmed, without empty ones.
template <typename Each>
void each_of(std::string_view list, Each each) {
    while (!list.empty()) {
        const size_t comma = list.find(',');
        const std::string_view part = trim(list.substr(0, comma));
        if (!part.empty()) each(part);
        if (comma == std::string_view::npos) return;
        list.remove_prefix(comma + 1);
    }
}

// A checksum that nobody would verify: newer clients have more algorithms.
Outcome<> refuse_unknown_checksums(const Fields& headers) {
    for (const auto& [name, value] : headers) {
        if (!name.starts_with(kPrefix) || checksum_header(name)) continue;
        const std::string_view rest = std::string_view(name).substr(kPrefix.size());
        if (rest == "mode" || rest == "type" || rest == "algorithm") continue;
        return Error("InvalidRequest", kUnsupported).with("Header", name);
    }
    return Nothing{};
}

Outcome<> read_checksums(const Fields& headers, BodyClaims& claims) {
    for (const auto& [name, value] : headers) {
        const std::optional<Digest::Kind> kind = checksum_header(name);
        if (!kind) continue;
        Outcome<std::string> raw = parse_checksum(*kind, value);
        if (!raw.ok()) return raw.error();
        claims.checksums.push_back({*kind, std::move(raw).value()});
    }
    if (claims.checksums.size() > 1) {
        return Error("InvalidRequest", "Expecting a single x-amz-checksum- header");
    }
    const std::string* wanted = headers.find("x-amz-sdk-checksum-algorithm");
    if (wanted == nullptr) return Nothing{};
    std::string name = *wanted;
    for (char& c : name) c = upper(c);
    const std::optional<Digest::Kind> kind = Digest::checksum_of(name);
    if (!kind) {
        // SDKs name MD5 when they send Content-MD5.
        if (name == "MD5") return Nothing{};
        return Error("InvalidRequest", kUnsupported);
    }
    if (claims.checksums.empty()) {
        claims.checksums.push_back({*kind, std::nullopt});
    } else if (claims.checksums[0].kind != *kind) {
        return Error("InvalidRequest",
                     "Value for x-amz-sdk-checksum-algorithm header is invalid: the request has "
                     "another checksum");
    }
    return Nothing{};
}

Outcome<> read_streaming(const Fields& headers, const auth::Verified& verified,
                         BodyClaims& claims) {
    const std::string_view text = headers.get("x-amz-decoded-content-length");
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), claims.decoded_bytes);
    if (error != std::errc() || end != text.data() + text.size()) {
        return Error("MissingContentLength",
                     "A streaming payload needs the header x-amz-decoded-content-length");
    }
    claims.chunked = true;
    claims.signer = verified.chunks;
    claims.with_trailer = verified.payload != auth::Payload::kSignedChunks;
    if (!claims.with_trailer) return Nothing{};
    for (const auto& [name, value] : headers) {
        if (name != "x-amz-trailer") continue;
        each_of(value, [&](std::string_view part) {
            std::string& trailer = claims.trailers.emplace_back(part);
            for (char& c : trailer) {
                if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
            }
        });
    }
    for (const std::string& name : claims.trailers) {
        if (!checksum_header(name)) {
            return Error("InvalidRequest",
                         "The value specified in the x-amz-trailer header is not "
                         "supported: " +
                             name);
        }
    }
    return Nothing{};
}

}  // namespace

std::optional<Digest::Kind> checksum_header(std::string_view name) {
    if (!name.starts_with(kPrefix)) return std::nullopt;
    std::string algorithm(name.substr(kPrefix.size()));
    for (char& c : algorithm) c = upper(c);
    return Digest::checksum_of(algorithm);
}

Outcome<std::string> parse_checksum(Digest::Kind kind, std::string_view value) {
    std::optional<std::string> raw = from_base64(trim(value));
    if (raw && raw->size() == Digest::bytes_of(kind)) return std::move(*raw);
    std::string name(Digest::name_of(kind));
    for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return Error("InvalidRequest",
                 "Value for " + std::string(kPrefix) + name + " header is invalid.");
}

std::string without_aws_chunked(std::string_view content_encoding) {
    std::string rest;
    each_of(content_encoding, [&](std::string_view part) {
        if (part == "aws-chunked") return;
        if (!rest.empty()) rest += ',';
        rest += part;
    });
    return rest;
}

Outcome<BodyClaims> BodyClaims::of(const Fields& headers, const auth::Verified& verified,
                                   ChecksumsAre checksums) {
    BodyClaims claims;
    if (const std::string* md5 = headers.find("content-md5")) {
        claims.md5 = from_base64(*md5);
        if (!claims.md5 || claims.md5->size() != Digest::bytes_of(Digest::Kind::kMd5)) {
            return Error("InvalidDigest", "The Content-MD5 you specified was invalid.");
        }
    }
    if (Outcome<> fine = refuse_unknown_checksums(headers); !fine.ok()) return fine.error();
    if (checksums == ChecksumsAre::kOfTheBody) {
        const Outcome<> read = read_checksums(headers, claims);
        if (!read.ok()) return read.error();
    }
    switch (verified.payload) {
        case auth::Payload::kUnsigned: break;
        case auth::Payload::kHash: claims.sha256 = verified.payload_sha256; break;
        case auth::Payload::kSignedChunks:
        case auth::Payload::kSignedChunksTrailer:
        case auth::Payload::kUnsignedTrailer: {
            const Outcome<> read = read_streaming(headers, verified, claims);
            if (!read.ok()) return read.error();
        }
    }
    if (!claims.with_trailer && headers.has("x-amz-trailer")) {
        return Error("InvalidRequest",
                     "x-amz-trailer needs an x-amz-content-sha256 that says that a trailer "
                     "follows: STREAMING-…-TRAILER");
    }
    return claims;
}

}  // namespace csd::airmos
