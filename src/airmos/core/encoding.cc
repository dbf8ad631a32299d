// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by encoding_test.cc.
#include "airmos/core/encoding.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace csd::airmos {

constexpr std::string_view kHexLower = "0123456789abcdef";
constexpr std::string_view kHexUpper = "0123456789ABCDEF";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string hex(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        text += kHexLower[static_cast<uint8_t>(c) >> 4];
        text += kHexLower[static_cast<uint8_t>(c) & 15];
    }
    return text;
}

static int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> from_hex(std::string_view digits) {
    if (digits.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    bytes.reserve(digits.size() / 2);
    for (size_t i = 0; i < digits.size(); i += 2) {
        const int high = digit_of(digits[i]), low = digit_of(digits[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes += static_cast<char>(high << 4 | low);
    }
    return bytes;
}

std::string base64(std::string_view bytes) {
    std::string text;
    for (size_t at = 0; at < bytes.size(); at += 3) {
        uint32_t word = 0;
        for (size_t i = 0; i < 3; i++) {
            word = word << 8 | (at + i < bytes.size() ? static_cast<uint8_t>(bytes[at + i]) : 0);
        }
        for (size_t i = 0; i < 4; i++) {
            text += at + i <= bytes.size() ? kBase64[word >> (18 - 6 * i) & 63] : '=';
        }
    }
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string bytes;
    for (size_t at = 0; at < text.size(); at += 4) {
        const bool last = at + 4 == text.size();
        const size_t pads = !last || text[at + 3] != '=' ? 0 : text[at + 2] == '=' ? 2 : 1;
        uint32_t word = 0;
        for (size_t i = 0; i < 4; i++) {
            const size_t digit = i >= 4 - pads ? 0 : kBase64.find(text[at + i]);
            if (digit == std::string_view::npos) return std::nullopt;
            word = word << 6 | static_cast<uint32_t>(digit);
        }
        if ((pads == 1 && (word & 0xFF) != 0) || (pads == 2 && (word & 0xFFFF) != 0)) {
            return std::nullopt;
        }
        for (size_t i = 0; i < 3 - pads; i++) bytes += static_cast<char>(word >> (16 - 8 * i));
    }
    return bytes;
}

static bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

std::string percent_encode(std::string_view text, std::string_view kept) {
    std::string encoded;
    encoded.reserve(text.size() + 8);
    const auto stays = [&](char c) {
        return is_unreserved(c) || kept.find(c) != std::string_view::npos;
    };
    for (auto at = text.begin(); at != text.end();) {
        const auto run = std::find_if_not(at, text.end(), stays);
        encoded.append(at, run);
        at = run;
        if (at == text.end()) break;
        encoded += '%';
        encoded += kHexUpper[static_cast<uint8_t>(*at) >> 4];
        encoded += kHexUpper[static_cast<uint8_t>(*at++) & 15];
    }
    return encoded;
}

std::optional<std::string> percent_decode(std::string_view text, Plus plus) {
    std::string decoded;
    decoded.reserve(text.size());
    const std::string_view special = plus == Plus::kIsBlank ? "%+" : "%";
    while (!text.empty()) {
        const size_t run = std::min(text.find_first_of(special), text.size());
        decoded += text.substr(0, run);
        text.remove_prefix(run);
        if (text.empty()) break;
        if (text[0] == '+') {
            decoded += ' ';
            text.remove_prefix(1);
            continue;
        }
        if (text.size() < 3) return std::nullopt;
        const int high = digit_of(text[1]);
        const int low = digit_of(text[2]);
        if (high < 0 || low < 0) return std::nullopt;
        decoded += static_cast<char>(high << 4 | low);
        text.remove_prefix(3);
    }
    return decoded;
}

// How many bytes the character at the front has; 0: it is none.
static size_t utf8_length(std::string_view text) {
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
    const uint8_t first = byte(0);
    if (first < 0x80) return 1;
    const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
    for (size_t i = 1; i < length; i++) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    if (first == 0xE0 && byte(1) < 0xA0) return 0;   // overlong
    if (first == 0xED && byte(1) >= 0xA0) return 0;  // surrogates
    if (first == 0xF0 && byte(1) < 0x90) return 0;   // overlong
    if (first == 0xF4 && byte(1) >= 0x90) return 0;  // above U+10FFFF
    return length;
}

bool valid_utf8(std::string_view text) {
    while (!text.empty()) {
        const size_t length = utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

static bool is_printable_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; });
}

static std::string utf8_of_latin1(std::string_view text) {
    std::string made;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            made += c;
        } else {
            made += static_cast<char>(0xC0 | byte >> 6);
            made += static_cast<char>(0x80 | (byte & 0x3F));
        }
    }
    return made;
}

// A word has at most 75 characters, and no character is cut in two (RFC 2047, 2 and 5). The blank between two words is not
// part of the text.
std::string encoded_words(std::string_view text) {
    constexpr size_t kMaxBytes = 45;
    if (is_printable_ascii(text)) return std::string(text);
    const std::string utf8 = valid_utf8(text) ? std::string(text) : utf8_of_latin1(text);
    std::string words;
    for (size_t at = 0; at < utf8.size();) {
        size_t end = std::min(at + kMaxBytes, utf8.size());
        while (end < utf8.size() && (static_cast<unsigned char>(utf8[end]) & 0xC0U) == 0x80) end--;
        words += (at > 0 ? " " : "") + std::string("=?UTF-8?B?") +
                 base64(std::string_view(utf8).substr(at, end - at)) + "?=";
        at = end;
    }
    return words;
}

std::string encoded_words_within(std::string_view text) {
    constexpr std::string_view kDelimiters = "\";,=";
    if (is_printable_ascii(text)) return std::string(text);
    const std::string utf8 = valid_utf8(text) ? std::string(text) : utf8_of_latin1(text);
    std::string made;
    for (std::string_view rest = utf8; !rest.empty();) {
        const size_t blanks = std::min(rest.find_first_not_of(" \t"), rest.size());
        made += rest.substr(0, blanks);
        rest.remove_prefix(blanks);
        const size_t end = std::min(rest.find_first_of(kDelimiters), rest.size());
        made += encoded_words(rest.substr(0, end));
        if (end < rest.size()) made += rest[end];
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return made;
}

}  // namespace csd::airmos
