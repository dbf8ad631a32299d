// SPDX-License-Identifier: BSD-3-Clause
//
// ListObjectsV2: pages by continuation token.
#include "airmos/operations/listing.hpp"
#include "airmos/operations/operations.hpp"

namespace csd::airmos::ops {
namespace {

Outcome<PageRequest> read_request(const Fields& arguments) {
    auto made = page_request(arguments, "max-keys", "start-after");
    const std::string* token = arguments.find("continuation-token");
    if (!made.ok() || !token) return made;
    auto start = read_token(*token);
    if (!start.ok()) return start.error();
    made.value().query.after = std::move(start.value().after);
    made.value().query.after_prefix = start.value().is_prefix;
    return made;
}

std::string answer_of(const Request& request, const PageRequest& asked, const ListPage& page,
                      const Services& services) {
    const Spelling& spell = asked.spelling;
    const bool with_owner = request.query.get("fetch-owner") == "true";
    xml::Writer answer("ListBucketResult");
    answer.text("Name", request.bucket).text("Prefix", spell(asked.query.prefix));
    if (!asked.marker.empty()) answer.text("StartAfter", spell(asked.marker));
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
        if (with_owner) write_owner(answer, "Owner", services);
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
