// SPDX-License-Identifier: BSD-3-Clause
// Tested by gate_test.cc and worker_test.cc.
#include "device/worker/functions.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <unordered_set>
#include <utility>
#include <vector>

#include "device/worker/words.hpp"

namespace csd::worker {

namespace {

using Set = std::unordered_set<std::string_view>;

const Set kAllowed = {
#define ALLOW(name) name,
#define DENY(name)
#include "device/worker/functions_1_5_6.inc"
#undef ALLOW
#undef DENY
};

const Set kDenied = {
#define ALLOW(name)
#define DENY(name) name,
#include "device/worker/functions_1_5_6.inc"
#undef ALLOW
#undef DENY
};

}  // namespace

Review review_of(std::string_view name) {
    if (kAllowed.contains(name)) return Review::kAllowed;
    // Collations by name go through COLLATE; their hundred functions need no list.
    if (kDenied.contains(name) || name.starts_with("icu_collate_") ||
        name.starts_with("__internal_"))
        return Review::kDenied;
    return Review::kUnknown;
}

std::string nearest_function(std::string_view name) {
    using Pair = std::pair<std::string_view, std::string_view>;
    static constexpr std::array kElsewhere = {Pair{"nvl", "coalesce"},
                                              Pair{"isnull", "coalesce"},
                                              Pair{"charindex", "instr"},
                                              Pair{"locate", "instr"},
                                              Pair{"getdate", "current_date"},
                                              Pair{"sysdate", "current_date"},
                                              Pair{"to_char", "strftime"},
                                              Pair{"to_date", "strptime"},
                                              Pair{"str_to_date", "strptime"},
                                              Pair{"date_format", "strftime"},
                                              Pair{"dateadd", "date_add"},
                                              Pair{"convert", "CAST(... AS ...)"},
                                              Pair{"to_number", "CAST(... AS DOUBLE)"}};
    for (const auto& [other, ours] : kElsewhere)
        if (other == name && review_of(name) == Review::kUnknown) return std::string(ours);
    std::vector<std::string_view> words;
    for (std::string_view allowed : kAllowed)
        if (std::isalpha(static_cast<unsigned char>(allowed[0])) != 0) words.push_back(allowed);
    std::sort(words.begin(), words.end());  // the same answer whatever the set's order
    return nearest_word(name, words);
}

}  // namespace csd::worker
