// SPDX-License-Identifier: BSD-3-Clause
//
// No select may lose records silently. Values are mutated where readers differ (quotes, line ends, empty lines, byte order
// marks, comments, brackets, and every truncation), and each select has to give the rows that a strict
// reader gives, or to fail where that reader does. The strict readers are here, and share nothing with the drive's.
#include <cstdlib>
#include <optional>
#include <random>
#include <vector>

#include "device/query/query_fixture.hpp"

namespace csd::query {
namespace {

using Row = std::vector<std::optional<std::string>>;
using Rows = std::vector<Row>;

struct CsvForm {
    bool header = true;
    char comment = 0;
    bool mark = true;  // a byte order mark in front is none of the text
};

// The rules of docs/select.md for commas and double quotes. Nothing for what is no CSV.
class StrictCsv {
  public:
    // Of all that is not ASCII the mutations know byte order marks alone.
    static bool is_text(std::string_view text) {
        for (size_t at = 0; at < text.size(); at++) {
            if ((text[at] & 0x80) == 0) continue;
            if (!text.substr(at).starts_with("\xEF\xBB\xBF")) return false;
            at += 2;
        }
        return true;
    }

    StrictCsv(std::string_view text, CsvForm form) : text_(text), form_(form) {
        if (form.mark && text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    }

    std::optional<Rows> rows() {
        if (!is_text(text_)) return std::nullopt;
        while (at_ < text_.size()) {
            if (form_.comment != 0 && text_[at_] == form_.comment) {
                while (at_ < text_.size() && !at_line_end()) at_++;
                pass_line_end();
            } else if (!record()) {
                return std::nullopt;
            }
        }
        return shaped();
    }

  private:
    bool at_line_end() const { return text_[at_] == '\n' || text_[at_] == '\r'; }
    void pass_line_end() {
        if (at_ >= text_.size()) return;
        bool both = text_.substr(at_).starts_with("\r\n");
        at_ += both ? 2 : 1;
    }

    bool record() {
        Row row;
        while (true) {
            if (!field(row)) return false;
            if (at_ >= text_.size() || at_line_end()) break;
            at_++;  // a comma
        }
        pass_line_end();
        if (row.size() == 1 && !row[0]) row.clear();  // an empty line
        all_.push_back(std::move(row));
        return true;
    }

    bool field(Row& row) {
        size_t spaces = at_;
        while (spaces < text_.size() && text_[spaces] == ' ') spaces++;
        if (spaces < text_.size() && text_[spaces] == '"') {
            at_ = spaces + 1;
            std::string content;
            for (;; at_++) {
                if (at_ >= text_.size()) return false;
                if (text_[at_] == '"') {
                    at_++;
                    if (at_ >= text_.size() || text_[at_] != '"') break;
                }
                content += text_[at_];
            }
            while (at_ < text_.size() && text_[at_] == ' ') at_++;
            row.emplace_back(content);
            return at_ >= text_.size() || at_line_end() || text_[at_] == ',';
        }
        std::string content;
        for (; at_ < text_.size() && !at_line_end() && text_[at_] != ','; at_++)
            content += text_[at_];
        row.push_back(content.empty() ? std::nullopt : std::optional(content));
        return true;
    }

    std::optional<Rows> shaped() {
        size_t first = 0;
        while (first < all_.size() && all_[first].empty()) first++;
        size_t width = first < all_.size() ? all_[first].size() : 1;
        for (Row& row : all_) {
            while (row.size() > width && !row.back()) row.pop_back();
        }
        size_t widest = width;
        for (const Row& row : all_) widest = std::max(widest, row.size());
        // A name cannot hold a NUL byte.
        if (form_.header && first < all_.size())
            for (const auto& name : all_[first])
                if (name && name->find('\0') != std::string::npos) return std::nullopt;
        Rows rows;
        for (size_t i = form_.header ? first + 1 : 0; i < all_.size(); i++) {
            if (all_[i].empty() && widest > 1) continue;
            rows.push_back(all_[i]);
            rows.back().resize(widest);
        }
        return rows;
    }

    std::string_view text_;
    CsvForm form_;
    size_t at_ = 0;
    Rows all_;
};

// RFC 8259, and the ways in which values make a file. Counts the records; nothing for what is no JSON.
class StrictJson {
  public:
    explicit StrictJson(std::string_view text) : text_(text) {
        if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    }

    std::optional<size_t> records() {
        space();
        if (peek() == '[') {
            size_t elements = 0;
            const size_t begin = at_;
            if (!list(']', [&] { return elements++, value(); })) return std::nullopt;
            space();
            if (at_ == text_.size()) return elements;
            if (peek() != '[') return std::nullopt;
            at_ = begin;  // the first of several arrays, each of which is a record
        }
        size_t count = 0;
        for (; at_ < text_.size(); space(), count++) {
            bool scalar = peek() != '{' && peek() != '[';
            size_t from = at_;
            if (!value() || (scalar && !alone_in_line(from))) return std::nullopt;
        }
        return count;
    }

