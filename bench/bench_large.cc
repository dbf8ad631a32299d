// SPDX-License-Identifier: BSD-3-Clause
//
// Store and retrieve of 8 MiB against write and read of the same bytes.
//
// With the engine's own limit of 2 MiB for a transfer a value travels in four commands; a host with a larger
// limit (MDTS) needs one. Both are measured. Stores make new files on both sides, which are removed
// between the rounds; retrieves read the same files from the page cache.
#include <fmt/core.h>

#include "benchmarks.hpp"
#include "host.hpp"
#include "raw_files.hpp"
#include "report.hpp"

namespace csd::bench {

namespace {

constexpr size_t kValueBytes = 8u << 20;

double megabytes_per_second(uint64_t values, double seconds) {
    return static_cast<double>(values * kValueBytes) / 1e6 / seconds;
}

void bench_transfer(const Setting& setting, const std::string& name, uint32_t transfer_bytes) {
    Host host(setting.dir + "/drive" + std::to_string(transfer_bytes), 0, transfer_bytes);
    const RawFiles files(setting.dir + "/raw");
    const RawFiles values(host.values_dir());
    const uint64_t count = setting.quick ? 2 : 16;
    std::string memory(kValueBytes, 'v');
    std::vector<std::string> names;
    for (uint64_t i = 0; i < count; ++i) names.push_back(key_of(i).file_name());

    const auto store = [&] {
        for (uint64_t i = 0; i < count; ++i) host.store(key_of(i), memory);
    };
    const auto store_anew = [&] {
        for (uint64_t i = 0; i < count; ++i) host.erase(key_of(i));
        settle(setting.dir);
        const Stopwatch watch;
        store();
        return megabytes_per_second(count, watch.seconds());
    };
    const auto write = [&] {
        settle(setting.dir);
        const Stopwatch watch;
        for (const std::string& file : names) files.write(file.c_str(), memory);
        const double seconds = watch.seconds();
        for (const std::string& file : names) files.remove(file.c_str());
        return megabytes_per_second(count, seconds);
    };
    store();
    write();
    report(setting, {.work = fmt::format("store 8 MiB, {}", name),
                     .unit = Unit::kMegabytesPerSecond,
                     .samples = alternate(setting.rounds, store_anew, write),
                     .yardstick = "O_TMPFILE, one write, linkat",
                     .target = Target::ratio_at_least(0.9)});

    const auto retrieve = [&] {
        const Stopwatch watch;
        for (uint64_t i = 0; i < count; ++i) host.retrieve(key_of(i), memory);
        return megabytes_per_second(count, watch.seconds());
    };
    const auto read = [&] {
        const Stopwatch watch;
        for (const std::string& file : names)
            values.read(file.c_str(), memory.data(), memory.size());
        return megabytes_per_second(count, watch.seconds());
    };
    settle(setting.dir);
    retrieve();
    report(setting, {.work = fmt::format("retrieve 8 MiB, {}", name),
                     .unit = Unit::kMegabytesPerSecond,
                     .samples = alternate(setting.rounds, retrieve, read),
                     .yardstick = "open, one pread, close of the same files",
                     .target = Target::ratio_at_least(0.9)});
}

}  // namespace

void bench_large(const Setting& setting) {
    bench_transfer(setting, "in 2 MiB commands", Host::kTransferBytes);
    bench_transfer(setting, "in one command", kValueBytes);
}

}  // namespace csd::bench
