// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by server_test.cc.
#include "airmos/http/http_body.hpp"

#include <algorithm>

namespace csd::airmos {
namespace {

namespace beast_http = boost::beast::http;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr uint64_t kMostSkippedBytes = 256 * kKiB;
constexpr uint32_t kMostTrailerBytes = 8 * kKiB;
constexpr size_t kMostChunkTextBytes = 64 * kKiB;

}  // namespace

HttpBody::HttpBody(Channel& channel, Input& input, const Head& head, const Limits& limits)
    : channel_(channel),
      input_(input),
      limits_(limits),
      length_(head.content_length),
      continue_wanted_(head.expects_continue),
      left_(head.content_length.value_or(0)) {
    if (!head.chunked) return;
    // Beast's parser knows chunks only after a head that announces them.
    chunks_ = std::make_unique<ChunkParser>();
    chunks_->body_limit(limits.body_bytes);
    chunks_->header_limit(kMostTrailerBytes);
    boost::beast::error_code error;
    constexpr std::string_view kHead = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    chunks_->put(boost::asio::buffer(kHead), error);
}

Task<Outcome<size_t>> HttpBody::read(MutableBytes buffer) {
    if (broken_) co_return Error("IncompleteBody");
    // Also before an empty body: botocore takes an answer without it for a refusal.
    if (continue_wanted_) co_await send_continue();
    if (broken_) co_return Error("IncompleteBody");
    if (at_end()) co_return size_t{0};
    Outcome<size_t> got = size_t{0};
    if (chunks_) {
        got = co_await read_chunked(buffer);
    } else {
        got = co_await read_counted(buffer);
    }
    if (!got.ok()) broken_ = true;
    co_return got;
}

Task<void> HttpBody::send_continue() {
    continue_wanted_ = false;
    const Channel::Buffers text = {boost::asio::buffer(kContinue)};
    const Channel::End end = co_await channel_.write(text, limits_.pause);
    broken_ = end != Channel::End::kNone;
}

Task<Outcome<size_t>> HttpBody::read_counted(MutableBytes buffer) {
    const MutableBytes room = buffer.first(std::min<uint64_t>(buffer.size(), left_));
    size_t filled = 0;
    while (filled < room.size()) {
        const Outcome<size_t> got = co_await receive(room.subspan(filled));
        if (!got.ok()) co_return got.error();
        filled += got.value();
    }
    left_ -= filled;
    co_return filled;
}

Task<Outcome<size_t>> HttpBody::read_chunked(MutableBytes buffer) {
    auto& body = chunks_->get().body();
    body.data = buffer.data();
    body.size = buffer.size();
    while (true) {
        if (!input_.text().empty()) {
            boost::beast::error_code error;
            const std::string_view text = input_.text();
            const size_t taken = chunks_->put(boost::asio::buffer(text), error);
            input_.consume(taken);
            const size_t filled = buffer.size() - body.size;
            if (error == beast_http::error::body_limit) co_return Error("EntityTooLarge");
            const bool fine = !error || error == beast_http::error::need_more ||
                              error == beast_http::error::need_buffer;
            if (!fine) co_return Error("BadRequest", "The chunks of the body are malformed");
            if (chunks_->is_done() || body.size == 0) co_return filled;
            if (taken > 0) continue;
        }
        // What is left is the beginning of a chunk's head or of a trailer.
        if (input_.text().size() > kMostChunkTextBytes) {
            co_return Error("BadRequest", "The chunks of the body are malformed");
        }
        const Outcome<> received = co_await receive();
        if (!received.ok()) co_return received.error();
    }
}

std::optional<Channel::Limit> HttpBody::allowance() const {
    const auto whole =
        limits_.grace + std::chrono::seconds(received_ / limits_.least_bytes_per_second);
    if (waited_ >= whole) return std::nullopt;
    return std::min<Channel::Limit>(limits_.pause, whole - waited_);
}

Outcome<> HttpBody::account(const Channel::Got& got, Clock::time_point started) {
    waited_ += Clock::now() - started;
    received_ += got.bytes;
    if (got.end == Channel::End::kTimeout) return Error("RequestTimeout");
    if (got.end != Channel::End::kNone) return Error("IncompleteBody");
    return Nothing{};
}

Task<Outcome<>> HttpBody::receive() {
    const std::optional<Channel::Limit> limit = allowance();
    if (!limit) co_return Error("RequestTimeout");
    const Clock::time_point started = Clock::now();
    const Channel::Got got = co_await input_.fill(*limit, kMostChunkTextBytes);
    co_return account(got, started);
}

Task<Outcome<size_t>> HttpBody::receive(MutableBytes to) {
    const std::optional<Channel::Limit> limit = allowance();
    if (!limit) co_return Error("RequestTimeout");
    const Clock::time_point started = Clock::now();
    const Channel::Got got = co_await input_.read(to, *limit);
    const Outcome<> accounted = account(got, started);
    if (!accounted.ok()) co_return accounted.error();
    co_return got.bytes;
}

bool HttpBody::at_end() const {
    return chunks_ ? chunks_->is_done() : left_ == 0;
}

// A client that waits for 100 Continue may send the body now or never: only a new connection is clear then.
bool HttpBody::can_skip() const {
    return !broken_ && !continue_wanted_ && (at_end() || left_ <= kMostSkippedBytes);
}

Task<bool> HttpBody::skip() {
    if (!can_skip()) co_return false;
    if (at_end()) co_return true;
    std::vector<uint8_t> rest(16 * kKiB);
    for (uint64_t skipped = 0; skipped <= kMostSkippedBytes;) {
        const Outcome<size_t> got = co_await read(rest);
        if (!got.ok()) co_return false;
        if (got.value() == 0) co_return true;
        skipped += got.value();
    }
    co_return false;
}

}  // namespace csd::airmos
