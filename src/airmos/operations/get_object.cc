// SPDX-License-Identifier: BSD-3-Clause
//
// GetObject and HeadObject: the same answer, once without its body.
#include <algorithm>
#include <memory>
#include <vector>

#include "airmos/operations/conditions.hpp"
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/operations/range.hpp"
#include "airmos/operations/text.hpp"

namespace csd::airmos::ops {
namespace {

// Little enough to stay in a processor's own cache from the read to the send.
constexpr size_t kSentBytes = 256 * kKiB;

// Which bytes of the object the answer has, and what it says of them.
struct Selection {
    ByteRange range;
    bool partial = false;
    std::vector<Checksum> checksums;
};

// What is empty is no partial answer: there are no bytes for a Content-Range to name.
Outcome<Selection> select_part(const ObjectInfo& info, const std::string& text) {
    const auto number = parse_number(text);
    if (!number || *number < 1 || *number > kMaxParts) {
        return Error("InvalidArgument",
                     "Part number must be an integer between 1 and 10000, inclusive")
            .with("ArgumentName", "partNumber")
            .with("ArgumentValue", text);
    }
    const auto refused = [&] {
        return Error("InvalidPartNumber")
            .with("PartNumberRequested", text)
            .with("ActualPartCount", std::to_string(std::max<size_t>(info.parts.size(), 1)));
    };
    if (info.parts.empty()) {
        if (*number != 1) return refused();
        return Selection{{0, info.size}, info.size > 0, info.meta.checksums};
    }
    uint64_t offset = 0;
    // The numbers a client uploaded may have had gaps; from here on the parts are counted from 1.
    for (size_t i = 0; i < info.parts.size(); i++) {
        const Part& part = info.parts[i];
        if (i + 1 == *number) {
            return Selection{{offset, part.size}, part.size > 0, checksums_of_part(info, part)};
        }
        offset += part.size;
    }
    return refused();
}

Outcome<Selection> choose(const Request& request, const ObjectInfo& info) {
    const std::string* range = request.headers.find("range");
    if (const std::string* part = request.query.find("partNumber")) {
        if (range) {
            return Error("InvalidRequest",
                         "Cannot specify both Range header and partNumber query parameter");
        }
        return select_part(info, *part);
    }
    Selection whole{{0, info.size}, false, info.meta.checksums};
    if (!range || !range_applies(request.headers, info.meta.etag, info.modified)) return whole;
    auto parsed = parse_range(*range, info.size);
    if (!parsed.ok()) return parsed.error();
    if (!parsed.value()) return whole;
    return Selection{*parsed.value(), true, checksums_of_range(info, parsed.value()->length)};
}

void describe(const Request& request, const ObjectInfo& info, const Selection& chosen,
              Fields& headers) {
    describe_object(info, headers);
    override_headers(request.query, headers);
    if (chosen.partial) {
        headers.set("Content-Range",
                    "bytes " + std::to_string(chosen.range.offset) + "-" +
                        std::to_string(chosen.range.offset + chosen.range.length - 1) + "/" +
                        std::to_string(info.size));
    }
    if (request.query.has("partNumber") && !info.parts.empty())
        headers.set("x-amz-mp-parts-count", std::to_string(info.parts.size()));
    if (lower(request.headers.get("x-amz-checksum-mode")) == "enabled")
        add_checksums(chosen.checksums, headers);
}

Task<Outcome<>> send_bytes(Exchange& exchange, Reader& reader, ByteRange range) {
    const size_t buffer_bytes = std::min<uint64_t>(range.length, kSentBytes);
    const auto buffer = std::make_unique_for_overwrite<uint8_t[]>(buffer_bytes);
    uint64_t sent = 0;
    while (sent < range.length) {
        const MutableBytes piece(buffer.get(),
                                 std::min<uint64_t>(buffer_bytes, range.length - sent));
        const Outcome<size_t> got = co_await reader.read(range.offset + sent, piece);
        if (!got.ok()) co_return got.error();
        if (got.value() == 0) co_return Error("InternalError");
        const Bytes filled(buffer.get(), got.value());
        const Outcome<> written = co_await exchange.write(filled);
        if (!written.ok()) co_return written.error();
        sent += got.value();
    }
    co_return Nothing{};
}

// What both do before the body; nothing: the answer is complete.
Task<Outcome<std::optional<ByteRange>>> answer_head(Exchange& exchange, const ObjectInfo& info) {
    const Request& request = exchange.request();
    const std::optional<ByteRange> done;
    const Verdict verdict = judge_read(request.headers, "", info.meta.etag, info.modified);
    if (verdict == Verdict::kFailed) co_return Error("PreconditionFailed");
    if (verdict == Verdict::kNotModified) {
        describe_object(info, exchange.headers());
        const Outcome<> sent = co_await exchange.send(304, {}, {});
        if (!sent.ok()) co_return sent.error();
        co_return done;
    }
    auto chosen = choose(request, info);
    if (!chosen.ok()) {
        if (chosen.error().code() == "InvalidRange")
            exchange.headers().set("Content-Range", "bytes */" + std::to_string(info.size));
        co_return chosen.error();
    }
    describe(request, info, chosen.value(), exchange.headers());
    const int status = chosen.value().partial ? 206 : 200;
    const Outcome<> sent = co_await exchange.send_head(status, chosen.value().range.length);
    if (!sent.ok()) co_return sent.error();
    co_return std::optional(chosen.value().range);
}

}  // namespace

Task<Outcome<>> get_object(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    auto reader = co_await services.objects.read(request.bucket, request.key);
    if (!reader.ok()) co_return reader.error();
    const auto range = co_await answer_head(exchange, reader.value()->info());
    if (!range.ok()) co_return range.error();
    if (!range.value()) co_return Nothing{};
    co_return co_await send_bytes(exchange, *reader.value(), *range.value());
}

Task<Outcome<>> head_object(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    const auto info = co_await services.objects.head(request.bucket, request.key);
    if (!info.ok()) co_return info.error();
    const auto range = co_await answer_head(exchange, info.value());
    if (!range.ok()) co_return range.error();
    co_return Nothing{};
}

}  // namespace csd::airmos::ops
