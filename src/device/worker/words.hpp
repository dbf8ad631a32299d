// SPDX-License-Identifier: BSD-3-Clause
//
// Words that a user may have meant. Pure; any thread. Tested by words_test.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace csd::worker {

// Single letters that are added, removed, changed, or swapped with their neighbour, whatever the case.
size_t edits_between(std::string_view left, std::string_view right);

// The word that differs from `word` in so few letters that it was probably meant; empty if none does.
std::string nearest_word(std::string_view word, const std::vector<std::string_view>& words);

// Such as "a", "b", "c", ... : each name in double quotes, and dots for what is more than `max`.
std::string quoted_list(const std::vector<std::string>& names, size_t max);

}  // namespace csd::worker
