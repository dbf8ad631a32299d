// SPDX-License-Identifier: BSD-3-Clause
// Tested by sql_text_test.cc.
#include "device/worker/sql_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <utility>

#include "nvme/query_reason.hpp"

namespace csd::worker {

namespace {

using nvme::query_failure;
using nvme::ReasonCode;

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
        return query_failure(
            ReasonCode::kNameForbidden,
            "a table's name must not contain {subject}; give the table another name",
            {.subject = std::string(kPathMark)});
    return paths[index];
}

uint32_t PreparedSql::position_of(size_t prepared_at) const {
    size_t at = prepared_at;
    for (const Shift& shift : shifts)
        if (shift.prepared <= prepared_at) at = shift.written + (prepared_at - shift.prepared);
    return static_cast<uint32_t>(std::min(at, written.size()));
}

namespace {

// One pass over the SQL that copies it, but for S3Object[*] with its path.
class Preparer {
  public:
    explicit Preparer(std::string_view sql) : sql_(sql), rest_(sql) {}

    Result<PreparedSql> prepare() {
        prepared_.written = sql_;
        prepared_.text.reserve(sql_.size());
        while (!rest_.empty()) {
            const uint32_t position = here();
            Tokenizer tokens(rest_);
            const Token token = tokens.next();
            rest_ = tokens.rest();
            if (token.kind != Kind::kSpace && token.text != ";") anything_ = true;
            if (!count_bracket(token))
                return query_failure(
                    ReasonCode::kTooDeep, "the SQL nests brackets deeper than {1}; simplify it",
                    {.details = {std::to_string(kMaxBrackets)}, .position = position}, sql_);
            if (token.kind == Kind::kQuotedName &&
                token.text.find(kPathMark) != std::string_view::npos)
                return query_failure(ReasonCode::kNameForbidden,
                                     "a name must not contain {subject}; give it another name",
                                     {.subject = std::string(kPathMark), .position = position},
                                     sql_);
            if (token.text == "`")
                return query_failure(
                    ReasonCode::kSyntax,
                    "a name stands in double quotes (\"name\"), not in backquotes; "
                    "write \" instead of {subject}",
                    {.subject = "`", .position = position}, sql_);
            copy(token);
        }
        if (!anything_)
            return query_failure(ReasonCode::kSqlEmpty, "the SQL is empty; write one SELECT");
        return std::move(prepared_);
    }

  private:
    uint32_t here() const { return static_cast<uint32_t>(sql_.size() - rest_.size()); }

    bool count_bracket(const Token& token) {
        if (token.kind != Kind::kSymbol) return true;
        const char c = token.text[0];
        if (c == '(' || c == '[' || c == '{') depth_++;
        if ((c == ')' || c == ']' || c == '}') && depth_ > 0) depth_--;
        return depth_ <= kMaxBrackets;
    }

    void copy(const Token& token) {
        std::string& out = prepared_.text;
        const size_t star = is_object_name(token) ? star_bytes(rest_) : 0;
        if (star == 0) {
            out += token.text;
            return;
        }
        rest_.remove_prefix(star);
        std::string path = take_path(rest_);
        if (path.empty()) {
            out += token.text;
        } else {
            out += sql_name(std::string(kObject) + std::string(kPathMark) +
                            std::to_string(prepared_.paths.size()));
            prepared_.paths.push_back(std::move(path));
        }
        out += ' ';
        prepared_.shifts.push_back({out.size(), here()});
    }

    const std::string_view sql_;
    std::string_view rest_;
    PreparedSql prepared_;
    size_t depth_ = 0;
    bool anything_ = false;
};

struct Placed {
    Token token;
    uint32_t position;
};

// The tokens but blanks and comments.
std::vector<Placed> tokens_of(std::string_view sql) {
    std::vector<Placed> tokens;
    for (Tokenizer rest(sql); !rest.done();) {
        const auto position = static_cast<uint32_t>(sql.size() - rest.rest().size());
        const Token token = rest.next();
        if (token.kind != Kind::kSpace) tokens.push_back({token, position});
    }
    return tokens;
}

bool same_word(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(), [](char a, char b) {
               return std::tolower(static_cast<unsigned char>(a)) ==
                      std::tolower(static_cast<unsigned char>(b));
           });
}

bool is_symbol(const std::vector<Placed>& tokens, size_t at, std::string_view symbol) {
    return at < tokens.size() && tokens[at].token.kind == Kind::kSymbol &&
           tokens[at].token.text == symbol;
}

// The column that begins at `at`, past its qualifiers; moves `at` behind it.
std::string take_column(const std::vector<Placed>& tokens, size_t& at) {
    std::string name = at < tokens.size() ? name_of(tokens[at].token) : std::string();
    if (name.empty()) return name;
    while (is_symbol(tokens, at + 1, ".") && at + 2 < tokens.size()) {
        at += 2;
        name = name_of(tokens[at].token);
    }
    at++;
    return name;
}

}  // namespace

