// SPDX-License-Identifier: BSD-3-Clause
//
// SliceCursor: walks the caller's iovecs in pieces that one system call takes.
//
//     SliceCursor cursor(slices);
//     while (std::span<const iovec> piece = cursor.piece(most_bytes); !piece.empty()) {
//         cursor.advance(bytes_the_call_moved);
//     }
//
// Threads: none. Tested by slices_test.cc.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace csd::store {

inline uint64_t total_bytes(std::span<const iovec> slices) {
    uint64_t sum = 0;
    for (const iovec& slice : slices) sum += slice.iov_len;
    return sum;
}

class SliceCursor {
  public:
    explicit SliceCursor(std::span<const iovec> slices) : slices_(slices) {}

    // At most `most_bytes` from where the cursor stands; empty at the end. Valid until the next call.
    std::span<const iovec> piece(uint64_t most_bytes) {
        size_t used = 0;
        size_t at = at_;
        size_t skip = skip_;
        while (at < slices_.size() && used < piece_.size() && most_bytes > 0) {
            const uint64_t length = std::min<uint64_t>(slices_[at].iov_len - skip, most_bytes);
            if (length > 0) {
                piece_[used++] = {static_cast<char*>(slices_[at].iov_base) + skip, length};
            }
            most_bytes -= length;
            skip = 0;
            at++;
        }
        return {piece_.data(), used};
    }

    void advance(uint64_t bytes) {
        while (at_ < slices_.size() && bytes >= slices_[at_].iov_len - skip_) {
            bytes -= slices_[at_].iov_len - skip_;
            skip_ = 0;
            at_++;
        }
        skip_ += bytes;
    }

  private:
    std::span<const iovec> slices_;
    size_t at_ = 0;    // the slice the cursor is in
    size_t skip_ = 0;  // bytes of it already behind
    std::array<iovec, 64> piece_;
};

}  // namespace csd::store
