// SPDX-License-Identifier: BSD-3-Clause
//
// CommandLine: the arguments of kvcli, built from the table of verbs.
// Tested by documents_test.cc, which compares it with the manual, and by tests/cli.
#pragma once

#include <CLI/App.hpp>
#include <memory>
#include <vector>

#include "cli/verb.hpp"

namespace csd::cli {

class CommandLine {
  public:
    CommandLine();
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    // Parses and runs. Returns the exit status.
    int run(int argc, char** argv);
    const CLI::App& app() const { return app_; }

  private:
    int explain(const CLI::ParseError& error, int argc, char** argv);

    CLI::App app_;
    Session session_;
    std::vector<std::unique_ptr<Verb>> verbs_;  // in the order of the table
    Verb* chosen_ = nullptr;
};

}  // namespace csd::cli