Result<PreparedSql> prepare_sql(std::string_view sql) {
    if (!is_utf8_text(sql))
        return query_failure(ReasonCode::kSqlNotUtf8,
                             "the SQL is not UTF-8 text; convert it to UTF-8");
    return Preparer(sql).prepare();
}

std::optional<NamePlace> find_name(std::string_view sql, std::string_view name, size_t from) {
    std::optional<NamePlace> second_best;
    const std::vector<Placed> tokens = tokens_of(sql);
    for (size_t i = 0; i < tokens.size(); i++) {
        if (tokens[i].position < from || !same_word(name_of(tokens[i].token), name)) continue;
        const NamePlace place{tokens[i].position, tokens[i].token.kind == Kind::kQuotedName};
        const bool given = i > 0 && same_word(tokens[i - 1].token.text, "as");
        if (!given && !is_symbol(tokens, i + 1, "(")) return place;
        if (!second_best) second_best = place;
    }
    if (!second_best && from > 0) return find_name(sql, name);
    return second_best;
}

bool is_quoted_name(std::string_view sql, std::string_view name) {
    const std::optional<NamePlace> place = find_name(sql, name);
    return place.has_value() && place->quoted;
}

std::optional<uint32_t> find_word(std::string_view sql, std::string_view word, size_t from) {
    for (const Placed& placed : tokens_of(sql))
        if (placed.position >= from && placed.token.kind == Kind::kWord &&
            same_word(placed.token.text, word))
            return placed.position;
    return from > 0 ? find_word(sql, word) : std::nullopt;
}

std::optional<uint32_t> find_parameter(std::string_view sql) {
    for (const Placed& placed : tokens_of(sql))
        if (placed.token.text == "?" || placed.token.text == "$") return placed.position;
    return std::nullopt;
}

std::vector<std::string> columns_compared_with_numbers(std::string_view sql) {
    const std::vector<Placed> tokens = tokens_of(sql);
    const auto is_comparison = [&](size_t at) {
        return at < tokens.size() && tokens[at].token.kind == Kind::kSymbol &&
               std::string_view("<>=!").find(tokens[at].token.text[0]) != std::string_view::npos;
    };
    const auto is_number = [&](size_t at) {
        if (is_symbol(tokens, at, "-")) at++;
        return at < tokens.size() && tokens[at].token.kind == Kind::kWord &&
               std::isdigit(static_cast<unsigned char>(tokens[at].token.text[0])) != 0;
    };
    std::vector<std::string> columns;
    for (size_t i = 0; i < tokens.size(); i++) {
        if (!is_comparison(i)) continue;
        const size_t left = i;  // <= and <> are two symbols
        while (is_comparison(i + 1)) i++;
        size_t right = i + 1;
        if (left > 0 && is_number(right))
            columns.push_back(name_of(tokens[left - 1].token));
        else if (left > 0 && is_number(left - 1))
            columns.push_back(take_column(tokens, right));
    }
    std::erase(columns, std::string());
    return columns;
}

// Whether the operator stands there: the * of a select list or of count(*) is none.
static bool is_operator(const std::vector<Placed>& tokens, size_t at, std::string_view symbol) {
    const auto& first = tokens[at];
    if (first.token.kind != Kind::kSymbol) return false;
    std::string text;
    for (size_t i = at; i < tokens.size() && text.size() < symbol.size(); i++) {
        if (tokens[i].token.kind != Kind::kSymbol || tokens[i].position != first.position + i - at)
            return false;
        text += tokens[i].token.text;
    }
    if (text != symbol) return false;
    if (symbol != "*" || at == 0) return true;
    const std::string_view before = tokens[at - 1].token.text;
    return before != "(" && before != "," && before != "." && !same_word(before, "select") &&
           !same_word(before, "distinct") && !same_word(before, "all");
}

std::optional<uint32_t> find_function(std::string_view sql, std::string_view name, size_t from) {
    const std::vector<Placed> tokens = tokens_of(sql);
    for (size_t i = 0; i < tokens.size() && !name.empty(); i++) {
        if (tokens[i].position < from) continue;
        if (is_operator(tokens, i, name) ||
            (is_symbol(tokens, i + 1, "(") && same_word(name_of(tokens[i].token), name)))
            return tokens[i].position;
    }
    return from > 0 ? find_function(sql, name) : std::nullopt;
}

std::optional<uint32_t> find_literal(std::string_view sql, std::string_view text, size_t from) {
    if (text.empty()) return std::nullopt;
    const std::string wanted = sql_string(text);
    const std::vector<Placed> tokens = tokens_of(sql);
    for (const Placed& placed : tokens)
        if (placed.position >= from &&
            (placed.token.text == wanted ||
             (placed.token.kind == Kind::kWord && placed.token.text == text)))
            return placed.position;
    for (const Placed& placed : tokens)
        if (placed.position >= from && placed.token.kind == Kind::kOpaque &&
            placed.token.text.find(text) != std::string_view::npos)
            return placed.position;
    return from > 0 ? find_literal(sql, text) : std::nullopt;
}

