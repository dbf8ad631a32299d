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
uint64_t __real_spdk_get_ticks();
uint64_t __wrap_spdk_get_ticks() {
    const uint64_t now = __real_spdk_get_ticks();
    return t_deadline == nullptr ? now : t_deadline->ticks_at(now);
}

ssize_t __real_readv(int file, const iovec* parts, int count);
ssize_t __wrap_readv(int file, const iovec* parts, int count) {
    if (t_deadline == nullptr) return __real_readv(file, parts, count);
    if (t_deadline->is_over()) {
        errno = ETIMEDOUT;
        return -1;
    }
    const ssize_t bytes = __real_readv(file, parts, count);
    const bool is_silence = bytes < 0 && (errno == EAGAIN || errno == EINTR);
    t_deadline->note_read(is_silence);
    return bytes;
}
}
// NOLINTEND(readability-identifier-naming)

}  // namespace csd::kv
