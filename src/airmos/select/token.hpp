// SPDX-License-Identifier: BSD-3-Clause
//
// The words of an S3 Select expression: names, numbers, literals and symbols, each with its place in the text.
// Threads: pure. Tested by translate_test.cc and fuzz/s3_select.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "airmos/core/error.hpp"

namespace csd::airmos::select {

// Counted from 1, in characters.
struct Position {
    uint32_t line = 1;
    uint32_t column = 1;
};

// Why an expression is not translated. Thrown inside this library only; Statement turns it into an Error.
struct Refusal {
    std::string_view code;  // a row of core/error.cc
    std::string message;
    Position at;

    Error error() const;
};

enum class TokenKind : uint8_t { kWord, kQuotedName, kNumber, kString, kIon, kSymbol, kEnd };

struct Token {
    TokenKind kind = TokenKind::kEnd;
    std::string text;  // of names and literals what they stand for, without quotes
    Position at;

    bool is_symbol(std::string_view symbol) const {
        return kind == TokenKind::kSymbol && text == symbol;
    }
    bool is_word(std::string_view upper_case) const;  // in any case
    bool is_name() const { return kind == TokenKind::kWord || kind == TokenKind::kQuotedName; }
    std::string shown() const;  // for a sentence
};

// The last token is kEnd. Throws a Refusal.
std::vector<Token> tokenize(std::string_view text);

std::string upper(std::string_view ascii);
std::string lower(std::string_view ascii);

}  // namespace csd::airmos::select