std::optional<uint32_t> find_subquery(std::string_view sql, size_t from) {
    static constexpr std::array<std::string_view, 8> kOfTables = {
        "from", "join", "lateral", "as", "union", "all", "except", "intersect"};
    const std::vector<Placed> tokens = tokens_of(sql);
    for (size_t i = 1; i + 1 < tokens.size(); i++) {
        if (tokens[i].position < from || !is_symbol(tokens, i, "(")) continue;
        const std::string_view within = tokens[i + 1].token.text;
        if (!same_word(within, "select") && !same_word(within, "with")) continue;
        const std::string_view before = tokens[i - 1].token.text;
        if (std::none_of(kOfTables.begin(), kOfTables.end(),
                         [&](std::string_view word) { return same_word(before, word); }))
            return tokens[i].position;
    }
    return from > 0 ? find_subquery(sql) : std::nullopt;
}

std::vector<NamedPlace> calls_in(std::string_view sql) {
    const std::vector<Placed> tokens = tokens_of(sql);
    std::vector<NamedPlace> calls;
    for (size_t i = 0; i + 1 < tokens.size(); i++)
        if (tokens[i].token.kind == Kind::kWord && is_symbol(tokens, i + 1, "("))
            calls.push_back({tokens[i].token.text, tokens[i].position});
    return calls;
}

// What makes two tokens alike; empty for one that DuckDB's printer adds and leaves out at will.
static std::string likeness(const std::vector<Placed>& tokens, size_t at) {
    const Token& token = tokens[at].token;
    if (const std::string name = name_of(token); !name.empty()) {
        std::string lower_case = name;
        for (char& c : lower_case)
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        return lower_case;
    }
    if (token.text == ":")  // x::TYPE is printed as CAST(x AS TYPE)
        return is_symbol(tokens, at + 1, ":") ? "cast" : "";
    if (token.text == "(" && at + 1 < tokens.size() &&
        same_word(tokens[at + 1].token.text, "select"))
        return "(select";
    return std::string_view("()[]{},.").find(token.text) != std::string_view::npos
               ? std::string()
               : std::string(token.text);
}

std::optional<uint32_t> place_as_written(std::string_view written, std::string_view ran,
                                         size_t position) {
    constexpr size_t kMaxTokensBehind = 12;
    const std::vector<Placed> theirs = tokens_of(ran), ours = tokens_of(written);
    size_t at = 0;
    while (at < theirs.size() && theirs[at].position + theirs[at].token.text.size() <= position)
        at++;
    const size_t end = std::min(theirs.size(), at + kMaxTokensBehind);
    for (; at < end; at++) {
        const std::string like = likeness(theirs, at);
        if (like.empty()) continue;
        size_t number = 0;
        for (size_t i = 0; i < at; i++) number += likeness(theirs, i) == like ? 1 : 0;
        std::optional<uint32_t> place;
        for (size_t i = 0; i < ours.size(); i++) {
            if (likeness(ours, i) != like) continue;
            place = ours[i].position;
            if (number-- == 0) break;
        }
        if (place) return place;
    }
    return std::nullopt;
}

std::vector<std::string> arguments_at(std::string_view sql, uint32_t position) {
    const std::vector<Placed> tokens = tokens_of(sql);
    for (size_t i = 0; i < tokens.size(); i++) {
        if (tokens[i].position != position) continue;
        if (tokens[i].token.kind == Kind::kSymbol) {
            size_t right = i + 1;
            std::vector<std::string> sides = {i > 0 ? name_of(tokens[i - 1].token) : std::string(),
                                              take_column(tokens, right)};
            std::erase(sides, std::string());
            return sides;
        }
        size_t at = i + 2;  // behind the bracket
        const bool quantified =
            at < tokens.size() && (same_word(tokens[at].token.text, "distinct") ||
                                   same_word(tokens[at].token.text, "all"));
        if (quantified) at++;
        std::string name = take_column(tokens, at);
        if (is_symbol(tokens, at, ")") || is_symbol(tokens, at, ",")) return {name};
        break;
    }
    return {};
}

std::string_view word_at(std::string_view sql, size_t position) {
    for (const Placed& placed : tokens_of(sql))
        if (position < placed.position + placed.token.text.size()) return placed.token.text;
    return {};
}

std::string_view word_before(std::string_view sql, size_t position) {
    std::string_view before;
    for (const Placed& placed : tokens_of(sql)) {
        if (position < placed.position + placed.token.text.size()) break;
        before = placed.token.text;
    }
    return before;
}

}  // namespace csd::worker