  private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char c) { return at_ < text_.size() && text_[at_] == c ? (at_++, true) : false; }
    void space() {
        while (at_ < text_.size() &&
               std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
            at_++;
    }

    bool alone_in_line(size_t from) const {
        size_t before = text_.substr(0, from).find_last_not_of(" \t\r");
        size_t behind = text_.find_first_not_of(" \t\r", at_);
        return (before == std::string_view::npos || text_[before] == '\n') &&
               (behind == std::string_view::npos || text_[behind] == '\n');
    }

    template <typename Item>
    bool list(char close, const Item& item) {
        at_++;
        space();
        if (take(close)) return true;
        while (true) {
            space();
            if (!item()) return false;
            space();
            if (take(close)) return true;
            if (!take(',')) return false;
        }
    }

    bool value() {
        switch (peek()) {
            case '[': return list(']', [&] { return value(); });
            case '{':
                return list('}', [&] {
                    if (peek() != '"' || !string()) return false;
                    space();
                    if (!take(':')) return false;
                    space();
                    return value();
                });
            case '"': return string();
            case 't': return word("true");
            case 'f': return word("false");
            case 'n': return word("null");
            default: return number();
        }
    }

    bool word(std::string_view word) {
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }

    bool digits() {
        size_t from = at_;
        while (peek() >= '0' && peek() <= '9') at_++;
        return at_ > from;
    }

    bool number() {
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.') && !digits()) return false;
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            if (!digits()) return false;
        }
        return true;
    }

    bool string() {
        for (at_++; at_ < text_.size(); at_++) {
            if (text_[at_] == '"') return at_++, true;
            if (static_cast<unsigned char>(text_[at_]) < 0x20) return false;
            if (text_[at_] != '\\') continue;
            at_++;
            if (std::string_view("\"\\/bfnrt").find(peek()) == std::string_view::npos ||
                peek() == '\0')
                return false;
        }
        return false;
    }

    std::string_view text_;
    size_t at_ = 0;
};

class Mutator {
  public:
    Mutator(uint32_t seed, std::vector<std::string> scraps)
        : random_(seed), scraps_(std::move(scraps)) {}

    std::string mutate(std::string text) {
        for (size_t changes = 1 + below(3); changes > 0; changes--) {
            size_t at = below(text.size() + 1);
            switch (below(4)) {
                case 0: text.insert(at, scraps_[below(scraps_.size())]); break;
                case 1: text.erase(at, 1 + below(3)); break;
                case 2:
                    text.replace(at, std::min<size_t>(1, text.size() - at),
                                 scraps_[below(scraps_.size())]);
                    break;
                default: text.insert(0, scraps_[below(scraps_.size())]); break;
            }
        }
        return text;
    }
    size_t below(size_t bound) { return random_() % bound; }

  private:
    std::mt19937 random_;
    std::vector<std::string> scraps_;
};

// --gtest_random_seed=N tries others.
uint32_t seed() {
    return 20261130 + static_cast<uint32_t>(GTEST_FLAG_GET(random_seed));
}

size_t scaled(size_t count) {
    return std::getenv("CSD_LONG") != nullptr ? count * 20 : count;
}

std::string shown(std::string_view text) {
    return testing::PrintToString(std::string(text));
}

std::string shown(const std::optional<Rows>& rows) {
    return rows ? testing::PrintToString(*rows) : "no CSV";
}

class Records : public testing::Test {
  protected:
    // The rows are the strict reader's: all of them, the first ones, and their number when types are found out.
    void compare_csv(const std::string& text, CsvForm form) {
        std::optional<Rows> expected = StrictCsv(text, form).rows();
        std::string dialect = "{\"delimiter\": \",\"";
        if (form.comment != 0) dialect += ", \"comment\": \"#\"";
        Question question{text, "SELECT * FROM s3object", dialect + ", \"columns\": \"text\"}"};
        question.input_header = form.header;
        question.output_header = false;
        std::string about = shown(text) + dialect + (form.header ? " with a header" : "");
        EXPECT_EQ(shown(rows_of(question)), shown(expected)) << about << why_;
        question.options = dialect + "}";
        question.sql = "SELECT count(*) FROM s3object";
        std::optional<Rows> count;
        if (expected) count = Rows{{std::to_string(expected->size())}};
        EXPECT_EQ(shown(rows_of(question)), shown(count)) << about << why_;
        if (!expected || expected->size() < 3) return;
        expected->resize(2);
        question.options = dialect + ", \"columns\": \"text\"}";
        question.sql = "SELECT * FROM s3object LIMIT 2";
        EXPECT_EQ(shown(rows_of(question)), shown(expected)) << about << why_;
    }

