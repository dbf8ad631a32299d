// SPDX-License-Identifier: BSD-3-Clause
//
// Hexadecimal, base64 and percent-encoding, strict: what is not exactly the form is refused.
// Threads: pure. Tested by encoding_test.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace csd::airmos {

std::string hex(std::string_view bytes);  // lower case
std::optional<std::string> from_hex(std::string_view digits);
std::string base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

// Percent-encoding as SigV4 wants it: all but A-Z a-z 0-9 - _ . ~ and what is in `kept` become %XX.
std::string percent_encode(std::string_view text, std::string_view kept = {});
// Nothing if a % is not followed by two digits. In queries a + is a blank.
enum class Plus { kIsPlus, kIsBlank };
std::optional<std::string> percent_decode(std::string_view text, Plus plus);

// A header's value in ASCII (RFC 9110, 5.5): text with other characters as encoded words of RFC 2047, UTF-8 in base64. Bytes
// that are no UTF-8 are taken as ISO-8859-1.
std::string encoded_words(std::string_view text);
// The same of a value with a grammar, such as a Content-Disposition: what is between its delimiters " ; , and = is encoded
// by itself, so that browsers still find the parts.
std::string encoded_words_within(std::string_view text);

// RFC 3629: no overlong forms, no surrogates.
bool valid_utf8(std::string_view text);

// Takes as long for texts that differ early as for those that differ late.
bool equal_in_constant_time(std::string_view left, std::string_view right);

}  // namespace csd::airmos
