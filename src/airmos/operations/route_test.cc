// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "airmos/operations/operation.hpp"

namespace csd::airmos {
namespace {

using Arguments = std::vector<std::pair<std::string, std::string>>;

std::string routed(const std::string& method, const std::string& bucket, const std::string& key,
                   const Arguments& query = {}, const Arguments& headers = {}) {
    Request request;
    request.method = method;
    request.bucket = bucket;
    request.key = key;
    for (const auto& [name, value] : query) request.query.add(name, value);
    for (const auto& [name, value] : headers) request.headers.add(name, value);
    return std::string(route(request).name);
}

TEST(Route, FindsTheOperationsOfObjects) {
    EXPECT_EQ(routed("GET", "b", "k"), "GetObject");
    EXPECT_EQ(routed("GET", "b", "k", {{"partNumber", "2"}}), "GetObject");
    EXPECT_EQ(routed("GET", "b", "k", {{"uploadId", "x"}}), "ListParts");
    EXPECT_EQ(routed("GET", "b", "k", {{"attributes", ""}}), "GetObjectAttributes");
    EXPECT_EQ(routed("HEAD", "b", "k"), "HeadObject");
    EXPECT_EQ(routed("PUT", "b", "k"), "PutObject");
    EXPECT_EQ(routed("PUT", "b", "k", {}, {{"x-amz-copy-source", "a/b"}}), "CopyObject");
    EXPECT_EQ(routed("PUT", "b", "k", {{"partNumber", "1"}, {"uploadId", "x"}}), "UploadPart");
    EXPECT_EQ(routed("PUT", "b", "k", {{"partNumber", "1"}, {"uploadId", "x"}},
                     {{"x-amz-copy-source", "a/b"}}),
              "UploadPartCopy");
    EXPECT_EQ(routed("POST", "b", "k", {{"uploads", ""}}), "CreateMultipartUpload");
    EXPECT_EQ(routed("POST", "b", "k", {{"uploadId", "x"}}), "CompleteMultipartUpload");
    EXPECT_EQ(routed("POST", "b", "k", {{"select", ""}, {"select-type", "2"}}),
              "SelectObjectContent");
    EXPECT_EQ(routed("DELETE", "b", "k"), "DeleteObject");
    EXPECT_EQ(routed("DELETE", "b", "k", {{"uploadId", "x"}}), "AbortMultipartUpload");
}

TEST(Route, FindsTheOperationsOfBuckets) {
    EXPECT_EQ(routed("GET", "b", ""), "ListObjects");
    EXPECT_EQ(routed("GET", "b", "", {{"list-type", "2"}}), "ListObjectsV2");
    EXPECT_EQ(routed("GET", "b", "", {{"list-type", "1"}}), "ListObjects");
    EXPECT_EQ(routed("GET", "b", "", {{"versions", ""}, {"prefix", "a"}}), "ListObjectVersions");
    EXPECT_EQ(routed("PUT", "b", ""), "CreateBucket");
    EXPECT_EQ(routed("POST", "b", "", {{"delete", ""}}), "DeleteObjects");
    EXPECT_EQ(routed("POST", "b", ""), "PostObject");
    EXPECT_EQ(routed("GET", "", ""), "ListBuckets");
}

TEST(Route, IgnoresWhatNobodyKnows) {
    EXPECT_EQ(routed("PUT", "b", "k", {{"x-id", "PutObject"}}), "PutObject");
    EXPECT_EQ(routed("GET", "b", "", {{"unheard-of", "1"}}), "ListObjects");
    EXPECT_EQ(routed("GET", "b", "", {{"unheard-of", ""}}), "ListObjects");
    EXPECT_EQ(routed("DELETE", "b", "k", {{"unheard-of", "1"}, {"versionId", ""}}), "DeleteObject");
    EXPECT_EQ(routed("PUT", "b", "k", {{"X-Amz-Security-Token", ""}}), "PutObject");
    EXPECT_EQ(routed("GET", "", "", {{"x-id", "ListBuckets"}}), "ListBuckets");
}

// Unknown is not the operation on the same path: it would destroy.
TEST(Route, NeverTakesAPartOfS3ForThePlainOperation) {
    for (const std::string method : {"PUT", "DELETE", "POST"}) {
        EXPECT_EQ(routed(method, "b", "", {{"newer-than-this-node", ""}}), "Unknown") << method;
        EXPECT_EQ(routed(method, "b", "", {{"tagging", ""}, {"newer", ""}}), "Unknown") << method;
    }
    EXPECT_EQ(routed("DELETE", "b", "", {{"metadataTable", ""}}),
              "DeleteBucketMetadataTableConfiguration");
    EXPECT_EQ(routed("PUT", "b", "", {{"abac", ""}}), "PutBucketAbac");
    EXPECT_EQ(routed("GET", "b", "", {{"abac", ""}}), "GetBucketAbac");
    EXPECT_EQ(routed("PUT", "b", "k", {{"annotation", ""}}), "PutObjectAnnotation");
    EXPECT_EQ(routed("DELETE", "b", "k", {{"newer", ""}}), "Unknown");
    EXPECT_EQ(routed("DELETE", "b", "k", {{"legal-hold", ""}}), "Unknown");
    EXPECT_EQ(routed("GET", "b", "k", {{"versions", ""}}), "Unknown");
}

TEST(Route, WantsBothNamesOfAPart) {
    EXPECT_EQ(routed("PUT", "b", "k", {{"uploadId", "x"}}), "Unknown");
    EXPECT_EQ(routed("PUT", "b", "k", {{"partNumber", "1"}}), "Unknown");
    EXPECT_EQ(routed("PUT", "b", "k", {{"uploadId", "x"}}, {{"x-amz-copy-source", "a/b"}}),
              "Unknown");
    EXPECT_EQ(routed("DELETE", "b", "k", {{"partNumber", "1"}}), "Unknown");
    EXPECT_EQ(routed("HEAD", "b", "k", {{"uploadId", "x"}}), "Unknown");
    EXPECT_EQ(routed("HEAD", "b", "k", {{"partNumber", "1"}}), "HeadObject");
}

TEST(Route, RefusesMethodsThatAreNone) {
    EXPECT_EQ(routed("PATCH", "b", "k"), "Unknown");
    EXPECT_EQ(routed("DELETE", "", ""), "Unknown");
    EXPECT_EQ(routed("POST", "b", "k"), "Unknown");
}

}  // namespace
}  // namespace csd::airmos
