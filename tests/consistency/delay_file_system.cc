// SPDX-License-Identifier: BSD-3-Clause
//
// A slow file system for any host of the drive: delays at random before and after the calls that the store makes.
//
//     CSD_DELAY_FILE_SYSTEM=SEED[,YIELDS[,SLEEPS[,MAX_US[,CHANGES]]]] LD_PRELOAD=libcsd-delay-file-system.so PROGRAM
//
// Of 1000 points before and after a call, YIELDS (150) give the processor away a few times and SLEEPS (10) sleep, 50 to
// MAX_US (500) microseconds. After a call that changes a directory, of 1000 CHANGES (SLEEPS) sleep: what the directory
// says and what the drive remembers differ then for long. Only calls relative to a directory's descriptor, or on a descriptor, are delayed, which leaves
// alone nearly all that is not the store's. Linked into a program, csd_delay_file_system() does what the variable does.
// The same seed gives each thread the same sequence of delays, by the order in which threads make their first call.
// With a sanitizer, which has these functions for itself, it does nothing. Used by tests/consistency; src/device/store/file_system.cc has the calls.
#undef _FILE_OFFSET_BITS  // each name below is its own function, whichever of the two a program calls
#undef _FORTIFY_SOURCE
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

#define CSD_EXPORT extern "C" __attribute__((visibility("default")))

