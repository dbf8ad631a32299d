// SPDX-License-Identifier: BSD-3-Clause
//
// ListObjectsV2: pages by continuation token.
#include "airmos/operations/listing.hpp"
#include "airmos/operations/operations.hpp"

namespace csd::airmos::ops {
namespace {

struct PageRequest {
    ListQuery query;
    Spelling spelling;
    bool with_owner = false;
};

Outcome<PageRequest> read_request(const Fields& arguments) {
    PageRequest made;
    const auto spelling = spelling_of(arguments);
    if (!spelling.ok()) return spelling.error();
    made.spelling = spelling.value();
    const auto limit = page_limit(arguments, "max-keys", kPageLimit);
    if (!limit.ok()) return limit.error();
    made.query.limit = static_cast<uint32_t>(limit.value());
    made.query.prefix = arguments.get("prefix");
    made.query.delimiter = arguments.get("delimiter");
    made.with_owner = arguments.get("fetch-owner") == "true";
    PageStart start;
    if (const std::string* token = arguments.find("continuation-token")) {
        auto read = read_token(*token);
        if (!read.ok()) return read.error();
        start = read.value();
    } else {
        start = read_marker(std::string(arguments.get("start-after")), made.query);
    }
    made.query.after = start.after;
    made.query.after_prefix = start.is_prefix;
    return made;
}

std::string answer_of(const Request& request, const PageRequest& asked, const ListPage& page,
                      const Services& services) {
    const Spelling& spell = asked.spelling;
    xml::Writer answer("ListBucketResult");
    answer.text("Name", request.bucket).text("Prefix", spell(asked.query.prefix));
    if (const std::string* start = request.query.find("start-after"); start && !start->empty())
        answer.text("StartAfter", spell(*start));
    if (const std::string* token = request.query.find("continuation-token"))
        answer.text("ContinuationToken", *token);
    if (page.truncated)
        answer.text("NextContinuationToken", make_token({page.next, page.next_is_prefix}));
    answer.number("KeyCount", page.objects.size() + page.common_prefixes.size());
    answer.number("MaxKeys", asked.query.limit);
    if (!asked.query.delimiter.empty()) answer.text("Delimiter", spell(asked.query.delimiter));
    if (spell.encoded) answer.text("EncodingType", "url");
    answer.boolean("IsTruncated", page.truncated);
    for (const ObjectEntry& entry : page.objects) {
        answer.open("Contents");
        write_contents(answer, entry, spell);
        if (asked.with_owner) write_owner(answer, "Owner", services);
        answer.text("StorageClass", "STANDARD").close();
    }
    write_common_prefixes(answer, page.common_prefixes, spell);
    return answer.finish();
}

}  // namespace

Task<Outcome<>> list_objects_v2(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    const auto asked = read_request(request.query);
    if (!asked.ok()) co_return asked.error();
    const auto page = read_page(services, request.bucket, asked.value().query);
    if (!page.ok()) co_return page.error();
    co_return co_await exchange.send(200, answer_of(request, asked.value(), page.value(), services),
                                     xml::kContentType);
}

}  // namespace csd::airmos::ops
