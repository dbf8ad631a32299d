// SPDX-License-Identifier: BSD-3-Clause
//
// ListParts: what an upload has so far.
#include "airmos/operations/listing.hpp"
#include "airmos/operations/multipart.hpp"
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/operations/text.hpp"

namespace csd::airmos::ops {
namespace {

std::string answer_of(const Request& request, const Services& services, const Upload& upload,
                      const PartPage& page, uint64_t marker, uint64_t limit) {
    xml::Writer answer("ListPartsResult");
    answer.text("Bucket", request.bucket).text("Key", request.key).text("UploadId", upload.id);
    write_owner(answer, "Initiator", services);
    write_owner(answer, "Owner", services);
    answer.text("StorageClass", "STANDARD");
    answer.number("PartNumberMarker", marker);
    if (!page.parts.empty()) answer.number("NextPartNumberMarker", page.parts.back().number);
    answer.number("MaxParts", limit).boolean("IsTruncated", page.truncated);
    const auto [algorithm, composite] = checksum_of(upload);
    answer.text("ChecksumAlgorithm", algorithm).text("ChecksumType", checksum_type(composite));
    for (const Part& part : page.parts) {
        answer.open("Part").number("PartNumber", part.number);
        answer.text("LastModified", iso_date(part.modified)).text("ETag", quoted(part.etag));
        write_checksums(answer, part.checksums);
        answer.number("Size", part.size).close();
    }
    return answer.finish();
}

}  // namespace

Task<Outcome<>> list_parts(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    const auto limit = page_limit(request.query, "max-parts", kPageLimit);
    if (!limit.ok()) co_return limit.error();
    const auto marker = page_limit(request.query, "part-number-marker", INT32_MAX);
    if (!marker.ok()) co_return marker.error();
    const uint64_t after = request.query.get("part-number-marker").empty() ? 0 : marker.value();
    const std::string id(request.query.get("uploadId"));
    const auto upload = services.objects.upload(request.bucket, request.key, id);
    if (!upload.ok()) co_return upload.error();
    PartPage page;
    if (limit.value() > 0) {
        auto found =
            services.objects.parts(request.bucket, request.key, id, static_cast<uint32_t>(after),
                                   static_cast<uint32_t>(limit.value()));
        if (!found.ok()) co_return found.error();
        page = std::move(found).value();
    }
    co_return co_await exchange.send(
        200, answer_of(request, services, upload.value(), page, after, limit.value()),
        xml::kContentType);
}

}  // namespace csd::airmos::ops
