// SPDX-License-Identifier: BSD-3-Clause
// Tested by sql_text_test.cc.
#include "device/worker/sql_text.hpp"

#include <cctype>

namespace csd::worker {

namespace {

constexpr size_t kMaxBrackets = 200;  // nested; DuckDB's own parser recurses

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
    constexpr std::string_view kName = "s3object";
    if (name.size() != kName.size()) return false;
    for (size_t i = 0; i < name.size(); i++)
        if (std::tolower(static_cast<unsigned char>(name[i])) != kName[i]) return false;
    return true;
}

// Reads what follows S3Object[*]: a path of names, each perhaps with [*] behind it. Empty: no path.
std::string take_path(std::string_view& rest) {
    std::string path;
    while (rest.size() > 1 && rest[0] == '.') {
        Tokenizer tokens(rest.substr(1));
        Token name = tokens.next();
        if (name.kind != Kind::kWord && name.kind != Kind::kQuotedName) break;
        path += path.empty() ? "" : ".";
        path += name.text;
        rest = tokens.rest();
        rest.remove_prefix(star_bytes(rest));
    }
    return path;
}

std::string quote_whole(std::string_view name) {
    std::string out = "\"";
    for (char c : name) {
        out += c;
        if (c == '"') out += c;
    }
    return out + "\"";
}

}  // namespace

Result<std::string> prepare_sql(std::string_view sql) {
    if (sql.find('\0') != std::string_view::npos)
        return Status(Code::kQueryRefused, "the SQL contains a NUL byte");
    std::string out;
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
                return Status(Code::kQueryRefused,
                              "the SQL nests brackets deeper than " + std::to_string(kMaxBrackets));
        }
        size_t star = is_object_name(token) ? star_bytes(sql) : 0;
        if (star == 0) {
            out += token.text;
            continue;
        }
        sql.remove_prefix(star);
        std::string path = take_path(sql);
        if (path.empty())
            out += token.text;
        else
            out += quote_whole("s3object" + std::string(kPathMark) + path);
        out += ' ';
    }
    if (!anything) return Status(Code::kQueryRefused, "the SQL is empty");
    return out;
}

}  // namespace csd::worker
