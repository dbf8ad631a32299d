// SPDX-License-Identifier: BSD-3-Clause
//
// csd-consistency: does a drive keep its promises about what happens at once?
//
//     csd-consistency DEVICE [OPTION...]     docs/kvcli.md has the forms of DEVICE; `temporary[?sync=always...]` is an
//                                            emulated drive in a directory that is made and removed
//
// Threads with a client each send random commands to a small group of keys and write down when each began and ended
// and what came back. After some hundred operations the group changes, and the history of the one before is checked:
//   - there is an order of the operations that explains every result, in which each stands between its
//     beginning and its end (linearizability.hpp, drive_model.hpp). Per key that covers store, append, the last
//     piece of a staged store, delete, exist, describe, retrieve and select; a compose and a format take
//     effect at one instant for all keys, and a list shows one instant of them;
//   - values are whole (segment.hpp), versions never come back, and what was staged ends with a format.
// With --kills the emulated drive's process is killed now and then (kills.hpp). With --keep-going one broken promise does not end the run, and the last line counts
// the broken rounds. With --delays the file system is slow
// at random (delay_file_system.cc); a drive in another process gets that by LD_PRELOAD. With --preempt
// the threads that run an embedded drive's commands stop at random instructions (preemption.hpp).
//
// With --one-at-a-time the drive gets one command after the other, though the history does not know: what is
// broken then is a fault of this check, or of a single command.
//
// The same seed gives each thread the same choice of operations. Progress is told only with --progress. The last line
// says how many operations of which kind were checked; exit status 1 and a counterexample is a broken promise.
// Run by tests/consistency/run and, for a few seconds, by ctest.
#include <algorithm>
#include <barrier>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <optional>
#include <thread>

#include "consistency/checking.hpp"
#include "consistency/kills.hpp"
#include "consistency/preemption.hpp"
#include "consistency/workload.hpp"
#include "lib/temp_dir.hpp"

extern "C" void csd_delay_file_system(const char* text);

namespace csd::consistency {
namespace {

constexpr char kUsage[] =
    "usage: csd-consistency DEVICE [--operations N] [--seconds-limit S] [--threads N] [--depth N] "
    "[--groups N]\n"
    "    [--keys N] [--round N] [--transfer BYTES] [--seed S] [--mix KIND=WEIGHT,...]\n"
    "    [--delays SEED[,YIELDS[,SLEEPS[,MAX_US[,CHANGES]]]]] [--kills] [--life MS] [--fillers N] "
    "[--progress]\n";

struct Options {
    WorkloadOptions workload;
    KillOptions kills;
    bool kill = false;
    bool keep_going = false;  // after a broken promise
    uint32_t round = 800;     // operations of all threads
    uint64_t seconds_limit = 0;
};

class Play {
  public:
    Play(const Options& options, Checking& checking) : options_(options), checking_(checking) {}
    std::string run();

  private:
    void end_round() noexcept;
    void work(uint32_t thread);

