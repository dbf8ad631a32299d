// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/spdk/socket_deadline.hpp"

#include <sys/uio.h>

#include <cerrno>

namespace csd::kv {

static thread_local const SocketDeadline* t_deadline = nullptr;

SocketDeadline::SocketDeadline(uint32_t timeout_ms, const CancelToken& cancel)
    : end_(Clock::now() + std::chrono::milliseconds(timeout_ms)),
      cancel_(cancel),
      outer_(t_deadline) {
    t_deadline = this;
}
SocketDeadline::~SocketDeadline() {
    t_deadline = outer_;
}

// NOLINTBEGIN(readability-identifier-naming): the linker makes these names
extern "C" {
ssize_t __real_readv(int file, const iovec* parts, int count);
ssize_t __wrap_readv(int file, const iovec* parts, int count) {
    if (t_deadline == nullptr || !t_deadline->is_over()) return __real_readv(file, parts, count);
    errno = ETIMEDOUT;
    return -1;
}
}
// NOLINTEND(readability-identifier-naming)

}  // namespace csd::kv
