// SPDX-License-Identifier: BSD-3-Clause
// Tested by linux_uring_test.cc.
#include "kv/transport/linux_uring.hpp"

#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <exception>

namespace csd::kv {

// Completions are carried out when their thread enters the kernel anyway (COOP_TASKRUN, with a flag that tells when),
// so no interrupt is sent to it; and one refused entry does not hold up those behind it.
static constexpr unsigned kSetup = IORING_SETUP_SQE128 | IORING_SETUP_CQE32 |
                                   IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
                                   IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CLAMP;

std::unique_ptr<UringQueue> UringQueue::open(int fd, uint32_t depth) {
    io_uring ring;
    int failed = io_uring_queue_init(depth, &ring, kSetup);
    if (failed == 0) {
        auto queue = std::make_unique<UringQueue>(ring);
        failed = io_uring_register_files(&queue->ring_, &fd, 1);
        if (failed == 0) return queue;
    }
    errno = -failed;
    return nullptr;
}

void fill_uring_entry(io_uring_sqe& entry, uint32_t slot, const nvme_uring_cmd& command) {
    static constexpr size_t kEntryBytes = 128;
    static_assert(offsetof(io_uring_sqe, cmd) + sizeof command <= kEntryBytes);
    auto* const bytes = reinterpret_cast<uint8_t*>(&entry);
    std::memset(bytes, 0, kEntryBytes);
    entry.opcode = IORING_OP_URING_CMD;
    entry.flags = IOSQE_FIXED_FILE;
    entry.fd = 0;
    entry.cmd_op = NVME_URING_CMD_IO;
    entry.user_data = slot;
    std::memcpy(bytes + offsetof(io_uring_sqe, cmd), &command, sizeof command);
}

void UringQueue::start(uint32_t slot, const nvme_uring_cmd& command) {
    io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
    if (entry == nullptr) std::terminate();  // there are as many entries as slots
    fill_uring_entry(*entry, slot, command);
}

// What the kernel does not take now (EAGAIN, EBUSY, EINTR) stays in the ring for the next time.
size_t UringQueue::reap(std::span<Finished> finished) {
    if (io_uring_sq_ready(&ring_) > 0) io_uring_submit(&ring_);
    std::array<io_uring_cqe*, 64> entries;
    const size_t room = std::min(entries.size(), finished.size());
    const unsigned count =
        io_uring_peek_batch_cqe(&ring_, entries.data(), static_cast<unsigned>(room));
    for (unsigned i = 0; i < count; i++) {
        const io_uring_cqe& entry = *entries[i];
        finished[i] = {static_cast<uint32_t>(entry.user_data), entry.res, entry.big_cqe[0]};
    }
    io_uring_cq_advance(&ring_, count);
    return count;
}

void UringQueue::wait(uint32_t timeout_ms) {
    __kernel_timespec time{timeout_ms / 1000, static_cast<long long>(timeout_ms % 1000) * 1000000};
    io_uring_cqe* first = nullptr;
    const int failed = io_uring_submit_and_wait_timeout(&ring_, &first, 1, &time, nullptr);
    if (failed != -EAGAIN && failed != -EBUSY) return;
    // The kernel is short of memory and did not wait.
    const timespec pause{0, 1000000};
    nanosleep(&pause, nullptr);
}

}  // namespace csd::kv
