// SPDX-License-Identifier: BSD-3-Clause
// Tested by host_memory_test.cc.
#include "device/host_memory.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace csd::device {

std::vector<uint8_t> copy_in(HostMemory memory, size_t bytes) {
    std::vector<uint8_t> copy;
    copy.reserve(bytes);
    for (const iovec& piece : memory) {
        const size_t take = std::min(piece.iov_len, bytes - copy.size());
        const auto* from = static_cast<const uint8_t*>(piece.iov_base);
        copy.insert(copy.end(), from, from + take);
    }
    return copy;
}

size_t copy_out(Bytes data, HostMemory memory) {
    size_t done = 0;
    for (const iovec& piece : memory) {
        const size_t put = std::min(piece.iov_len, data.size() - done);
        if (put > 0) std::memcpy(piece.iov_base, data.data() + done, put);
        done += put;
    }
    return done;
}

std::vector<iovec> first_bytes(HostMemory memory, size_t bytes) {
    std::vector<iovec> pieces;
    pieces.reserve(memory.size());
    for (const iovec& piece : memory) {
        const size_t take = std::min(piece.iov_len, bytes);
        if (take > 0) pieces.push_back({piece.iov_base, take});
        bytes -= take;
    }
    return pieces;
}

Result<uint64_t> read_file(int fd, uint64_t offset, uint64_t end, HostMemory memory) {
    uint64_t done = 0;
    for (const iovec& piece : memory) {
        auto* to = static_cast<uint8_t*>(piece.iov_base);
        for (size_t filled = 0; filled < piece.iov_len;) {
            const uint64_t at = offset + done;
            if (at < offset || at >= end) return done;
            const size_t want = std::min<uint64_t>(piece.iov_len - filled, end - at);
            const ssize_t got = pread(fd, to + filled, want, static_cast<off_t>(at));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return Status(Code::kIo, std::string("read: ") + strerror(errno));
            if (got == 0) return done;
            filled += static_cast<size_t>(got);
            done += static_cast<uint64_t>(got);
        }
    }
    return done;
}

}  // namespace csd::device
