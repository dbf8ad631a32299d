// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/auth/verifier.hpp"

#include <gtest/gtest.h>

#include "airmos/auth/test_signer.hpp"

namespace csd::airmos::auth {
namespace {

constexpr int64_t kNow = 1369353600;  // 2013-05-24

class VerifierTest : public testing::Test {
  protected:
    std::string judge(const TestRequest& request, int64_t now = kNow) {
        const Verifier verifier(kTestKeys, "us-east-1", [now] { return now; });
        const auto verified =
            verifier.verify({request.method, request.path, request.query, request.headers});
        payload = verified.ok() ? verified.value().payload : Payload::kUnsigned;
        return verified.ok() ? "OK" : std::string(verified.error().code());
    }
    static TestRequest get() {
        TestRequest request;
        request.path = "/bucket/a%20key";
        request.query.add("list-type", "2");
        request.headers.add("host", "localhost:9000");
        return request;
    }
    Payload payload = Payload::kUnsigned;
};

TEST_F(VerifierTest, ARightSignatureIsAccepted) {
    TestRequest request = get();
    request.sign(kNow);
    EXPECT_EQ(judge(request), "OK");
    EXPECT_EQ(payload, Payload::kHash);
    for (const auto& [text, mode] :
         {std::pair{"UNSIGNED-PAYLOAD", Payload::kUnsigned},
          {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", Payload::kSignedChunks},
          {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", Payload::kSignedChunksTrailer},
          {"STREAMING-UNSIGNED-PAYLOAD-TRAILER", Payload::kUnsignedTrailer}}) {
        TestRequest streamed = get();
        streamed.payload = text;
        streamed.sign(kNow);
        EXPECT_EQ(judge(streamed), "OK");
        EXPECT_EQ(payload, mode);
    }
}

TEST_F(VerifierTest, WhateverIsChangedIsNoticed) {
    const auto changed = [](auto change) {
        TestRequest request = get();
        request.headers.add("x-amz-meta-a", "one");
        request.sign(kNow);
        change(request);
        return request;
    };
    EXPECT_EQ(judge(changed([](TestRequest& r) { r.method = "PUT"; })), "SignatureDoesNotMatch");
    EXPECT_EQ(judge(changed([](TestRequest& r) { r.path = "/bucket/b"; })),
              "SignatureDoesNotMatch");
    EXPECT_EQ(judge(changed([](TestRequest& r) { r.query.add("acl", ""); })),
              "SignatureDoesNotMatch");
    EXPECT_EQ(judge(changed([](TestRequest& r) { r.headers.set("host", "other"); })),
              "SignatureDoesNotMatch");
    EXPECT_EQ(judge(changed([](TestRequest& r) { r.headers.set("x-amz-meta-a", "two"); })),
              "SignatureDoesNotMatch");
    EXPECT_EQ(judge(changed([](TestRequest& r) {
                  r.headers.set("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
              })),
              "SignatureDoesNotMatch");
    EXPECT_EQ(judge(changed([](TestRequest& r) { r.headers.add("x-amz-meta-b", "new"); })),
              "AccessDenied");
    EXPECT_EQ(judge(changed([](TestRequest& r) { r.headers.add("user-agent", "may change"); })),
              "OK");
}

TEST_F(VerifierTest, KeysRegionsAndDates) {
    TestRequest request = get();
    request.keys.access_key = "nobody";
    request.sign(kNow);
    EXPECT_EQ(judge(request), "InvalidAccessKeyId");
    request = get();
    request.keys.secret_key = "wrong";
    request.sign(kNow);
    EXPECT_EQ(judge(request), "SignatureDoesNotMatch");
    request = get();
    request.region = "eu-west-1";
    request.sign(kNow);
    EXPECT_EQ(judge(request), "AuthorizationHeaderMalformed");
    request = get();
    request.service = "sts";
    request.sign(kNow);
    EXPECT_EQ(judge(request), "NotImplemented");
}

TEST_F(VerifierTest, ClocksMayDifferByAQuarterOfAnHour) {
    TestRequest request = get();
    request.sign(kNow);
    EXPECT_EQ(judge(request, kNow + 900), "OK");
    EXPECT_EQ(judge(request, kNow - 900), "OK");
    EXPECT_EQ(judge(request, kNow + 901), "RequestTimeTooSkewed");
    EXPECT_EQ(judge(request, kNow - 901), "RequestTimeTooSkewed");
    request.headers.set("x-amz-date", "yesterday");
    EXPECT_EQ(judge(request), "AccessDenied");
}

TEST_F(VerifierTest, PresignedUrlsExpire) {
    TestRequest request = get();
    request.presign(kNow, 60);
    EXPECT_EQ(judge(request), "OK");
    EXPECT_EQ(payload, Payload::kUnsigned);
    EXPECT_EQ(judge(request, kNow + 60), "OK");
    EXPECT_EQ(judge(request, kNow + 61), "AccessDenied");
    EXPECT_EQ(judge(request, kNow - 901), "AccessDenied");
    request.query.set("X-Amz-Expires", "61");
    EXPECT_EQ(judge(request), "SignatureDoesNotMatch");
    for (const char* bad : {"", "0", "-1", "604801", "x"}) {
        request.query.set("X-Amz-Expires", bad);
        EXPECT_EQ(judge(request), "AuthorizationQueryParametersError") << bad;
    }
}

TEST_F(VerifierTest, OtherWaysToSignAreRefused) {
    EXPECT_EQ(judge(get()), "AccessDenied");
    TestRequest request = get();
    request.headers.add("authorization", "AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=");
    EXPECT_EQ(judge(request), "InvalidRequest");
    request = get();
    request.query.add("AWSAccessKeyId", "a");
    request.query.add("Signature", "s");
    EXPECT_EQ(judge(request), "InvalidRequest");
    request = get();
    request.headers.add("authorization", "Basic dTpw");
    EXPECT_EQ(judge(request), "InvalidRequest");
    request = get();
    request.headers.add("authorization", "AWS4-HMAC-SHA256 nonsense");
    request.headers.add("x-amz-date", "20130524T000000Z");
    EXPECT_EQ(judge(request), "AuthorizationHeaderMalformed");
    request = get();
    request.presign(kNow, 60);
    request.headers.add("authorization", "x");
    EXPECT_EQ(judge(request), "InvalidArgument");
}

TEST_F(VerifierTest, ThePayloadModeMustBeKnown) {
    for (const auto& [text, code] :
         {std::pair{"nonsense", "InvalidArgument"},
          {"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "NotImplemented"}}) {
        TestRequest request = get();
        request.payload = text;
        request.sign(kNow);
        EXPECT_EQ(judge(request), code);
    }
}

TEST_F(VerifierTest, WithoutAPayloadModeThereIsNoPayload) {
    TestRequest request = get();
    request.says_payload = false;
    request.sign(kNow);
    EXPECT_EQ(judge(request), "OK");
    EXPECT_EQ(payload, Payload::kHash);
    request.payload = hex(sha256(as_bytes("a body")));
    request.sign(kNow);
    EXPECT_EQ(judge(request), "InvalidRequest");
}

}  // namespace
}  // namespace csd::airmos::auth
