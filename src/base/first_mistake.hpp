// SPDX-License-Identifier: BSD-3-Clause
//
// What is wrong with a command line: the first wrong thing that was typed, not the one that CLI11 looks at first. CLI11
// misses a required option before it sees a word without meaning, so `airmos --frob` complains about --drive.
//
//     try { app.parse(argc, argv); }
//     catch (const CLI::ParseError& error) { say(first_mistake(app, argc, argv, error)); }
//
// Header only, so that programs without options do not need CLI11. Tested by src/airmos/options_test.cc and
// tests/cli/usage_test.cc.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace csd {

// Why a word that the program has no use for is wrong.
inline std::string why_unknown(const CLI::App& app, const std::string& word) {
    if (word.starts_with("-")) return "there is no option '" + word + "'";
    const bool wants_verb = app.get_require_subcommand_min() > 0;
    if (wants_verb && app.get_subcommands().empty()) return "there is no verb '" + word + "'";
    return "'" + word + "' is one argument too many";
}

// The sentence about the first mistake, given what parsing the whole line threw. The shortest beginning of the line that
// fails for a reason other than what is missing ends in the mistake. Parses again, so `app` is of no use afterwards.
inline std::string first_mistake(CLI::App& app, int argc, const char* const* argv,
                                 const CLI::ParseError& whole) {
    const std::string whole_reason = whole.what();  // a copy: `whole` may be of this very app
    std::string
        mismatch;  // of the beginning before: an option that waits for its value, or has too many
    for (int words = 2; words <= argc; words++) {
        try {
            app.parse(words, argv);
            mismatch.clear();
        } catch (const CLI::ParseError& error) {
            const std::string kind = error.get_name();
            // One that the next word has not cured is not a value that was yet to come.
            if (kind == "ArgumentMismatch" && mismatch == error.what()) return mismatch;
            mismatch = kind == "ArgumentMismatch" ? error.what() : "";
            std::vector<std::string> unknown = app.remaining(true);
            std::erase(unknown, "--");
            if (!unknown.empty()) return why_unknown(app, unknown.front());
            // What is missing may come yet, and help is no mistake.
            const bool missing = kind == "RequiredError" || kind == "RequiresError";
            const bool help = error.get_exit_code() == 0;
            if (!missing && !help && kind != "ArgumentMismatch") return error.what();
        }
    }
    return whole_reason;
}

// Parses the line of a program without verbs. Returns the exit status if the program has to end: 0 after help, 2 after a
// mistake, which is then on standard error.
inline std::optional<int> parse_command_line(CLI::App& app, int argc, const char* const* argv) {
    try {
        app.parse(argc, argv);
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);
        const std::string mistake = first_mistake(app, argc, argv, error);
        (void)std::fprintf(stderr, "%s: %s\nRun with --help for more information.\n",
                           app.get_name().c_str(), mistake.c_str());
        return 2;
    }
}

}  // namespace csd
