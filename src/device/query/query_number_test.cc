// SPDX-License-Identifier: BSD-3-Clause
//
// No select changes a number in silence: what a value has is what its result has, or the select fails. Digits behind the
// decimal point are the exception, as docs/select.md says.
#include <cstdint>
#include <random>
#include <vector>

#include "device/query/query_fixture.hpp"

namespace csd::query {
namespace {

// A number by its digits: 0.DIGITS times ten to the power of `point`.
struct Exact {
    bool negative = false;
    std::string digits;
    int point = 0;
    bool operator==(const Exact&) const = default;

    explicit Exact(std::string text) {
        negative = text[0] == '-';
        size_t exponent = text.find_first_of("eE");
        int power = exponent == std::string::npos ? 0 : std::stoi(text.substr(exponent + 1));
        text = text.substr(negative ? 1 : 0, exponent == std::string::npos
                                                 ? std::string::npos
                                                 : exponent - (negative ? 1 : 0));
        size_t dot = std::min(text.find('.'), text.size());
        digits = text.substr(0, dot) + (dot < text.size() ? text.substr(dot + 1) : "");
        point = static_cast<int>(dot) + power;
        size_t zeros = std::min(digits.find_first_not_of('0'), digits.size());
        digits.erase(0, zeros);
        point -= static_cast<int>(zeros);
        digits.erase(digits.find_last_not_of('0') + 1);
        if (digits.empty()) negative = false, point = 0;
    }

    std::string whole() const {
        if (point <= 0) return "";
        std::string out = digits.substr(0, static_cast<size_t>(point));
        out.resize(static_cast<size_t>(point), '0');
        return out;
    }
    bool has_fraction() const { return point < static_cast<int>(digits.size()); }
};

bool is_kept(const std::string& written, const std::string& read) {
    const Exact before(written), after(read);
    return before == after || (before.has_fraction() && before.whole() == after.whole());
}

class Numbers {
  public:
    explicit Numbers(uint32_t seed) : random_(seed) {}

    // Whole numbers around the borders of types, and numbers with fractions and exponents.
    std::string next(bool whole, bool long_fractions) {
        std::string sign = below(3) == 0 ? "-" : "";
        if (whole || below(2) == 0) {
            const char* borders[] = {"9007199254740992",
                                     "9007199254740993",
                                     "123456789012345678",
                                     "9223372036854775807",
                                     "9223372036854775808",
                                     "18446744073709551615",
                                     "18446744073709551617",
                                     "170141183460469231731687303715884105727",
                                     "340282366920938463463374607431768211456"};
            if (below(2) == 0) return sign + borders[below(std::size(borders))];
            return sign + digits(1 + below(6));
        }
        if (below(8) == 0) return sign + digits(1) + "e" + std::to_string(below(30));
        return sign + digits(1 + below(long_fractions ? 20 : 5)) + "." + digits(1 + below(9));
    }
    size_t below(size_t bound) { return random_() % bound; }

  private:
    std::string digits(size_t count) {
        std::string out(1, static_cast<char>('1' + below(9)));
        while (out.size() < count) out += static_cast<char>('0' + below(10));
        return out;
    }
    std::mt19937 random_;
};

constexpr size_t kRecords = 5, kColumns = 40;
using Table = std::vector<std::vector<std::string>>;

// Each column has its own mixture, so that each gets a type of its own.
Table table_of(Numbers& numbers, bool long_fractions) {
    Table table(kRecords, std::vector<std::string>(kColumns));
    for (size_t c = 0; c < kColumns; c++) {
        const bool whole = numbers.below(3) == 0;
        for (auto& record : table) record[c] = numbers.next(whole, long_fractions);
    }
    return table;
}

void expect_kept(const Table& table, const std::string& csv) {
    size_t at = 0;
    for (const auto& record : table)
        for (const std::string& number : record) {
            const size_t end = csv.find_first_of(",\n", at);
            ASSERT_NE(end, std::string::npos) << csv;
            const std::string read = csv.substr(at, end - at);
            EXPECT_TRUE(is_kept(number, read)) << number << " came back as " << read;
            at = end + 1;
        }
}

TEST(QueryNumber, CsvGivesNumbersBack) {
    auto engine = open_engine();
    Numbers numbers(20261130);
    for (int round = 0; round < 12 && !testing::Test::HasFailure(); round++) {
        const Table table = table_of(numbers, true);
        std::string csv;
        for (const auto& record : table)
            for (size_t c = 0; c < kColumns; c++)
                csv += record[c] + (c + 1 < kColumns ? "," : "\n");
        Question question{csv, "SELECT * FROM t"};
        question.input_header = question.output_header = false;
        const Answered answered = ask(*engine, question);
        ASSERT_EQ(answered.code, Code::kOk) << answered.text;
        expect_kept(table, answered.text);
    }
}

// At the top level, in a nested object that is small or large, and in lists.
TEST(QueryNumber, JsonGivesNumbersBack) {
    auto engine = open_engine();
    Numbers numbers(20261130);
    const auto name = [](size_t c) { return "\"c" + std::to_string(c) + "\""; };
    for (int round = 0; round < 16 && !testing::Test::HasFailure(); round++) {
        const Table table = table_of(numbers, false);
        const bool nested = round % 4 == 1, wide = round % 4 == 2, lists = round % 4 == 3;
        std::string json, select;
        for (const auto& record : table) {
            std::string members;
            for (size_t c = 0; c < kColumns; c++)
                members += (c > 0 ? "," : "") + name(c) + ":" +
                           (lists ? "[" + record[c] + ",null]" : record[c]);
            if (wide)
                for (size_t c = 0; c < 1100; c++) members += ",\"w" + std::to_string(c) + "\":1";
            json += (nested || wide ? "{\"o\":{" + members + "}}" : "{" + members + "}") + "\n";
        }
        for (size_t c = 0; c < kColumns; c++) {
            std::string path = nested ? "o." + name(c) : name(c);
            if (wide) path = "o['c" + std::to_string(c) + "']";
            if (lists) path += "[1]";
            select += (c > 0 ? ", " : "SELECT ") + path;
        }
        Question question{json, select + " FROM t", "", DataFormat::kJson};
        question.output_header = false;
        const Answered answered = ask(*engine, question);
        ASSERT_EQ(answered.code, Code::kOk) << answered.text;
        expect_kept(table, answered.text);
    }
}

TEST(QueryNumber, WhatJsonReadersWouldRoundIsAnError) {
    auto engine = open_engine();
    for (const char* number : {"9007199254740993.5", "123456789012345678.25", "1e-400"})
        for (const std::string before : {"{\"a\":", "{\"a\":[{\"b\":", "[{\"x\":1},{\"a\":"}) {
            std::string closing = before[0] == '[' ? "}]" : before.size() > 6 ? "}]}" : "}";
            std::string json = before + number + closing;
            const Answered answered =
                ask(*engine, {json, "SELECT count(*) FROM t", "", DataFormat::kJson});
            EXPECT_EQ(answered.code, Code::kQueryData) << json;
            EXPECT_NE(answered.text.find("at byte offset " + std::to_string(before.size())),
                      std::string::npos)
                << answered.text;
        }
}

}  // namespace
}  // namespace csd::query
