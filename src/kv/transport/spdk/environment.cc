// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/spdk/environment.hpp"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <string>

#include "base/signals.hpp"
#include "kv/transport/spdk/log.hpp"
#include "kv/transport/spdk/sdk.hpp"
#include "kv/transport/spdk_host.hpp"

namespace csd::kv {
namespace {

constexpr char kSysfs[] = "/sys";
constexpr size_t kAlignment = 4096;
// Ordinary memory is reserved all at once, but taken from the system only where it is used. The pools of the bdev layer
// need most of it.
constexpr int kOrdinaryMegabytes = 512;

std::mutex g_mutex;
// Guarded by g_mutex.
bool g_started = false;
bool g_pinned = false;

// DPDK ties the thread that starts it to a processor.
class SameProcessors {
  public:
    SameProcessors() { pthread_getaffinity_np(pthread_self(), sizeof before_, &before_); }
    ~SameProcessors() { pthread_setaffinity_np(pthread_self(), sizeof before_, &before_); }
    SameProcessors(const SameProcessors&) = delete;
    SameProcessors& operator=(const SameProcessors&) = delete;

    // One that this process may use, as DPDK writes a list.
    std::string first() const {
        int cpu = 0;
        while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &before_)) cpu++;
        return "[" + std::to_string(cpu) + "]";
    }

  private:
    cpu_set_t before_{};
};

// Root only: huge pages of another user's mount are none.
bool can_pin(uint64_t huge_bytes) {
    return geteuid() == 0 && check_huge_pages(kSysfs, huge_bytes).ok();
}

Status start(bool pinned, const Log& log) {
    const AllSignalsBlocked signals;  // of the threads that DPDK starts
    const SameProcessors processors;
    const std::string core = processors.first();
    spdk_env_opts options{};
    csd_spdk_env_opts_init(&options);
    options.name = "csd";
    options.core_mask = core.c_str();
    options.shm_id = -1;
    if (pinned) {
        // Without a mounted hugetlbfs, and without files there that a process that is killed leaves behind.
        options.env_context = const_cast<char*>("--in-memory");
    } else {
        csd_spdk_env_opts_no_huge(&options);
        options.mem_size = kOrdinaryMegabytes;
    }
    LogScope said(log);
    if (spdk_env_init(&options) == 0) return {};
    return {Code::kTransport, "SPDK's environment does not start" + said.reason()};
}

}  // namespace

Status start_environment(SpdkMemory memory, uint64_t huge_bytes, const Log& log) {
    const std::lock_guard lock(g_mutex);
    const bool needs_pinned = memory == SpdkMemory::kPinned;
    if (!g_started) {
        if (needs_pinned) {
            if (geteuid() != 0) {
                return {Code::kTransport,
                        "a PCI device is taken from the kernel by root; try sudo"};
            }
            if (const Status enough = check_huge_pages(kSysfs, huge_bytes); !enough.ok())
                return enough;
        }
        catch_spdk_logs();
        g_pinned = can_pin(huge_bytes);
        if (const Status started = start(g_pinned, log); !started.ok()) return started;
        g_started = true;
    }
    if (!needs_pinned || g_pinned) return {};
    return {Code::kTransport,
            "this process began without huge pages, when it opened another device; "
            "reserve them and start it again"};
}

Result<MutableBytes> allocate_pinned(size_t bytes) {
    void* const memory = spdk_dma_malloc(std::max<size_t>(bytes, 1), kAlignment, nullptr);
    if (memory == nullptr) return Status(Code::kTransport, "SPDK has no more memory to pin");
    return MutableBytes(static_cast<uint8_t*>(memory), bytes);
}

void release_pinned(MutableBytes buffer) {
    spdk_dma_free(buffer.data());
}

}  // namespace csd::kv
