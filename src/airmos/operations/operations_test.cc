// SPDX-License-Identifier: BSD-3-Clause
//
// Operations against a store on real drives of this process, without a server. tests/airmos has them with clients; here is
// what clients do not do, and what the sanitizers shall see.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "airmos/metrics.hpp"
#include "airmos/operations/fake_exchange.hpp"
#include "airmos/operations/operation.hpp"
#include "airmos/run_task.hpp"
#include "lib/temp_dir.hpp"

namespace csd::airmos {
namespace {

using Arguments = std::vector<std::pair<std::string, std::string>>;

struct Call {
    std::string method, bucket, key;
    Arguments query = {}, headers = {};
    std::string body = {};
};

struct Answer {
    int status = 0;
    std::string code;  // of the error
    std::string body;
    Fields headers;
};

class OperationsTest : public testing::Test {
  protected:
    void SetUp() override {
        auto opened = Objects::open({{"emulator:" + directory_.path() + "/drive"}, 2, {}});
        ASSERT_TRUE(opened.ok()) << opened.status().message();
        objects_ = std::move(opened).value();
        for (int tries = 0; tries < 3000 && !objects_->ready(); tries++)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        ASSERT_TRUE(objects_->ready()) << objects_->drives()[0].why_not;
        services_.emplace(Services{*objects_, metrics_, "us-east-1", "owner", "Owner"});
        ASSERT_EQ(call({"PUT", "photos", ""}).status, 200);
    }

    Answer call(const Call& what, const std::function<void(FakeBody&)>& prepare = {}) {
        Request request;
        request.method = what.method;
        request.bucket = what.bucket;
        request.key = what.key;
        request.host = "localhost";
        for (const auto& [name, value] : what.query) request.query.add(name, value);
        for (const auto& [name, value] : what.headers) request.headers.add(name, value);
        FakeExchange exchange(std::move(request), what.body);
        if (prepare) prepare(exchange.payload);
        const auto done = run_task(route(exchange.request()).run(exchange, *services_));
        Answer answer{exchange.status, "", exchange.answer, exchange.headers()};
        if (!done.ok()) {
            answer.code = done.error().code();
            if (answer.status == 0) answer.status = done.error().http_status();
        }
        return answer;
    }
    Answer put(const std::string& key, const std::string& body) {
        return call({"PUT", "photos", key, {}, {}, body});
    }
    Answer get(const std::string& key) { return call({"GET", "photos", key}); }

    std::string upload(const std::string& key) {
        const std::string body = call({"POST", "photos", key, {{"uploads", ""}}}).body;
        const size_t from = body.find("<UploadId>") + 10;
        return body.substr(from, body.find("</UploadId>") - from);
    }

    test::TempDir directory_{"operations"};
    std::unique_ptr<Objects> objects_;
    Metrics metrics_;
    std::optional<Services> services_;
};

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
