// SPDX-License-Identifier: BSD-3-Clause
//
// What a bucket can be asked about itself. Clients probe these before they work; a bucket of ours answers as one of S3
// on which they were never set. To set them is not implemented, and says so (route.cc).
#include "airmos/operations/operations.hpp"
#include "airmos/xml/writer.hpp"

namespace csd::airmos::ops {

// The answer of a bucket that exists: a document.
static Task<Outcome<>> answer(Exchange& exchange, Services& services, std::string document) {
    const auto bucket = services.objects.bucket(exchange.request().bucket);
    if (!bucket.ok()) co_return bucket.error();
    co_return co_await exchange.send(200, std::move(document), xml::kContentType);
}

// The same: it was never set.
static Task<Outcome<>> never_set(Exchange& exchange, Services& services, std::string_view code) {
    const auto bucket = services.objects.bucket(exchange.request().bucket);
    if (!bucket.ok()) co_return bucket.error();
    co_return Error(code).with("BucketName", exchange.request().bucket);
}

// us-east-1 has the empty name here, for the sake of clients older than regions.
Task<Outcome<>> get_bucket_location(Exchange& exchange, Services& services) {
    const auto bucket = services.objects.bucket(exchange.request().bucket);
    if (!bucket.ok()) co_return bucket.error();
    xml::Writer document("LocationConstraint");
    if (bucket.value().region != "us-east-1") document.content(bucket.value().region);
    co_return co_await exchange.send(200, document.finish(), xml::kContentType);
}

Task<Outcome<>> get_bucket_versioning(Exchange& exchange, Services& services) {
    return answer(exchange, services, xml::Writer("VersioningConfiguration").finish());
}
Task<Outcome<>> get_bucket_logging(Exchange& exchange, Services& services) {
    return answer(exchange, services, xml::Writer("BucketLoggingStatus").finish());
}
Task<Outcome<>> get_bucket_notification(Exchange& exchange, Services& services) {
    return answer(exchange, services, xml::Writer("NotificationConfiguration").finish());
}
Task<Outcome<>> get_bucket_accelerate(Exchange& exchange, Services& services) {
    return answer(exchange, services, xml::Writer("AccelerateConfiguration").finish());
}
Task<Outcome<>> get_bucket_request_payment(Exchange& exchange, Services& services) {
    xml::Writer document("RequestPaymentConfiguration");
    document.text("Payer", "BucketOwner");
    return answer(exchange, services, document.finish());
}

Task<Outcome<>> get_bucket_policy(Exchange& exchange, Services& services) {
    return never_set(exchange, services, "NoSuchBucketPolicy");
}
Task<Outcome<>> get_bucket_policy_status(Exchange& exchange, Services& services) {
    return never_set(exchange, services, "NoSuchBucketPolicy");
}
Task<Outcome<>> get_bucket_lifecycle(Exchange& exchange, Services& services) {
    return never_set(exchange, services, "NoSuchLifecycleConfiguration");
}
Task<Outcome<>> get_bucket_cors(Exchange& exchange, Services& services) {
    return never_set(exchange, services, "NoSuchCORSConfiguration");
}
Task<Outcome<>> get_bucket_encryption(Exchange& exchange, Services& services) {
    return never_set(exchange, services, "ServerSideEncryptionConfigurationNotFoundError");
}
Task<Outcome<>> get_bucket_replication(Exchange& exchange, Services& services) {
    return never_set(exchange, services, "ReplicationConfigurationNotFoundError");
}
Task<Outcome<>> get_bucket_website(Exchange& exchange, Services& services) {
    return never_set(exchange, services, "NoSuchWebsiteConfiguration");
}
Task<Outcome<>> get_public_access_block(Exchange& exchange, Services& services) {
    return never_set(exchange, services, "NoSuchPublicAccessBlockConfiguration");
}
Task<Outcome<>> get_ownership_controls(Exchange& exchange, Services& services) {
    return never_set(exchange, services, "OwnershipControlsNotFoundError");
}
Task<Outcome<>> get_object_lock(Exchange& exchange, Services& services) {
    return never_set(exchange, services, "ObjectLockConfigurationNotFoundError");
}

}  // namespace csd::airmos::ops
