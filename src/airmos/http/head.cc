// SPDX-License-Identifier: BSD-3-Clause
//
// Boost.Beast reads the grammar; what it lets pass and S3 or safety does not is judged here. Tested by head_test.cc.
#include "airmos/http/head.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <charconv>

#include "airmos/core/encoding.hpp"

namespace csd::airmos {
namespace {

namespace beast_http = boost::beast::http;
using Parser = beast_http::request_parser<beast_http::empty_body>;

constexpr size_t kMostKeyBytes = 1024;

Error bad(std::string why) {
    return Error("BadRequest", std::move(why));
}

std::string lower(std::string_view text) {
    std::string lowered(text);
    for (char& c : lowered) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lowered;
}

size_t count(const Fields& headers, std::string_view wanted) {
    return static_cast<size_t>(std::count_if(
        headers.begin(), headers.end(), [&](const auto& field) { return field.first == wanted; }));
}

// What must be seen in the text itself, because parsers mend it: folded lines and bytes that are no header's.
Outcome<> judge_text(std::string_view text) {
    for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
        if (at == 0 || text[at - 1] != '\r') return bad("A line of the head ends without CR LF");
        if (at + 1 < text.size() && (text[at + 1] == ' ' || text[at + 1] == '\t')) {
            return bad("A header field is folded over two lines");
        }
    }
    if (text.find('\0') != std::string_view::npos) return bad("The head has a NUL byte");
    return Nothing{};
}

Outcome<> take_query(std::string_view text, Fields& query) {
    while (!text.empty()) {
        const size_t end = text.find('&');
        const std::string_view pair = text.substr(0, end);
        if (!pair.empty()) {
            const size_t equals = pair.find('=');
            std::optional<std::string> name =
                percent_decode(pair.substr(0, equals), Plus::kIsBlank);
            std::optional<std::string> value = std::string();
            if (equals != std::string_view::npos) {
                value = percent_decode(pair.substr(equals + 1), Plus::kIsBlank);
            }
            if (!name || !value || !valid_utf8(*name) || !valid_utf8(*value)) {
                return Error("InvalidURI", "The query of the URI is not percent-encoded UTF-8");
            }
            query.add(std::move(*name), std::move(*value));
        }
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return Nothing{};
}

// http://host/path is a path; anything else that does not begin with / is none.
Outcome<> take_target(Head& head, const Limits& limits) {
    std::string_view target = head.target;
    if (target.size() > limits.target_bytes) {
        return Error("InvalidURI",
                     "The URI is longer than " + std::to_string(limits.target_bytes) + " bytes");
    }
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!target.starts_with(scheme)) continue;
        target.remove_prefix(scheme.size());
        const std::string_view authority = target.substr(0, target.find_first_of("/?"));
        if (authority != head.host) {
            return Error("InvalidURI", "The URI and the Host header name different hosts");
        }
        target.remove_prefix(authority.size());
        if (target.empty()) target = "/";
    }
    if (target.empty() || target[0] != '/') {
        return Error("InvalidURI", "The URI does not begin with /");
    }
    if (target.find('#') != std::string_view::npos) {
        return Error("InvalidURI", "The URI has a fragment");
    }
    const size_t question = target.find('?');
    head.path = target.substr(0, question);
    if (question == std::string_view::npos) return Nothing{};
    return take_query(target.substr(question + 1), head.query);
}

Outcome<> take_host(Head& head) {
    const size_t hosts = count(head.headers, "host");
    head.host = head.headers.get("host");
    const bool odd = head.host.find_first_not_of(
                         "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                         ".-_:[]") != std::string::npos;
    const bool absent = hosts == 0 && head.http_1_0;
    if (hosts > 1 || odd || (head.host.empty() && !absent)) return Error("InvalidHostHeader");
    return Nothing{};
}

Outcome<> take_length(Head& head, const Limits& limits) {
    const size_t lengths = count(head.headers, "content-length");
    const size_t codings = count(head.headers, "transfer-encoding");
    if (lengths > 1) return bad("The request has two Content-Length headers");
    if (codings > 1) return bad("The request has two Transfer-Encoding headers");
    if (lengths + codings > 1)
        return bad("The request has a Content-Length and a Transfer-Encoding");
    if (codings == 1) {
        if (head.http_1_0) return bad("HTTP/1.0 has no Transfer-Encoding");
        if (lower(head.headers.get("transfer-encoding")) != "chunked") {
            return Error("NotImplemented", "The only Transfer-Encoding is chunked");
        }
        head.chunked = true;
    }
    if (lengths == 0) return Nothing{};
    const std::string_view text = head.headers.get("content-length");
    uint64_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
        return bad("The Content-Length is not a number");
    }
    if (length > limits.body_bytes) {
        return Error("EntityTooLarge").with("MaxSizeAllowed", std::to_string(limits.body_bytes));
    }
    head.content_length = length;
    return Nothing{};
}

}  // namespace

