// SPDX-License-Identifier: BSD-3-Clause
//
// Operations against a store on real drives of this process, without a server. tests/airmos has them with clients; here is
// what clients do not do, and what the sanitizers shall see.
#include "airmos/operations/operations_fixture.hpp"
#include "airmos/select/translate.hpp"

namespace csd::airmos {
namespace {

TEST_F(OperationsTest, WhatWasPutIsGot) {
    const std::string body(1'500'000, 'x');
    const Answer stored = put("a", body);
    EXPECT_EQ(stored.status, 200);
    const Answer found = get("a");
    EXPECT_EQ(found.status, 200);
    EXPECT_EQ(found.body, body);
    EXPECT_EQ(found.headers.get("ETag"), stored.headers.get("ETag"));
}

// The server fails the last read of a body whose digest is wrong: then there must be no object, and the old one stays.
TEST_F(OperationsTest, ABodyThatFailsAtItsEndLeavesNothing) {
    const auto fail = [](FakeBody& body) { body.fails = true; };
    EXPECT_EQ(call({"PUT", "photos", "new", {}, {}, "bytes"}, fail).code, "BadDigest");
    EXPECT_EQ(get("new").code, "NoSuchKey");
    put("old", "before");
    EXPECT_EQ(call({"PUT", "photos", "old", {}, {}, "bytes"}, fail).code, "BadDigest");
    EXPECT_EQ(get("old").body, "before");
    const std::string id = upload("parts");
    const Arguments part = {{"partNumber", "1"}, {"uploadId", id}};
    EXPECT_EQ(call({"PUT", "photos", "parts", part, {}, "bytes"}, fail).code, "BadDigest");
    EXPECT_EQ(call({"GET", "photos", "parts", {{"uploadId", id}}}).body.find("<PartNumber>"),
              std::string::npos);
}

TEST_F(OperationsTest, ABodyTooLongIsRefusedBeforeItIsRead) {
    const auto claim = [](FakeBody& body) { body.claimed_size = 5 * kGiB + 1; };
    EXPECT_EQ(call({"PUT", "photos", "a", {}, {}, ""}, claim).code, "EntityTooLarge");
    const auto hide = [](FakeBody& body) { body.size_unknown = true; };
    EXPECT_EQ(call({"PUT", "photos", "a", {}, {}, ""}, hide).code, "MissingContentLength");
}

TEST_F(OperationsTest, PartsBecomeAnObject) {
    const std::string id = upload("whole");
    const Answer part = call(
        {"PUT", "photos", "whole", {{"partNumber", "3"}, {"uploadId", id}}, {}, "the only one"});
    ASSERT_EQ(part.status, 200) << part.code;
    const Answer done = call({"POST",
                              "photos",
                              "whole",
                              {{"uploadId", id}},
                              {},
                              "<CompleteMultipartUpload><Part><PartNumber>3</PartNumber><ETag>" +
                                  std::string(part.headers.get("ETag")) +
                                  "</ETag></Part></CompleteMultipartUpload>"});
    EXPECT_EQ(done.status, 200) << done.code;
    EXPECT_NE(done.body.find("-1&quot;"), std::string::npos) << done.body;
    EXPECT_EQ(get("whole").body, "the only one");
}

TEST_F(OperationsTest, AnAnswerMayHaveChecksums) {
    const auto verified = [](FakeBody& body) { body.verified = {{"CRC32", "AAAAAA=="}}; };
    EXPECT_EQ(
        call({"PUT", "photos", "a", {}, {}, "x"}, verified).headers.get("x-amz-checksum-crc32"),
        "AAAAAA==");
    const Arguments mode = {{"x-amz-checksum-mode", "ENABLED"}};
    EXPECT_EQ(call({"HEAD", "photos", "a", {}, mode}).headers.get("x-amz-checksum-crc32"),
              "AAAAAA==");
    EXPECT_FALSE(call({"HEAD", "photos", "a"}).headers.has("x-amz-checksum-crc32"));
}

// As an SDK does whose connection was lost before the response came.
TEST_F(OperationsTest, ACompleteThatIsRepeatedIsToldTheSame) {
    const std::string id = upload("twice");
    const Answer part = call(
        {"PUT", "photos", "twice", {{"partNumber", "1"}, {"uploadId", id}}, {}, "the only one"});
    const auto complete = [&](Arguments headers, const std::string& number = "1") {
        return call({"POST",
                     "photos",
                     "twice",
                     {{"uploadId", id}},
                     std::move(headers),
                     "<CompleteMultipartUpload><Part><PartNumber>" + number +
                         "</PartNumber><ETag>" + std::string(part.headers.get("ETag")) +
                         "</ETag></Part></CompleteMultipartUpload>"});
    };
    const Arguments absent = {{"if-none-match", "*"}};
    const Answer first = complete(absent);
    ASSERT_EQ(first.status, 200) << first.code;
    EXPECT_EQ(complete(absent).body, first.body);
    EXPECT_EQ(complete({}).code, "NoSuchUpload") << "without the condition it is another request";
    EXPECT_EQ(complete(absent, "2").code, "NoSuchUpload");
    const auto with = [&](const char* name, const char* value) {
        return complete({{"if-none-match", "*"}, {name, value}}).code;
    };
    EXPECT_EQ(with("x-amz-mp-object-size", "13"), "InvalidRequest");
    EXPECT_EQ(with("x-amz-checksum-crc64nvme", "AAAAAAAAAAA="), "BadDigest");
    EXPECT_EQ(with("x-amz-checksum-type", "COMPOSITE"), "InvalidRequest");
    ASSERT_EQ(call({"DELETE", "photos", "twice"}).status, 204);
    EXPECT_EQ(complete(absent).body, first.body);
    EXPECT_EQ(get("twice").code, "NoSuchKey");
    EXPECT_EQ(call({"DELETE", "photos", "twice", {{"uploadId", id}}}).code, "NoSuchUpload");
}

TEST_F(OperationsTest, OnesOwnBucketIsMadeAgainInUsEast1Only) {
    EXPECT_EQ(call({"PUT", "photos", ""}).status, 200);
    services_->region = "eu-1";
    EXPECT_EQ(call({"PUT", "photos", ""}).code, "BucketAlreadyOwnedByYou");
}

TEST_F(OperationsTest, ListingsAreXml) {
    put("b&c", "12345");
    const Answer listed = call({"GET", "photos", "", {{"list-type", "2"}}});
    EXPECT_EQ(listed.status, 200);
    EXPECT_NE(listed.body.find("<Contents><Key>b&amp;c</Key>"), std::string::npos) << listed.body;
    EXPECT_NE(listed.body.find("<Size>5</Size>"), std::string::npos);
}

TEST_F(OperationsTest, ASelectAnswersAStreamWithAnEnd) {
    put("a.csv", "n,v\na,1\nb,2\n");
    const Answer answer =
        call({"POST",
              "photos",
              "a.csv",
              {{"select", ""}, {"select-type", "2"}},
              {},
              "<SelectObjectContentRequest><Expression>SELECT n FROM S3Object WHERE v = '2'"
              "</Expression><ExpressionType>SQL</ExpressionType><InputSerialization><CSV>"
              "<FileHeaderInfo>USE</FileHeaderInfo></CSV></InputSerialization>"
              "<OutputSerialization><CSV/></OutputSerialization></SelectObjectContentRequest>"});
    ASSERT_EQ(answer.status, 200) << answer.code;
    EXPECT_NE(answer.body.find("b\n"), std::string::npos);
    EXPECT_NE(answer.body.find("<BytesReturned>2</BytesReturned>"), std::string::npos);
    EXPECT_NE(answer.body.find("End"), std::string::npos);
}

// Each of these asks the drive more than once: for the header of CSV, and again without the members that no record has.
TEST_F(OperationsTest, ASelectParsesItsExpressionOnceHoweverOftenItAsksTheDrive) {
    const auto select = [&](const std::string& key, const std::string& expression,
                            const std::string& input) {
        const uint64_t before = select::Statement::parses();
        const Answer answer = call(
            {"POST",
             "photos",
             key,
             {{"select", ""}, {"select-type", "2"}},
             {},
             "<SelectObjectContentRequest><Expression>" + expression +
                 "</Expression><ExpressionType>SQL</ExpressionType><InputSerialization>" + input +
                 "</InputSerialization><OutputSerialization><CSV/></OutputSerialization>"
                 "</SelectObjectContentRequest>"});
        EXPECT_EQ(1u, select::Statement::parses() - before) << expression;
        return answer;
    };
    const std::string csv = "<CSV><FileHeaderInfo>USE</FileHeaderInfo></CSV>";
    const std::string json = "<JSON><Type>LINES</Type></JSON>";
    put("a.csv", "n,v\na,1\n");
    put("a.json", "{\"n\": \"a\"}\n");
    EXPECT_EQ(select("a.csv", "SELECT s.n FROM S3Object s", csv).status, 200);
    EXPECT_EQ(select("a.json", "SELECT s.n, s.no, s.never FROM S3Object s", json).status, 200);
    EXPECT_EQ(select("a.csv", "SELECT s.zip FROM S3Object s", csv).code,
              "EvaluatorBindingDoesNotExist");
    EXPECT_EQ(select("a.csv", "SELECT FROM", csv).status, 400);
    EXPECT_EQ(select("none.csv", "SELECT s.n FROM S3Object s", csv).code, "NoSuchKey");
}

TEST_F(OperationsTest, WhatIsNotImplementedSaysSo) {
    EXPECT_EQ(call({"PUT", "photos", "", {{"versioning", ""}}}).code, "NotImplemented");
    EXPECT_EQ(call({"PUT", "photos", "a", {}, {{"x-amz-server-side-encryption", "AES256"}}}).code,
              "NotImplemented");
    EXPECT_EQ(get("a").code, "NoSuchKey");
    EXPECT_EQ(call({"DELETE", "photos", "", {{"newer", ""}}}).code, "NotImplemented");
    EXPECT_EQ(call({"PUT", "photos", "a", {{"uploadId", "x"}}, {}, "x"}).code, "InvalidArgument");
    EXPECT_EQ(call({"GET", "photos", "", {}, {{"x-amz-expected-bucket-owner", "other"}}}).code,
              "AccessDenied");
    EXPECT_EQ(get("a").code, "NoSuchKey");
    EXPECT_EQ(call({"PATCH", "photos", "a"}).code, "MethodNotAllowed");
}

}  // namespace
}  // namespace csd::airmos
