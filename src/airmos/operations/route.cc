// SPDX-License-Identifier: BSD-3-Clause
//
// Which request is which operation: by method, by what the path names, by an argument of the query and, for copies, by a
// header. The first row that fits is meant. A part of S3 that has no row would be taken for the plain operation on the
// same path, which may be DeleteBucket: so every part of S3 has a row, and what looks like one that is newer than this
// table is refused. Tested by route_test.cc and, with all commands of an SDK, tests/airmos/js/commands.mjs.
#include <algorithm>
#include <iterator>

#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/operations/text.hpp"

namespace csd::airmos {
namespace {

enum class Scope : uint8_t { kService, kBucket, kObject };

struct Row {
    std::string_view method;
    Scope scope;
    std::string_view argument;  // of the query; empty: any request
    Operation operation;
    std::string_view second = {};  // another argument that must be there too
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
    {"GET", kObject, "annotation", {"GetObjectAnnotation", not_implemented}},
    {"GET", kObject, "partNumber", {"GetObject", get_object}},
    {"GET", kObject, "", {"GetObject", get_object}},
    {"HEAD", kObject, "partNumber", {"HeadObject", head_object}},
    {"HEAD", kObject, "", {"HeadObject", head_object}},
    {"PUT", kObject, "partNumber", {"UploadPartCopy", upload_part_copy}, "uploadId", "x-amz-copy-source"},
    {"PUT", kObject, "partNumber", {"UploadPart", upload_part}, "uploadId"},
    {"PUT", kObject, "tagging", {"PutObjectTagging", put_object_tagging}},
    {"PUT", kObject, "acl", {"PutObjectAcl", put_object_acl}},
    {"PUT", kObject, "legal-hold", {"PutObjectLegalHold", not_implemented}},
    {"PUT", kObject, "retention", {"PutObjectRetention", not_implemented}},
    {"PUT", kObject, "encryption", {"UpdateObjectEncryption", not_implemented}},
    {"PUT", kObject, "annotation", {"PutObjectAnnotation", not_implemented}},
    {"PUT", kObject, "renameObject", {"RenameObject", not_implemented}},
    {"PUT", kObject, "", {"CopyObject", copy_object}, {}, "x-amz-copy-source"},
    {"PUT", kObject, "", {"PutObject", put_object}},
    {"POST", kObject, "uploads", {"CreateMultipartUpload", create_multipart_upload}},
    {"POST", kObject, "uploadId", {"CompleteMultipartUpload", complete_multipart_upload}},
    {"POST", kObject, "select", {"SelectObjectContent", select_object_content}},
    {"POST", kObject, "restore", {"RestoreObject", not_implemented}},
    {"DELETE", kObject, "uploadId", {"AbortMultipartUpload", abort_multipart_upload}},
    {"DELETE", kObject, "tagging", {"DeleteObjectTagging", delete_object_tagging}},
    {"DELETE", kObject, "annotation", {"DeleteObjectAnnotation", not_implemented}},
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
    {"GET", kBucket, "abac", {"GetBucketAbac", not_implemented}},
    {"GET", kBucket, "metadataConfiguration", {"GetBucketMetadataConfiguration", not_implemented}},
    {"GET", kBucket, "metadataTable", {"GetBucketMetadataTableConfiguration", not_implemented}},
    {"GET", kBucket, "session", {"CreateSession", not_implemented}},
    {"GET", kBucket, "list-type", {"ListObjectsV2", list_objects_v2}, {}, {}, "2"},
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
    {"PUT", kBucket, "abac", {"PutBucketAbac", not_implemented}},
    {"PUT", kBucket, "metadataInventoryTable", {"UpdateBucketMetadataInventoryTableConfiguration", not_implemented}},
    {"PUT", kBucket, "metadataJournalTable", {"UpdateBucketMetadataJournalTableConfiguration", not_implemented}},
    {"PUT", kBucket, "metadataAnnotationTable", {"UpdateBucketMetadataAnnotationTableConfiguration", not_implemented}},
    {"PUT", kBucket, "", {"CreateBucket", create_bucket}},
    {"POST", kBucket, "delete", {"DeleteObjects", delete_objects}},
    {"POST", kBucket, "metadataConfiguration", {"CreateBucketMetadataConfiguration", not_implemented}},
    {"POST", kBucket, "metadataTable", {"CreateBucketMetadataTableConfiguration", not_implemented}},
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
    {"DELETE", kBucket, "metadataConfiguration", {"DeleteBucketMetadataConfiguration", not_implemented}},
    {"DELETE", kBucket, "metadataTable", {"DeleteBucketMetadataTableConfiguration", not_implemented}},
    {"DELETE", kBucket, "", {"DeleteBucket", delete_bucket}},

