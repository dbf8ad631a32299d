// SPDX-License-Identifier: BSD-3-Clause
//
// GetBucketTagging, PutBucketTagging, DeleteBucketTagging.
#include "airmos/operations/operations.hpp"
#include "airmos/operations/tags.hpp"
#include "airmos/xml/writer.hpp"

namespace csd::airmos::ops {

Task<Outcome<>> get_bucket_tagging(Exchange& exchange, Services& services) {
    const auto bucket = services.objects.bucket(exchange.request().bucket);
    if (!bucket.ok()) co_return bucket.error();
    if (bucket.value().tags.empty())
        co_return Error("NoSuchTagSet").with("BucketName", bucket.value().name);
    co_return co_await exchange.send(200, tagging_xml(bucket.value().tags), xml::kContentType);
}

Task<Outcome<>> put_bucket_tagging(Exchange& exchange, Services& services) {
    auto body = co_await exchange.body().read_all(kMaxTaggingBytes);
    if (!body.ok()) co_return body.error();
    auto tags = parse_tagging(std::move(body).value(), kMaxBucketTags);
    if (!tags.ok()) co_return tags.error();
    const auto stored = co_await services.objects.set_bucket_tags(exchange.request().bucket,
                                                                  std::move(tags).value());
    if (!stored.ok()) co_return stored.error();
    co_return co_await exchange.send(204, {}, {});
}

Task<Outcome<>> delete_bucket_tagging(Exchange& exchange, Services& services) {
    Pairs none;
    const auto stored =
        co_await services.objects.set_bucket_tags(exchange.request().bucket, std::move(none));
    if (!stored.ok()) co_return stored.error();
    co_return co_await exchange.send(204, {}, {});
}

}  // namespace csd::airmos::ops
