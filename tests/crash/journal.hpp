// SPDX-License-Identifier: BSD-3-Clause
//
// Journal: what a drive's process tells of itself, in memory that outlives it.
//
// A process that is killed cannot hold back or lose a word that it has written there.
#pragma once

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <new>
#include <string>

namespace csd::crash {

inline constexpr int kMostLanes = 3;

enum class Phase : uint32_t { kOpening, kWorking, kFailed };

struct Journal {
    struct Progress {
        std::atomic<uint32_t> started{0};
        std::atomic<uint32_t> acknowledged{0};
    };

    std::atomic<Phase> phase{Phase::kOpening};
    std::atomic<bool> failing{false};
    // Which outcome the drive shows of each operation that the kill before had interrupted.
    std::array<uint32_t, kMostLanes> outcomes{};
    std::array<Progress, kMostLanes> lanes;
    char failure[4096] = {};

    // The first one counts.
    void fail(const std::string& why) {
        if (failing.exchange(true)) return;
        std::snprintf(failure, sizeof failure, "%s", why.c_str());
        phase = Phase::kFailed;
    }
};
static_assert(std::atomic<uint32_t>::is_always_lock_free, "processes share it");

// A journal in shared memory.
class SharedJournal {
  public:
    SharedJournal()
        : memory_(mmap(nullptr, sizeof(Journal), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                       -1, 0)) {
        if (memory_ == MAP_FAILED) throw std::bad_alloc();
        restart();
    }
    ~SharedJournal() { munmap(memory_, sizeof(Journal)); }
    SharedJournal(const SharedJournal&) = delete;
    SharedJournal& operator=(const SharedJournal&) = delete;

    void restart() { journal_ = new (memory_) Journal(); }
    Journal& operator*() { return *journal_; }
    Journal* operator->() { return journal_; }

  private:
    void* memory_;
    Journal* journal_ = nullptr;
};

}  // namespace csd::crash