Outcome<Head> parse_head(std::string_view text, const Limits& limits) {
    if (const Outcome<> judged = judge_text(text); !judged.ok()) return judged.error();
    Parser parser;
    parser.header_limit(static_cast<uint32_t>(text.size()) + 1);
    parser.body_limit(boost::none);
    boost::beast::error_code error;
    parser.put(boost::asio::buffer(text), error);
    if (error == beast_http::error::bad_target) return Error("InvalidURI");
    if (error || !parser.is_header_done()) {
        return bad("The head is not HTTP/1.1: " +
                   (error ? error.message() : std::string("it has no end")));
    }
    const auto& message = parser.get();
    Head head;
    head.method = std::string(message.method_string());
    head.target = std::string(message.target());
    head.http_1_0 = message.version() == 10;
    if (message.version() != 11 && !head.http_1_0) return bad("The version is not HTTP/1.1");
    size_t bytes = 0;
    for (const auto& field : message) {
        bytes += field.name_string().size() + field.value().size();
        if (bytes > limits.field_bytes) return Error("RequestHeaderSectionTooLarge");
        head.headers.add(lower(std::string_view(field.name_string())), std::string(field.value()));
    }
    for (const Outcome<>& taken :
         {take_host(head), take_length(head, limits), take_target(head, limits)}) {
        if (!taken.ok()) return taken.error();
    }
    head.keep_alive = message.keep_alive();
    head.expects_continue = !head.http_1_0 && lower(head.headers.get("expect")) == "100-continue";
    return head;
}

static std::optional<std::string> bucket_of_host(std::string_view host,
                                                 const std::vector<std::string>& domains) {
    const std::string name = lower(host.substr(0, host.find(':')));
    for (const std::string& domain : domains) {
        const std::string ending = "." + lower(domain);
        if (name.size() > ending.size() && name.ends_with(ending)) {
            return name.substr(0, name.size() - ending.size());
        }
    }
    return std::nullopt;
}

Outcome<Names> names_of(std::string_view path, std::string_view host,
                        const std::vector<std::string>& domains) {
    Names names;
    path.remove_prefix(1);
    if (std::optional<std::string> bucket = bucket_of_host(host, domains)) {
        names.bucket = std::move(*bucket);
    } else {
        const size_t slash = path.find('/');
        std::optional<std::string> decoded = percent_decode(path.substr(0, slash), Plus::kIsPlus);
        if (!decoded) return Error("InvalidURI");
        names.bucket = std::move(*decoded);
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
        if (names.bucket.empty() && slash != std::string_view::npos) {
            return Error("InvalidURI", "The URI has no bucket before the key");
        }
    }
    std::optional<std::string> key = percent_decode(path, Plus::kIsPlus);
    if (!key || !valid_utf8(*key) || key->find('\0') != std::string::npos) {
        return Error("InvalidURI", "The key is not percent-encoded UTF-8 without NUL");
    }
    if (!valid_utf8(names.bucket) || names.bucket.find('\0') != std::string::npos) {
        return Error("InvalidBucketName").with("BucketName", percent_encode(names.bucket));
    }
    if (key->size() > kMostKeyBytes) {
        return Error("KeyTooLongError")
            .with("Size", std::to_string(key->size()))
            .with("MaxSizeAllowed", std::to_string(kMostKeyBytes));
    }
    names.key = std::move(*key);
    return names;
}

}  // namespace csd::airmos
