// SPDX-License-Identifier: BSD-3-Clause
//
// ListMultipartUploads: the uploads under way, by name and then by id.
#include "airmos/operations/listing.hpp"
#include "airmos/operations/multipart.hpp"
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/operations/text.hpp"

namespace csd::airmos::ops {
namespace {

// Where the next page begins: behind what comes last by name, an upload or a common prefix.
void write_next(xml::Writer& answer, const UploadPage& page, const Spelling& spell) {
    const bool prefix_is_last =
        !page.common_prefixes.empty() &&
        (page.uploads.empty() || page.common_prefixes.back() > page.uploads.back().name);
    if (prefix_is_last) {
        answer.text("NextKeyMarker", spell(page.common_prefixes.back()));
    } else if (!page.uploads.empty()) {
        answer.text("NextKeyMarker", spell(page.uploads.back().name));
        answer.text("NextUploadIdMarker", page.uploads.back().id);
    }
}

void write_upload(xml::Writer& answer, const Upload& upload, const Spelling& spell,
                  const Services& services) {
    answer.open("Upload").text("Key", spell(upload.name)).text("UploadId", upload.id);
    write_owner(answer, "Initiator", services);
    write_owner(answer, "Owner", services);
    answer.text("StorageClass", "STANDARD").text("Initiated", iso_date(upload.initiated));
    const auto [algorithm, composite] = checksum_of(upload);
    answer.text("ChecksumAlgorithm", algorithm).text("ChecksumType", checksum_type(composite));
    answer.close();
}

}  // namespace

Task<Outcome<>> list_multipart_uploads(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    const auto asked = page_request(request.query, "max-uploads", "key-marker");
    if (!asked.ok()) co_return asked.error();
    const auto& [query, spell, marker] = asked.value();
    const std::string id_marker(request.query.get("upload-id-marker"));
    const auto bucket = services.objects.bucket(request.bucket);
    if (!bucket.ok()) co_return bucket.error();
    UploadPage page;
    if (query.limit > 0) {
        auto found =
            services.objects.uploads(request.bucket, query, marker.empty() ? "" : id_marker);
        if (!found.ok()) co_return found.error();
        page = std::move(found).value();
    }

    xml::Writer answer("ListMultipartUploadsResult");
    answer.text("Bucket", request.bucket).text("KeyMarker", spell(marker));
    answer.text("UploadIdMarker", id_marker);
    if (page.truncated) write_next(answer, page, spell);
    answer.text("Prefix", spell(query.prefix));
    if (!query.delimiter.empty()) answer.text("Delimiter", spell(query.delimiter));
    if (spell.encoded) answer.text("EncodingType", "url");
    answer.number("MaxUploads", query.limit).boolean("IsTruncated", page.truncated);
    for (const Upload& upload : page.uploads) write_upload(answer, upload, spell, services);
    write_common_prefixes(answer, page.common_prefixes, spell);
    co_return co_await exchange.send(200, answer.finish(), xml::kContentType);
}

}  // namespace csd::airmos::ops
