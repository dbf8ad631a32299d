// SPDX-License-Identifier: BSD-3-Clause
// Tested by gate_test.cc and worker_test.cc.
#include "device/worker/functions.hpp"

#include <unordered_set>

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

}  // namespace csd::worker
