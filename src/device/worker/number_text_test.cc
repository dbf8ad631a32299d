// SPDX-License-Identifier: BSD-3-Clause
//
// Which types hold a number, by tables and against the exact values that printf() writes.
#include "device/worker/number_text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace csd::worker {
namespace {

TEST(NumberText, KindsSayWhatHoldsANumber) {
    struct Case {
        const char* text;
        NumberKind kind;
    };
    for (const Case& one :
         std::vector<Case>{{"0", NumberKind::kInteger},
                           {"-12", NumberKind::kInteger},
                           {"9007199254740992", NumberKind::kInteger},
                           {"9007199254740993", NumberKind::kLongInteger},
                           {"123456789012345678", NumberKind::kLongInteger},
                           {"1000000000000000000", NumberKind::kInteger},
                           {"9223372036854775807", NumberKind::kLongInteger},
                           {"-9223372036854775808", NumberKind::kLongInteger},
                           {"9223372036854775808", NumberKind::kBigInteger},
                           {"-170141183460469231731687303715884105727", NumberKind::kBigInteger},
                           {"170141183460469231731687303715884105728", NumberKind::kHugeInteger},
                           {"0.5", NumberKind::kDouble},
                           {".5", NumberKind::kDouble},
                           {"5.", NumberKind::kDouble},
                           {"1e23", NumberKind::kDouble},
                           {"1e308", NumberKind::kDouble},
                           {"3.14159265358979323846", NumberKind::kDouble},
                           {"9007199254740992.5", NumberKind::kDouble},
                           {"9007199254740993.0", NumberKind::kLongDecimal},
                           {"123456789012345678.5", NumberKind::kLongDecimal},
                           {"4503599627370497.77", NumberKind::kLongDecimal},
                           {"0.99999999999999999999", NumberKind::kLongDecimal},
                           {"1.2345678901234567891e25", NumberKind::kLongDecimal},
                           {"1.2345678901234566e+17", NumberKind::kDouble},
                           {"1e-400", NumberKind::kLongDecimal},
                           {"1e400", NumberKind::kHugeDecimal},
                           {"-1e99999999999", NumberKind::kHugeDecimal},
                           {"0e99999999999", NumberKind::kDouble},
                           {"0.000e400", NumberKind::kDouble},
                           {"", NumberKind::kNone},
                           {"-", NumberKind::kNone},
                           {".", NumberKind::kNone},
                           {"1e", NumberKind::kNone},
                           {"1e+", NumberKind::kNone},
                           {"1.2.3", NumberKind::kNone},
                           {"+1", NumberKind::kNone},
                           {"0x1", NumberKind::kNone}})
        EXPECT_EQ(static_cast<int>(number_kind(one.text)), static_cast<int>(one.kind)) << one.text;
    EXPECT_TRUE(fits_double("100000000000000000000"));
    // DOUBLE has this value, but is printed as 1.8446744073709552e19.
    EXPECT_FALSE(fits_double("18446744073709551616"));
}

TEST(NumberText, WordsOfEveryReader) {
    for (const char* word : {"nan", "NaN", "inf", "-inf", "Infinity", "-INFINITY"})
        EXPECT_TRUE(is_number_word(word)) << word;
    for (const char* other : {"", "-", "-nan", "+inf", "info", "in", "nano", "infinit"})
        EXPECT_FALSE(is_number_word(other)) << other;
}

// What the kind promises, of the DOUBLE that strtod() makes and the shortest text that printf() writes and strtod() reads back.
TEST(NumberText, ADoubleKeepsThePartBeforeThePointOrComesBack) {
    std::mt19937_64 random(20261130);
    const auto below = [&random](size_t bound) { return random() % bound; };
    for (int i = 0; i < 20'000; i++) {
        std::string digits(1, static_cast<char>('1' + below(9)));
        for (size_t more = below(24); more > 0; more--)
            digits += static_cast<char>('0' + (below(3) == 0 ? 9 * below(2) : below(10)));
        const size_t point = 1 + below(digits.size());
        const std::string text = digits.substr(0, point) + "." + digits.substr(point);
        const double value = std::strtod(text.c_str(), nullptr);
        std::array<char, 64> printed{};
        int precision = 0;
        do {
            snprintf(printed.data(), printed.size(), "%.*e", precision, value);
        } while (std::strtod(printed.data(), nullptr) != value && ++precision < 17);
        std::string shown(1, printed[0]);
        if (precision > 0) shown.append(&printed[2], static_cast<size_t>(precision));
        const auto power = static_cast<size_t>(std::atoi(std::strchr(printed.data(), 'e') + 1));
        shown.resize(std::max(shown.size(), power + 1), '0');
        const bool same_whole = shown.substr(0, power + 1) == digits.substr(0, point);
        EXPECT_EQ(number_kind(text) == NumberKind::kDouble, same_whole) << text << " " << value;
    }
}

}  // namespace
}  // namespace csd::worker
