// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/operations/object_headers.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace csd::airmos::ops {
namespace {

using Headers = std::initializer_list<std::pair<const char*, std::string>>;

Request request_with(Headers headers) {
    Request request;
    for (const auto& [name, value] : headers) request.headers.add(name, value);
    return request;
}

TEST(ObjectMeta, KeepsWhatTheClientSaid) {
    const auto meta = meta_of(request_with({{"content-type", "text/plain"},
                                            {"content-encoding", "aws-chunked, gzip"},
                                            {"host", "x"},
                                            {"x-amz-meta-colour", "r\xc3\xa9"},
                                            {"x-amz-tagging", "a=b"},
                                            {"cache-control", "no-store"}}));
    ASSERT_TRUE(meta.ok());
    EXPECT_EQ(meta.value().headers, (Pairs{{"content-type", "text/plain"},
                                           {"content-encoding", "gzip"},
                                           {"x-amz-meta-colour", "r\xc3\xa9"},
                                           {"cache-control", "no-store"}}));
    EXPECT_EQ(meta.value().tags, (Pairs{{"a", "b"}}));
}

TEST(ObjectMeta, DropsAnEncodingThatWasOnlyTheTransports) {
    EXPECT_TRUE(
        meta_of(request_with({{"content-encoding", "aws-chunked"}})).value().headers.empty());
}

TEST(ObjectMeta, HasABound) {
    const auto meta = meta_of(request_with({{"x-amz-meta-a", std::string(9000, 'x')}}));
    ASSERT_FALSE(meta.ok());
    EXPECT_EQ(meta.error().code(), "MetadataTooLarge");
}

TEST(Unsupported, IsRefusedByName) {
    const auto code = [](const char* name, const char* value) {
        const auto judged = refuse_unsupported(request_with({{name, value}}), "owner");
        return judged.ok() ? "" : std::string(judged.error().code());
    };
    EXPECT_EQ(code("x-amz-server-side-encryption", "AES256"), "NotImplemented");
    EXPECT_EQ(code("x-amz-server-side-encryption-customer-key", "x"), "NotImplemented");
    EXPECT_EQ(code("x-amz-object-lock-mode", "GOVERNANCE"), "NotImplemented");
    EXPECT_EQ(code("x-amz-grant-read", "id=x"), "NotImplemented");
    EXPECT_EQ(code("x-amz-acl", "public-read"), "NotImplemented");
    EXPECT_EQ(code("x-amz-acl", "private"), "");
    EXPECT_EQ(code("x-amz-storage-class", "GLACIER"), "InvalidStorageClass");
    EXPECT_EQ(code("x-amz-storage-class", "STANDARD"), "");
    EXPECT_EQ(code("x-amz-expected-bucket-owner", "somebody"), "AccessDenied");
    EXPECT_EQ(code("x-amz-expected-bucket-owner", "owner"), "");
    EXPECT_EQ(code("x-amz-bucket-object-lock-enabled", "True"), "NotImplemented");
    EXPECT_EQ(code("x-amz-date", "x"), "");
}

TEST(Keys, AreBoundedAndHaveOneVersion) {
    Request request;
    request.key = std::string(1024, 'k');
    EXPECT_TRUE(check_key(request).ok());
    request.query.add("versionId", "null");
    EXPECT_TRUE(check_key(request).ok());
    request.query.set("versionId", "3sL4kqtJlcpXroDTDmJ");
    EXPECT_EQ(check_key(request).error().code(), "NoSuchVersion");
    request.key += 'k';
    EXPECT_EQ(check_key(request).error().code(), "KeyTooLongError");
}

TEST(CopySources, AreBucketAndKeyEncoded) {
    const auto source = [](const std::string& header) {
        const auto read = copy_source(request_with({{"x-amz-copy-source", header}}));
        return read.ok() ? read.value().bucket + " " + read.value().key
                         : std::string(read.error().code());
    };
    EXPECT_EQ(source("/b/k"), "b k");
    EXPECT_EQ(source("b/a%2Fb%20c+d"), "b a/b c+d");
    EXPECT_EQ(source("b%2Fk"), "b k");
    EXPECT_EQ(source("b/k%3FversionId=1"), "b k?versionId=1");
    EXPECT_EQ(source("b/k?versionId=null"), "b k");
    EXPECT_EQ(source("b/k?versionId=other"), "NoSuchVersion");
    for (const char* bad : {"", "b", "b/", "/", "//k", "b/%zz", "b/%ff"})
        EXPECT_EQ(source(bad), "InvalidArgument") << bad;
}

TEST(Answers, SayWhatIsKnownOfAnObject) {
    ObjectInfo info;
    info.modified = 784111777'000;
    info.meta.etag = "abc";
    info.meta.headers = {{"content-type", "text/plain"}, {"x-amz-meta-a", "1"}};
    info.meta.tags = {{"a", "b"}, {"c", "d"}};
    Fields headers;
    describe_object(info, headers);
    EXPECT_EQ(headers.get("ETag"), "\"abc\"");
    EXPECT_EQ(headers.get("Last-Modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(headers.get("Content-Type"), "text/plain");
    EXPECT_EQ(headers.get("x-amz-meta-a"), "1");
    EXPECT_EQ(headers.get("x-amz-tagging-count"), "2");
    Fields query;
    query.add("response-content-type", "text/html");
    query.add("response-expires", "never");
    override_headers(query, headers);
    EXPECT_EQ(headers.get("Content-Type"), "text/html");
    EXPECT_EQ(headers.get("expires"), "never");
    add_checksums({{"CRC32C", "AAAAAA==", true}}, headers);
    EXPECT_EQ(headers.get("x-amz-checksum-crc32c"), "AAAAAA==");
    EXPECT_EQ(headers.get("x-amz-checksum-type"), "COMPOSITE");
}

}  // namespace
}  // namespace csd::airmos::ops