    {"GET", kService, "x-id", {"ListDirectoryBuckets", not_implemented}, {}, {}, "ListDirectoryBuckets"},
    {"GET", kService, "", {"ListBuckets", list_buckets}},
    // STS and IAM are POSTs to the service.
    {"POST", kService, "", {"Service", not_implemented}},
    // clang-format on
};

constexpr Operation kMethodNotAllowed = {"Unknown", method_not_allowed};
constexpr Operation kMisplacedArgument = {"Unknown", refuse_misplaced_argument};

bool fits(const Row& row, Scope scope, const Request& request) {
    if (row.scope != scope || row.method != request.method) return false;
    if (!row.header.empty() && !request.headers.has(row.header)) return false;
    if (!row.second.empty() && !request.query.has(row.second)) return false;
    if (row.argument.empty()) return true;
    const std::string* value = request.query.find(row.argument);
    return value && (row.value.empty() || *value == row.value);
}

const Row* find_row(const Request& request) {
    const Scope scope = request.bucket.empty() ? kService : request.key.empty() ? kBucket : kObject;
    const auto* const row = std::find_if(std::begin(kRows), std::end(kRows),
                                         [&](const Row& one) { return fits(one, scope, request); });
    return row == std::end(kRows) ? nullptr : row;
}

bool is_part_of_s3(std::string_view argument) {
    return std::any_of(std::begin(kRows), std::end(kRows), [&](const Row& row) {
        return row.value.empty() && (row.argument == argument || row.second == argument);
    });
}

// Parts of S3 are arguments without a value; a GET of one that nobody knows does no harm.
bool may_be_part_of_s3(const Request& request, std::string_view argument, std::string_view value) {
    if (request.method == "GET" || request.method == "HEAD" || !value.empty()) return false;
    return argument != "versionId" && !lower(argument).starts_with("x-amz-");
}

const std::string* misplaced_argument(const Request& request, const Row& row) {
    for (const auto& [name, value] : request.query) {
        if (name == row.argument || name == row.second) continue;
        if (is_part_of_s3(name) || may_be_part_of_s3(request, name, value)) return &name;
    }
    return nullptr;
}

// Not a coroutine's work, but every operation is one.
Task<Outcome<>> refuse(Error error) {
    co_return error;
}

}  // namespace

const Operation& route(const Request& request) {
    const Row* const row = find_row(request);
    if (!row) return kMethodNotAllowed;
    return misplaced_argument(request, *row) ? kMisplacedArgument : row->operation;
}

Task<Outcome<>> Operation::run(Exchange& exchange, Services& services) const {
    auto fine = refuse_unsupported(exchange.request(), services.owner_id);
    return fine.ok() ? answer(exchange, services) : refuse(fine.error());
}

Task<Outcome<>> ops::refuse_misplaced_argument(Exchange& exchange, Services&) {
    const Request& request = exchange.request();
    const std::string name = *misplaced_argument(request, *find_row(request));
    if (name == "uploadId" || name == "partNumber") {
        co_return Error("InvalidArgument",
                        "A part of an upload is named by both uploadId and partNumber, and by "
                        "nothing else")
            .with("ArgumentName", name);
    }
    co_return Error("NotImplemented", "The argument " + name +
                                          " of the query is not implemented for this request; "
                                          "nothing was changed")
        .with("ArgumentName", name);
}

}  // namespace csd::airmos
