// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by sigv4_test.cc.
#include "airmos/auth/sigv4.hpp"

#include <algorithm>
#include <ctime>

#include "airmos/core/digest.hpp"
#include "airmos/core/encoding.hpp"

namespace csd::airmos::auth {
namespace {

constexpr std::string_view kTerminator = "aws4_request";
// A head of 8 KiB has no room for more, each with a value and its place in this list.
constexpr size_t kMaxSignedHeaders = 1000;

bool is_hex_digest(std::string_view text) {
    return text.size() == 64 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const size_t at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::string_view trim(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Trimmed, and every run of blanks inside is one.
void append_collapsed(std::string& text, std::string_view value) {
    bool blank = false;
    for (const char c : trim(value)) {
        if (c == ' ' || c == '\t') {
            blank = true;
            continue;
        }
        if (blank) text += ' ';
        blank = false;
        text += c;
    }
}

}  // namespace

std::string Credential::scope() const {
    return date + '/' + region + '/' + service + '/' + std::string(kTerminator);
}

std::optional<Credential> parse_credential(std::string_view text) {
    const std::vector<std::string_view> parts = split(text, '/');
    if (parts.size() != 5 || parts[4] != kTerminator || parts[0].empty()) return std::nullopt;
    if (parts[1].size() != 8 ||
        parts[1].find_first_not_of("0123456789") != std::string_view::npos) {
        return std::nullopt;
    }
    return Credential{std::string(parts[0]), std::string(parts[1]), std::string(parts[2]),
                      std::string(parts[3])};
}

static std::optional<std::vector<std::string>> parse_signed_headers(std::string_view text) {
    std::vector<std::string> names;
    for (const std::string_view name : split(text, ';')) {
        const bool sorted = names.empty() || names.back() < name;
        if (name.empty() || !sorted || names.size() == kMaxSignedHeaders) return std::nullopt;
        names.emplace_back(name);
    }
    return names;
}

static std::optional<Claim> make_claim(std::string_view credential, std::string_view headers,
                                       std::string_view signature) {
    std::optional<Credential> parsed = parse_credential(credential);
    std::optional<std::vector<std::string>> names = parse_signed_headers(headers);
    if (!parsed || !names || !is_hex_digest(signature)) return std::nullopt;
    return Claim{std::move(*parsed), std::move(*names), std::string(signature)};
}

std::optional<Claim> parse_authorization(std::string_view header) {
    if (!header.starts_with(kAlgorithm)) return std::nullopt;
    header.remove_prefix(kAlgorithm.size());
    if (header.empty() || header[0] != ' ') return std::nullopt;
    std::optional<std::string_view> credential, names, signature;
    for (std::string_view part : split(header, ',')) {
        part = trim(part);
        const size_t equals = part.find('=');
        if (equals == std::string_view::npos) return std::nullopt;
        const std::string_view name = part.substr(0, equals);
        std::optional<std::string_view>* place = name == "Credential"      ? &credential
                                                 : name == "SignedHeaders" ? &names
                                                 : name == "Signature"     ? &signature
                                                                           : nullptr;
        if (place == nullptr || place->has_value()) return std::nullopt;
        *place = part.substr(equals + 1);
    }
    if (!credential || !names || !signature) return std::nullopt;
    return make_claim(*credential, *names, *signature);
}

std::optional<Claim> parse_presigned(const Fields& query) {
    return make_claim(query.get("X-Amz-Credential"), query.get("X-Amz-SignedHeaders"),
                      query.get("X-Amz-Signature"));
}

std::string canonical_path(std::string_view encoded_path) {
    std::string path;
    bool first = true;
    for (const std::string_view segment : split(encoded_path, '/')) {
        if (!first) path += '/';
        first = false;
        const std::optional<std::string> decoded = percent_decode(segment, Plus::kIsPlus);
        path += percent_encode(decoded ? std::string_view(*decoded) : segment);
    }
    return path;
}

std::string canonical_query(const Fields& query) {
    std::vector<std::pair<std::string, std::string>> encoded;
    for (const auto& [name, value] : query) {
        if (name == "X-Amz-Signature") continue;
        encoded.emplace_back(percent_encode(name), percent_encode(value));
    }
    std::sort(encoded.begin(), encoded.end());
    std::string text;
    for (const auto& [name, value] : encoded) {
        if (!text.empty()) text += '&';
        text.append(name).append("=").append(value);
    }
    return text;
}

std::string canonical_request(const Signed& request, const std::vector<std::string>& signed_headers,
                              std::string_view payload_hash) {
    std::string text(request.method);
    text.append("\n").append(canonical_path(request.path));
    text.append("\n").append(canonical_query(request.query)).append("\n");
    for (const std::string& wanted : signed_headers) {
        text.append(wanted).append(":");
        bool first = true;
        for (const auto& [name, value] : request.headers) {
            if (name != wanted) continue;
            if (!first) text += ',';
            first = false;
            append_collapsed(text, value);
        }
        text += '\n';
    }
    text += '\n';
    for (const std::string& name : signed_headers) {
        if (&name != &signed_headers.front()) text += ';';
        text += name;
    }
    text.append("\n").append(payload_hash);
    return text;
}

std::string string_to_sign(std::string_view timestamp, std::string_view scope,
                           std::string_view canonical_request) {
    std::string text(kAlgorithm);
    text.append("\n").append(timestamp).append("\n").append(scope).append("\n");
    return text + hex(sha256(as_bytes(canonical_request)));
}

std::string signing_key(std::string_view secret, const Credential& credential) {
    const std::string of_date = hmac_sha256("AWS4" + std::string(secret), credential.date);
    const std::string of_region = hmac_sha256(of_date, credential.region);
    const std::string of_service = hmac_sha256(of_region, credential.service);
    return hmac_sha256(of_service, kTerminator);
}

std::string sign(std::string_view signing_key, std::string_view text) {
    return hex(hmac_sha256(signing_key, text));
}

ChunkSigner::ChunkSigner(std::string key, std::string timestamp, std::string scope,
                         std::string seed)
    : key_(std::move(key)),
      timestamp_(std::move(timestamp)),
      scope_(std::move(scope)),
      previous_(std::move(seed)) {}

const std::string& ChunkSigner::next_chunk(std::string_view payload_sha256_hex) {
    static const std::string kHashOfNothing = hex(sha256({}));
    std::string text = "AWS4-HMAC-SHA256-PAYLOAD\n" + timestamp_ + '\n' + scope_ + '\n' + previous_;
    text.append("\n").append(kHashOfNothing).append("\n").append(payload_sha256_hex);
    previous_ = sign(key_, text);
    return previous_;
}

const std::string& ChunkSigner::trailer(std::string_view canonical_trailers) {
    std::string text = "AWS4-HMAC-SHA256-TRAILER\n" + timestamp_ + '\n' + scope_ + '\n' + previous_;
    text.append("\n").append(hex(sha256(as_bytes(canonical_trailers))));
    previous_ = sign(key_, text);
    return previous_;
}

static std::optional<int64_t> parse_time(std::string_view text, const char* format) {
    const std::string terminated(text);
    std::tm time{};
    const char* end = ::strptime(terminated.c_str(), format, &time);
    if (end != terminated.c_str() + terminated.size()) return std::nullopt;
    return ::timegm(&time);
}

std::optional<int64_t> parse_timestamp(std::string_view text) {
    if (text.size() != 16) return std::nullopt;
    return parse_time(text, "%Y%m%dT%H%M%SZ");
}

std::optional<int64_t> parse_http_date(std::string_view text) {
    return parse_time(text, "%a, %d %b %Y %H:%M:%S GMT");
}

static std::string format_time(int64_t seconds, const char* format) {
    const time_t time = seconds;
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof(text), format, &parts)};
}

std::string format_timestamp(int64_t seconds) {
    return format_time(seconds, "%Y%m%dT%H%M%SZ");
}
std::string format_iso(int64_t seconds) {
    return format_time(seconds, "%Y-%m-%dT%H:%M:%SZ");
}

}  // namespace csd::airmos::auth
