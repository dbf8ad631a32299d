// SPDX-License-Identifier: BSD-3-Clause
//
// ListObjectVersions: every object has one version, called null, which is the latest.
#include "airmos/operations/listing.hpp"
#include "airmos/operations/operations.hpp"

namespace csd::airmos::ops {

static void write_version(xml::Writer& answer, const ObjectEntry& entry, const Spelling& spell,
                          const Services& services) {
    answer.open("Version");
    write_contents(answer, entry, spell);
    answer.text("VersionId", "null").boolean("IsLatest", true);
    write_owner(answer, "Owner", services);
    answer.text("StorageClass", "STANDARD").close();
}

Task<Outcome<>> list_object_versions(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    const auto asked = page_request(request.query, "max-keys", "key-marker");
    if (!asked.ok()) co_return asked.error();
    const auto& [query, spell, marker] = asked.value();
    const std::string version_marker(request.query.get("version-id-marker"));
    if (!version_marker.empty() && marker.empty()) {
        co_return Error("InvalidArgument",
                        "A version-id marker cannot be specified without a key marker.")
            .with("ArgumentName", "version-id-marker")
            .with("ArgumentValue", version_marker);
    }
    const auto page = read_page(services, request.bucket, query);
    if (!page.ok()) co_return page.error();

    xml::Writer answer("ListVersionsResult");
    answer.text("Name", request.bucket).text("Prefix", spell(query.prefix));
    answer.text("KeyMarker", spell(marker)).text("VersionIdMarker", version_marker);
    if (page.value().truncated) {
        answer.text("NextKeyMarker", spell(page.value().next));
        if (!page.value().next_is_prefix) answer.text("NextVersionIdMarker", "null");
    }
    answer.number("MaxKeys", query.limit);
    if (!query.delimiter.empty()) answer.text("Delimiter", spell(query.delimiter));
    if (spell.encoded) answer.text("EncodingType", "url");
    answer.boolean("IsTruncated", page.value().truncated);
    for (const ObjectEntry& entry : page.value().objects)
        write_version(answer, entry, spell, services);
    write_common_prefixes(answer, page.value().common_prefixes, spell);
    co_return co_await exchange.send(200, answer.finish(), xml::kContentType);
}

}  // namespace csd::airmos::ops
