// SPDX-License-Identifier: BSD-3-Clause
// Tested by sql_text_test.cc.
#include "device/worker/sql_text.hpp"

#include <cctype>
#include <charconv>
#include <cstdint>
#include <utility>

namespace csd::worker {

namespace {

constexpr size_t kMaxBrackets = 200;  // nested; DuckDB's own parser recurses
constexpr std::string_view kObject = "s3object";

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
}

enum class Kind { kSpace, kWord, kQuotedName, kOpaque, kSymbol };  // kOpaque: a literal

struct Token {
    Kind kind;
    std::string_view text;
};

class Tokenizer {
  public:
    explicit Tokenizer(std::string_view sql) : rest_(sql) {}
    bool done() const { return rest_.empty(); }
    std::string_view rest() const { return rest_; }

    Token next() {
        char c = rest_[0];
        if (std::isspace(static_cast<unsigned char>(c)) != 0) return take(Kind::kSpace, 1);
        if (rest_.starts_with("--")) return take(Kind::kSpace, line_bytes());
        if (rest_.starts_with("/*")) return take(Kind::kSpace, comment_bytes());
        if (c == '\'') return take(Kind::kOpaque, quoted_bytes('\'', false));
        if (c == '"') return take(Kind::kQuotedName, quoted_bytes('"', false));
        if (c == '$') return take(Kind::kOpaque, dollar_bytes());
        if (is_word(c)) {
            size_t bytes = 1;
            while (bytes < rest_.size() && (is_word(rest_[bytes]) || rest_[bytes] == '$')) bytes++;
            // E'...' is a literal with backslash escapes.
            if (bytes == 1 && (c == 'e' || c == 'E') && rest_.size() > 1 && rest_[1] == '\'')
                return take(Kind::kOpaque, 1 + quoted_bytes('\'', true, 1));
            return take(Kind::kWord, bytes);
        }
        return take(Kind::kSymbol, 1);
    }

  private:
    Token take(Kind kind, size_t bytes) {
        Token token{kind, rest_.substr(0, bytes)};
        rest_.remove_prefix(token.text.size());
        return token;
    }
    size_t line_bytes() const {
        size_t end = rest_.find('\n');
        return end == std::string_view::npos ? rest_.size() : end + 1;
    }
    size_t comment_bytes() const {
        size_t depth = 0, i = 0;
        while (i < rest_.size()) {
            if (rest_.substr(i, 2) == "/*") {
                depth++;
                i += 2;
            } else if (rest_.substr(i, 2) == "*/") {
                i += 2;
                if (--depth == 0) return i;
            } else {
                i++;
            }
        }
        return rest_.size();
    }
    // An unterminated literal runs to the end; the parser will say so.
    size_t quoted_bytes(char mark, bool backslashes, size_t from = 0) const {
        for (size_t i = from + 1; i < rest_.size(); i++) {
            if (backslashes && rest_[i] == '\\') {
                i++;
            } else if (rest_[i] == mark) {
                if (i + 1 < rest_.size() && rest_[i + 1] == mark)
                    i++;
                else
                    return i + 1 - from;
            }
        }
        return rest_.size() - from;
    }
    // $$ ... $$ or $tag$ ... $tag$; a lone $ (a parameter, which the gate refuses) is one byte.
    size_t dollar_bytes() const {
        size_t i = 1;
        if (i < rest_.size() && std::isdigit(static_cast<unsigned char>(rest_[i])) != 0) return 1;
        while (i < rest_.size() && is_word(rest_[i])) i++;
        if (i >= rest_.size() || rest_[i] != '$') return 1;
        std::string_view tag = rest_.substr(0, i + 1);
        size_t end = rest_.find(tag, tag.size());
        return end == std::string_view::npos ? rest_.size() : end + tag.size();
    }