#ifdef CSD_NO_DELAYS
CSD_EXPORT void csd_delay_file_system(const char*) {}
#else
namespace {

struct Settings {
    std::atomic<bool> enabled{false};
    std::atomic<uint64_t> seed{0};
    std::atomic<unsigned> yields{150};
    std::atomic<unsigned> sleeps{10};
    std::atomic<unsigned> max_us{500};
    std::atomic<unsigned> changes{10};
    std::atomic<uint64_t> threads{0};
};
Settings settings;

uint64_t next_number() {
    thread_local uint64_t state = 0;
    if (state == 0) {
        state = (settings.seed.load() + 1) * 0x9E3779B97F4A7C15u +
                settings.threads.fetch_add(1) * 0xD1B54A32D192ED03u;
    }
    uint64_t z = (state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

void maybe_delay(unsigned sleeps) {
    if (!settings.enabled.load(std::memory_order_relaxed)) return;
    const int error = errno;
    const uint64_t number = next_number();
    const unsigned dice = static_cast<unsigned>(number % 1000);
    const uint64_t rest = number / 1000;
    if (dice < sleeps) {
        const unsigned max_us = settings.max_us.load(std::memory_order_relaxed);
        const uint64_t us = 50 + rest % (max_us > 50 ? max_us - 50 : 1);
        const timespec time{static_cast<time_t>(us / 1'000'000),
                            static_cast<long>(us % 1'000'000 * 1000)};
        nanosleep(&time, nullptr);
    } else if (dice < sleeps + settings.yields.load(std::memory_order_relaxed)) {
        for (uint64_t i = 0; i <= rest % 4; i++) sched_yield();
    }
    errno = error;
}

// The next definition of the function: the C library's, or a sanitizer's.
template <typename Function>
Function* find(std::atomic<void*>& known, const char* name) {
    void* found = known.load(std::memory_order_acquire);
    if (found == nullptr) {
        found = dlsym(RTLD_NEXT, name);
        known.store(found, std::memory_order_release);
    }
    return reinterpret_cast<Function*>(found);
}

// `after`: how many of 1000 sleep after the call.
template <typename Call>
auto delayed(bool applies, const std::atomic<unsigned>& after, Call call) -> decltype(call()) {
    if (!applies) return call();
    maybe_delay(settings.sleeps.load(std::memory_order_relaxed));
    const auto result = call();
    maybe_delay(after.load(std::memory_order_relaxed));
    return result;
}

__attribute__((constructor)) void from_environment();

}  // namespace

CSD_EXPORT void csd_delay_file_system(const char* text) {
    unsigned long seed = 0;
    unsigned yields = 150, sleeps = 10, max_us = 500, changes = 0;
    const int count = sscanf(text, "%lu,%u,%u,%u,%u", &seed, &yields, &sleeps, &max_us, &changes);
    if (count < 1) return;
    if (count < 5) changes = sleeps;
    settings.seed = seed;
    settings.yields = yields;
    settings.sleeps = sleeps;
    settings.max_us = max_us;
    settings.changes = changes;
    settings.enabled = true;
}

namespace {
void from_environment() {
    const char* text = getenv("CSD_DELAY_FILE_SYSTEM");
    if (text != nullptr) csd_delay_file_system(text);
}
}  // namespace

// A function NAME with these parameters, which delays when APPLIES; AFTER is the setting for the delay after it.
#define CSD_DELAYED_AS(RESULT, NAME, PARAMETERS, ARGUMENTS, APPLIES, AFTER)             \
    CSD_EXPORT RESULT NAME PARAMETERS {                                                 \
        static std::atomic<void*> known{nullptr};                                       \
        auto* const original = find<RESULT PARAMETERS>(known, #NAME);                   \
        return delayed(APPLIES, AFTER, [&]() -> RESULT { return original ARGUMENTS; }); \
    }
#define CSD_DELAYED(RESULT, NAME, PARAMETERS, ARGUMENTS, APPLIES) \
    CSD_DELAYED_AS(RESULT, NAME, PARAMETERS, ARGUMENTS, APPLIES, settings.sleeps)
#define CSD_DELAYED_CHANGE(RESULT, NAME, PARAMETERS, ARGUMENTS, APPLIES) \
    CSD_DELAYED_AS(RESULT, NAME, PARAMETERS, ARGUMENTS, APPLIES, settings.changes)

static bool below(int directory) {
    return directory != AT_FDCWD;
}

// openat takes a mode only when it makes a file.
#define CSD_DELAYED_OPEN(NAME)                                                            \
    CSD_EXPORT int NAME(int directory, const char* name, int flags, ...) {                \
        static std::atomic<void*> known{nullptr};                                         \
        auto* const original = find<int(int, const char*, int, ...)>(known, #NAME);       \
        va_list arguments;                                                                \
        va_start(arguments, flags);                                                       \
        const bool makes = (flags & (O_CREAT | O_TMPFILE)) != 0;                          \
        const mode_t mode = makes ? static_cast<mode_t>(va_arg(arguments, unsigned)) : 0; \
        va_end(arguments);                                                                \
        return delayed(below(directory), settings.sleeps,                                 \
                       [&] { return original(directory, name, flags, mode); });           \
    }

CSD_DELAYED_OPEN(openat)
CSD_DELAYED_OPEN(openat64)
CSD_DELAYED_CHANGE(int, linkat,
                   (int from, const char* old_name, int to, const char* name, int flags),
                   (from, old_name, to, name, flags), below(to))
CSD_DELAYED_CHANGE(int, renameat2,
                   (int from, const char* old_name, int to, const char* name, unsigned flags),
                   (from, old_name, to, name, flags), below(to))
CSD_DELAYED_CHANGE(int, unlinkat, (int directory, const char* name, int flags),
                   (directory, name, flags), below(directory))
CSD_DELAYED(int, statx,
            (int directory, const char* name, int flags, unsigned mask, struct statx* stat),
            (directory, name, flags, mask, stat), below(directory))
CSD_DELAYED(ssize_t, preadv, (int fd, const iovec* data, int count, off_t offset),
            (fd, data, count, offset), true)
CSD_DELAYED(ssize_t, preadv64, (int fd, const iovec* data, int count, off64_t offset),
            (fd, data, count, offset), true)
CSD_DELAYED(ssize_t, preadv2, (int fd, const iovec* data, int count, off_t offset, int flags),
            (fd, data, count, offset, flags), true)
CSD_DELAYED(ssize_t, preadv64v2, (int fd, const iovec* data, int count, off64_t offset, int flags),
            (fd, data, count, offset, flags), true)
CSD_DELAYED(ssize_t, pwritev, (int fd, const iovec* data, int count, off_t offset),
            (fd, data, count, offset), true)
CSD_DELAYED(ssize_t, pwritev64, (int fd, const iovec* data, int count, off64_t offset),
            (fd, data, count, offset), true)
CSD_DELAYED(ssize_t, copy_file_range,
            (int from, off64_t* from_offset, int to, off64_t* to_offset, size_t bytes,
             unsigned flags),
            (from, from_offset, to, to_offset, bytes, flags), true)
CSD_DELAYED(ssize_t, getdents64, (int fd, void* buffer, size_t bytes), (fd, buffer, bytes), true)
CSD_DELAYED(int, fsync, (int fd), (fd), true)
CSD_DELAYED(int, fdatasync, (int fd), (fd), true)
CSD_DELAYED(int, syncfs, (int fd), (fd), true)
CSD_DELAYED(int, ftruncate, (int fd, off_t size), (fd, size), true)
CSD_DELAYED(int, ftruncate64, (int fd, off64_t size), (fd, size), true)
#endif
