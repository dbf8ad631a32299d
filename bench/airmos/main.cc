// SPDX-License-Identifier: BSD-3-Clause
//
// csd-bench-http: puts a running node and a running nginx under the same load. bench/airmos/run starts both.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <map>

#include "airmos/rows.hpp"
#include "base/first_mistake.hpp"
#include "report.hpp"

namespace csd::bench {

void tell(const std::string& who, const Load& load) {
    fmt::print(
        stderr,
        "    {:<7} {:>9.0f} requests/s   p50 {:.2f} ms   p99 {:.2f} ms   longest {:.2f} ms\n", who,
        load.per_second(), load.percentile(0.5), load.percentile(0.99), load.percentile(1));
}

std::string made_bytes(size_t count) {
    std::string bytes(count, '\0');
    for (size_t i = 0; i < count; i++) bytes[i] = static_cast<char>(scramble(i / 8) >> (i % 8 * 8));
    return bytes;
}

}  // namespace csd::bench

int main(int argc, char** argv) {
    using namespace csd::bench;
    const std::map<std::string, void (*)(const Setting&, const Servers&)> groups = {
        {"get", rows_get}, {"put", rows_put}, {"list", rows_list}, {"select", rows_select}};

    CLI::App app("Measures a running AirMOS against nginx; bench/airmos/run calls it",
                 "csd-bench-http");
    Setting setting;
    std::string name, node, nginx, nginx_root, json_file, work;
    bool at_length = false;
    app.add_option("--rows", setting.rows, "file that collects the rows")->required();
    app.require_subcommand(1);
    CLI::App* measure = app.add_subcommand("measure", "run one group");
    measure->add_option("group", name)->required()->check(CLI::IsMember(groups));
    measure->add_option("--node", node, "address of the node")->required();
    measure->add_option("--nginx", nginx, "address of nginx")->required();
    measure->add_option("--nginx-root", nginx_root, "the directory that it serves")->required();
    measure->add_option("--dir", setting.dir, "an empty directory to work in")->required();
    measure->add_option("--rounds", setting.rounds, "alternating rounds")->check(CLI::Range(1, 99));
    measure->add_flag("--quick", setting.quick, "a tenth of the data");
    measure->add_flag("--long", at_length, "the large sizes");
    CLI::App* prepare = app.add_subcommand("prepare", "make the bucket");
    prepare->add_option("--node", node, "address of the node")->required();
    CLI::App* ready =
        app.add_subcommand("ready", "wait until a node that was just started is ready");
    ready->add_option("--node", node, "address of the node")->required();
    ready->add_option("--work", work, "what the row says")->required();
    CLI::App* table = app.add_subcommand("table", "print what was collected");
    table->add_option("--json", json_file, "also write it here")->required();
    if (const auto ended = csd::parse_command_line(app, argc, argv)) return *ended;

    try {
        if (table->parsed()) {
            print_table(setting.rows, json_file);
        } else if (prepare->parsed()) {
            const S3 s3(endpoint_of(node));
            (void)s3.send(s3.request("PUT", "/bench"));
        } else if (ready->parsed()) {
            row_ready(setting, S3(endpoint_of(node)), work);
        } else {
            groups.at(name)(setting,
                            {S3(endpoint_of(node)), endpoint_of(nginx), nginx_root, at_length});
        }
        return 0;
    } catch (const std::exception& failure) {
        fmt::print(stderr, "csd-bench-http: {}\n", failure.what());
        return 1;
    }
}
