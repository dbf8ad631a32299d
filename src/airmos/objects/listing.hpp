// SPDX-License-Identifier: BSD-3-Clause
//
// Listing: one page of ordered names, by S3's rules of prefix and delimiter. What shares a common prefix is skipped by
// seeking behind it, so that a page costs what it shows, however many names lie below.
// Threads: pure. Tested by listing_test.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "airmos/objects/name_index.hpp"
#include "airmos/objects/objects.hpp"

namespace csd::airmos::objects {

// The least text that is greater than every text that begins with `prefix`; nothing if there is none.
std::optional<std::string> after_all_of(std::string_view prefix);

// What `name`, which begins with the prefix, shares with its neighbours; nothing if the delimiter is not in it.
std::optional<std::string_view> common_prefix(std::string_view name, const ListQuery& query);

// Where a page begins: names from `from` on. Nothing: nowhere.
std::optional<std::string> first_name(const ListQuery& query);

ListPage list_page(const NameIndex& names, const ListQuery& query);

}  // namespace csd::airmos::objects
