// SPDX-License-Identifier: BSD-3-Clause
//
// csd-bench-guest: in a guest, the drive against the stock block namespace of the same controller, in turns.
// bench/guest/run starts it; docs/benchmarks.md says what the rows mean.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "measure.hpp"
#include "rows.hpp"

int main(int argc, char** argv) {
    using namespace csd::bench;
    CLI::App app("Measures a drive behind an emulated controller; see docs/benchmarks.md",
                 "csd-bench-guest");
    Setting setting;
    Devices devices;
    std::string table_file;
    uint64_t table_lines = 0;
    app.require_subcommand(1);
    CLI::App* make = app.add_subcommand("make-table", "write the CSV file that measure asks");
    make->add_option("file", table_file)->required();
    make->add_option("--lines", table_lines, "how many rows")->required();
    CLI::App* measure = app.add_subcommand("measure", "measure, in a guest");
    measure->add_option("--rows", setting.rows, "file that collects the rows")->required();
    measure->add_option("--drive", devices.drive, "a Key Value namespace")->required();
    measure->add_option("--block", devices.block, "a block namespace with blocks of 512 bytes")
        ->required();
    measure->add_option("--few", devices.few_keys, "a Key Value namespace of few keys")->required();
    measure->add_option("--many", devices.many_keys, "one of many keys")->required();
    measure->add_option("--table", devices.table, "what make-table wrote")->required();
    measure->add_option("--dir", setting.dir, "a directory for what is retrieved")->required();
    measure->add_option("--rounds", setting.rounds, "alternating rounds")->check(CLI::Range(1, 99));
    measure->add_flag("--quick", setting.quick, "a tenth of the time");
    CLI11_PARSE(app, argc, argv);

    try {
        if (make->parsed()) {
            make_table(table_file, table_lines);
        } else {
            small_commands(setting, devices);
            large_commands(setting, devices);
            list_pages(setting, devices);
            near_data(setting, devices);
        }
        return 0;
    } catch (const std::exception& failure) {
        fmt::print(stderr, "csd-bench-guest: {}\n", failure.what());
        return 1;
    }
}
