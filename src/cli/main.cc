// SPDX-License-Identifier: BSD-3-Clause
//
// kvcli: Key Value pairs and SQL on a computational storage drive, from a shell. docs/kvcli.md.
// Tested by tests/cli.
#include "cli/command_line.hpp"

int main(int argc, char** argv) {
    return csd::cli::CommandLine().run(argc, argv);
}
