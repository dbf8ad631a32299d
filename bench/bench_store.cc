// SPDX-License-Identifier: BSD-3-Clause
//
// Store of 4 KiB under new keys: volatile against O_TMPFILE, write, linkat; and with sync=always against the
// same with fdatasync and fsync of the directory for each value.
//
// Both sides fill a directory of their own on one file system, equally large. What is dirty is written out
// between the rounds.
#include <fmt/core.h>
#include <atomic>

#include "benchmarks.hpp"
#include "host.hpp"
#include "raw_files.hpp"
#include "report.hpp"

namespace csd::bench {

namespace {

constexpr size_t kValueBytes = 4096;

// Calls store(n, value) from all threads for about `seconds`, n counting on from `next`; calls a second.
double timed_stores(unsigned threads, double seconds, std::atomic<uint64_t>& next,
                    const std::function<void(uint64_t, std::string&)>& store) {
    std::atomic<uint64_t> stored{0};
    const double taken = run_threads(threads, [&](unsigned) {
        const Stopwatch watch;
        std::string value(kValueBytes, 'v');
        while (watch.seconds() < seconds) {
            store(next.fetch_add(1), value);
            stored.fetch_add(1);
        }
    });
    return static_cast<double>(stored) / taken;
}

}  // namespace

void bench_store(const Setting& setting) {
    Host host(setting.dir + "/drive");
    const RawFiles files(setting.dir + "/raw");
    const uint64_t calls = setting.scaled(10'000);
    std::string value(kValueBytes, 'v');

    uint64_t next_key = 0;
    const auto ours = [&] {
        settle(setting.dir);
        const Stopwatch watch;
        for (uint64_t i = 0; i < calls; ++i) host.store(key_of(next_key++), value);
        return static_cast<double>(calls) / watch.seconds();
    };
    uint64_t next_name = 0;
    const auto raw = [&] {
        std::vector<std::string> names;
        for (uint64_t i = 0; i < calls; ++i) names.push_back(key_of(next_name++).file_name());
        settle(setting.dir);
        const Stopwatch watch;
        for (const std::string& name : names) files.write(name.c_str(), value);
        return static_cast<double>(calls) / watch.seconds();
    };
    ours();  // the first of each warms the directory
    raw();
    report(setting, {.work = "store 4 KiB, no sync, 1 thread",
                     .samples = alternate(setting.rounds, ours, raw),
                     .yardstick = "O_TMPFILE, write, linkat",
                     .target = Target::ratio_at_least(0.8)});
}

void bench_durable(const Setting& setting) {
    Host host(setting.dir + "/drive", CSD_SYNC_ALWAYS);
    const RawFiles files(setting.dir + "/raw");
    const double seconds = setting.quick ? 0.1 : 0.4;

    std::atomic<uint64_t> next_key = 0;
    std::atomic<uint64_t> next_name = 0;
    const auto ours = [&](unsigned threads) {
        settle(setting.dir);
        return timed_stores(threads, seconds, next_key,
                            [&](uint64_t n, std::string& value) { host.store(key_of(n), value); });
    };
    const auto raw = [&](unsigned threads) {
        settle(setting.dir);
        return timed_stores(threads, seconds, next_name, [&](uint64_t n, std::string& value) {
            files.write_durably(key_of(n).file_name().c_str(), value);
        });
    };
    for (const unsigned threads : {1, 8, 64}) {
        const Target target = threads == 1 ? Target{} : Target::ratio_at_least(0.8);
        report(setting,
               {.work = fmt::format("store 4 KiB, sync=always, {} thread{}", threads,
                                    threads == 1 ? "" : "s"),
                .samples = alternate(
                    setting.rounds, [&] { return ours(threads); }, [&] { return raw(threads); }),
                .yardstick = "O_TMPFILE, write, fdatasync, linkat, fsync of the directory",
                .target = target});
    }
    for (const unsigned threads : {8, 64}) {
        report(setting,
               {.work = fmt::format("the same, {} threads against our 1", threads),
                .samples = alternate(
                    setting.rounds, [&] { return ours(threads); }, [&] { return ours(1); }),
                .yardstick = "the drive itself with 1 thread",
                .target = Target::ratio_at_least(4)});
    }
}

}  // namespace csd::bench
