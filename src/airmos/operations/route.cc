// SPDX-License-Identifier: BSD-3-Clause
//
// Which request is which operation: by method, by what the path names, by one argument of the query and, for copies, by a
// header. The first row that fits is meant. Tested by route_test.cc.
#include <algorithm>
#include <iterator>

#include "airmos/operations/operations.hpp"

namespace csd::airmos {
namespace {

enum class Scope : uint8_t { kService, kBucket, kObject };

struct Row {
    std::string_view method;
    Scope scope;
    std::string_view argument;  // of the query; empty: any request
    Operation operation;
    std::string_view header = {};  // that must be there too
    std::string_view value = {};   // that the argument must have
};

constexpr Scope kService = Scope::kService, kBucket = Scope::kBucket, kObject = Scope::kObject;
using namespace ops;

constexpr Row kRows[] = {
    // clang-format off
    {"GET", kObject, "uploadId", {"ListParts", list_parts}},
    {"GET", kObject, "tagging", {"GetObjectTagging", get_object_tagging}},
    {"GET", kObject, "acl", {"GetObjectAcl", get_object_acl}},
    {"GET", kObject, "attributes", {"GetObjectAttributes", get_object_attributes}},
    {"GET", kObject, "legal-hold", {"GetObjectLegalHold", not_implemented}},
    {"GET", kObject, "retention", {"GetObjectRetention", not_implemented}},
    {"GET", kObject, "torrent", {"GetObjectTorrent", not_implemented}},
    {"GET", kObject, "", {"GetObject", get_object}},
    {"HEAD", kObject, "", {"HeadObject", head_object}},
    {"PUT", kObject, "partNumber", {"UploadPartCopy", upload_part_copy}, "x-amz-copy-source"},
    {"PUT", kObject, "partNumber", {"UploadPart", upload_part}},
    {"PUT", kObject, "tagging", {"PutObjectTagging", put_object_tagging}},
    {"PUT", kObject, "acl", {"PutObjectAcl", put_object_acl}},
    {"PUT", kObject, "legal-hold", {"PutObjectLegalHold", not_implemented}},
    {"PUT", kObject, "retention", {"PutObjectRetention", not_implemented}},
    {"PUT", kObject, "encryption", {"UpdateObjectEncryption", not_implemented}},
    {"PUT", kObject, "renameObject", {"RenameObject", not_implemented}},
    {"PUT", kObject, "", {"CopyObject", copy_object}, "x-amz-copy-source"},
    {"PUT", kObject, "", {"PutObject", put_object}},
    {"POST", kObject, "uploads", {"CreateMultipartUpload", create_multipart_upload}},
    {"POST", kObject, "uploadId", {"CompleteMultipartUpload", complete_multipart_upload}},
    {"POST", kObject, "select", {"SelectObjectContent", select_object_content}},
    {"POST", kObject, "restore", {"RestoreObject", not_implemented}},
    {"DELETE", kObject, "uploadId", {"AbortMultipartUpload", abort_multipart_upload}},
    {"DELETE", kObject, "tagging", {"DeleteObjectTagging", delete_object_tagging}},
    {"DELETE", kObject, "", {"DeleteObject", delete_object}},

    {"GET", kBucket, "uploads", {"ListMultipartUploads", list_multipart_uploads}},
    {"GET", kBucket, "versions", {"ListObjectVersions", list_object_versions}},
    {"GET", kBucket, "location", {"GetBucketLocation", get_bucket_location}},
    {"GET", kBucket, "versioning", {"GetBucketVersioning", get_bucket_setting}},
    {"GET", kBucket, "tagging", {"GetBucketTagging", get_bucket_tagging}},
    {"GET", kBucket, "acl", {"GetBucketAcl", get_bucket_acl}},
    {"GET", kBucket, "policy", {"GetBucketPolicy", get_bucket_setting}},
    {"GET", kBucket, "policyStatus", {"GetBucketPolicyStatus", get_bucket_setting}},
    {"GET", kBucket, "lifecycle", {"GetBucketLifecycleConfiguration", get_bucket_setting}},
    {"GET", kBucket, "cors", {"GetBucketCors", get_bucket_setting}},
    {"GET", kBucket, "encryption", {"GetBucketEncryption", get_bucket_setting}},
    {"GET", kBucket, "replication", {"GetBucketReplication", get_bucket_setting}},
    {"GET", kBucket, "website", {"GetBucketWebsite", get_bucket_setting}},
    {"GET", kBucket, "publicAccessBlock", {"GetPublicAccessBlock", get_bucket_setting}},
    {"GET", kBucket, "ownershipControls", {"GetBucketOwnershipControls", get_bucket_setting}},
    {"GET", kBucket, "object-lock", {"GetObjectLockConfiguration", get_bucket_setting}},
    {"GET", kBucket, "logging", {"GetBucketLogging", get_bucket_setting}},
    {"GET", kBucket, "notification", {"GetBucketNotificationConfiguration", get_bucket_setting}},
    {"GET", kBucket, "accelerate", {"GetBucketAccelerateConfiguration", get_bucket_setting}},
    {"GET", kBucket, "requestPayment", {"GetBucketRequestPayment", get_bucket_setting}},
    {"GET", kBucket, "analytics", {"GetBucketAnalyticsConfiguration", not_implemented}},
    {"GET", kBucket, "inventory", {"GetBucketInventoryConfiguration", not_implemented}},
    {"GET", kBucket, "metrics", {"GetBucketMetricsConfiguration", not_implemented}},
    {"GET", kBucket, "intelligent-tiering", {"GetBucketIntelligentTieringConfiguration", not_implemented}},
    {"GET", kBucket, "session", {"CreateSession", not_implemented}},
    {"GET", kBucket, "list-type", {"ListObjectsV2", list_objects_v2}, {}, "2"},
    {"GET", kBucket, "", {"ListObjects", list_objects}},
    {"HEAD", kBucket, "", {"HeadBucket", head_bucket}},
    {"PUT", kBucket, "tagging", {"PutBucketTagging", put_bucket_tagging}},
    {"PUT", kBucket, "acl", {"PutBucketAcl", put_bucket_acl}},
    {"PUT", kBucket, "versioning", {"PutBucketVersioning", not_implemented}},
    {"PUT", kBucket, "policy", {"PutBucketPolicy", not_implemented}},
    {"PUT", kBucket, "lifecycle", {"PutBucketLifecycleConfiguration", not_implemented}},
    {"PUT", kBucket, "cors", {"PutBucketCors", not_implemented}},
    {"PUT", kBucket, "encryption", {"PutBucketEncryption", not_implemented}},
    {"PUT", kBucket, "replication", {"PutBucketReplication", not_implemented}},
    {"PUT", kBucket, "website", {"PutBucketWebsite", not_implemented}},
    {"PUT", kBucket, "publicAccessBlock", {"PutPublicAccessBlock", not_implemented}},
    {"PUT", kBucket, "ownershipControls", {"PutBucketOwnershipControls", not_implemented}},
    {"PUT", kBucket, "object-lock", {"PutObjectLockConfiguration", not_implemented}},
    {"PUT", kBucket, "logging", {"PutBucketLogging", not_implemented}},
    {"PUT", kBucket, "notification", {"PutBucketNotificationConfiguration", not_implemented}},
    {"PUT", kBucket, "accelerate", {"PutBucketAccelerateConfiguration", not_implemented}},
    {"PUT", kBucket, "requestPayment", {"PutBucketRequestPayment", not_implemented}},
    {"PUT", kBucket, "analytics", {"PutBucketAnalyticsConfiguration", not_implemented}},
    {"PUT", kBucket, "inventory", {"PutBucketInventoryConfiguration", not_implemented}},
    {"PUT", kBucket, "metrics", {"PutBucketMetricsConfiguration", not_implemented}},
    {"PUT", kBucket, "intelligent-tiering", {"PutBucketIntelligentTieringConfiguration", not_implemented}},
    {"PUT", kBucket, "", {"CreateBucket", create_bucket}},
    {"POST", kBucket, "delete", {"DeleteObjects", delete_objects}},
    {"POST", kBucket, "", {"PostObject", not_implemented}},
    {"DELETE", kBucket, "tagging", {"DeleteBucketTagging", delete_bucket_tagging}},
    {"DELETE", kBucket, "policy", {"DeleteBucketPolicy", not_implemented}},
    {"DELETE", kBucket, "lifecycle", {"DeleteBucketLifecycle", not_implemented}},
    {"DELETE", kBucket, "cors", {"DeleteBucketCors", not_implemented}},
    {"DELETE", kBucket, "encryption", {"DeleteBucketEncryption", not_implemented}},
    {"DELETE", kBucket, "replication", {"DeleteBucketReplication", not_implemented}},
    {"DELETE", kBucket, "website", {"DeleteBucketWebsite", not_implemented}},
    {"DELETE", kBucket, "publicAccessBlock", {"DeletePublicAccessBlock", not_implemented}},
    {"DELETE", kBucket, "ownershipControls", {"DeleteBucketOwnershipControls", not_implemented}},
    {"DELETE", kBucket, "analytics", {"DeleteBucketAnalyticsConfiguration", not_implemented}},
    {"DELETE", kBucket, "inventory", {"DeleteBucketInventoryConfiguration", not_implemented}},
    {"DELETE", kBucket, "metrics", {"DeleteBucketMetricsConfiguration", not_implemented}},
    {"DELETE", kBucket, "intelligent-tiering", {"DeleteBucketIntelligentTieringConfiguration", not_implemented}},
    {"DELETE", kBucket, "", {"DeleteBucket", delete_bucket}},

    {"GET", kService, "", {"ListBuckets", list_buckets}},
    // STS and IAM are POSTs to the service.
    {"POST", kService, "", {"Service", not_implemented}},
    // clang-format on
};

constexpr Operation kMethodNotAllowed = {"Unknown", method_not_allowed};

bool fits(const Row& row, Scope scope, const Request& request) {
    if (row.scope != scope || row.method != request.method) return false;
    if (!row.header.empty() && !request.headers.has(row.header)) return false;
    if (row.argument.empty()) return true;
    const std::string* value = request.query.find(row.argument);
    return value && (row.value.empty() || *value == row.value);
}

}  // namespace

const Operation& route(const Request& request) {
    const Scope scope = request.bucket.empty() ? kService : request.key.empty() ? kBucket : kObject;
    const auto* const row = std::find_if(std::begin(kRows), std::end(kRows),
                                         [&](const Row& one) { return fits(one, scope, request); });
    return row == std::end(kRows) ? kMethodNotAllowed : row->operation;
}

}  // namespace csd::airmos
