// SPDX-License-Identifier: BSD-3-Clause
//
// Messages with descriptors over a SOCK_SEQPACKET socket, for the engine, the launcher and the worker.
// Any thread. Tested by query_test.cc.
#pragma once

#include <sys/uio.h>

#include <array>
#include <span>
#include <vector>

#include "base/unique_fd.hpp"

namespace csd::query {

// False with errno set; never SIGPIPE. A message goes whole or not at all.
bool send_message(int socket, std::span<const iovec> parts, std::span<const int> fds, bool wait);

struct Received {
    ssize_t bytes = -1;  // 0: the other end is gone; -1: errno
    std::vector<UniqueFd> fds;
    bool truncated = false;
};

// Takes at most `max_fds` descriptors; 0 for a sender who is not trusted with them.
Received receive_message(int socket, std::span<const iovec> parts, size_t max_fds, bool wait);

}  // namespace csd::query
