// SPDX-License-Identifier: BSD-3-Clause
// Tested by translate_test.cc.
#include "airmos/select/timestamps.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <set>

namespace csd::airmos::select {

namespace {

class TimestampReader {
  public:
    explicit TimestampReader(std::string_view text) : rest_(text) {}

    // Empty: it is none.
    std::optional<std::string> run() {
        using namespace std::chrono;
        const auto year_part = digits(4);
        if (!year_part) return {};
        int month_part = 1, day_part = 1;
        if (take('-')) {
            const auto read_month = digits(2);
            if (!read_month) return {};
            month_part = *read_month;
            if (take('-')) {
                const auto read_day = digits(2);
                if (!read_day) return {};
                day_part = *read_day;
            }
        }
        const year_month_day date{year(*year_part), month(static_cast<unsigned>(month_part)),
                                  day(static_cast<unsigned>(day_part))};
        if (!date.ok() || *year_part < 1) return {};
        microseconds time{0};
        if (take('T') || take(' ')) {
            if (!rest_.empty() && !time_of_day(time)) return {};
        }
        if (!rest_.empty()) return {};
        return shown(sys_days(date) + time);
    }

  private:
    bool take(char c) {
        if (rest_.empty() || rest_[0] != c) return false;
        rest_.remove_prefix(1);
        return true;
    }

    std::optional<int> digits(size_t count) {
        if (rest_.size() < count) return {};
        int value = 0;
        for (char c : rest_.substr(0, count)) {
            if (c < '0' || c > '9') return {};
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(count);
        return value;
    }

    // Hours and minutes; seconds and an offset where they are given.
    bool time_of_day(std::chrono::microseconds& time) {
        using namespace std::chrono;
        const auto hour = digits(2);
        if (!hour || *hour > 23 || !take(':')) return false;
        const auto minute = digits(2);
        if (!minute || *minute > 59) return false;
        time = hours(*hour) + minutes(*minute);
        if (take(':')) {
            const auto second = digits(2);
            if (!second || *second > 59) return false;
            time += seconds(*second);
            if (take('.') && !fraction(time)) return false;
        }
        return offset(time);
    }

    // Digits beyond microseconds are cut.
    bool fraction(std::chrono::microseconds& time) {
        int64_t unit = 100'000;
        size_t count = 0;
        for (; count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; count++) {
            time += std::chrono::microseconds((rest_[count] - '0') * unit);
            unit /= 10;
        }
        rest_.remove_prefix(count);
        return count > 0;
    }

    bool offset(std::chrono::microseconds& time) {
        if (rest_.empty() || take('Z')) return true;
        const bool east = rest_[0] == '+';
        if (!take('+') && !take('-')) return false;
        const auto hour = digits(2);
        if (!hour || *hour > 23) return false;
        take(':');
        const auto minute = digits(2);
        if (!minute || *minute > 59) return false;
        const auto away = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
        time += east ? -away : away;
        return true;
    }

    static std::optional<std::string> shown(
        std::chrono::sys_time<std::chrono::microseconds> point) {
        using namespace std::chrono;
        const auto day_point = floor<days>(point);
        const year_month_day date(day_point);
        const hh_mm_ss time(point - day_point);
        const int year_shown = static_cast<int>(date.year());
        if (year_shown < 1 || year_shown > 9999) return {};
        std::array<char, 64> text{};
        std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d", year_shown,
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                      static_cast<int>(time.hours().count()),
                      static_cast<int>(time.minutes().count()),
                      static_cast<int>(time.seconds().count()));
        std::string out = text.data();
        if (const auto micros = time.subseconds().count(); micros != 0) {
            std::snprintf(text.data(), text.size(), ".%06d", static_cast<int>(micros));
            out += text.data();
        }
        return out;
    }

