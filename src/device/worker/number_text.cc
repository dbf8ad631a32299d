// SPDX-License-Identifier: BSD-3-Clause
// Tested by number_text_test.cc.
#include "device/worker/number_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

namespace csd::worker {

namespace {

// Every number of so many significant digits comes back from DOUBLE, unless it is nearly too large or too small for it.
constexpr size_t kSafeDigits = 15;
constexpr int64_t kSafeExponent = 290;
// Digits of an exponent beyond these make any number zero or infinite.
constexpr size_t kMaxExponentDigits = 6;

size_t count_digits(std::string_view text) {
    size_t count = 0;
    while (count < text.size() && text[count] >= '0' && text[count] <= '9') count++;
    return count;
}

struct Parts {
    std::string_view whole, fraction, exponent;  // of digits; the exponent with its sign
    bool point = false;
    bool has_exponent = false;
};

bool split(std::string_view text, Parts& parts) {
    if (text.starts_with('-')) text.remove_prefix(1);
    parts.whole = text.substr(0, count_digits(text));
    text.remove_prefix(parts.whole.size());
    if (text.starts_with('.')) {
        parts.point = true;
        text.remove_prefix(1);
        parts.fraction = text.substr(0, count_digits(text));
        text.remove_prefix(parts.fraction.size());
    }
    if (parts.whole.empty() && parts.fraction.empty()) return false;
    if (text.empty()) return true;
    if (text[0] != 'e' && text[0] != 'E') return false;
    parts.has_exponent = true;
    parts.exponent = text.substr(1);
    std::string_view digits = parts.exponent;
    if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
    return !digits.empty() && count_digits(digits) == digits.size();
}

// 0.DIGITS times ten to the power of `point`, with neither a zero in front nor at the end. No digits: zero.
struct Scientific {
    std::string digits;
    int64_t point = 0;
    bool operator==(const Scientific&) const = default;
};

Scientific scientific(const Parts& parts) {
    Scientific number;
    number.digits.append(parts.whole).append(parts.fraction);
    number.point = static_cast<int64_t>(parts.whole.size());
    std::string_view exponent = parts.exponent;
    bool negative = exponent.starts_with('-');
    if (negative || exponent.starts_with('+')) exponent.remove_prefix(1);
    exponent.remove_prefix(std::min(exponent.find_first_not_of('0'), exponent.size()));
    int64_t power = 0;
    for (char c : exponent.substr(0, kMaxExponentDigits)) power = power * 10 + (c - '0');
    if (exponent.size() > kMaxExponentDigits) power = 1'000'000'000;
    number.point += negative ? -power : power;
    size_t zeros = std::min(number.digits.find_first_not_of('0'), number.digits.size());
    number.digits.erase(0, zeros);
    number.point -= static_cast<int64_t>(zeros);
    number.digits.erase(number.digits.find_last_not_of('0') + 1);
    if (number.digits.empty()) number.point = 0;
    return number;
}

// The digits before the point; empty for zero.
std::string whole_part(const Scientific& number) {
    if (number.point <= 0) return {};
    auto places = static_cast<size_t>(number.point);
    std::string digits = number.digits.substr(0, places);
    digits.resize(places, '0');
    return digits;
}

enum class Held : uint8_t { kYes, kRounded, kBeyond };

Held held(const Scientific& number) {
    bool safe = number.digits.size() <= kSafeDigits && std::abs(number.point) < kSafeExponent;
    if (number.digits.empty() || safe) return Held::kYes;
    if (number.point > 2 * kSafeExponent) return Held::kBeyond;
    if (number.point < -2 * kSafeExponent) return Held::kRounded;
    const std::string text = "0." + number.digits + "e" + std::to_string(number.point);
    double value = 0;
    auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || value == 0 || !std::isfinite(value))
        return number.point > 0 ? Held::kBeyond : Held::kRounded;
    // What DuckDB prints: the fewest digits that read back as the same DOUBLE.
    std::array<char, 64> printed;
    const auto end = std::to_chars(printed.data(), printed.data() + printed.size(), value,
                                   std::chars_format::scientific);
    Parts parts;
    split({printed.data(), static_cast<size_t>(end.ptr - printed.data())}, parts);
    const Scientific shown = scientific(parts);
    return shown == number || whole_part(shown) == whole_part(number) ? Held::kYes : Held::kRounded;
}

bool holds(const Scientific& number) {
    return held(number) == Held::kYes;
}

NumberKind integer_kind(std::string_view text, const Parts& parts) {
    int64_t value = 0;
    if (parts.whole.size() <= kSafeDigits) return NumberKind::kInteger;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc())
        return holds(scientific(parts)) ? NumberKind::kInteger : NumberKind::kLongInteger;
    // HUGEINT's largest, and the negative of its smallest.
    constexpr std::string_view kLargest = "170141183460469231731687303715884105727";
    std::string_view digits = parts.whole;
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    bool fits =
        digits.size() < kLargest.size() || (digits.size() == kLargest.size() && digits <= kLargest);
    return fits ? NumberKind::kBigInteger : NumberKind::kHugeInteger;
}

}  // namespace

NumberKind number_kind(std::string_view text) {
    Parts parts;
    if (!split(text, parts)) return NumberKind::kNone;
    if (!parts.point && !parts.has_exponent) return integer_kind(text, parts);
    // The usual case, without a string being made.
    if (!parts.has_exponent && parts.whole.size() + parts.fraction.size() <= kSafeDigits)
        return NumberKind::kDouble;
    switch (held(scientific(parts))) {
        case Held::kYes: return NumberKind::kDouble;
        case Held::kRounded: return NumberKind::kLongDecimal;
        case Held::kBeyond: break;
    }
    return NumberKind::kHugeDecimal;
}

bool fits_double(std::string_view text) {
    Parts parts;
    return split(text, parts) && holds(scientific(parts));
}

bool is_number_word(std::string_view text) {
    auto is = [](std::string_view word, std::string_view name) {
        return word.size() == name.size() &&
               std::equal(word.begin(), word.end(), name.begin(), [](char c, char n) {
                   return std::tolower(static_cast<unsigned char>(c)) == n;
               });
    };
    if (is(text, "nan")) return true;
    if (text.starts_with('-')) text.remove_prefix(1);
    return is(text, "inf") || is(text, "infinity");
}

}  // namespace csd::worker
