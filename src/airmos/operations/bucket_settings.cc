// SPDX-License-Identifier: BSD-3-Clause
//
// What a bucket can be asked about itself. Clients probe these before they work; a bucket of ours answers as one of S3
// on which they were never set. To set them is not implemented, and says so (route.cc).
#include <algorithm>
#include <iterator>

#include "airmos/operations/operations.hpp"
#include "airmos/xml/writer.hpp"

namespace csd::airmos::ops {
namespace {

// One that was never set: the answer is a document, with one element perhaps, or an error.
struct Setting {
    std::string_view argument;  // of the query
    std::string_view error;
    std::string_view document = {}, element = {}, text = {};
};
constexpr Setting kSettings[] = {
    {"versioning", {}, "VersioningConfiguration"},
    {"logging", {}, "BucketLoggingStatus"},
    {"notification", {}, "NotificationConfiguration"},
    {"accelerate", {}, "AccelerateConfiguration"},
    {"requestPayment", {}, "RequestPaymentConfiguration", "Payer", "BucketOwner"},
    {"policy", "NoSuchBucketPolicy"},
    {"policyStatus", "NoSuchBucketPolicy"},
    {"lifecycle", "NoSuchLifecycleConfiguration"},
    {"cors", "NoSuchCORSConfiguration"},
    {"encryption", "ServerSideEncryptionConfigurationNotFoundError"},
    {"replication", "ReplicationConfigurationNotFoundError"},
    {"website", "NoSuchWebsiteConfiguration"},
    {"publicAccessBlock", "NoSuchPublicAccessBlockConfiguration"},
    {"ownershipControls", "OwnershipControlsNotFoundError"},
    {"object-lock", "ObjectLockConfigurationNotFoundError"},
};

}  // namespace

// us-east-1 has the empty name here, for the sake of clients older than regions.
Task<Outcome<>> get_bucket_location(Exchange& exchange, Services& services) {
    const auto bucket = services.objects.bucket(exchange.request().bucket);
    if (!bucket.ok()) co_return bucket.error();
    xml::Writer document("LocationConstraint");
    if (bucket.value().region != "us-east-1") document.content(bucket.value().region);
    co_return co_await exchange.send(200, document.finish(), xml::kContentType);
}

Task<Outcome<>> get_bucket_setting(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    const auto bucket = services.objects.bucket(request.bucket);
    if (!bucket.ok()) co_return bucket.error();
    const auto* const setting =
        std::find_if(std::begin(kSettings), std::end(kSettings),
                     [&](const Setting& one) { return request.query.has(one.argument); });
    if (setting == std::end(kSettings)) co_return Error("InternalError");
    if (!setting->error.empty()) {
        co_return Error(setting->error).with("BucketName", request.bucket);
    }
    xml::Writer document(setting->document);
    if (!setting->element.empty()) document.text(setting->element, setting->text);
    co_return co_await exchange.send(200, document.finish(), xml::kContentType);
}

}  // namespace csd::airmos::ops
