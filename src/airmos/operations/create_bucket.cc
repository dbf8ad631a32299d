// SPDX-License-Identifier: BSD-3-Clause
//
// CreateBucket. A location constraint is accepted if it is the node's region: there is no other.
#include "airmos/operations/bucket_name.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/operations/tags.hpp"
#include "airmos/xml/reader.hpp"

namespace csd::airmos::ops {
namespace {

constexpr size_t kMaxConfigurationBytes = 64 * kKiB;

struct Configuration {
    std::string location;  // the region that the body asks for; empty: none
    Pairs tags;
};

Outcome<Configuration> read_configuration(std::string body) {
    Configuration made;
    if (body.empty()) return made;
    auto document = xml::Document::parse(std::move(body), "CreateBucketConfiguration");
    if (!document.ok()) return document.error();
    for (const xml::Element& child : document.value().root().children()) {
        if (child.name() == "LocationConstraint") {
            made.location = child.text();
        } else if (child.name() == "Tags") {
            auto tags = read_tags(child, kMaxBucketTags);
            if (!tags.ok()) return tags.error();
            made.tags = std::move(tags).value();
        } else {  // of directory buckets
            return Error("NotImplemented",
                         "The element " + std::string(child.name()) +
                             " of a CreateBucketConfiguration is not implemented");
        }
    }
    return made;
}

}  // namespace

Task<Outcome<>> create_bucket(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (!is_bucket_name(request.bucket))
        co_return Error("InvalidBucketName").with("BucketName", request.bucket);
    auto body = co_await exchange.body().read_all(kMaxConfigurationBytes);
    if (!body.ok()) co_return body.error();
    auto asked = read_configuration(std::move(body).value());
    if (!asked.ok()) co_return asked.error();
    const std::string& location = asked.value().location;
    if (!location.empty() && location != services.region) {
        co_return Error("IllegalLocationConstraintException",
                        "The " + location +
                            " location constraint is incompatible for the region specific "
                            "endpoint this request was sent to: this node is in " +
                            services.region);
    }
    BucketInfo bucket;
    bucket.name = request.bucket;
    bucket.region = services.region;
    bucket.tags = std::move(asked.value().tags);
    const auto created = co_await services.objects.create_bucket(std::move(bucket));
    // In its first region S3 takes a bucket that one has as made; in all others it refuses.
    const bool is_there = !created.ok() && created.error().code() == "BucketAlreadyOwnedByYou";
    if (!created.ok() && !(is_there && services.region == "us-east-1")) co_return created.error();
    exchange.headers().set("Location", "/" + request.bucket);
    co_return co_await exchange.send(200, {}, {});
}

}  // namespace csd::airmos::ops
