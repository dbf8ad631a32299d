// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by presigned_test.cc.
#include "airmos/http/presigned.hpp"

#include <algorithm>
#include <array>

#include "airmos/body/claims.hpp"
#include "airmos/core/encoding.hpp"

namespace csd::airmos {
namespace {

// Of the signature itself, which the verifier reads from the query.
constexpr std::array<std::string_view, 8> kOfTheSignature = {
    "x-amz-algorithm", "x-amz-content-sha256", "x-amz-credential", "x-amz-date",
    "x-amz-expires",   "x-amz-security-token", "x-amz-signature",  "x-amz-signedheaders"};

std::string lower(std::string_view text) {
    std::string lowered(text);
    for (char& c : lowered) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lowered;
}

// RFC 9110, 5.6.2; in lower case.
bool is_token(std::string_view name) {
    return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~") ==
           std::string_view::npos;
}

bool is_header_value(std::string_view value) {
    return std::none_of(value.begin(), value.end(), [](char c) {
        return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
    });
}

std::string_view trim(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_checksum_of_nothing(std::string_view name, std::string_view value) {
    const auto kind = checksum_header(name);
    return kind && value == base64(Digest(*kind).finish());
}

Error invalid(std::string sentence, const std::string& name) {
    return Error("InvalidArgument", std::move(sentence)).with("ArgumentName", name);
}

}  // namespace

bool is_presigned(const Fields& query) {
    return query.has("X-Amz-Algorithm") || query.has("X-Amz-Signature");
}

Outcome<> add_presigned_parameters(const Fields& query, Fields& headers) {
    const Fields sent = headers;
    for (const auto& [argument, raw] : query) {
        std::string name = lower(argument);
        if (!name.starts_with("x-amz-") || std::find(kOfTheSignature.begin(), kOfTheSignature.end(),
                                                     name) != kOfTheSignature.end()) {
            continue;
        }
        const std::string_view value = trim(raw);
        if (!is_token(name) || !is_header_value(value)) {
            return invalid("The parameter of the presigned URL cannot be a header", argument);
        }
        if (is_checksum_of_nothing(name, value)) continue;
        if (const std::string* header = sent.find(name)) {
            if (*header == value) continue;
            return invalid("The presigned URL and the header " + name + " have different values",
                           name);
        }
        headers.add(std::move(name), std::string(value));
    }
    return Nothing{};
}

}  // namespace csd::airmos
