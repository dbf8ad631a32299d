// SPDX-License-Identifier: BSD-3-Clause
// Tested by documents_test.cc and tests/cli.
#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "base/first_mistake.hpp"
#include "base/version.hpp"
#include "cli/interrupt.hpp"

namespace csd::cli {
namespace {

constexpr const char* kDevices =
    "DEVICE is one of\n"
    "  DIRECTORY, or "
    "emulator:DIR[?nsid=N&bus=N&size=BYTES&sync=always&dialect=2023&extensions=off]\n"
    "  /dev/ngXnY, /dev/nvmeX         Linux passthrough\n"
    "  pcie:DDDD:BB:DD.F[/NSID]       SPDK NVMe driver\n"
    "  bdev:NAME@CONFIG.json          SPDK bdev layer\n"
    "  tcp:HOST:PORT/SUBNQN[/NSID]    SPDK NVMe/TCP\n"
    "KEY is text of 1 to 16 bytes, or 0x and hexadecimal digits.\n"
    "Exit status: 0 done, 1 other failure, 2 usage, 3 key not found, 4 key exists, 5 device or "
    "transport,\n"
    "6 no space, 7 the query was refused or failed, 130 interrupted.";

// The output format, before it is known whether the arguments can be parsed.
bool asks_for_json(int argc, char** argv) {
    for (int i = 1; i < argc; i++) {
        const std::string_view argument = argv[i];
        if (argument == "--") return false;
        if (argument == "-ojson" || argument == "-o=json") return true;
        if (argument == "-o" && i + 1 < argc) return std::string_view(argv[i + 1]) == "json";
    }
    return false;
}

// An empty sentence means that it is one.
std::string one_of_the_outputs(const std::string& name) {
    if (name == "table" || name == "json") return {};
    return "the output is table or json, not '" + name + "'";
}

}  // namespace

CommandLine::CommandLine()
    : app_("Key Value pairs and SQL on a computational storage drive.", "kvcli") {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.footer(kDevices);
    app_.set_version_flag("--version", std::string("kvcli ") + kVersion);
    app_.add_option("--device", session_.device, "The drive; $KVCLI_DEVICE if absent")
        ->envname("KVCLI_DEVICE");
    app_.add_option_function<std::string>(
            "-o",
            [this](const std::string& name) {
                session_.output = name == "json" ? Output::kJson : Output::kTable;
            },
            "How to answer: table or json (table if absent)")
        ->check(CLI::Validator(one_of_the_outputs, ""))
        ->type_name("table|json");
    for (const VerbEntry& entry : verbs()) {
        Verb* verb = verbs_.emplace_back(entry.make()).get();
        CLI::App* app = app_.add_subcommand(std::string(entry.name), std::string(entry.summary));
        if (!entry.alias.empty()) app->alias(std::string(entry.alias));
        app->footer("Examples:\n" + std::string(entry.examples));
        app->callback([this, verb] { chosen_ = verb; });
        verb->declare(*app);
    }
}

int CommandLine::run(int argc, char** argv) {
    try {
        app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return explain(error, argc, argv);
    }
    catch_interrupts();
    const auto done = chosen_->run(session_);
    return done.ok() ? done.value() : session_.report(done.status());
}

int CommandLine::explain(const CLI::ParseError& error, int argc, char** argv) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app_.exit(error);
    session_.output = asks_for_json(argc, argv) ? Output::kJson : Output::kTable;
    const int status =
        session_.report(Status(Code::kUsage, first_mistake(app_, argc, argv, error)));
    if (!session_.json()) std::cerr << "Run with --help for more information.\n";
    return status;
}

}  // namespace csd::cli
