// SPDX-License-Identifier: BSD-3-Clause
//
// The manual, the guide and the completions name every verb and option there is.
#include <CLI/CLI.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "cli/command_line.hpp"

namespace csd::cli {
namespace {

std::string text_of(const std::string& path) {
    std::ifstream file(std::string(CSD_SOURCE_DIR) + "/" + path);
    EXPECT_TRUE(file.good()) << path;
    return {std::istreambuf_iterator<char>(file), {}};
}

// The manual writes hyphens as \- and sets words in fonts.
std::string without_markup(std::string text) {
    for (const std::string mark : {"\\-", "\\fB", "\\fI", "\\fR"}) {
        const std::string plain = mark == "\\-" ? "-" : "";
        for (size_t at; (at = text.find(mark)) != text.npos;) text.replace(at, mark.size(), plain);
    }
    return text;
}

// Whether the word stands there by itself, not as a part of another.
bool names(const std::string& text, const std::string& word) {
    const auto inside = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
    };
    for (size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
        const bool begins = at == 0 || !inside(text[at - 1]);
        const size_t end = at + word.size();
        if (begins && (end == text.size() || !inside(text[end]))) return true;
    }
    return false;
}

std::set<std::string> options_of(const CLI::App& app) {
    std::set<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_snames()) names.insert("-" + name);
        for (const std::string& name : option->get_lnames()) names.insert("--" + name);
    }
    names.erase("-h");
    return names;
}

class Documents : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, Documents,
                         ::testing::Values("docs/man/kvcli.1", "docs/kvcli.md",
                                           "src/cli/completion/kvcli.bash",
                                           "src/cli/completion/_kvcli"),
                         [](const auto& one) {
                             std::string name = one.param;
                             for (char& c : name)
                                 c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                             return name;
                         });

TEST_P(Documents, NameEveryVerbAndOption) {
    const std::string text = without_markup(text_of(GetParam()));
    const CommandLine line;
    for (const VerbEntry& entry : verbs()) {
        EXPECT_TRUE(names(text, std::string(entry.name))) << entry.name;
        if (!entry.alias.empty()) {
            EXPECT_TRUE(names(text, std::string(entry.alias))) << entry.alias;
        }
        const CLI::App* app = line.app().get_subcommand(std::string(entry.name));
        for (const std::string& option : options_of(*app)) {
            EXPECT_TRUE(names(text, option)) << entry.name << " " << option;
        }
    }
    for (const std::string& option : options_of(line.app())) {
        const bool everybody_knows = option == "--version";
        EXPECT_TRUE(everybody_knows || names(text, option)) << option;
    }
}

TEST(VerbTable, EveryVerbHasASummaryAndExamplesOfItself) {
    std::set<std::string_view> seen;
    for (const VerbEntry& entry : verbs()) {
        EXPECT_TRUE(seen.insert(entry.name).second);
        EXPECT_FALSE(entry.summary.empty()) << entry.name;
        EXPECT_NE(std::string_view::npos, entry.examples.find(entry.name)) << entry.name;
    }
}

}  // namespace
}  // namespace csd::cli
