// SPDX-License-Identifier: BSD-3-Clause
//
// PutObject: the object exists, whole, once its body was read and every digest the client gave was right.
#include "airmos/operations/conditions.hpp"
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/operations/text.hpp"
#include "airmos/operations/transfer.hpp"

namespace csd::airmos::ops {

Task<Outcome<>> put_object(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    RequestBody& body = exchange.body();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    if (auto fine = check_body_size(body); !fine.ok()) co_return fine.error();
    auto meta = meta_of(request);
    if (!meta.ok()) co_return meta.error();
    auto condition = write_condition(request.headers);
    if (!condition.ok()) co_return condition.error();

    auto writer = co_await services.objects.create(request.bucket, request.key, body.size());
    if (!writer.ok()) co_return writer.error();
    if (!body.has_checksum()) body.want_checksum(kDefaultChecksum);
    const auto received = co_await receive(body, *writer.value());
    if (!received.ok()) co_return received.error();
    meta.value().etag = body.md5_hex();
    meta.value().checksums = checksums_of(body);
    auto stored =
        co_await writer.value()->commit(std::move(meta).value(), std::move(condition).value());
    if (!stored.ok()) co_return stored.error();

    exchange.headers().set("ETag", quoted(stored.value().meta.etag));
    add_checksums(stored.value().meta.checksums, exchange.headers());
    co_return co_await exchange.send(200, {}, {});
}

}  // namespace csd::airmos::ops
