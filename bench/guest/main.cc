// SPDX-License-Identifier: BSD-3-Clause
//
// csd-bench-guest: in a guest, the drive against the stock block namespace of the same controller, in turns.
// bench/guest/run starts it; docs/benchmarks.md says what the rows mean.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "base/first_mistake.hpp"
#include "measure.hpp"
#include "queue.hpp"
#include "rows.hpp"

namespace csd::bench {

// The kernel numbers its nodes as it finds the namespaces, in any order.
static std::string node_of(const std::string& prefix, uint32_t nsid) {
    for (int number = 1; number <= 4; ++number) {
        const std::string node = prefix + std::to_string(number);
        if (Queue(node).nsid() == nsid) return node;
    }
    throw Failure("no node " + prefix + "* is namespace " + std::to_string(nsid));
}

}  // namespace csd::bench

int main(int argc, char** argv) {
    using namespace csd::bench;
    CLI::App app("Measures a drive behind an emulated controller; see docs/benchmarks.md",
                 "csd-bench-guest");
    Setting setting;
    Devices devices;
    std::string table_file;
    std::string nodes;
    uint64_t table_lines = 0;
    app.require_subcommand(1);
    CLI::App* make = app.add_subcommand("make-table", "write the CSV file that measure asks");
    make->add_option("file", table_file)->required();
    make->add_option("--lines", table_lines, "how many rows")->required();
    CLI::App* measure = app.add_subcommand("measure", "measure, in a guest");
    measure->add_option("--rows", setting.rows, "file that collects the rows")->required();
    measure->add_option("--nodes", nodes, "such as /dev/ng0n: nodes of the controller's namespaces")
        ->required();
    measure->add_option("--table", devices.table, "what make-table wrote")->required();
    measure->add_option("--dir", setting.dir, "a directory for what is retrieved")->required();
    measure->add_option("--rounds", setting.rounds, "alternating rounds")->check(CLI::Range(1, 99));
    measure->add_flag("--quick", setting.quick, "a tenth of the time");
    if (const auto ended = csd::parse_command_line(app, argc, argv)) return *ended;

    try {
        if (make->parsed()) {
            make_table(table_file, table_lines);
        } else {
            devices.drive = node_of(nodes, 1);
            devices.block = node_of(nodes, 2);
            devices.few_keys = node_of(nodes, 3);
            devices.many_keys = node_of(nodes, 4);
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
