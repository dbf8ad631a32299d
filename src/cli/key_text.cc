// SPDX-License-Identifier: BSD-3-Clause
// Tested by key_text_test.cc.
#include "cli/key_text.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

namespace csd::cli {

static constexpr std::string_view kHexPrefix = "0x";

Result<Key> parse_key(std::string_view text) {
    if (text.starts_with(kHexPrefix)) {
        std::string name(text.substr(kHexPrefix.size()));
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char digit) { return static_cast<char>(std::toupper(digit)); });
        if (const auto key = Key::from_file_name(name)) return *key;
        return Status(Code::kUsage,
                      "'" + std::string(text) +
                          "' is not a key: after 0x come 2 to 32 hexadecimal digits, two a byte");
    }
    if (text.empty()) return Status(Code::kUsage, "a key has at least one byte");
    if (const auto key = Key::from_text(text)) return *key;
    return Status(Code::kUsage, "'" + std::string(text) + "' is not a key: it has " +
                                    std::to_string(text.size()) + " bytes, and 16 are the most");
}

Result<Key> parse_optional_key(std::string_view text) {
    if (text.empty()) return Key();
    return parse_key(text);
}

bool is_plain_text(const Key& key) {
    const std::string_view text = as_text(key.bytes());
    return !text.empty() && !text.starts_with(kHexPrefix) &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::string write_hex(const Key& key) {
    return std::string(kHexPrefix) + key.file_name();
}

std::string write_key(const Key& key) {
    return is_plain_text(key) ? std::string(as_text(key.bytes())) : write_hex(key);
}

nlohmann::ordered_json key_json(const Key& key) {
    nlohmann::ordered_json object;
    object["key"] = nullptr;
    if (is_plain_text(key)) object["key"] = as_text(key.bytes());
    object["hex"] = key.file_name();
    return object;
}

}  // namespace csd::cli
