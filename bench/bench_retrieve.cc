// SPDX-License-Identifier: BSD-3-Clause
//
// Retrieve of 4 KiB against open, pread, close of the same files; and exist.
//
// Everything is in the page cache on both sides: this is about the path, not the disk.
#include <fmt/core.h>

#include "benchmarks.hpp"
#include "host.hpp"
#include "raw_files.hpp"
#include "report.hpp"

namespace csd::bench {

namespace {

constexpr size_t kValueBytes = 4096;

// Calls one(i) for `calls` scrambled i below `keys` on each thread; returns calls a second of all threads.
double random_calls(unsigned threads, uint64_t calls, uint64_t keys,
                    const std::function<void(uint64_t, std::string&)>& one) {
    const double seconds = run_threads(threads, [&](unsigned thread) {
        std::string memory(kValueBytes, '\0');
        for (uint64_t i = 0; i < calls; ++i) one(scramble(thread * calls + i) % keys, memory);
    });
    return static_cast<double>(threads * calls) / seconds;
}

class RetrieveBench {
  public:
    explicit RetrieveBench(const Setting& setting)
        : setting_(setting), host_(setting.dir + "/drive"), files_(host_.values_dir()) {
        std::string value(kValueBytes, 'v');
        for (uint64_t i = 0; i < setting.scaled(20'000); ++i) {
            keys_.push_back(key_of(i));
            names_.push_back(keys_.back().file_name());
            host_.store(keys_.back(), value);
        }
        host_.wait_for_index();
        settle(setting.dir);
    }

    void retrieve(const std::string& what, unsigned threads, uint64_t keys, Target target) {
        const uint64_t calls = setting_.scaled(200'000);
        const auto ours = [&](uint64_t i, std::string& memory) {
            host_.retrieve(keys_[i], memory);
        };
        const auto raw = [&](uint64_t i, std::string& memory) {
            files_.read(names_[i].c_str(), memory.data(), memory.size());
        };
        random_calls(threads, calls / 10, keys, ours);
        report(setting_,
               {.work = fmt::format("retrieve 4 KiB, {} thread{}, {}", threads,
                                    threads == 1 ? "" : "s", what),
                .samples = alternate(
                    setting_.rounds, [&] { return random_calls(threads, calls, keys, ours); },
                    [&] { return random_calls(threads, calls, keys, raw); }),
                .yardstick = "open, pread, close of the same files",
                .target = target});
    }

    void exist() {
        const auto ours = [&](uint64_t i, std::string&) { host_.exist(keys_[i]); };
        report(setting_, {.work = fmt::format("exist, 1 thread, {} keys", keys_.size()),
                          .samples = repeat(setting_.rounds,
                                            [&] {
                                                return random_calls(1, setting_.scaled(1'000'000),
                                                                    keys_.size(), ours);
                                            }),
                          .target = Target::at_least(1e6)});
    }

    uint64_t keys() const { return keys_.size(); }

  private:
    const Setting& setting_;
    Host host_;
    RawFiles files_;
    std::vector<Key> keys_;
    std::vector<std::string> names_;
};

}  // namespace

void bench_retrieve(const Setting& setting) {
    RetrieveBench bench(setting);
    bench.retrieve("128 hot", 1, 128, Target::ratio_at_least(1.5));
    bench.retrieve("128 hot", 2, 128, Target::ratio_at_least(1.5));
    // More values than any drive keeps descriptors for: what the cache costs when it does not help.
    bench.retrieve(fmt::format("{} values", bench.keys()), 1, bench.keys(), {});
    bench.exist();
}

}  // namespace csd::bench
