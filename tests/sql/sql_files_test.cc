// SPDX-License-Identifier: BSD-3-Clause
//
// Runs the *.test files of this directory: honest SQL, one file per subject. A file is a list of blocks:
//
//     value csv | json | parquet     the value's bytes follow, up to a line ----; for parquet, a SELECT that makes it
//     header in out                  which of CSV's two headers there are; neither by default
//     options {...}                  the options of the selects that follow, until the next value
//     output csv | json | parquet    the result's format, until the next value
//     select                         SQL up to ----, then the result up to ----; or "error: CODE" and words that
//                                    must occur in its text
//
// Lines that begin with # between blocks are comments; \r and \t in a value or a result stand for those bytes.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "device/query/query_fixture.hpp"

namespace csd::query {
namespace {

std::optional<DataFormat> format_named(std::string_view name) {
    if (name == "csv") return DataFormat::kCsv;
    if (name == "json") return DataFormat::kJson;
    if (name == "parquet") return DataFormat::kParquet;
    return std::nullopt;
}

std::optional<Code> code_named(std::string_view name) {
    if (name == "refused") return Code::kQueryRefused;
    if (name == "data") return Code::kQueryData;
    if (name == "failed") return Code::kQueryFailed;
    if (name == "limit") return Code::kQueryLimit;
    if (name == "options") return Code::kInvalidField;
    return std::nullopt;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

class Script {
  public:
    Script(QueryEngine& engine, const std::filesystem::path& path)
        : engine_(engine), name_(path.filename()), file_(path) {}

    // Returns the number of selects.
    int run() {
        EXPECT_TRUE(file_.is_open());
        std::string line;
        while (next_line(line)) {
            if (line.empty() || line[0] == '#') continue;
            std::istringstream words(line);
            std::string verb, rest;
            words >> verb;
            std::getline(words >> std::ws, rest);
            if (verb == "value")
                set_value(rest);
            else if (verb == "header")
                set_header(rest);
            else if (verb == "options")
                question_.options = rest;
            else if (verb == "output")
                question_.output = format_named(rest).value();
            else if (verb == "select")
                select();
            else
                ADD_FAILURE() << where() << ": unknown block " << verb;
        }
        return selects_;
    }

  private:
    bool next_line(std::string& line) {
        line_++;
        return static_cast<bool>(std::getline(file_, line));
    }
    std::string where() const { return name_ + ":" + std::to_string(line_); }

    std::string block() {
        std::string text, line;
        while (next_line(line) && line != "----") text += line + "\n";
        return text;
    }

    void set_value(const std::string& format) {
        question_ = {};
        question_.input_header = question_.output_header = false;
        question_.input = format_named(format).value();
        std::string text = block();
        replace_all(text, "\\r", "\r");
        replace_all(text, "\\t", "\t");
        value_ = text;
        if (question_.input != DataFormat::kParquet) return;
        Answered made = ask(engine_, {"", text, "", DataFormat::kCsv, DataFormat::kParquet});
        ASSERT_EQ(made.code, Code::kOk) << where() << ": " << made.text;
        value_ = made.text;
    }

    void set_header(const std::string& which) {
        question_.input_header = which.find("in") != std::string::npos;
        question_.output_header = which.find("out") != std::string::npos;
    }

    void select() {
        selects_++;
        question_.sql = block();
        question_.value = value_;
        std::string at = where(), expected = block();
        Answered answered = ask(engine_, question_);
        if (expected.starts_with("error: ")) {
            std::istringstream words(expected.substr(7));
            std::string code, text;
            words >> code;
            std::getline(words >> std::ws, text);
            EXPECT_EQ(answered.code, code_named(code).value())
                << at << ": " << question_.sql << answered.text;
            EXPECT_NE(answered.text.find(text), std::string::npos)
                << at << ": " << question_.sql << answered.text;
            return;
        }
        replace_all(expected, "\\r", "\r");
        replace_all(expected, "\\t", "\t");
        EXPECT_EQ(answered.code, Code::kOk) << at << ": " << question_.sql << answered.text;
        EXPECT_EQ(answered.text, expected) << at << ": " << question_.sql;
    }

    QueryEngine& engine_;
    const std::string name_;
    std::ifstream file_;
    int line_ = 0;
    int selects_ = 0;
    std::string value_;
    Question question_;
};

std::vector<std::filesystem::path> scripts() {
    std::vector<std::filesystem::path> paths;
    for (auto& entry : std::filesystem::directory_iterator(CSD_SQL_TESTS))
        if (entry.path().extension() == ".test") paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    return paths;
}

class SqlFiles : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(SqlFiles, GiveTheirResults) {
    auto engine = open_engine();
    EXPECT_GT(Script(*engine, GetParam()).run(), 0);
}

INSTANTIATE_TEST_SUITE_P(Files, SqlFiles, testing::ValuesIn(scripts()), [](const auto& chosen) {
    std::string name = chosen.param.stem();
    std::replace_if(
        name.begin(), name.end(), [](char c) { return isalnum(c) == 0; }, '_');
    return name;
});

}  // namespace
}  // namespace csd::query