    std::optional<Rows> rows_of(const Question& question) {
        Answered answered = ask(*engine_, question);
        why_ = answered.text;
        if (answered.code != Code::kOk) {
            EXPECT_EQ(answered.code, Code::kQueryData) << shown(question.value) << answered.text;
            return std::nullopt;
        }
        return StrictCsv(answered.text, {false, 0, false}).rows();
    }

    // As many records as the strict reader finds: counted when types are found out, and read when they are given.
    void compare_json(const std::string& text) {
        std::optional<size_t> expected = StrictJson(text).records();
        Question question{text, "SELECT count(*) AS n FROM s3object", "", DataFormat::kJson,
                          DataFormat::kJson};
        Answered counted = ask(*engine_, question);
        std::optional<size_t> count;
        if (counted.code == Code::kOk) count = std::stoul(counted.text.substr(5));
        EXPECT_EQ(count, expected) << shown(text) << counted.text;
        question.sql = "SELECT * FROM s3object";
        question.options = "{\"columns\": {\"a\": \"JSON\"}}";
        Answered read = ask(*engine_, question);
        std::optional<size_t> lines;
        if (read.code == Code::kOk)
            lines = static_cast<size_t>(std::count(read.text.begin(), read.text.end(), '\n'));
        EXPECT_EQ(lines, expected) << shown(text) << read.text;
        for (const Answered& answered : {counted, read})
            EXPECT_TRUE(answered.code == Code::kOk || answered.code == Code::kQueryData)
                << shown(text) << answered.text;
    }

    std::unique_ptr<QueryEngine> engine_ = open_engine();
    std::string why_;
};

const char* const kCsvSeeds[] = {
    "a,b\n1,2\n3,4\n5,6\n",
    "a,b\r\n1,\"x\r\ny\"\r\n3,\"\"\r\n",
    "a,b,c\n\"1,1\",\"say \"\"hi\"\"\",\n,,\nx\n1,2,3,4\n",
    "a\n1\n\n\"\"\n3\n",
    "a,b\r1,2\r3,4\r",
    "#one\na,b\n#two\n1,2\n",
};

TEST_F(Records, MutatedCsvIsReadAsItStandsOrRefused) {
    Mutator mutator(seed(), {"\"", "\"\"", ",", "\n", "\r\n", "\r", "\n\n", " ", " \"", "\" ", "#",
                             "\xEF\xBB\xBF", ",,", "x", "\",\"", std::string(1, '\0')});
    for (size_t i = 0; i < scaled(120) && !HasFailure(); i++) {
        CsvForm form{mutator.below(3) > 0, mutator.below(4) == 0 ? '#' : '\0'};
        compare_csv(mutator.mutate(kCsvSeeds[mutator.below(std::size(kCsvSeeds))]), form);
    }
}

TEST_F(Records, CsvThatIsCutAnywhereIsReadAsItStandsOrRefused) {
    for (std::string_view seed : kCsvSeeds)
        for (size_t bytes = 0; bytes <= seed.size(); bytes++)
            compare_csv(std::string(seed.substr(0, bytes)), {});
}

const char* const kJsonSeeds[] = {
    "{\"a\":1,\"b\":\"x\"}\n{\"a\":2}\n{\"a\":3,\"b\":\"}\"}\n",
    "[{\"a\":1},{\"a\":2},\n{\"a\":3}]\n",
    "{\"a\":[1,2],\n \"b\":{\"c\":\"\\\"\"}}\n{\"a\":[]}",
    "{\"a\":1}{\"a\":2} {\"a\":3}",
    "[{\"a\":[1,{\"b\":2}]},{\"a\":[]}]",
    "[1,2]\n[3,{\"a\":1}]\n[]\n",
};

TEST_F(Records, MutatedJsonIsReadAsItStandsOrRefused) {
    Mutator mutator(seed(), {"\"", "{", "}", "[", "]", ",", ":", "\n", "\r\n", "\r", " ", "\\",
                             "\xEF\xBB\xBF", "1", "{\"a\":4}", "null", "-", std::string(1, '\0')});
    for (size_t i = 0; i < scaled(80) && !HasFailure(); i++) {
        compare_json(mutator.mutate(kJsonSeeds[mutator.below(std::size(kJsonSeeds))]));
    }
}

TEST_F(Records, JsonThatIsCutAnywhereIsReadAsItStandsOrRefused) {
    for (std::string_view seed : kJsonSeeds)
        for (size_t bytes = 0; bytes <= seed.size(); bytes++)
            compare_json(std::string(seed.substr(0, bytes)));
}

}  // namespace
}  // namespace csd::query
