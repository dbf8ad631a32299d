// SPDX-License-Identifier: BSD-3-Clause
//
// UploadPart: a part with the same number is replaced.
#include "airmos/operations/multipart.hpp"
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/operations/text.hpp"
#include "airmos/operations/transfer.hpp"

namespace csd::airmos::ops {

Task<Outcome<>> upload_part(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    RequestBody& body = exchange.body();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    if (auto fine = check_body_size(body); !fine.ok()) co_return fine.error();
    const auto part = part_name(request);
    if (!part.ok()) co_return part.error();
    const auto upload =
        services.objects.upload(request.bucket, request.key, part.value().upload_id);
    if (!upload.ok()) co_return upload.error();

    auto writer = co_await services.objects.create_part(
        request.bucket, request.key, part.value().upload_id, part.value().number);
    if (!writer.ok()) co_return writer.error();
    want_part_checksum(upload.value(), body);
    const auto received = co_await receive(body, *writer.value());
    if (!received.ok()) co_return received.error();
    std::vector<Checksum> checksums = checksums_of(body);
    if (auto fine = check_part_checksum(upload.value(), checksums); !fine.ok())
        co_return fine.error();
    const auto stored = co_await writer.value()->commit(body.md5_hex(), std::move(checksums));
    if (!stored.ok()) co_return stored.error();

    exchange.headers().set("ETag", quoted(stored.value().etag));
    for (const Checksum& one : stored.value().checksums)
        exchange.headers().set(checksum_header(one.algorithm), one.value);
    co_return co_await exchange.send(200, {}, {});
}

}  // namespace csd::airmos::ops
