// SPDX-License-Identifier: BSD-3-Clause
//
// The arguments of the C verbs as Data. Tested by core_test.cc.
#pragma once

#include "request.hpp"

namespace csd::spdk {

inline Data one_buffer(const void* buffer, uint64_t bytes) {
    return {.buffer = const_cast<void*>(buffer), .bytes = bytes};
}

// One segment is a buffer. Nothing unless the iovecs make sense.
inline std::optional<Data> gathered(const iovec* iov, int iovcnt) {
    if (iov == nullptr || iovcnt < 1) return std::nullopt;
    if (iovcnt == 1) return one_buffer(iov[0].iov_base, iov[0].iov_len);
    Data data{.iov = iov, .iovcnt = iovcnt};
    for (int i = 0; i < iovcnt; i++) data.bytes += iov[i].iov_len;
    return data;
}

}  // namespace csd::spdk