    std::string_view rest_;
};

bool is_number(std::string_view text) {
    std::vector<Token> tokens;
    try {
        tokens = tokenize(text.starts_with('-') ? text.substr(1) : text);
    } catch (const Refusal&) {
        return false;
    }
    return tokens.size() == 2 && tokens[0].kind == TokenKind::kNumber;
}

// A letter of a pattern, repeated `count` times.
struct Symbol {
    char letter;
    size_t count;
    std::string_view output;
    size_t characters = 0;        // 0: all
    std::string_view input = {};  // empty: the same
};

// S3's patterns are those of java.time. Offsets are UTC's.
constexpr std::array kSymbols = {Symbol{'y', 1, "%Y"},
                                 Symbol{'y', 2, "%y"},
                                 Symbol{'y', 4, "%Y"},
                                 Symbol{'M', 1, "%-m"},
                                 Symbol{'M', 2, "%m"},
                                 Symbol{'M', 3, "%b"},
                                 Symbol{'M', 4, "%B"},
                                 Symbol{'M', 5, "%b", 1},
                                 Symbol{'d', 1, "%-d"},
                                 Symbol{'d', 2, "%d"},
                                 Symbol{'a', 1, "%p"},
                                 Symbol{'h', 1, "%-I"},
                                 Symbol{'h', 2, "%I"},
                                 Symbol{'H', 1, "%-H"},
                                 Symbol{'H', 2, "%H"},
                                 Symbol{'m', 1, "%-M"},
                                 Symbol{'m', 2, "%M"},
                                 Symbol{'s', 1, "%-S"},
                                 Symbol{'s', 2, "%S"},
                                 Symbol{'S', 1, "%f", 1, "%f"},
                                 Symbol{'S', 2, "%f", 2, "%f"},
                                 Symbol{'S', 3, "%g"},
                                 Symbol{'S', 4, "%f", 4, "%f"},
                                 Symbol{'S', 5, "%f", 5, "%f"},
                                 Symbol{'S', 6, "%f"},
                                 Symbol{'S', 7, "%n", 7, "%f"},
                                 Symbol{'S', 8, "%n", 8, "%f"},
                                 Symbol{'S', 9, "%n"},
                                 Symbol{'n', 1, "%n"},
                                 Symbol{'X', 1, "Z", 0, "%z"},
                                 Symbol{'X', 2, "Z", 0, "%z"},
                                 Symbol{'X', 3, "Z", 0, "%z"},
                                 Symbol{'X', 4, "Z", 0, "%z"},
                                 Symbol{'X', 5, "Z", 0, "%z"},
                                 Symbol{'x', 1, "+00", 0, "%z"},
                                 Symbol{'x', 2, "+0000", 0, "%z"},
                                 Symbol{'x', 3, "+00:00", 0, "%z"},
                                 Symbol{'x', 4, "+0000", 0, "%z"},
                                 Symbol{'x', 5, "+00:00", 0, "%z"}};

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void append_text(std::string& format, std::string_view text) {
    for (char c : text) {
        format += c;
        if (c == '%') format += c;
    }
}

// Calls `symbol` and `text` for the parts of a pattern in order.
template <typename OnSymbol, typename OnText>
void read_pattern(std::string_view pattern, Position at, OnSymbol on_symbol, OnText on_text) {
    while (!pattern.empty()) {
        const char c = pattern[0];
        size_t count = std::min(pattern.find_first_not_of(c), pattern.size());
        if (c == '\'') {
            count = pattern.find('\'', 1);
            if (count == std::string_view::npos)
                throw Refusal{"EvaluatorUnterminatedTimestampFormatPatternToken",
                              "the quoted text in the pattern has no end", at};
            on_text(count == 1 ? std::string_view("'") : pattern.substr(1, count - 1));
            count++;
        } else if (is_letter(c)) {
            const std::string word(pattern.substr(0, count));
            const auto* found = std::find_if(
                kSymbols.begin(), kSymbols.end(),
                [&](const Symbol& symbol) { return symbol.letter == c && symbol.count == count; });
            if (found == kSymbols.end()) {
                const bool known = std::any_of(kSymbols.begin(), kSymbols.end(),
                                               [c](const Symbol& s) { return s.letter == c; });
                throw Refusal{known ? "EvaluatorInvalidTimestampFormatPatternToken"
                                    : "EvaluatorInvalidTimestampFormatPatternSymbol",
                              "a pattern of a timestamp has no " + word, at};
            }
            on_symbol(*found);
        } else {
            on_text(pattern.substr(0, count));
        }
        pattern.remove_prefix(count);
    }
}

}  // namespace

Literal timestamp_literal(std::string_view text, Position at) {
    auto timestamp = TimestampReader(text).run();
    if (!timestamp)
        throw Refusal{"LexerInvalidLiteral", "this is no timestamp such as 2007-02-23T12:14:33Z",
                      at};
    return {LiteralKind::kTimestamp, std::move(*timestamp)};
}

Literal ion_literal(std::string_view text, Position at) {
    if (auto timestamp = TimestampReader(text).run(); timestamp && text.size() > 4)
        return {LiteralKind::kTimestamp, std::move(*timestamp)};
    if (is_number(text)) return {LiteralKind::kNumber, std::string(text)};
    if (text == "true" || text == "false") return {LiteralKind::kBoolean, upper(text)};
    if (text == "null" || text.starts_with("null.")) return {LiteralKind::kNull, ""};
    const bool plain_text =
        text.size() >= 2 && text.front() == '"' && text.back() == '"' &&
        text.substr(1, text.size() - 2).find_first_of("\"\\") == std::string_view::npos;
    if (plain_text) return {LiteralKind::kString, std::string(text.substr(1, text.size() - 2))};
    throw Refusal{"LexerInvalidIONLiteral",
                  "between backticks stands a timestamp such as 2007-02-23T12:14:33Z, a number, "
                  "\"text\", true, false or null",
                  at};
}

std::vector<PatternPiece> output_pattern(std::string_view pattern, Position at) {
    std::vector<PatternPiece> pieces(1);
    read_pattern(
        pattern, at,
        [&](const Symbol& symbol) {
            if (symbol.characters == 0) {
                pieces.back().format += symbol.output;
                return;
            }
            pieces.push_back({std::string(symbol.output), symbol.characters});
            pieces.emplace_back();
        },
        [&](std::string_view text) { append_text(pieces.back().format, text); });
    std::erase_if(pieces, [](const PatternPiece& piece) { return piece.format.empty(); });
    if (pieces.empty())
        throw Refusal{"EvaluatorInvalidTimestampFormatPattern", "the pattern is empty", at};
    return pieces;
}

std::string input_pattern(std::string_view pattern, Position at) {
    std::string format;
    std::set<char> seen;
    read_pattern(
        pattern, at,
        [&](const Symbol& symbol) {
            if (symbol.letter == 'M' && symbol.count == 5)
                throw Refusal{"EvaluatorInvalidTimestampFormatPatternSymbolForParsing",
                              "MMMMM is a month's first letter, which does not tell the month", at};
            if (!seen.insert(symbol.letter).second)
                throw Refusal{"EvaluatorTimestampFormatPatternDuplicateFields",
                              std::string("the pattern names ") + symbol.letter + " twice", at};
            format += symbol.input.empty() ? symbol.output : symbol.input;
        },
        [&](std::string_view text) { append_text(format, text); });
    if (seen.contains('h') != seen.contains('a'))
        throw Refusal{"EvaluatorTimestampFormatPatternHourClockAmPmMismatch",
                      "h goes with a, and a with h", at};
    if (format.empty())
        throw Refusal{"EvaluatorInvalidTimestampFormatPattern", "the pattern is empty", at};
    return format;
}

}  // namespace csd::airmos::select
