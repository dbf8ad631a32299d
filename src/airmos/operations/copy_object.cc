// SPDX-License-Identifier: BSD-3-Clause
//
// CopyObject: inside the drive where it can be. The copy keeps the ETag and the checksums of its source; where another
// checksum is asked for, the source is read for that.
#include <algorithm>

#include "airmos/operations/conditions.hpp"
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/operations/text.hpp"
#include "airmos/operations/transfer.hpp"
#include "airmos/xml/writer.hpp"

namespace csd::airmos::ops {
namespace {

// COPY or REPLACE; absent is COPY.
Outcome<bool> replaces(const Request& request, const std::string& header) {
    const std::string_view value = request.headers.get(header);
    if (value.empty() || value == "COPY") return false;
    if (value == "REPLACE") return true;
    return Error("InvalidArgument", "Unknown directive; there are COPY and REPLACE")
        .with("ArgumentName", header)
        .with("ArgumentValue", std::string(value));
}

Outcome<> judge_source(const Request& request, const ObjectInfo& source) {
    const Verdict verdict =
        judge_read(request.headers, "x-amz-copy-source-", source.meta.etag, source.modified);
    if (verdict != Verdict::kGo) return Error("PreconditionFailed");
    if (source.size > kMaxPutBytes) {
        return Error("InvalidRequest",
                     "The specified copy source is larger than the maximum allowable size for a "
                     "copy source: " +
                         std::to_string(kMaxPutBytes));
    }
    return Nothing{};
}

// What the copy is said to be: the source's, or the request's where a directive replaces it.
Outcome<ObjectMeta> meta_of_copy(const Request& request, const CopySource& from,
                                 const ObjectInfo& source) {
    const auto headers = replaces(request, "x-amz-metadata-directive");
    if (!headers.ok()) return headers.error();
    const auto tags = replaces(request, "x-amz-tagging-directive");
    if (!tags.ok()) return tags.error();
    auto given = meta_of(request);
    if (!given.ok()) return given.error();
    const bool changes = headers.value() || tags.value() ||
                         request.headers.has("x-amz-storage-class") ||
                         request.headers.has("x-amz-checksum-algorithm");
    if (from.bucket == request.bucket && from.key == request.key && !changes) {
        return Error("InvalidRequest",
                     "This copy request is illegal because it is trying to copy an object to "
                     "itself without changing the object's metadata, storage class, website "
                     "redirect location or encryption attributes.");
    }
    ObjectMeta meta;  // the empty ETag: the source's
    meta.headers = headers.value() ? given.value().headers : source.meta.headers;
    meta.tags = tags.value() ? given.value().tags : source.meta.tags;
    return meta;
}

// The source's, or the one of another algorithm that the client wants.
Task<Outcome<std::vector<Checksum>>> checksums_of_copy(const Request& request, Reader& source) {
    const std::vector<Checksum>& known = source.info().meta.checksums;
    auto wanted = wanted_checksum(request);
    if (!wanted.ok()) co_return wanted.error();
    const bool has_it =
        wanted.value().empty() || std::any_of(known.begin(), known.end(), [&](const Checksum& one) {
            return one.algorithm == wanted.value();
        });
    if (has_it) co_return known;
    auto made = co_await checksum_of(source, 0, source.info().size, std::move(wanted).value());
    if (!made.ok()) co_return made.error();
    co_return std::vector<Checksum>{std::move(made).value()};
}

}  // namespace

Task<Outcome<>> copy_object(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    const auto from = copy_source(request);
    if (!from.ok()) co_return from.error();
    auto condition = write_condition(request.headers);
    if (!condition.ok()) co_return condition.error();
    const auto into = services.objects.bucket(request.bucket);
    if (!into.ok()) co_return into.error();
    auto source = co_await services.objects.read(from.value().bucket, from.value().key);
    if (!source.ok()) co_return source.error();
    const ObjectInfo& info = source.value()->info();
    if (auto fine = judge_source(request, info); !fine.ok()) co_return fine.error();
    auto meta = meta_of_copy(request, from.value(), info);
    if (!meta.ok()) co_return meta.error();
    auto checksums = co_await checksums_of_copy(request, *source.value());
    if (!checksums.ok()) co_return checksums.error();
    meta.value().checksums = std::move(checksums).value();
    const auto copied =
        co_await services.objects.copy(*source.value(), request.bucket, request.key,
                                       std::move(meta).value(), std::move(condition).value());
    if (!copied.ok()) co_return copied.error();

    xml::Writer answer("CopyObjectResult");
    answer.text("LastModified", iso_date(copied.value().modified));
    answer.text("ETag", quoted(copied.value().meta.etag));
    write_object_checksums(answer, copied.value().meta.checksums);
    co_return co_await exchange.send(200, answer.finish(), xml::kContentType);
}

}  // namespace csd::airmos::ops
