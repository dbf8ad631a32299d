// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by server_test.cc.
#include "airmos/http/response.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>
#include <ctime>

#include "airmos/core/encoding.hpp"
#include "airmos/http/error_page.hpp"

namespace csd::airmos {
namespace {

// One piece in this time each, so that a client that takes little at a time is told from one that takes nothing.
constexpr size_t kSentAtOnceBytes = 256 * kKiB;
constexpr std::string_view kLastChunk = "0\r\n\r\n";

// Of an operation's headers, those that belong to an error as well.
constexpr std::array<std::string_view, 12> kOfErrors = {"accept-ranges",
                                                        "allow",
                                                        "cache-control",
                                                        "content-range",
                                                        "etag",
                                                        "expires",
                                                        "last-modified",
                                                        "vary",
                                                        "x-amz-bucket-region",
                                                        "x-amz-delete-marker",
                                                        "x-amz-version-id",
                                                        "retry-after"};

std::string_view date_now() {
    thread_local time_t last = 0;
    thread_local std::array<char, 40> text{};
    thread_local size_t length = 0;
    const time_t now = std::time(nullptr);
    if (now != last) {
        std::tm parts{};
        ::gmtime_r(&now, &parts);
        length = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
        last = now;
    }
    return {text.data(), length};
}

std::string_view reason_of(int status) {
    const auto known = boost::beast::http::obsolete_reason(
        boost::beast::http::int_to_status(static_cast<unsigned>(status)));
    return {known.data(), known.size()};
}

bool may_have_body(int status) {
    return status >= 200 && status != 204 && status != 304;
}

bool is_one_line(std::string_view text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

// Whatever an operation repeats of what a client once sent. User metadata is free text; other headers have a grammar.
std::string in_ascii(std::string_view name, const std::string& value) {
    const bool is_text = boost::beast::iequals(name.substr(0, 11), "x-amz-meta-");
    return is_text ? encoded_words(value) : encoded_words_within(value);
}

boost::asio::const_buffer buffer_of(std::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

Response::Response(Channel& channel, const Limits& limits, Context context)
    : channel_(channel), limits_(limits), context_(std::move(context)) {}

Task<Outcome<>> Response::start(int status, std::optional<uint64_t> length, const Fields& headers) {
    for (const auto& [name, value] : headers) {
        if (is_one_line(name) && is_one_line(value)) continue;
        co_return Error("InvalidArgument", "The header " + name + " would have more than one line");
    }
    status_ = status;
    has_body_ = may_have_body(status);
    chunked_ = has_body_ && !length && !context_.http_1_0;
    if (has_body_ && !length && !chunked_) keep_alive_ = false;
    left_ = has_body_ ? length.value_or(UINT64_MAX) : 0;
    make_head(headers);
    if (!has_body_) co_return Nothing{};
    if (chunked_) {
        head_ += "transfer-encoding: chunked\r\n";
    } else if (length) {
        fmt::format_to(std::back_inserter(head_), "content-length: {}\r\n", *length);
    }
    co_return Nothing{};
}

void Response::make_head(const Fields& headers) {
    head_.clear();
    fmt::format_to(std::back_inserter(head_),
                   "HTTP/1.1 {} {}\r\nserver: AirMOS\r\ndate: {}\r\nx-amz-request-id: {}\r\n"
                   "x-amz-id-2: {}\r\n",
                   status_, reason_of(status_), date_now(), context_.request_id, context_.host_id);
    for (const auto& [name, value] : headers) {
        head_.append(name).append(": ").append(in_ascii(name, value)).append("\r\n");
    }
}

Task<bool> Response::send(Channel::Buffers buffers) {
    std::string head;
    if (!head_.empty()) {
        head = std::move(head_);
        head_.clear();
        head += keep_alive_ ? "connection: keep-alive\r\n\r\n" : "connection: close\r\n\r\n";
        buffers.insert(buffers.begin(), buffer_of(head));
    }
    const Channel::End end = co_await channel_.write(buffers, limits_.pause);
    broken_ = broken_ || end != Channel::End::kNone;
    co_return !broken_;
}

Task<Outcome<>> Response::write(Bytes piece) {
    if (broken_) co_return Error("RequestTimeout");
    if (piece.size() > left_) {
        broken_ = true;
        co_return Error("InternalError");
    }
    left_ -= piece.size();
    if (context_.head_only) co_return Nothing{};
    while (!piece.empty()) {
        const Bytes part = piece.first(std::min(piece.size(), kSentAtOnceBytes));
        piece = piece.subspan(part.size());
        const std::string size = chunked_ ? fmt::format("{:x}\r\n", part.size()) : std::string();
        Channel::Buffers buffers;
        if (chunked_) buffers.push_back(buffer_of(size));
        buffers.push_back(buffer_of(as_text(part)));
        if (chunked_) buffers.push_back(buffer_of("\r\n"));
        const bool went = co_await send(std::move(buffers));
        if (!went) co_return Error("RequestTimeout");
        sent_ += part.size();
    }
    co_return Nothing{};
}

Task<bool> Response::finish() {
    const bool short_of_length = has_body_ && !chunked_ && left_ != UINT64_MAX && left_ > 0;
    if (broken_ || (short_of_length && !context_.head_only)) co_return false;
    Channel::Buffers rest;
    if (chunked_ && !context_.head_only) rest.push_back(buffer_of(kLastChunk));
    if (rest.empty() && head_.empty()) co_return true;
    co_return co_await send(std::move(rest));
}

Task<bool> Response::fail(const Error& error, const Fields& headers) {
    if (started() && head_.empty()) co_return false;  // a part of the answer is out
    Fields kept;
    for (const auto& header : headers) {
        const bool keep = std::any_of(
            kOfErrors.begin(), kOfErrors.end(),
            [&](std::string_view known) { return boost::beast::iequals(header.first, known); });
        if (keep && is_one_line(header.second)) kept.add(header.first, header.second);
    }
    const std::string page =
        error_page(error, {context_.target, context_.request_id, context_.host_id});
    const bool has_page = may_have_body(error.http_status());
    if (has_page) kept.add("content-type", "application/xml");
    const Outcome<> head = co_await start(error.http_status(), page.size(), kept);
    if (!head.ok()) co_return false;
    if (has_page) {
        const Outcome<> written = co_await write(as_bytes(page));
        if (!written.ok()) co_return false;
    }
    co_return co_await finish();
}

}  // namespace csd::airmos
