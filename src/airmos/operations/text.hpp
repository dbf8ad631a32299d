// SPDX-License-Identifier: BSD-3-Clause
//
// Small forms of text that S3's answers and requests have: dates, ETags, numbers.
// Threads: pure. Tested by text_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace csd::airmos::ops {

// Times are milliseconds since 1970, UTC; both forms have whole seconds, so that one object has one time everywhere.
std::string http_date(uint64_t time_ms);  // Sun, 22 Nov 2026 22:01:39 GMT
std::string iso_date(uint64_t time_ms);   // 2026-11-22T22:01:39.000Z
// Seconds since 1970 of an HTTP date (the three forms of RFC 9110, 5.6.7) or an ISO 8601 one.
std::optional<int64_t> parse_date(std::string_view text);

std::string quoted(std::string_view etag);    // as a header has it
std::string unquoted(std::string_view etag);  // without quotes, if it has them

// A decimal number without sign; nothing else.
std::optional<uint64_t> parse_number(std::string_view text);
std::string_view trim(std::string_view text);  // blanks and tabs at both ends
std::string lower(std::string_view text);      // ASCII
std::vector<std::string_view> split(std::string_view text, char separator);
size_t count_characters(std::string_view utf8);

}  // namespace csd::airmos::ops
