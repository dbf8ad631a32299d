// SPDX-License-Identifier: BSD-3-Clause
//
// UploadPartCopy: a part that is another object, or a range of it. The drive joins whole objects; a range goes through
// the node, in pieces. An upload with a checksum has one of every part: then whole objects are read for it, too.
#include "airmos/operations/conditions.hpp"
#include "airmos/operations/multipart.hpp"
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/operations/range.hpp"
#include "airmos/operations/text.hpp"
#include "airmos/operations/transfer.hpp"
#include "airmos/xml/writer.hpp"

namespace csd::airmos::ops {

static Outcome<ByteRange> range_of(const Request& request, const ObjectInfo& source) {
    ByteRange range{0, source.size};
    if (const std::string* header = request.headers.find("x-amz-copy-source-range")) {
        const auto parsed = parse_copy_range(*header, source.size);
        if (!parsed.ok()) return parsed.error();
        range = parsed.value();
    }
    if (range.length > kMaxPutBytes) {
        return Error("InvalidRequest", "A part is at most " + std::to_string(kMaxPutBytes) +
                                           " bytes: copy a range of the source");
    }
    return range;
}

Task<Outcome<>> upload_part_copy(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    const auto part = part_name(request);
    if (!part.ok()) co_return part.error();
    const auto from = copy_source(request);
    if (!from.ok()) co_return from.error();
    const auto upload =
        services.objects.upload(request.bucket, request.key, part.value().upload_id);
    if (!upload.ok()) co_return upload.error();
    auto source = co_await services.objects.read(from.value().bucket, from.value().key);
    if (!source.ok()) co_return source.error();
    const ObjectInfo& info = source.value()->info();
    const Verdict verdict =
        judge_read(request.headers, "x-amz-copy-source-", info.meta.etag, info.modified);
    if (verdict != Verdict::kGo) co_return Error("PreconditionFailed");
    const auto range = range_of(request, info);
    if (!range.ok()) co_return range.error();
    const auto [offset, length] = range.value();
    std::vector<Checksum> checksums;
    if (const std::string& algorithm = upload.value().checksum_algorithm; !algorithm.empty()) {
        auto made = co_await checksum_of(*source.value(), offset, length, algorithm);
        if (!made.ok()) co_return made.error();
        checksums.push_back(std::move(made).value());
    }
    const auto copied = co_await services.objects.copy_part(
        request.bucket, request.key, part.value().upload_id, part.value().number, *source.value(),
        offset, length, std::move(checksums));
    if (!copied.ok()) co_return copied.error();

    xml::Writer answer("CopyPartResult");
    answer.text("LastModified", iso_date(copied.value().modified));
    answer.text("ETag", quoted(copied.value().etag));
    write_checksums(answer, copied.value().checksums);
    co_return co_await exchange.send(200, answer.finish(), xml::kContentType);
}

}  // namespace csd::airmos::ops
