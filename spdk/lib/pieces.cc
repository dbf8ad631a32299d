// SPDX-License-Identifier: BSD-3-Clause
// Tested by large_test.cc.
#include "pieces.hpp"

#include <algorithm>
#include <cstring>

namespace csd::spdk {
namespace {

void set_buffer(Request& request, void* buffer, uint64_t bytes) {
    request.buffer = buffer;
    request.iov = nullptr;
    request.iovcnt = 0;
    request.bytes = static_cast<uint32_t>(bytes);
}

// Calls `copy` with each part of the first bytes of the data that a description takes.
template <typename Copy>
void for_front(const Data& data, Copy copy) {
    size_t done = 0;
    if (!data.scattered()) return copy(data.buffer, done, nvme::kDescribeBytes);
    for (int i = 0; i < data.iovcnt && done < nvme::kDescribeBytes; i++) {
        const size_t bytes = std::min(data.iov[i].iov_len, nvme::kDescribeBytes - done);
        copy(data.iov[i].iov_base, done, bytes);
        done += bytes;
    }
}

}  // namespace

void set_piece(Request& request, const Place& place, uint64_t wanted) {
    Large& large = request.large;
    if (!large.data.scattered()) {
        return set_buffer(request, static_cast<uint8_t*>(large.data.buffer) + place.moved, wanted);
    }
    uint64_t bytes = 0;
    int count = 0;
    size_t skip = place.segment_offset;
    for (int i = place.segment; bytes < wanted && count < kWindowSegments; i++, skip = 0) {
        const iovec& segment = large.data.iov[i];
        if (segment.iov_len == skip) continue;
        const size_t part = std::min<size_t>(segment.iov_len - skip, wanted - bytes);
        large.window[count++] = {static_cast<uint8_t*>(segment.iov_base) + skip, part};
        bytes += part;
    }
    set_buffer(request, large.window[0].iov_base, bytes);
    if (count == 1) return;
    request.buffer = nullptr;
    request.iov = large.window;
    request.iovcnt = count;
}

void piece_moved(Request& request) {
    Place& place = request.large.place;
    const Data& data = request.large.data;
    place.moved += request.bytes;
    if (!data.scattered()) return;
    place.segment_offset += request.bytes;
    while (place.segment < data.iovcnt && place.segment_offset >= data.iov[place.segment].iov_len) {
        place.segment_offset -= data.iov[place.segment++].iov_len;
    }
}

void borrow_front(Large& large) {
    for_front(large.data, [&large](const void* part, size_t at, size_t bytes) {
        std::memcpy(large.borrowed.data() + at, part, bytes);
    });
}

void restore_front(Large& large) {
    for_front(large.data, [&large](void* part, size_t at, size_t bytes) {
        uint8_t description[nvme::kDescribeBytes];
        std::memcpy(description, part, bytes);
        std::memcpy(part, large.borrowed.data() + at, bytes);
        std::memcpy(large.borrowed.data() + at, description, bytes);
    });
}

nvme::ValueDescription take_description(Large& large) {
    return nvme::read_value_description(large.borrowed);
}

}  // namespace csd::spdk
