// SPDX-License-Identifier: BSD-3-Clause
//
// Names of buckets. Tested by bucket_name_test.cc.
#include "airmos/operations/bucket_name.hpp"

#include <algorithm>

#include "airmos/operations/text.hpp"

namespace csd::airmos::ops {

static bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool looks_like_an_address(std::string_view name) {
    const auto parts = split(name, '.');
    return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
               return part.size() <= 3 && parse_number(part).has_value();
           });
}

bool is_bucket_name(std::string_view name) {
    if (name.size() < 3 || name.size() > 63) return false;
    if (!is_letter_or_digit(name.front()) || !is_letter_or_digit(name.back())) return false;
    for (const char c : name) {
        if (!is_letter_or_digit(c) && c != '-' && c != '.') return false;
    }
    if (name.find("..") != std::string_view::npos || looks_like_an_address(name)) return false;
    for (const std::string_view taken : {"xn--", "sthree-", "amzn-s3-demo-"}) {
        if (name.starts_with(taken)) return false;
    }
    for (const std::string_view taken : {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}) {
        if (name.ends_with(taken)) return false;
    }
    return true;
}

}  // namespace csd::airmos::ops
