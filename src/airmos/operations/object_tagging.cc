// SPDX-License-Identifier: BSD-3-Clause
//
// GetObjectTagging, PutObjectTagging, DeleteObjectTagging.
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/operations/tags.hpp"
#include "airmos/xml/writer.hpp"

namespace csd::airmos::ops {

Task<Outcome<>> get_object_tagging(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    const auto info = co_await services.objects.head(request.bucket, request.key);
    if (!info.ok()) co_return info.error();
    co_return co_await exchange.send(200, tagging_xml(info.value().meta.tags), xml::kContentType);
}

Task<Outcome<>> put_object_tagging(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    auto body = co_await exchange.body().read_all(kMaxTaggingBytes);
    if (!body.ok()) co_return body.error();
    auto tags = parse_tagging(std::move(body).value(), kMaxObjectTags);
    if (!tags.ok()) co_return tags.error();
    const auto stored =
        co_await services.objects.set_tags(request.bucket, request.key, std::move(tags).value());
    if (!stored.ok()) co_return stored.error();
    co_return co_await exchange.send(200, {}, {});
}

Task<Outcome<>> delete_object_tagging(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    Pairs none;
    const auto stored =
        co_await services.objects.set_tags(request.bucket, request.key, std::move(none));
    if (!stored.ok()) co_return stored.error();
    co_return co_await exchange.send(204, {}, {});
}

}  // namespace csd::airmos::ops
