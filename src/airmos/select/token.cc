// SPDX-License-Identifier: BSD-3-Clause
// Tested by translate_test.cc.
#include "airmos/select/token.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace csd::airmos::select {

namespace {

constexpr size_t kMostShownBytes = 40;  // of a token within an error's sentence

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
// Every character beyond ASCII is a letter: names are printed in quotes, so none of them can be anything else later.
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}
bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

// Bytes of the UTF-8 character at the front; 0 if there is none, or it is NUL.
size_t character_bytes(std::string_view text) {
    auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    if (byte(0) < 0x80) return byte(0) == 0 ? 0 : 1;
    const size_t bytes = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
    if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < bytes) return 0;
    for (size_t i = 1; i < bytes; i++)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    // Overlong, a surrogate, or beyond Unicode: the second byte tells.
    const bool wrong = (byte(0) == 0xE0 && byte(1) < 0xA0) || (byte(0) == 0xED && byte(1) > 0x9F) ||
                       (byte(0) == 0xF0 && byte(1) < 0x90) || (byte(0) == 0xF4 && byte(1) > 0x8F);
    return wrong ? 0 : bytes;
}

class Tokenizer {
  public:
    explicit Tokenizer(std::string_view text) : rest_(text) {}

    std::vector<Token> run() {
        std::vector<Token> tokens;
        for (skip_blanks(); !rest_.empty(); skip_blanks()) tokens.push_back(next());
        tokens.push_back(Token{TokenKind::kEnd, "", at_});
        return tokens;
    }

  private:
    [[noreturn]] static void refuse(std::string_view code, std::string message, Position at) {
        throw Refusal{code, std::move(message), at};
    }

    // Steps over the front and returns it.
    std::string_view take(size_t bytes) {
        const std::string_view taken = rest_.substr(0, bytes);
        for (std::string_view left = taken; !left.empty();) {
            const size_t character = character_bytes(left);
            if (character == 0)
                refuse("InvalidTextEncoding", "the expression is not UTF-8 text", at_);
            at_.column++;
            if (left[0] == '\n') at_ = {at_.line + 1, 1};
            left.remove_prefix(std::min(character, left.size()));
        }
        rest_.remove_prefix(taken.size());
        return taken;
    }

    void skip_blanks() {
        while (!rest_.empty()) {
            if (is_blank(rest_[0])) {
                take(1);
            } else if (rest_.starts_with("--")) {
                take(std::min(rest_.find('\n'), rest_.size()));
            } else if (rest_.starts_with("/*")) {
                const size_t end = rest_.find("*/", 2);
                if (end == std::string_view::npos)
                    refuse("LexerInvalidChar", "this comment has no end", at_);
                take(end + 2);
            } else {
                return;
            }
        }
    }

    Token next() {
        const char c = rest_[0];
        const Position at = at_;
        if (c == '\'') return {TokenKind::kString, quoted('\''), at};
        if (c == '"') {
            std::string name = quoted('"');
            if (name.empty()) refuse("LexerInvalidLiteral", "a name must not be empty", at);
            return {TokenKind::kQuotedName, std::move(name), at};
        }
        if (c == '`') return {TokenKind::kIon, quoted('`'), at};
        if (is_letter(c)) {
            size_t bytes = 1;
            while (bytes < rest_.size() &&
                   (is_letter(rest_[bytes]) || is_digit(rest_[bytes]) || rest_[bytes] == '$'))
                bytes++;
            return {TokenKind::kWord, std::string(take(bytes)), at};
        }
        if (is_digit(c) || (c == '.' && rest_.size() > 1 && is_digit(rest_[1])))
            return {TokenKind::kNumber, number(), at};
        return {TokenKind::kSymbol, symbol(), at};
    }

    // A mark within is doubled.
    std::string quoted(char mark) {
        const Position at = at_;
        std::string text;
        for (size_t i = 1; i < rest_.size(); i++) {
            if (rest_[i] == mark) {
                if (i + 1 == rest_.size() || rest_[i + 1] != mark) {
                    take(i + 1);
                    return text;
                }
                i++;
            }
            text += rest_[i];
        }
        refuse(mark == '`' ? "LexerInvalidIONLiteral" : "LexerInvalidLiteral",
               std::string("what begins with ") + mark + " here has no end", at);
    }

    std::string number() {
        size_t bytes = 0;
        auto digits = [&] {
            while (bytes < rest_.size() && is_digit(rest_[bytes])) bytes++;
        };
        digits();
        if (bytes < rest_.size() && rest_[bytes] == '.') {
            bytes++;
            digits();
        }
        if (bytes < rest_.size() && (rest_[bytes] == 'e' || rest_[bytes] == 'E')) {
            bytes++;
            if (bytes < rest_.size() && (rest_[bytes] == '+' || rest_[bytes] == '-')) bytes++;
            digits();
        }
        const bool good =
            is_digit(rest_[bytes - 1]) || (rest_[bytes - 1] == '.' && is_digit(rest_[0]));
        if (!good || (bytes < rest_.size() && is_letter(rest_[bytes])))
            refuse("LexerInvalidLiteral", "this number is not valid", at_);
        std::string text(rest_.substr(0, bytes));
        if (std::isinf(std::strtod(text.c_str(), nullptr)))
            refuse("LexerInvalidLiteral", "this number is too large", at_);
        take(bytes);
        return text;
    }

    std::string symbol() {
        constexpr std::array<std::string_view, 5> kTwo = {"<=", ">=", "<>", "!=", "||"};
        for (std::string_view two : kTwo)
            if (rest_.starts_with(two)) return std::string(take(2));
        if (rest_[0] == '!' || rest_[0] == '|')
            refuse("LexerInvalidOperator", std::string("there is no operator ") + rest_[0], at_);
        constexpr std::string_view kOne = "()[]{},.;:*/%+-=<>";
        if (kOne.find(rest_[0]) == std::string_view::npos)
            refuse("LexerInvalidChar",
                   rest_[0] > ' ' ? "the character " + std::string(1, rest_[0]) + " is not expected"
                                  : "a control character is not expected",
                   at_);
        return std::string(take(1));
    }

    std::string_view rest_;
    Position at_;
};

template <typename Change>
std::string changed(std::string_view text, Change change) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), change);
    return out;
}

}  // namespace

Error Refusal::error() const {
    return Error(code, "line " + std::to_string(at.line) + ", column " + std::to_string(at.column) +
                           ": " + message);
}

bool Token::is_word(std::string_view upper_case) const {
    return kind == TokenKind::kWord && text.size() == upper_case.size() &&
           upper(text) == upper_case;
}

std::string Token::shown() const {
    std::string out = text;
    if (out.size() > kMostShownBytes) {
        size_t end = kMostShownBytes;
        while (end > 0 && (out[end] & 0xC0) == 0x80) end--;  // whole characters
        out = out.substr(0, end) + "...";
    }
    switch (kind) {
        case TokenKind::kEnd: return "the end";
        case TokenKind::kString: return "'" + out + "'";
        case TokenKind::kQuotedName: return '"' + out + '"';
        case TokenKind::kIon: return '`' + out + '`';
        default: return out;
    }
}

std::vector<Token> tokenize(std::string_view text) {
    return Tokenizer(text).run();
}

std::string upper(std::string_view ascii) {
    return changed(ascii,
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
}

std::string lower(std::string_view ascii) {
    return changed(ascii,
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

}  // namespace csd::airmos::select
