// SPDX-License-Identifier: BSD-3-Clause
// Tested by said_test.cc.
#include "kv/transport/spdk/said.hpp"

#include <charconv>
#include <cstring>

namespace csd::kv {
namespace {

// The JSON string that follows, without its quotes; nothing where there is none.
std::string message_in(std::string_view text) {
    constexpr std::string_view kName = "\"message\": \"";
    const size_t at = text.find(kName);
    std::string message;
    if (at == text.npos) return message;
    for (size_t i = at + kName.size(); i < text.size() && text[i] != '"'; i++) {
        if (text[i] == '\\' && i + 1 < text.size()) i++;
        message += text[i];
    }
    return message;
}

std::string one_line(std::string_view text) {
    std::string line;
    for (const char character : text) {
        const bool is_blank = static_cast<unsigned char>(character) <= ' ';
        if (!is_blank) {
            line += character;
        } else if (!line.empty() && line.back() != ' ') {
            line += ' ';
        }
    }
    while (line.ends_with(' ')) line.pop_back();
    return line;
}

// "errno = 111" becomes "errno = 111, Connection refused".
void explain_errno(std::string& line) {
    constexpr std::string_view kName = "errno = ";
    const size_t at = line.find(kName);
    if (at == line.npos) return;
    int number = 0;
    const char* const begin = line.data() + at + kName.size();
    const auto [end, error] = std::from_chars(begin, line.data() + line.size(), number);
    if (error != std::errc()) return;
    line.insert(static_cast<size_t>(end - line.data()), std::string(", ") + std::strerror(number));
}

}  // namespace

std::string said_in_short(std::string_view text) {
    const std::string message = message_in(text);
    std::string line = one_line(message.empty() ? text : message);
    explain_errno(line);
    return line;
}

}  // namespace csd::kv
