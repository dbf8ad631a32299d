// SPDX-License-Identifier: BSD-3-Clause
// Tested by listing_test.cc.
#include "airmos/objects/listing.hpp"

#include <algorithm>

namespace csd::airmos::objects {

std::optional<std::string> after_all_of(std::string_view prefix) {
    std::string next(prefix);
    while (!next.empty() && static_cast<uint8_t>(next.back()) == 0xFF) next.pop_back();
    if (next.empty()) return std::nullopt;
    next.back() = static_cast<char>(static_cast<uint8_t>(next.back()) + 1);
    return next;
}

std::optional<std::string_view> common_prefix(std::string_view name, const ListQuery& query) {
    if (query.delimiter.empty()) return std::nullopt;
    const size_t at = name.find(query.delimiter, query.prefix.size());
    if (at == std::string_view::npos) return std::nullopt;
    return name.substr(0, at + query.delimiter.size());
}

std::optional<std::string> first_name(const ListQuery& query) {
    if (query.after.empty()) return query.prefix;
    if (query.after_prefix) {
        auto next = after_all_of(query.after);
        if (next) next = std::max(*next, query.prefix);
        return next;
    }
    return std::max(query.after + '\0', query.prefix);
}

static ObjectEntry shown(const Entry& entry) {
    return {.name = std::string(entry.name),
            .size = entry.size,
            .modified = entry.modified,
            .etag = std::string(entry.etag),
            .checksum_algorithms = algorithms_of(entry.algorithms),
            .composite_checksum = is_composite(entry.algorithms)};
}

ListPage list_page(const NameIndex& names, const ListQuery& query) {
    ListPage page;
    const auto from = first_name(query);
    if (!from || query.limit == 0) return page;
    auto at = names.seek(*from);
    while (!at.at_end() && at.name().starts_with(query.prefix)) {
        if (page.objects.size() + page.common_prefixes.size() == query.limit) {
            page.truncated = true;
            return page;
        }
        const auto shared = common_prefix(at.name(), query);
        page.next_is_prefix = shared.has_value();
        page.next = std::string(shared ? *shared : at.name());
        if (!shared) {
            page.objects.push_back(shown(at.entry()));
            at.next();
            continue;
        }
        page.common_prefixes.push_back(page.next);
        const auto behind = after_all_of(page.next);
        if (!behind) return page;
        at = names.seek(*behind);
    }
    return page;
}

}  // namespace csd::airmos::objects
