// SPDX-License-Identifier: BSD-3-Clause
#include "device/store/slices.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace csd::store {

TEST(SliceCursor, PiecesOfAnySizesJoinToTheWhole) {
    EXPECT_TRUE(rc::check([](const std::vector<std::string>& parts, uint32_t seed) {
        std::string whole;
        std::vector<iovec> slices;
        for (const std::string& part : parts) {
            whole += part;
            slices.push_back({const_cast<char*>(part.data()), part.size()});
        }
        RC_ASSERT(total_bytes(slices) == whole.size());
        SliceCursor cursor(slices);
        std::string joined;
        for (;;) {
            seed = seed * 1664525u + 1013904223u;
            const auto piece = cursor.piece(1 + (seed >> 8) % 50);
            if (piece.empty()) break;
            uint64_t moved = 0;
            const uint64_t most = 1 + (seed >> 16) % total_bytes(piece);  // as a short write would
            for (const iovec& slice : piece) {
                const uint64_t length = std::min<uint64_t>(slice.iov_len, most - moved);
                joined.append(static_cast<char*>(slice.iov_base), length);
                moved += length;
            }
            cursor.advance(moved);
        }
        RC_ASSERT(joined == whole);
    }));
}

}  // namespace csd::store
