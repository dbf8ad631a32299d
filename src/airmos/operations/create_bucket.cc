// SPDX-License-Identifier: BSD-3-Clause
//
// CreateBucket. A location constraint is accepted if it is the node's region: there is no other.
#include "airmos/operations/bucket_name.hpp"
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/operations/tags.hpp"
#include "airmos/xml/reader.hpp"

namespace csd::airmos::ops {
namespace {

constexpr size_t kMaxConfigurationBytes = 64 * kKiB;

// The region that the body asks for; empty: none.
Outcome<std::string> location_of(std::string body) {
    if (body.empty()) return std::string();
    auto document = xml::Document::parse(std::move(body), "CreateBucketConfiguration");
    if (!document.ok()) return document.error();
    const xml::Element root = document.value().root();
    if (root.child("Location") || root.child("Bucket"))
        return Error("NotImplemented", "Directory buckets are not implemented");
    return root.text_of("LocationConstraint").value_or("");
}

}  // namespace

Task<Outcome<>> create_bucket(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = refuse_unsupported(request, services.owner_id); !fine.ok())
        co_return fine.error();
    if (!is_bucket_name(request.bucket))
        co_return Error("InvalidBucketName").with("BucketName", request.bucket);
    auto body = co_await exchange.body().read_all(kMaxConfigurationBytes);
    if (!body.ok()) co_return body.error();
    const auto location = location_of(std::move(body).value());
    if (!location.ok()) co_return location.error();
    if (!location.value().empty() && location.value() != services.region) {
        co_return Error("IllegalLocationConstraintException",
                        "The " + location.value() +
                            " location constraint is incompatible for the region specific "
                            "endpoint this request was sent to: this node is in " +
                            services.region);
    }
    BucketInfo bucket;
    bucket.name = request.bucket;
    bucket.region = services.region;
    const auto created = co_await services.objects.create_bucket(std::move(bucket));
    if (!created.ok()) co_return created.error();
    exchange.headers().set("Location", "/" + request.bucket);
    co_return co_await exchange.send(200, {}, {});
}

}  // namespace csd::airmos::ops
