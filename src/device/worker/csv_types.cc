// SPDX-License-Identifier: BSD-3-Clause
// Tested by csv_test.cc and query_number_test.cc.
#include "device/worker/csv_types.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "device/worker/number_text.hpp"

namespace csd::worker {

namespace {

constexpr size_t kMaxIntegerDigits = 18;

// An object, so that algorithms have it inline. NOLINTNEXTLINE(readability-identifier-naming): called as a function
constexpr auto is_digit = [](char c) { return c >= '0' && c <= '9'; };

// A pattern of digits and separators: '0' stands for a digit, anything else for itself.
bool matches(std::string_view text, std::string_view pattern) {
    return text.size() == pattern.size() &&
           std::equal(text.begin(), text.end(), pattern.begin(),
                      [](char c, char p) { return p == '0' ? is_digit(c) : c == p; });
}

int two_digits(std::string_view text, size_t at) {
    return (text[at] - '0') * 10 + text[at + 1] - '0';
}

bool is_date(std::string_view text) {
    if (!matches(text, "0000-00-00")) return false;
    constexpr std::array<int, 12> kDays = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = two_digits(text, 0) * 100 + two_digits(text, 2), month = two_digits(text, 5);
    int day = two_digits(text, 8);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month >= 1 && month <= 12 && day >= 1 && day <= kDays[static_cast<size_t>(month - 1)] &&
           (month != 2 || day < 29 || leap);
}

bool is_time(std::string_view text) {
    std::string_view fraction = text.substr(std::min<size_t>(text.size(), 8));
    bool good_fraction =
        fraction.empty() || (fraction.size() >= 2 && fraction.size() <= 7 && fraction[0] == '.' &&
                             std::all_of(fraction.begin() + 1, fraction.end(), is_digit));
    return good_fraction && matches(text.substr(0, 8), "00:00:00") && two_digits(text, 0) < 24 &&
           two_digits(text, 3) < 60 && two_digits(text, 6) < 60;
}

bool is_word(std::string_view text, std::string_view word) {
    return text.size() == word.size() &&
           std::equal(text.begin(), text.end(), word.begin(), [](char c, char w) {
               return std::tolower(static_cast<unsigned char>(c)) == w;
           });
}

CsvType number_type(std::string_view text) {
    std::string_view digits = text.substr(text[0] == '-' ? 1 : 0);
    bool leading_zero = digits.size() > 1 && digits[0] == '0' && is_digit(digits[1]);
    if (leading_zero) return CsvType::kText;
    switch (number_kind(text)) {
        case NumberKind::kInteger:
            return digits.size() <= kMaxIntegerDigits ? CsvType::kBigint : CsvType::kText;
        case NumberKind::kLongInteger:
            return digits.size() <= kMaxIntegerDigits ? CsvType::kLongBigint : CsvType::kText;
        case NumberKind::kDouble: return CsvType::kDouble;
        default: return CsvType::kText;
    }
}

}  // namespace

CsvType csv_type_of(std::string_view text) {
    if (text.empty()) return CsvType::kText;
    if (is_digit(text[0]) || text[0] == '-' || text[0] == '.') {
        if (CsvType type = number_type(text); type != CsvType::kText) return type;
        if (is_date(text)) return CsvType::kDate;
        if (is_time(text)) return CsvType::kTime;
        bool stamp = text.size() >= 19 && (text[10] == ' ' || text[10] == 'T') &&
                     is_date(text.substr(0, 10)) && is_time(text.substr(11));
        if (stamp) return CsvType::kTimestamp;
        return text[0] == '-' && is_number_word(text) ? CsvType::kNumberWord : CsvType::kText;
    }
    if (is_word(text, "true") || is_word(text, "false")) return CsvType::kBoolean;
    return is_number_word(text) ? CsvType::kNumberWord : CsvType::kText;
}

CsvType join_types(CsvType a, CsvType b) {
    if (a == CsvType::kNone || a == b) return b;
    if (b == CsvType::kNone) return a;
    auto [low, high] = std::minmax(a, b);
    if (low == CsvType::kBigint && high == CsvType::kLongBigint) return high;
    bool numbers = low >= CsvType::kBigint && high <= CsvType::kNumberWord;
    if (numbers && low != CsvType::kLongBigint && high != CsvType::kLongBigint)
        return CsvType::kDouble;
    if (low == CsvType::kDate && high == CsvType::kTimestamp) return high;
    return CsvType::kText;
}

std::string_view sql_name_of(CsvType type) {
    constexpr std::array<std::string_view, 10> kNames = {"",          "BOOLEAN", "BIGINT", "BIGINT",
                                                         "DOUBLE",    "VARCHAR", "DATE",   "TIME",
                                                         "TIMESTAMP", "VARCHAR"};
    return kNames[static_cast<size_t>(type)];
}

}  // namespace csd::worker
