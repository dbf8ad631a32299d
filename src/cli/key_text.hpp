// SPDX-License-Identifier: BSD-3-Clause
//
// Keys as people type and read them: text of 1 to 16 bytes, or 0x and hexadecimal digits.
//
// What write_key() makes, parse_key() reads back to the same key. Tested by key_text_test.cc.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "csd/key.hpp"
#include "csd/status.hpp"

namespace csd::cli {

Result<Key> parse_key(std::string_view text);
// The same, and an empty text is the empty key: no prefix, no start.
Result<Key> parse_optional_key(std::string_view text);

// Whether the key is printable ASCII without spaces that does not begin with 0x.
bool is_plain_text(const Key& key);
std::string write_key(const Key& key);
std::string write_hex(const Key& key);  // with 0x

// {"key": text or null, "hex": digits}: the beginning of every JSON object about a key.
nlohmann::ordered_json key_json(const Key& key);

}  // namespace csd::cli
