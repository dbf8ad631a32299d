// SPDX-License-Identifier: BSD-3-Clause
//
// ListObjects, the first version: pages by marker, which the client makes of the last name it saw.
#include "airmos/operations/listing.hpp"
#include "airmos/operations/operations.hpp"

namespace csd::airmos::ops {

Task<Outcome<>> list_objects(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    const auto asked = page_request(request.query, "max-keys", "marker");
    if (!asked.ok()) co_return asked.error();
    const auto& [query, spell, marker] = asked.value();
    const auto page = read_page(services, request.bucket, query);
    if (!page.ok()) co_return page.error();

    xml::Writer answer("ListBucketResult");
    answer.text("Name", request.bucket).text("Prefix", spell(query.prefix));
    answer.text("Marker", spell(marker)).number("MaxKeys", query.limit);
    if (!query.delimiter.empty()) answer.text("Delimiter", spell(query.delimiter));
    if (spell.encoded) answer.text("EncodingType", "url");
    answer.boolean("IsTruncated", page.value().truncated);
    // S3 says it only with a delimiter; without, the last key is it.
    if (page.value().truncated && !query.delimiter.empty())
        answer.text("NextMarker", spell(page.value().next));
    for (const ObjectEntry& entry : page.value().objects) {
        answer.open("Contents");
        write_contents(answer, entry, spell);
        write_owner(answer, "Owner", services);
        answer.text("StorageClass", "STANDARD").close();
    }
    write_common_prefixes(answer, page.value().common_prefixes, spell);
    co_return co_await exchange.send(200, answer.finish(), xml::kContentType);
}

}  // namespace csd::airmos::ops
