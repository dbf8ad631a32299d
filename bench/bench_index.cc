// SPDX-License-Identifier: BSD-3-Clause
//
// A million keys: how long until the index is complete, what it weighs, how fast it lists and finds.
//
// The values are empty files made beside the drive while it is closed, so the kernel's own caches (names and
// inodes) are warm when it opens. Memory is read before anything else has used any.
#include <fcntl.h>
#include <fmt/core.h>

#include <optional>

#include "base/unique_fd.hpp"
#include "benchmarks.hpp"
#include "host.hpp"
#include "machine.hpp"
#include "report.hpp"

namespace csd::bench {

namespace {

constexpr uint32_t kPageBytes = 128 * 1024;  // what Linux passthrough moves without trouble

void make_values(const std::string& dir, uint64_t count) {
    const UniqueFd dir_fd(open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!dir_fd) fail_errno("open " + dir);
    for (uint64_t i = 0; i < count; ++i) {
        const UniqueFd fd(openat(dir_fd.get(), key_of(i).file_name().c_str(),
                                 O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
        if (!fd) fail_errno("create a value");
    }
}

struct Opening {
    double answers_ms;  // until csd_open returned and a key was found to exist
    double complete_ms;
    double bytes_per_key;
};

Opening open_drive(const std::string& root, uint64_t keys, std::optional<Host>& host) {
    const uint64_t before = resident_bytes();
    const Stopwatch watch;
    host.emplace(root);
    host->exist(key_of(keys / 2));
    const double answers = watch.seconds();
    host->wait_for_index();
    const double complete = watch.seconds();
    const double grown = static_cast<double>(resident_bytes()) - static_cast<double>(before);
    return {answers * 1e3, complete * 1e3, grown / static_cast<double>(keys)};
}

}  // namespace

void bench_index(const Setting& setting) {
    const std::string root = setting.dir + "/drive";
    const uint64_t keys = setting.scaled(1'000'000);
    const std::string of_keys = fmt::format("{} keys", keys);
    make_values(Host(root).values_dir(), keys);
    settle(setting.dir);

    std::optional<Host> host;
    const double bytes_per_key = open_drive(root, keys, host).bytes_per_key;
    Samples answers, complete;
    for (int round = 0; round < setting.rounds; ++round) {
        host.reset();
        const Opening opening = open_drive(root, keys, host);
        answers.ours.push_back(opening.answers_ms);
        complete.ours.push_back(opening.complete_ms);
    }
    report(setting, {.work = "open until the first answer, " + of_keys,
                     .unit = Unit::kMilliseconds,
                     .samples = answers});
    report(setting, {.work = "open until the index is complete, " + of_keys,
                     .unit = Unit::kMilliseconds,
                     .samples = complete,
                     .target = Target::at_most(4000)});
    report(setting, {.work = "memory for each key, " + of_keys,
                     .unit = Unit::kBytes,
                     .samples = {.ours = {bytes_per_key}},
                     .target = Target::at_most(120)});
    const auto list = [&] {
        const Stopwatch watch;
        const uint64_t listed = host->list(kPageBytes);
        const double seconds = watch.seconds();
        if (listed != keys) throw Failure(fmt::format("list: {} keys, not {}", listed, keys));
        return static_cast<double>(keys) / seconds;
    };
    report(setting, {.work = "list, 128 KiB pages, " + of_keys,
                     .samples = repeat(setting.rounds, list),
                     .target = Target::at_least(2e6)});
    const auto exist = [&] {
        const Stopwatch watch;
        for (uint64_t i = 0; i < keys; ++i) host->exist(key_of(scramble(i) % keys));
        return static_cast<double>(keys) / watch.seconds();
    };
    report(setting, {.work = "exist, 1 thread, " + of_keys,
                     .samples = repeat(setting.rounds, exist),
                     .target = Target::at_least(1e6)});
}

}  // namespace csd::bench
