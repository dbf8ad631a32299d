// SPDX-License-Identifier: BSD-3-Clause
//
// Bytes on their way between a body and the drives, one bounded buffer a request.
// Threads: of the request's strand. Tested by operations_test.cc.
#pragma once

#include <algorithm>
#include <vector>

#include "airmos/http/exchange.hpp"
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

}  // namespace csd::airmos::ops
