// SPDX-License-Identifier: BSD-3-Clause
//
// Small helpers for walking DuckDB's parse trees. Tested by gate_test.cc and tests/sql/select.test.
#pragma once

#include <cctype>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace csd::worker {

using Json = nlohmann::ordered_json;  // a struct's members have an order

inline std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

// Empty when there is no such member or it is no string.
inline std::string text_of(const Json& node, std::string_view member) {
    auto found = node.find(member);
    return found != node.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Null when there is no such member. Unlike operator[] it never adds one: that would move the others, and
// there are pointers to them.
inline Json& member_of(Json& node, std::string_view member) {
    static thread_local Json none;
    none = nullptr;
    if (!node.is_object()) return none;
    auto found = node.find(member);
    return found == node.end() ? none : *found;
}

}  // namespace csd::worker
