// SPDX-License-Identifier: BSD-3-Clause
// Tested by json_survey_test.cc.
#include "device/worker/json_text.hpp"

#include <cctype>
#include <nlohmann/json.hpp>

namespace csd::worker {

namespace {

bool take_digits(std::string_view& text) {
    size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') digits++;
    text.remove_prefix(digits);
    return digits > 0;
}

}  // namespace

bool is_number_byte(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '+' || c == '.';
}

bool is_json_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    if (text.starts_with('0'))
        text.remove_prefix(1);
    else if (!take_digits(text))
        return false;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (!take_digits(text)) return false;
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
        if (!take_digits(text)) return false;
    }
    return text.empty();
}

std::optional<std::string> json_unescaped(std::string_view text) {
    const auto parsed =
        nlohmann::json::parse('"' + std::string(text) + '"', nullptr, /*allow_exceptions=*/false);
    if (!parsed.is_string()) return std::nullopt;
    return parsed.get<std::string>();
}

}  // namespace csd::worker
