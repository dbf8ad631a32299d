// SPDX-License-Identifier: BSD-3-Clause
//
// Bytes on their way between a body and the drives, or through a checksum, one bounded buffer a request.
// Threads: of the connection's loop. Tested by operations_test.cc.
#pragma once

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "airmos/core/digest.hpp"
#include "airmos/core/encoding.hpp"
#include "airmos/core/exchange.hpp"
#include "airmos/objects/objects.hpp"
#include "airmos/operations/object_headers.hpp"

namespace csd::airmos::ops {

inline constexpr size_t kTransferBytes = 512 * kKiB;

// MissingContentLength, EntityTooLarge: before a byte of the body is asked for.
inline Outcome<> check_body_size(const RequestBody& body) {
    const auto size = body.size();
    if (!size) return Error("MissingContentLength");
    if (*size > kMaxPutBytes) {
        return Error("EntityTooLarge")
            .with("ProposedSize", std::to_string(*size))
            .with("MaxSizeAllowed", std::to_string(kMaxPutBytes));
    }
    return Nothing{};
}

// Reads the body to its end, where all its digests have been verified, and gives every piece to the writer.
template <typename AnyWriter>
Task<Outcome<>> receive(RequestBody& body, AnyWriter& writer) {
    const uint64_t expected = body.size().value_or(kTransferBytes);
    std::vector<uint8_t> buffer(std::clamp<uint64_t>(expected, 1, kTransferBytes));
    for (;;) {
        const Outcome<size_t> got = co_await body.read(buffer);
        if (!got.ok()) co_return got.error();
        if (got.value() == 0) co_return Nothing{};
        const Bytes piece(buffer.data(), got.value());
        const Outcome<> written = co_await writer.write(piece);
        if (!written.ok()) co_return written.error();
    }
}

// A checksum of a range of an object. Its bytes leave the drive for that; is_checksum_algorithm() holds of the name.
inline Task<Outcome<Checksum>> checksum_of(Reader& reader, uint64_t offset, uint64_t length,
                                           std::string algorithm) {
    Digest digest(*Digest::checksum_of(algorithm));
    std::vector<uint8_t> buffer(std::min<uint64_t>(length, kTransferBytes));
    const uint64_t end = offset + length;
    while (offset < end) {
        const MutableBytes piece =
            MutableBytes(buffer).first(std::min<uint64_t>(buffer.size(), end - offset));
        const Outcome<size_t> got = co_await reader.read(offset, piece);
        if (!got.ok()) co_return got.error();
        if (got.value() == 0) co_return Error("InternalError");
        digest.update(piece.first(got.value()));
        offset += got.value();
        // What lies in memory is read without a pause, and other requests of this thread have their turn too.
        co_await boost::asio::post(co_await boost::asio::this_coro::executor,
                                   boost::asio::use_awaitable);
    }
    co_return Checksum{std::move(algorithm), base64(digest.finish()), false};
}

}  // namespace csd::airmos::ops
