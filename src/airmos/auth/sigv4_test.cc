// SPDX-License-Identifier: BSD-3-Clause
//
// The examples of the Amazon S3 API reference, which every implementation must reproduce.
#include "airmos/auth/sigv4.hpp"

#include <gtest/gtest.h>

#include "airmos/core/digest.hpp"
#include "airmos/core/encoding.hpp"

namespace csd::airmos::auth {
namespace {

constexpr const char* kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr const char* kTimestamp = "20130524T000000Z";
const Credential kCredential{"AKIAIOSFODNN7EXAMPLE", "20130524", "us-east-1", "s3"};
const std::string kNothing = hex(sha256({}));

struct Example {
    std::string method = "GET", path;
    Fields query, headers;
    std::string payload = kNothing;

    std::string signature() const {
        std::vector<std::string> names;
        for (const auto& [name, value] : headers) names.push_back(name);
        const std::string request =
            canonical_request({method, path, query, headers}, names, payload);
        return sign(signing_key(kSecret, kCredential),
                    string_to_sign(kTimestamp, kCredential.scope(), request));
    }
};

Fields fields(std::initializer_list<std::pair<const char*, std::string>> pairs) {
    Fields made;
    for (const auto& [name, value] : pairs) made.add(name, value);
    return made;
}

TEST(SigV4, GetObjectOfTheReference) {
    Example example;
    example.path = "/test.txt";
    example.headers = fields({{"host", "examplebucket.s3.amazonaws.com"},
                              {"range", "bytes=0-9"},
                              {"x-amz-content-sha256", kNothing},
                              {"x-amz-date", kTimestamp}});
    EXPECT_EQ(example.signature(),
              "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4, PutObjectOfTheReference) {
    Example example;
    example.method = "PUT";
    example.path = "/test$file.text";
    example.payload = hex(sha256(as_bytes("Welcome to Amazon S3.")));
    example.headers = fields({{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                              {"host", "examplebucket.s3.amazonaws.com"},
                              {"x-amz-content-sha256", example.payload},
                              {"x-amz-date", kTimestamp},
                              {"x-amz-storage-class", "REDUCED_REDUNDANCY"}});
    EXPECT_EQ(example.signature(),
              "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    example.path = "/test%24file.text";  // another spelling of the same path
    EXPECT_EQ(example.signature(),
              "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(SigV4, QueriesOfTheReference) {
    Example example;
    example.path = "/";
    example.headers = fields({{"host", "examplebucket.s3.amazonaws.com"},
                              {"x-amz-content-sha256", kNothing},
                              {"x-amz-date", kTimestamp}});
    example.query = fields({{"lifecycle", ""}});
    EXPECT_EQ(example.signature(),
              "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    example.query = fields({{"prefix", "J"}, {"max-keys", "2"}});
    EXPECT_EQ(example.signature(),
              "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(SigV4, PresignedUrlOfTheReference) {
    Example example;
    example.path = "/test.txt";
    example.payload = "UNSIGNED-PAYLOAD";
    example.headers = fields({{"host", "examplebucket.s3.amazonaws.com"}});
    example.query =
        fields({{"X-Amz-Algorithm", "AWS4-HMAC-SHA256"},
                {"X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"},
                {"X-Amz-Date", kTimestamp},
                {"X-Amz-Expires", "86400"},
                {"X-Amz-SignedHeaders", "host"},
                {"X-Amz-Signature", "is not covered by itself"}});
    EXPECT_EQ(example.signature(),
              "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(SigV4, ChunksOfTheReference) {
    ChunkSigner signer(signing_key(kSecret, kCredential), kTimestamp, kCredential.scope(),
                       "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
    EXPECT_EQ(signer.next_chunk(hex(sha256(as_bytes(std::string(65536, 'a'))))),
              "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648");
    EXPECT_EQ(signer.next_chunk(hex(sha256(as_bytes(std::string(1024, 'a'))))),
              "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497");
    EXPECT_EQ(signer.next_chunk(kNothing),
              "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9");
}

TEST(SigV4, TrailerOfTheReference) {
    ChunkSigner signer(signing_key(kSecret, kCredential), kTimestamp, kCredential.scope(),
                       "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
    EXPECT_EQ(signer.next_chunk(hex(sha256(as_bytes(std::string(65536, 'a'))))),
              "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2");
    EXPECT_EQ(signer.next_chunk(hex(sha256(as_bytes(std::string(1024, 'a'))))),
              "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7");
    EXPECT_EQ(signer.next_chunk(kNothing),
              "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992");
    EXPECT_EQ(signer.trailer("x-amz-checksum-crc32c:sOO8/Q==\n"),
              "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435");
}

// What botocore 1.29.27 signs, with its clock at the examples' time.
TEST(SigV4, GetOfBotocoreWithOddNames) {
    Example example;
    example.path = "/bucket/a%20b/%C3%A9%2B%28x%29//..%2Fk";
    example.query =
        fields({{"list-type", "2"}, {"prefix", "a b/"}, {"x-id", "GetObject"}, {"uploads", ""}});
    example.headers = fields({{"host", "localhost:9000"},
                              {"x-amz-content-sha256", kNothing},
                              {"x-amz-date", kTimestamp},
                              {"x-amz-meta-a", "  two   blanks "}});
    EXPECT_EQ(example.signature(),
              "7590504238ba353e33e5af7ca01a8db97b0fed210b26c2fbcefc4fc36b974688");
}

TEST(SigV4, PutOfBotocoreWithOddNames) {
    Example example;
    example.method = "PUT";
    example.path = "/bucket/a~b/%24%26%27%2A%2C%3A%3B%3D%40";
    example.payload = hex(sha256(as_bytes("hello")));
    example.headers = fields({{"content-md5", "XUFAKrxLKna5cZ2REBfFkg=="},
                              {"content-type", "text/plain"},
                              {"host", "localhost:9000"},
                              {"x-amz-content-sha256", example.payload},
                              {"x-amz-date", kTimestamp}});
    EXPECT_EQ(example.signature(),
              "5adbbdc317600fbc04ee8fb7c066098f0a74de44de7a47f7e63e210f24983a48");
}

TEST(SigV4, PresignedUrlOfBotocore) {
    Example example;
    example.path = "/bucket/a%20b/%C3%A9";
    example.payload = "UNSIGNED-PAYLOAD";
    example.headers = fields({{"host", "localhost:9000"}});
    example.query =
        fields({{"response-content-type", "text/plain"},
                {"versionId", "null"},
                {"X-Amz-Algorithm", "AWS4-HMAC-SHA256"},
                {"X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"},
                {"X-Amz-Date", kTimestamp},
                {"X-Amz-Expires", "3600"},
                {"X-Amz-SignedHeaders", "host"}});
    EXPECT_EQ(example.signature(),
              "474aea1e10f33596f4287e4d10f812e19d8187a0776e803a38bd8da98379dff0");
}

TEST(SigV4, PathsAreNotNormalised) {
    EXPECT_EQ(canonical_path("/b//a/../k"), "/b//a/../k");
    EXPECT_EQ(canonical_path("/b/a%2Fb%2fc"), "/b/a%2Fb%2Fc");
    EXPECT_EQ(canonical_path("/b/a b+c(d)"), "/b/a%20b%2Bc%28d%29");
    EXPECT_EQ(canonical_path("/b/%7Euser/%c3%a9"), "/b/~user/%C3%A9");
}

TEST(SigV4, QueriesAreSortedAndEncodedOnce) {
    const Fields query =
        fields({{"b", "2"}, {"a", "x/y z"}, {"a", "1"}, {"B", ""}, {"X-Amz-Signature", "s"}});
    EXPECT_EQ(canonical_query(query), "B=&a=1&a=x%2Fy%20z&b=2");
}

TEST(SigV4, HeadersAreTrimmedAndJoined) {
    const Fields headers =
        fields({{"host", "h"}, {"x-amz-meta-a", "  one   two  "}, {"x-amz-meta-a", "three"}});
    const Fields query;
    EXPECT_EQ(canonical_request({"GET", "/", query, headers}, {"host", "x-amz-meta-a"}, "P"),
              "GET\n/\n\nhost:h\nx-amz-meta-a:one two,three\n\nhost;x-amz-meta-a\nP");
}

TEST(SigV4, AuthorizationHeaders) {
    const std::string signature(64, 'a');
    const std::string good =
        "AWS4-HMAC-SHA256 Credential=K/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=host;x-amz-date,Signature=" +
        signature;
    const auto claim = parse_authorization(good);
    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->credential.access_key, "K");
    EXPECT_EQ(claim->signed_headers, (std::vector<std::string>{"host", "x-amz-date"}));
    EXPECT_EQ(claim->signature, signature);
    for (const std::string& bad : std::vector<std::string>{
             std::string("AWS4-HMAC-SHA256"),
             "AWS4-HMAC-SHA256 Credential=K/20130524/us-east-1/s3/aws4_request",
             good + ",Signature=" + signature, good + "0", good + ",x=y",
             "AWS4-HMAC-SHA256 "
             "Credential=K/2013/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=" +
                 signature,
             "AWS4-HMAC-SHA256 "
             "Credential=K/20130524/us-east-1/s3/aws5,SignedHeaders=host,Signature=" +
                 signature,
             "AWS4-HMAC-SHA256 "
             "Credential=K/20130524/us-east-1/s3/aws4_request,SignedHeaders=b;a,Signature=" +
                 signature,
             "AWS4-HMAC-SHA256 "
             "Credential=K/20130524/us-east-1/s3/aws4_request,SignedHeaders=,Signature=" +
                 signature}) {
        EXPECT_FALSE(parse_authorization(bad)) << bad;
    }
}

TEST(SigV4, Times) {
    EXPECT_EQ(parse_timestamp("20130524T000000Z"), 1369353600);
    EXPECT_EQ(format_timestamp(1369353600), "20130524T000000Z");
    EXPECT_EQ(format_iso(1369353600), "2013-05-24T00:00:00Z");
    EXPECT_EQ(parse_http_date("Fri, 24 May 2013 00:00:00 GMT"), 1369353600);
    for (const char* bad :
         {"", "20130524", "20130524T000000", "20131324T000000Z", "20130524T000000Zx"}) {
        EXPECT_FALSE(parse_timestamp(bad)) << bad;
    }
}

}  // namespace
}  // namespace csd::airmos::auth