    std::string_view rest_;
};

// If `rest` goes on with [*], its length, blanks included; else 0.
size_t star_bytes(std::string_view rest) {
    size_t i = 0;
    for (char wanted : {'[', '*', ']'}) {
        while (i < rest.size() && std::isspace(static_cast<unsigned char>(rest[i])) != 0) i++;
        if (i >= rest.size() || rest[i++] != wanted) return 0;
    }
    return i;
}

bool is_object_name(const Token& token) {
    std::string_view name = token.text;
    if (token.kind == Kind::kQuotedName)
        name = name.substr(1, name.size() - std::min<size_t>(2, name.size()));
    if (name.size() != kObject.size()) return false;
    for (size_t i = 0; i < name.size(); i++)
        if (std::tolower(static_cast<unsigned char>(name[i])) != kObject[i]) return false;
    return true;
}

// The name that a token stands for. Empty: the token is none, or is not terminated.
std::string name_of(const Token& token) {
    if (token.kind == Kind::kWord) return std::string(token.text);
    if (token.kind != Kind::kQuotedName) return {};
    std::string name;
    for (size_t i = 1; i < token.text.size(); i++) {
        if (token.text[i] == '"' && ++i == token.text.size()) return name;
        name += token.text[i];
    }
    return {};
}

// Reads what follows S3Object[*]: a path of names, each perhaps with [*] behind it. Empty: no path.
// Words are quoted as well: what is one word here may be several to DuckDB, which knows Unicode's blanks.
std::string take_path(std::string_view& rest) {
    std::string path;
    while (rest.size() > 1 && rest[0] == '.') {
        Tokenizer tokens(rest.substr(1));
        std::string name = name_of(tokens.next());
        if (name.empty()) break;
        path += path.empty() ? "" : ".";
        path += sql_name(name);
        rest = tokens.rest();
        rest.remove_prefix(star_bytes(rest));
    }
    return path;
}

Status refused(std::string why) {
    return Status(Code::kQueryRefused, std::move(why));
}

// The length of the UTF-8 character at the front; 0 if there is none, or it is NUL.
size_t character_bytes(std::string_view text) {
    auto byte = [&](size_t i) -> uint32_t { return static_cast<unsigned char>(text[i]); };
    uint32_t first = byte(0);
    if (first < 0x80) return first == 0 ? 0 : 1;
    size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < bytes) return 0;
    for (size_t i = 1; i < bytes; i++)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    // Overlong, a surrogate, or beyond Unicode: the second byte tells.
    bool wrong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F) ||
                 (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F);
    return wrong ? 0 : bytes;
}

}  // namespace

static std::string doubled(std::string_view text, char mark) {
    std::string out(1, mark);
    for (char c : text) {
        out += c;
        if (c == mark) out += c;
    }
    return out += mark;
}

std::string sql_string(std::string_view text) {
    return doubled(text, '\'');
}

std::string sql_name(std::string_view name) {
    return doubled(name, '"');
}

bool is_utf8_text(std::string_view text) {
    while (!text.empty()) {
        size_t bytes = character_bytes(text);
        if (bytes == 0) return false;
        text.remove_prefix(bytes);
    }
    return true;
}

Result<std::string> path_named(std::string_view name, const std::vector<std::string>& paths) {
    size_t mark = name.find(kPathMark);
    if (mark == std::string_view::npos) return std::string();
    std::string_view digits = name.substr(mark + kPathMark.size());
    size_t index = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    bool number = error == std::errc() && end == digits.data() + digits.size();
    if (name.substr(0, mark) != kObject || !number || index >= paths.size())
        return refused("a table's name must not contain " + std::string(kPathMark));
    return paths[index];
}

Result<PreparedSql> prepare_sql(std::string_view sql) {
    if (!is_utf8_text(sql)) return refused("the SQL is not UTF-8 text");
    PreparedSql prepared;
    std::string& out = prepared.text;
    out.reserve(sql.size());
    size_t depth = 0;
    bool anything = false;
    while (!sql.empty()) {
        Tokenizer tokens(sql);
        Token token = tokens.next();
        sql = tokens.rest();
        if (token.kind != Kind::kSpace && token.text != ";") anything = true;
        if (token.kind == Kind::kSymbol) {
            char c = token.text[0];
            if (c == '(' || c == '[' || c == '{') depth++;
            if ((c == ')' || c == ']' || c == '}') && depth > 0) depth--;
            if (depth > kMaxBrackets)
                return refused("the SQL nests brackets deeper than " +
                               std::to_string(kMaxBrackets));
        }
        if (token.kind == Kind::kQuotedName && token.text.find(kPathMark) != std::string_view::npos)
            return refused("a name must not contain " + std::string(kPathMark));
        size_t star = is_object_name(token) ? star_bytes(sql) : 0;
        if (star == 0) {
            out += token.text;
            continue;
        }
        sql.remove_prefix(star);
        std::string path = take_path(sql);
        if (path.empty()) {
            out += token.text;
        } else {
            out += sql_name(std::string(kObject) + std::string(kPathMark) +
                            std::to_string(prepared.paths.size()));
            prepared.paths.push_back(std::move(path));
        }
        out += ' ';
    }
    if (!anything) return refused("the SQL is empty");
    return prepared;
}

}  // namespace csd::worker
