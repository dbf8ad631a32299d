// SPDX-License-Identifier: BSD-3-Clause
//
// Conditional requests. Tested by conditions_test.cc.
#include "airmos/operations/conditions.hpp"

#include "airmos/operations/text.hpp"

namespace csd::airmos::ops {

static std::string named(std::string_view prefix, std::string_view rest) {
    return std::string(prefix) + std::string(rest);
}

// Our ETags are strong. A weak one from a client matches where the comparison may be weak: If-None-Match.
static bool matches(std::string_view list, std::string_view etag, bool weak) {
    for (std::string_view one : split(list, ',')) {
        one = trim(one);
        if (one == "*") return true;
        if (one.starts_with("W/")) {
            if (!weak) continue;
            one.remove_prefix(2);
        }
        if (unquoted(one) == etag) return true;
    }
    return false;
}

Verdict judge_read(const Fields& headers, std::string_view prefix, std::string_view etag,
                   uint64_t modified_ms) {
    const auto modified = static_cast<int64_t>(modified_ms / 1000);
    if (const std::string* match = headers.find(named(prefix, "if-match"))) {
        if (!matches(*match, etag, false)) return Verdict::kFailed;
    } else if (const std::string* since = headers.find(named(prefix, "if-unmodified-since"))) {
        const auto date = parse_date(*since);
        if (date && modified > *date) return Verdict::kFailed;
    }
    if (const std::string* none = headers.find(named(prefix, "if-none-match"))) {
        if (matches(*none, etag, true)) return Verdict::kNotModified;
    } else if (const std::string* since = headers.find(named(prefix, "if-modified-since"))) {
        const auto date = parse_date(*since);
        if (date && modified <= *date) return Verdict::kNotModified;
    }
    return Verdict::kGo;
}

bool range_applies(const Fields& headers, std::string_view etag, uint64_t modified_ms) {
    const std::string* condition = headers.find("if-range");
    if (!condition) return true;
    if (const auto date = parse_date(*condition))
        return *date == static_cast<int64_t>(modified_ms / 1000);
    return matches(*condition, etag, false);
}

Outcome<Condition> write_condition(const Fields& headers) {
    Condition condition;
    if (const std::string* match = headers.find("if-match")) {
        for (const std::string_view one : split(*match, ','))
            condition.if_match.push_back(unquoted(one));
    }
    if (const std::string* none = headers.find("if-none-match")) {
        if (trim(*none) != "*") {
            return Error("NotImplemented",
                         "If-None-Match of a write takes only *: the object must not exist")
                .with("Header", "If-None-Match");
        }
        condition.if_none_match.emplace_back("*");
    }
    return condition;
}

}  // namespace csd::airmos::ops
