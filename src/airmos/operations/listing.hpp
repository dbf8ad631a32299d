// SPDX-License-Identifier: BSD-3-Clause
//
// What the listings share: the arguments of a page, its tokens, and the XML of what is listed.
// Threads: pure. Tested by listing_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "airmos/core/exchange.hpp"
#include "airmos/objects/objects.hpp"
#include "airmos/operations/operation.hpp"
#include "airmos/xml/writer.hpp"

namespace csd::airmos::ops {

inline constexpr uint64_t kPageLimit = 1000;

// max-keys and its kin: absent is `most`, more than that is that; InvalidArgument.
Outcome<uint64_t> page_limit(const Fields& query, std::string_view name, uint64_t most);

// Names as the client asked for them: as they are, or percent-encoded. InvalidArgument for another encoding-type.
struct Spelling {
    bool encoded = false;
    std::string operator()(std::string_view name) const;
};
Outcome<Spelling> spelling_of(const Fields& query);

// Where a page begins. A token carries it through the client, who shall not read it.
struct PageStart {
    std::string after;
    bool is_prefix = false;
};
std::string make_token(const PageStart& start);
Outcome<PageStart> read_token(std::string_view token);  // InvalidArgument

// A marker that the client made of what it saw: it is a common prefix if it looks like one of this listing.
PageStart read_marker(std::string marker, const ListQuery& query);

// What every listing is asked for. The names are those of the arguments: how much, and behind what it begins.
struct PageRequest {
    ListQuery query;
    Spelling spelling;
    std::string marker;
};
Outcome<PageRequest> page_request(const Fields& arguments, std::string_view limit_name,
                                  std::string_view marker_name);

// NoSuchBucket, or the page; a limit of 0 is an empty one.
Outcome<ListPage> read_page(const Services& services, const std::string& bucket,
                            const ListQuery& query);

void write_owner(xml::Writer& answer, std::string_view element, const Services& services);
void write_contents(xml::Writer& answer, const ObjectEntry& entry, const Spelling& spelling);
void write_common_prefixes(xml::Writer& answer, const std::vector<std::string>& prefixes,
                           const Spelling& spelling);

}  // namespace csd::airmos::ops
