// SPDX-License-Identifier: BSD-3-Clause
//
// csd-bench: one benchmark by name, or the table of all that ran. bench/run calls it.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <map>

#include "base/first_mistake.hpp"
#include "benchmarks.hpp"
#include "report.hpp"

int main(int argc, char** argv) {
    using namespace csd::bench;
    const std::map<std::string, void (*)(const Setting&)> benchmarks = {
        {"retrieve", bench_retrieve},
        {"store", bench_store},
        {"durable", bench_durable},
        {"large", bench_large},
        {"index", bench_index},
        {"scan", bench_scan},
        {"small-select", bench_small_select},
    };

    CLI::App app("Measures the drive through its C interface; see docs/benchmarks.md", "csd-bench");
    Setting setting;
    std::string name, json_file;
    app.add_option("--rows", setting.rows, "file that collects the rows")->required();
    app.require_subcommand(1);
    CLI::App* measure = app.add_subcommand("measure", "run one benchmark");
    measure->add_option("name", name)->required()->check(CLI::IsMember(benchmarks));
    measure->add_option("--dir", setting.dir, "an empty directory to work in")->required();
    measure->add_option("--rounds", setting.rounds, "alternating rounds")->check(CLI::Range(1, 99));
    measure->add_flag("--quick", setting.quick, "a tenth of the data");
    measure->add_flag("--normal-priority", setting.normal_priority,
                      "query workers outside the idle class, for a machine with other work");
    CLI::App* row = app.add_subcommand("row", "add what another program measured, in MB/s");
    Row measured;
    measured.unit = Unit::kMegabytesPerSecond;
    double at_least = 0;
    row->add_option("--work", measured.work, "what was done")->required();
    row->add_option("--ours", measured.samples.ours, "one number a round")->required();
    row->add_option("--yardstick", measured.yardstick, "what it is compared with")->required();
    row->add_option("--beside", measured.samples.yardstick, "the yardstick's numbers")->required();
    row->add_option("--at-least", at_least, "the ratio asked for")->required();
    CLI::App* table = app.add_subcommand("table", "print what was collected");
    table->add_option("--json", json_file, "also write it here")->required();
    if (const auto ended = csd::parse_command_line(app, argc, argv)) return *ended;

    try {
        if (table->parsed()) {
            print_table(setting.rows, json_file);
        } else if (row->parsed()) {
            measured.target = Target::ratio_at_least(at_least);
            report(setting, measured);
        } else {
            benchmarks.at(name)(setting);
        }
        return 0;
    } catch (const std::exception& failure) {
        fmt::print(stderr, "csd-bench: {}\n", failure.what());
        return 1;
    }
}
