// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/body/claims.hpp"

#include <gtest/gtest.h>

namespace csd::airmos {
namespace {

using Pairs = std::initializer_list<std::pair<const char*, const char*>>;

Outcome<BodyClaims> claims(
    Pairs pairs, auth::Payload payload = auth::Payload::kUnsigned,
    BodyClaims::ChecksumsAre meaning = BodyClaims::ChecksumsAre::kOfTheBody) {
    Fields headers;
    for (const auto& [name, value] : pairs) headers.add(name, value);
    auth::Verified verified;
    verified.payload = payload;
    return BodyClaims::of(headers, verified, meaning);
}
std::string code(Pairs pairs, auth::Payload payload = auth::Payload::kUnsigned) {
    const auto made = claims(pairs, payload);
    return made.ok() ? "OK" : std::string(made.error().code());
}

TEST(BodyClaims, Digests) {
    EXPECT_EQ(code({{"content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="}}), "OK");
    EXPECT_EQ(code({{"content-md5", "1B2M2Y8AsgTpgAmY7PhC"}}), "InvalidDigest");
    EXPECT_EQ(code({{"content-md5", ""}}), "InvalidDigest");
    EXPECT_EQ(code({{"x-amz-checksum-crc32", "AAAAAA=="}}), "OK");
    EXPECT_EQ(code({{"x-amz-checksum-crc64nvme", "AAAAAA=="}}), "InvalidRequest");
    EXPECT_EQ(code({{"x-amz-checksum-crc32", "AAAAAA=="}, {"x-amz-checksum-crc32c", "AAAAAA=="}}),
              "InvalidRequest");
    EXPECT_EQ(code({{"x-amz-checksum-mode", "ENABLED"}, {"x-amz-checksum-type", "FULL_OBJECT"}}),
              "OK");
}

TEST(BodyClaims, AnAlgorithmAloneAsksForIt) {
    const auto made = claims({{"x-amz-sdk-checksum-algorithm", "sha256"}});
    ASSERT_TRUE(made.ok());
    ASSERT_EQ(made.value().checksums.size(), 1u);
    EXPECT_EQ(made.value().checksums[0].kind, Digest::Kind::kSha256);
    EXPECT_FALSE(made.value().checksums[0].value);
    EXPECT_EQ(code({{"x-amz-sdk-checksum-algorithm", "CRC5"}}), "InvalidRequest");
    EXPECT_EQ(
        code({{"x-amz-sdk-checksum-algorithm", "CRC32C"}, {"x-amz-checksum-crc32", "AAAAAA=="}}),
        "InvalidRequest");
}

TEST(BodyClaims, ThatNobodyWouldVerifyAreRefused) {
    for (const char* name :
         {"x-amz-checksum-sha512", "x-amz-checksum-xxhash64", "x-amz-checksum-md5"}) {
        EXPECT_EQ(code({{name, "AAAA"}}), "InvalidRequest") << name;
        EXPECT_FALSE(claims({{name, "AAAA"}}, auth::Payload::kUnsigned,
                            BodyClaims::ChecksumsAre::kOfSomethingElse)
                         .ok())
            << name;
        EXPECT_EQ(code({{"x-amz-decoded-content-length", "1"}, {"x-amz-trailer", name}},
                       auth::Payload::kUnsignedTrailer),
                  "InvalidRequest")
            << name;
    }
    const Pairs trailer = {{"x-amz-decoded-content-length", "1"},
                           {"x-amz-trailer", "x-amz-checksum-crc32"}};
    EXPECT_EQ(code(trailer, auth::Payload::kUnsignedTrailer), "OK");
    for (const auto mode : {auth::Payload::kUnsigned, auth::Payload::kSignedChunks})
        EXPECT_EQ(code(trailer, mode), "InvalidRequest");
}

TEST(BodyClaims, OfCompleteMultipartUploadAreNotOfTheBody) {
    const auto made = claims({{"x-amz-checksum-crc32", "AAAAAA=="}}, auth::Payload::kUnsigned,
                             BodyClaims::ChecksumsAre::kOfSomethingElse);
    ASSERT_TRUE(made.ok());
    EXPECT_TRUE(made.value().checksums.empty());
}

TEST(BodyClaims, StreamingNeedsALength) {
    const auto mode = auth::Payload::kUnsignedTrailer;
    EXPECT_EQ(code({}, mode), "MissingContentLength");
    EXPECT_EQ(code({{"x-amz-decoded-content-length", "1x"}}, mode), "MissingContentLength");
    EXPECT_EQ(code({{"x-amz-decoded-content-length", "1"}, {"x-amz-trailer", "etag"}}, mode),
              "InvalidRequest");
    const auto made = claims(
        {{"x-amz-decoded-content-length", "12"}, {"x-amz-trailer", "X-Amz-Checksum-CRC32"}}, mode);
    ASSERT_TRUE(made.ok());
    EXPECT_TRUE(made.value().chunked);
    EXPECT_EQ(made.value().decoded_bytes, 12u);
    EXPECT_EQ(made.value().trailers, std::vector<std::string>{"x-amz-checksum-crc32"});
}

TEST(BodyClaims, AwsChunkedIsNoEncodingOfTheObject) {
    EXPECT_EQ(without_aws_chunked("aws-chunked"), "");
    EXPECT_EQ(without_aws_chunked("aws-chunked, gzip"), "gzip");
    EXPECT_EQ(without_aws_chunked("gzip,aws-chunked"), "gzip");
    EXPECT_EQ(without_aws_chunked("gzip"), "gzip");
}

}  // namespace
}  // namespace csd::airmos
