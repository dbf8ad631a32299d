// SPDX-License-Identifier: BSD-3-Clause
//
// measure.hpp, done.
#include "measure.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <barrier>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>

#include "base/unique_fd.hpp"

namespace csd::bench {

void fail_errno(const std::string& what) {
    throw Failure(what + ": " + std::strerror(errno));
}

Samples alternate(int rounds, const Measure& ours, const Measure& yardstick) {
    Samples samples;
    for (int round = 0; round < rounds; ++round) {
        const bool ours_first = round % 2 == 0;
        if (ours_first) samples.ours.push_back(ours());
        samples.yardstick.push_back(yardstick());
        if (!ours_first) samples.ours.push_back(ours());
    }
    return samples;
}

Samples repeat(int rounds, const Measure& ours) {
    Samples samples;
    for (int round = 0; round < rounds; ++round) samples.ours.push_back(ours());
    return samples;
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    const size_t half = values.size() / 2;
    std::sort(values.begin(), values.end());
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double run_threads(unsigned threads, const std::function<void(unsigned)>& body) {
    std::barrier gun(threads + 1);
    std::mutex mutex;
    std::exception_ptr failure;
    std::vector<std::thread> running;
    for (unsigned i = 0; i < threads; ++i) {
        running.emplace_back([&, i] {
            gun.arrive_and_wait();
            try {
                body(i);
            } catch (...) {
                const std::lock_guard lock(mutex);
                failure = std::current_exception();
            }
        });
    }
    gun.arrive_and_wait();
    const Stopwatch watch;
    for (std::thread& thread : running) thread.join();
    const double seconds = watch.seconds();
    if (failure) std::rethrow_exception(failure);
    return seconds;
}

void settle(const std::string& dir) {
    const UniqueFd fd(open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || syncfs(fd.get()) != 0) fail_errno("syncfs " + dir);
}

uint64_t scramble(uint64_t n) {
    n += 0x9E3779B97F4A7C15;
    n = (n ^ n >> 30) * 0xBF58476D1CE4E5B9;
    n = (n ^ n >> 27) * 0x94D049BB133111EB;
    return n ^ n >> 31;
}

}  // namespace csd::bench
