// SPDX-License-Identifier: BSD-3-Clause
//
// Verb: one word of kvcli. Each lies in its own file, verb_NAME.cc; verbs.cc has the one table.
#pragma once

#include <CLI/App.hpp>
#include <memory>
#include <span>
#include <string_view>

#include "cli/session.hpp"

namespace csd::cli {

class Verb {
  public:
    virtual ~Verb() = default;
    // Adds the verb's operands and options, which parsing then fills.
    virtual void declare(CLI::App& app) = 0;
    // The exit status, or why the verb failed.
    virtual Result<int> run(Session& session) = 0;
};

struct VerbEntry {
    std::string_view name;
    std::string_view alias;     // or empty
    std::string_view summary;   // one line of `kvcli --help`
    std::string_view examples;  // at the end of `kvcli NAME --help`
    std::unique_ptr<Verb> (*make)();
};

std::span<const VerbEntry> verbs();

// For words that a function of this project parses, such as parse_key. They are checked with the rest of the command line,
// so that the first mistake in it is the one that is named.
template <typename T>
CLI::Validator parsed_by(Result<T> (*parse)(std::string_view)) {
    return CLI::Validator(
        [parse](const std::string& text) { return std::string(parse(text).status().message()); },
        "");
}

// For options that take a number: CLI11 would read -1 as 2^64 - 1.
CLI::Validator whole_number();

}  // namespace csd::cli