    const Options& options_;
    Checking& checking_;
    std::vector<std::unique_ptr<Player>> players_;
    std::vector<std::vector<std::vector<DriveEntry>>> histories_;  // by thread and group
    uint64_t round_ = 1;
    uint64_t played_ = 0;
    std::atomic<bool> stop_ = false;  // changed only by end_round
    const std::atomic<bool> never_ = false;
};

// All threads wait meanwhile.
void Play::end_round() noexcept {
    // A format ends the values of every group, whichever it was chosen for.
    std::vector<DriveEntry> formats;
    for (const auto& groups : histories_) {
        for (const auto& each : groups) {
            std::ranges::copy_if(each, std::back_inserter(formats), [](const DriveEntry& entry) {
                return entry.operation.kind == Kind::kFormat;
            });
        }
    }
    for (uint32_t group = 0; group < options_.workload.groups; group++) {
        std::vector<DriveEntry> history;
        if (options_.workload.groups > 1) history = formats;
        for (const auto& each : histories_) {
            std::ranges::copy_if(
                each[group], std::back_inserter(history), [&](const DriveEntry& entry) {
                    return options_.workload.groups == 1 || entry.operation.kind != Kind::kFormat;
                });
        }
        played_ += history.size();
        checking_.submit(round_ + group, std::move(history));
    }
    round_ += options_.workload.groups;
    stop_ = played_ >= options_.kills.operations || now_ns() > options_.kills.deadline_ns ||
            checking_.found();
    if (options_.kills.progress) {
        std::fprintf(stderr, "%llu operations\n", static_cast<unsigned long long>(played_));
    }
}

std::string Play::run() {
    const uint32_t threads = options_.workload.threads;
    for (uint32_t i = 0; i < threads; i++) {
        auto opened = Player::open(options_.kills.device, options_.workload);
        if (!opened.ok()) return opened.status().message();
        players_.push_back(std::move(opened).value());
    }
    const uint32_t each = std::max(1U, options_.round / threads);
    histories_.resize(threads);
    for (auto& groups : histories_) {
        groups.assign(options_.workload.groups, std::vector<DriveEntry>(each));
    }
    const auto ended = [this]() noexcept { end_round(); };
    std::barrier barrier(threads, ended);
    std::vector<std::thread> workers;
    for (uint32_t thread = 0; thread < threads; thread++) {
        workers.emplace_back([&, thread] {
            const Preemption preemption(options_.workload.preempt_us,
                                        options_.workload.seed + thread);
            while (!stop_) {
                const auto record = [&](uint32_t group, uint32_t i) -> DriveEntry& {
                    return histories_[thread][group][i] = DriveEntry();
                };
                players_[thread]->play(round_, thread, 0, each, record, never_);
                const uint64_t finished = round_;
                barrier.arrive_and_wait();
                for (uint32_t group = thread; group < options_.workload.groups; group += threads) {
                    players_[thread]->erase_keys(finished + group);
                }
            }
        });
    }
    for (std::thread& worker : workers) worker.join();
    return "";
}

// Nothing: not understood.
std::optional<Options> parse(int argc, char** argv) {
    Options options;
    options.kills.operations = 100'000;
    options.workload.seed = now_ns();
    const auto number = [](const char* text) { return std::strtoull(text, nullptr, 10); };
    const auto small = [&](const char* text) { return static_cast<uint32_t>(number(text)); };
    for (int i = 1; i < argc; i++) {
        const std::string_view word = argv[i];
        if (word == "--progress") {
            options.kills.progress = true;
        } else if (word == "--keep-going") {
            options.keep_going = true;
        } else if (word == "--no-pieces") {
            options.workload.pieces = false;
        } else if (word == "--one-at-a-time") {
            options.workload.one_at_a_time = true;
        } else if (word == "--kills") {
            options.kill = true;
        } else if (!word.starts_with("--")) {
            options.kills.device = word;
        } else if (++i == argc) {
            return std::nullopt;
        } else if (word == "--operations") {
            options.kills.operations = number(argv[i]);
        } else if (word == "--seconds-limit") {
            options.seconds_limit = number(argv[i]);
        } else if (word == "--threads") {
            options.workload.threads = small(argv[i]);
        } else if (word == "--depth") {
            options.workload.depth = small(argv[i]);
        } else if (word == "--groups") {
            options.workload.groups = small(argv[i]);
        } else if (word == "--keys") {
            options.workload.keys = small(argv[i]);
        } else if (word == "--round") {
            options.round = small(argv[i]);
        } else if (word == "--transfer") {
            options.workload.transfer_bytes = small(argv[i]);
        } else if (word == "--seed") {
            options.workload.seed = number(argv[i]);
        } else if (word == "--preempt") {
            options.workload.preempt_us = small(argv[i]);
        } else if (word == "--life") {
            options.kills.max_life_ms = small(argv[i]);
        } else if (word == "--fillers") {
            options.kills.fillers = small(argv[i]);
        } else if (word == "--mix") {
            if (!options.workload.mix.change(argv[i])) return std::nullopt;
        } else if (word == "--delays") {
            setenv("CSD_DELAY_FILE_SYSTEM", argv[i], 1);  // for processes to come
            csd_delay_file_system(argv[i]);
        } else {
            return std::nullopt;
        }
    }
    const WorkloadOptions& workload = options.workload;
    const bool sane = !options.kills.device.empty() && workload.threads >= 1 &&
                      workload.depth >= 1 && workload.groups >= 1 &&
                      (workload.depth * workload.groups == 1 || !workload.one_at_a_time) &&
                      workload.threads * (workload.depth + 1) <= kMaxOpen && workload.keys >= 1 &&
                      workload.keys <= kMaxKeys;
    if (!sane || options.round / workload.threads > 65'536) return std::nullopt;
    return options;
}

int run(Options& options) {
    std::optional<test::TempDir> directory;
    static constexpr std::string_view kTemporary = "temporary";
    if (options.kills.device.starts_with(kTemporary)) {
        directory.emplace("consistency");
        options.kills.device.replace(0, kTemporary.size(), "emulator:" + directory->path());
    }
    if (options.seconds_limit != 0) {
        options.kills.deadline_ns = now_ns() + options.seconds_limit * 1'000'000'000u;
    }
    Checking checking(options.workload.keys, options.kill, options.keep_going);
    uint64_t kills = 0;
    const std::string failed = options.kill
                                   ? play_and_kill(options.workload, options.kills, checking, kills)
                                   : Play(options, checking).run();
    const std::string wrong = checking.finish();
    if (!wrong.empty()) std::printf("broken: %s", wrong.c_str());
    if (!failed.empty()) std::printf("failed: %s\n", failed.c_str());
    if (!wrong.empty() || !failed.empty()) {
        std::printf("--seed %llu\n", static_cast<unsigned long long>(options.workload.seed));
    }
    std::string summary = checking.summary();
    if (options.kill) summary += ", kills " + std::to_string(kills);
    std::printf("%s\n", summary.c_str());
    return wrong.empty() && failed.empty() ? 0 : 1;
}

}  // namespace
}  // namespace csd::consistency

int main(int argc, char** argv) {
    using namespace csd::consistency;
    if (argc == 3 && std::strcmp(argv[1], "--child") == 0) return run_killed_process(argv[2]);
    auto options = parse(argc, argv);
    if (!options) {
        std::fputs(kUsage, stderr);
        return 2;
    }
    return run(*options);
}
