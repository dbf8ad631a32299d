// SPDX-License-Identifier: BSD-3-Clause
//
// Dates, ETags, numbers. Tested by text_test.cc.
#include "airmos/operations/text.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>

namespace csd::airmos::ops {

static std::tm calendar(uint64_t time_ms) {
    const auto seconds = static_cast<std::time_t>(time_ms / 1000);
    std::tm tm{};
    gmtime_r(&seconds, &tm);
    return tm;
}

// Names of days and months are English whatever the locale of the process: strftime's would not be.
static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string http_date(uint64_t time_ms) {
    const std::tm tm = calendar(time_ms);
    char text[64];
    const int length = snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                kDays[tm.tm_wday], tm.tm_mday, kMonths[tm.tm_mon],
                                tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
    return {text, static_cast<size_t>(length)};
}

std::string iso_date(uint64_t time_ms) {
    const std::tm tm = calendar(time_ms);
    char text[64];
    const int length =
        snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.000Z", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    return {text, static_cast<size_t>(length)};
}

std::optional<int64_t> parse_date(std::string_view text) {
    const std::string date(trim(text));
    // The C locale's names of days and months: the process never sets another.
    for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                             "%a %b %d %H:%M:%S %Y", "%Y-%m-%dT%H:%M:%S"}) {
        std::tm tm{};
        const char* end = strptime(date.c_str(), form, &tm);
        if (!end) continue;
        std::string_view rest = end;
        if (rest.starts_with('.')) {
            rest.remove_prefix(1);
            while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') rest.remove_prefix(1);
        }
        if (rest.empty() || rest == "Z") return timegm(&tm);
    }
    return std::nullopt;
}

std::string quoted(std::string_view etag) {
    return '"' + std::string(etag) + '"';
}

std::string unquoted(std::string_view etag) {
    etag = trim(etag);
    if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"')
        etag = etag.substr(1, etag.size() - 2);
    return std::string(etag);
}

std::optional<uint64_t> parse_number(std::string_view text) {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    for (;;) {
        const size_t at = text.find(separator);
        pieces.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return pieces;
        text.remove_prefix(at + 1);
    }
}

size_t count_characters(std::string_view utf8) {
    return static_cast<size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
    }));
}

}  // namespace csd::airmos::ops
