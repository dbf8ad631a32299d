// SPDX-License-Identifier: BSD-3-Clause
//
// csd-bench-spdk: 4 KiB retrieves by the driver and through the bdev layer, against each other and against reads of a
// block namespace of the same controller, in turns and in one process. bench/spdk/run starts it; docs/benchmarks.md says
// what the rows mean.
//
// An SPDK application. Each measurement is one message of its thread, which keeps the processor until it is over; in
// between the application tends its connections.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <deque>

#include "base/first_mistake.hpp"
#include "devices.hpp"
#include "report.hpp"

extern "C" {
#include "spdk/thread.h"
}

namespace csd::bench {
namespace {

struct Bounds {
    uint32_t depth;
    std::optional<double> drive;  // driver level against block reads
    std::optional<double> bdev;   // bdev level against driver level
};
// Over PCIe in a guest, and over loopback TCP.
constexpr Bounds kPcie[] = {{1, 0.8, 0.8}, {32, 0.8, 0.5}, {128, 0.8, std::nullopt}};
constexpr Bounds kTcp[] = {{1, 0.4, 0.8}, {32, 0.6, 0.5}, {128, std::nullopt, std::nullopt}};

struct Side {
    std::string name;
    std::vector<double> rates;
    Figures last;
};

class Bench {
  public:
    Bench(const Setting& setting, const Names& names, bool tcp)
        : setting_(setting), names_(names), tcp_(tcp) {}

    // The next of all steps, as a message of the application's thread.
    static void step(void* self) { static_cast<Bench*>(self)->run_step(); }

  private:
    void run_step() {
        try {
            if (devices_ == nullptr) {
                devices_ = std::make_unique<Devices>(names_);
                plan();
            } else if (devices_->ready()) {
                steps_.front()();
                steps_.pop_front();
            }
            if (!steps_.empty()) return again();
            devices_.reset();
            spdk_app_stop(0);
        } catch (const std::exception& failure) {
            fmt::print(stderr, "csd-bench-spdk: {}\n", failure.what());
            devices_.reset();
            spdk_app_stop(1);
        }
    }
    void again() { spdk_thread_send_msg(spdk_get_thread(), step, this); }

    void plan() {
        for (const Bounds& bounds : tcp_ ? kTcp : kPcie) {
            sides_.push_back({{"block read, driver", {}, {}},
                              {"retrieve, driver", {}, {}},
                              {"retrieve, bdev", {}, {}}});
            auto& sides = sides_.back();
            // Who goes first changes from round to round.
            for (int round = 0; round < setting_.rounds; round++) {
                for (int i = 0; i < 3; i++) {
                    const int side = (round + i) % 3;
                    steps_.emplace_back([this, &sides, side, bounds] {
                        measure(sides[static_cast<size_t>(side)], side, bounds.depth);
                    });
                }
            }
            steps_.emplace_back([this, &sides, bounds] { report_depth(sides, bounds); });
        }
    }

    void measure(Side& side, int which, uint32_t depth) {
        Loop& loop = which == 0   ? devices_->block()
                     : which == 1 ? devices_->drive()
                                  : devices_->bdev();
        side.last = loop.run(depth, setting_.quick ? 0.1 : 0.3);
        side.rates.push_back(side.last.rate);
    }

    void report_depth(const std::vector<Side>& sides, const Bounds& bounds) {
        for (const Side& side : sides) {
            const Figures& last = side.last;
            fmt::print(
                stderr,
                "{:<20} depth {:>3}: {:>8.0f} /s, latency 50 % {:>7.1f} us, 99 % {:>8.1f} us, "
                "{:>6.2f} us of processor each, {:>6.0f} ns to submit\n",
                side.name, bounds.depth, median(side.rates),
                static_cast<double>(last.latency.quantile(0.5)) / 1e3,
                static_cast<double>(last.latency.quantile(0.99)) / 1e3, last.cpu_us,
                last.submit_ns);
        }
        const std::string way = tcp_ ? "TCP" : "PCIe";
        row(fmt::format("SPDK {}: retrieve 4 KiB, depth {}", way, bounds.depth), sides[1], sides[0],
            tcp_ ? "read of a malloc bdev" : "read of the block namespace", bounds.drive);
        row(fmt::format("SPDK {}: the same by the bdev layer, depth {}", way, bounds.depth),
            sides[2], sides[1], "by the driver", bounds.bdev);
    }

    void row(const std::string& work, const Side& ours, const Side& yardstick,
             const std::string& what, std::optional<double> bound) {
        report(setting_, {.work = work,
                          .unit = Unit::kPerSecond,
                          .samples = {ours.rates, yardstick.rates},
                          .yardstick = what,
                          .target = bound ? Target::ratio_at_least(*bound) : Target{}});
    }

    const Setting setting_;
    const Names names_;
    const bool tcp_;
    std::unique_ptr<Devices> devices_;
    std::deque<std::vector<Side>> sides_;
    std::deque<std::function<void()>> steps_;
};

}  // namespace
}  // namespace csd::bench

int main(int argc, char** argv) {
    using namespace csd::bench;
    CLI::App app("Measures a drive through SPDK; see docs/benchmarks.md", "csd-bench-spdk");
    Setting setting;
    Names names;
    std::string json, socket;
    bool no_huge = false;
    int megabytes = 640;
    app.add_option("--rows", setting.rows, "file that collects the rows")->required();
    app.add_option("--json", json, "SPDK configuration that attaches the controller")->required();
    app.add_option("--socket", socket, "private path for SPDK's RPC socket")->required();
    app.add_option("--bdev", names.bdev, "the drive's bdev")->required();
    app.add_option("--drive-nsid", names.drive_nsid);
    app.add_option("--block-nsid", names.block_nsid);
    app.add_option("--memory", megabytes, "for SPDK, in MiB");
    app.add_option("--rounds", setting.rounds, "alternating rounds")->check(CLI::Range(1, 99));
    app.add_flag("--no-huge", no_huge, "ordinary memory; for TCP");
    app.add_flag("--quick", setting.quick, "a tenth of the time");
    if (const auto ended = csd::parse_command_line(app, argc, argv)) return *ended;

    spdk_app_opts options;
    csd_spdk_app_opts_init(&options);
    options.name = "csd-bench-spdk";
    options.json_config_file = json.c_str();
    options.rpc_addr = socket.c_str();
    options.mem_size = megabytes;
    options.num_entries = 64;
    options.print_level = SPDK_LOG_WARN;
    if (no_huge) csd_spdk_app_opts_no_huge(&options);
    Bench bench(setting, names, no_huge);
    const int rc = spdk_app_start(&options, Bench::step, &bench);
    spdk_app_fini();
    return rc == 0 ? 0 : 1;
}
