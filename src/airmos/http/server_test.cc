// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/http/server.hpp"

#include <gtest/gtest.h>

#include "airmos/http/test_server.hpp"

namespace csd::airmos {
namespace {

using namespace std::string_literals;
using Extra = std::vector<std::pair<std::string, std::string>>;

std::string put_text(const std::string& path, const std::string& body, Extra fields = {}) {
    fields.emplace_back("content-length", std::to_string(body.size()));
    return signed_head(test_request("PUT", path, fields)) + body;
}
std::string get_text(const std::string& path) {
    return signed_head(test_request("GET", path));
}

TEST(Server, PutsAndGetsOnOneConnection) {
    TestServer server;
    TestClient client(server.port());
    for (const size_t size : {0, 1, 4096, 300000, 3000000}) {
        std::string body(size, 'b');
        for (size_t i = 0; i < size; i++) body[i] = static_cast<char>(i * 7);
        const auto put = client.ask(put_text("/b/k", body));
        EXPECT_EQ(put.status, 200);
        EXPECT_TRUE(put.has("etag: \""));
        EXPECT_TRUE(put.has("x-amz-request-id: "));
        const auto got = client.ask(get_text("/b/k"));
        EXPECT_EQ(got.status, 200);
        EXPECT_TRUE(got.has("connection: keep-alive"));
        EXPECT_TRUE(got.body == body) << size;
    }
    EXPECT_EQ(server.log().size(), 10u);
}

TEST(Server, RequestsMayFollowWithoutAPause) {
    TestServer server;
    TestClient client(server.port());
    ASSERT_TRUE(client.send(put_text("/b/1", "one") + put_text("/b/2", "two") + get_text("/b/1") +
                            get_text("/b/none") + get_text("/b/2")));
    EXPECT_EQ(client.receive().status, 200);
    EXPECT_EQ(client.receive().status, 200);
    EXPECT_EQ(client.receive().body, "one");
    EXPECT_EQ(client.receive().code(), "NoSuchKey");
    EXPECT_EQ(client.receive().body, "two");
}

TEST(Server, ChunkedBodiesAndAnswers) {
    TestServer server;
    TestClient client(server.port());
    const std::string head =
        signed_head(test_request("PUT", "/b/k", {{"transfer-encoding", "chunked"}}));
    const std::string big(100000, 'y');
    const std::string body = "3\r\nabc\r\n186a0;ext=1\r\n" + big + "\r\n0\r\nx-trailer: t\r\n\r\n";
    EXPECT_EQ(client.ask(head + body).status, 200);
    EXPECT_EQ(client.ask(get_text("/b/k")).body, "abc" + big);
    for (const char c : head + body) ASSERT_TRUE(client.send(std::string(1, c)));
    EXPECT_EQ(client.receive().status, 200);

    auto request = test_request("GET", "/b/k");
    request.query.add("chunks", "");
    const auto chunks = client.ask(signed_head(request));
    EXPECT_TRUE(chunks.has("transfer-encoding: chunked"));
    EXPECT_TRUE(chunks.whole);
    EXPECT_EQ(chunks.body, std::string(900000, 'c'));
    EXPECT_EQ(client.ask(get_text("/b/k")).status, 200);

    TestClient broken(server.port());
    EXPECT_EQ(broken.ask(head + "zz\r\n").code(), "BadRequest");
    EXPECT_TRUE(broken.is_closed());
}

TEST(Server, ContinueIsSaidWhenTheHeadIsAccepted) {
    TestServer server;
    TestClient client(server.port());
    const Extra fields = {{"content-length", "4"}, {"expect", "100-continue"}};
    EXPECT_EQ(client.ask(signed_head(test_request("PUT", "/b/k", fields))).status, 100);
    EXPECT_EQ(client.ask("body").status, 200);
    EXPECT_EQ(server.objects().at("/b/k"), "body");

    auth::TestRequest wrong = test_request("PUT", "/b/wrong", fields);
    wrong.keys.secret_key = "wrong";
    const auto refused = client.ask(signed_head(wrong));
    EXPECT_EQ(refused.status, 403);
    EXPECT_TRUE(refused.has("connection: close"));
    EXPECT_TRUE(client.is_closed());
}

TEST(Server, ErrorsAreXmlAndTheConnectionGoesOn) {
    TestServer server;
    TestClient client(server.port());
    const auto missing = client.ask(get_text("/b/a%26b"));
    EXPECT_EQ(missing.status, 404);
    EXPECT_TRUE(missing.has("content-type: application/xml"));
    EXPECT_NE(missing.body.find("<Key>a&amp;b</Key><Resource>/b/a%26b</Resource><RequestId>"),
              std::string::npos);
    const auto head = client.ask(signed_head(test_request("HEAD", "/b/none")), false);
    EXPECT_EQ(head.status, 404);
    EXPECT_EQ(client.ask("GET /b/k HTTP/1.1\r\nHost: h\r\n\r\n").code(), "AccessDenied");
    EXPECT_EQ(client.ask(signed_head(test_request("DELETE", "/b/k"))).status, 405);
    // A small body that nobody read does not become the next request.
    EXPECT_EQ(
        client
            .ask(signed_head(test_request("POST", "/b/k", {{"content-length", "9"}})) + "GET / HTT")
            .status,
        405);
    EXPECT_EQ(client.ask(put_text("/b/k", "x")).status, 200);
}

TEST(Server, PagesNeedNoSignature) {
    TestServer server;
    TestClient client(server.port());
    EXPECT_EQ(client.ask("GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n").body, "live");
    EXPECT_EQ(client.ask("HEAD /health/live HTTP/1.1\r\nHost: h\r\n\r\n", false).status, 200);
    EXPECT_EQ(
        client.ask("PUT /health/live HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").code(),
        "AccessDenied");
    // With a signature it is the object `live` of the bucket `health`.
    EXPECT_EQ(client.ask(get_text("/health/live")).code(), "NoSuchKey");
}

TEST(Server, HeadsThatAreNoneEndTheConnection) {
    TestServer server;
    for (const auto& [text, code] : std::vector<std::pair<std::string, std::string>>{
             {"hello\r\n\r\n", "BadRequest"},
             {"GET / HTTP/1.1\r\n\r\n", "InvalidHostHeader"},
             {"GET /%zz HTTP/1.1\r\nHost: h\r\nAuthorization: x\r\n\r\n", "InvalidURI"},
             {"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: "
              "chunked\r\n\r\n0\r\n\r\nGET /x",
              "BadRequest"},
             {"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
              "BadRequest"},
             {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(40000, 'x') + "\r\n\r\n",
              "RequestHeaderSectionTooLarge"},
             {"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n",
              "EntityTooLarge"}}) {
        TestClient client(server.port());
        const auto response = client.ask(text);
        EXPECT_EQ(response.code(), code);
        const bool head_was_one = code == "InvalidURI";
        EXPECT_NE(response.has("connection: close"), head_was_one) << text;
    }
}

TEST(Server, ABodyThatIsNotWhatWasSignedIsNotKept) {
    TestServer server;
    TestClient client(server.port());
    auth::TestRequest request = test_request("PUT", "/b/k", {{"content-length", "4"}});
    request.payload = hex(sha256(as_bytes("good")));
    EXPECT_EQ(client.ask(signed_head(request) + "evil").code(), "XAmzContentSHA256Mismatch");
    EXPECT_EQ(
        client.ask(put_text("/b/k", "evil", {{"content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="}})).code(),
        "BadDigest");
    EXPECT_EQ(client.ask(put_text("/b/k", "evil", {{"x-amz-checksum-crc32", "AAAAAA=="}})).code(),
              "BadDigest");
    EXPECT_TRUE(server.objects().empty());
    EXPECT_EQ(client.ask(signed_head(request) + "good").status, 200);
}

TEST(Server, SignedChunks) {
    TestServer server;
    TestClient client(server.port());
    const int64_t now = std::time(nullptr);
    auth::TestRequest request = test_request(
        "PUT", "/b/k",
        {{"x-amz-decoded-content-length", "6"}, {"content-encoding", "aws-chunked,gzip"}});
    request.payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    const auto body = [&](const std::string& seed, const std::string& claimed,
                          const std::string& sent) {
        auth::ChunkSigner signer = request.chunk_signer(now, seed);
        std::string text = "6;chunk-signature=" + signer.next_chunk(hex(sha256(as_bytes(claimed))));
        text += "\r\n" + sent + "\r\n0;chunk-signature=";
        return text + signer.next_chunk(hex(sha256({}))) + "\r\n\r\n";
    };
    request.headers.add("content-length",
                        std::to_string(body(std::string(64, '0'), "secret", "secret").size()));
    const std::string seed = request.sign(now);
    const auto accepted = client.ask(request.head() + body(seed, "secret", "secret"));
    EXPECT_EQ(accepted.status, 200) << accepted.body;
    EXPECT_TRUE(accepted.has("x-test-encoding: gzip\r\n"));
    EXPECT_EQ(server.objects().at("/b/k"), "secret");
    server.put("/b/k", "old");
    EXPECT_EQ(client.ask(request.head() + body(seed, "secret", "public")).code(),
              "SignatureDoesNotMatch");
    EXPECT_EQ(server.objects().at("/b/k"), "old");
    TestClient other(server.port());
    EXPECT_EQ(other.ask(request.head() + body(std::string(64, 'a'), "secret", "secret")).code(),
              "SignatureDoesNotMatch");
}

TEST(Server, AClientThatVanishesLeavesNothing) {
    TestServer server;
    {
        TestClient client(server.port());
        const std::string text = put_text("/b/k", std::string(100000, 'x'));
        ASSERT_TRUE(client.send(text.substr(0, text.size() - 1)));
    }
    for (int i = 0; i < 1000 && server.server().connections() > 0; i++) ::usleep(10000);
    EXPECT_EQ(server.server().connections(), 0u);
    EXPECT_TRUE(server.objects().empty());
}

TEST(Server, SlowClientsHoldNoPlace) {
    Limits limits;
    limits.idle = limits.head = limits.pause = std::chrono::seconds(1);
    TestServer server(limits);
    TestClient idle(server.port()), head(server.port()), body(server.port());
    ASSERT_TRUE(head.send("GET / HT"));
    ASSERT_TRUE(
        body.send(signed_head(test_request("PUT", "/b/k", {{"content-length", "4"}})) + "bo"));
    EXPECT_EQ(head.receive().code(), "RequestTimeout");
    EXPECT_EQ(body.receive().code(), "RequestTimeout");
    EXPECT_EQ(idle.receive().status, 0);
    EXPECT_TRUE(server.objects().empty());
}

TEST(Server, DrippingIsTooSlow) {
    Limits limits;
    limits.grace = std::chrono::seconds(1);
    TestServer server(limits);
    TestClient client(server.port());
    ASSERT_TRUE(
        client.send(signed_head(test_request("PUT", "/b/k", {{"content-length", "1000000"}}))));
    for (int i = 0; i < 200 && client.is_silent(50); i++) (void)client.send("x");
    EXPECT_EQ(client.receive().code(), "RequestTimeout");
}

TEST(Server, ConnectionsAreCounted) {
    Limits limits;
    limits.connections = 2;
    TestServer server(limits);
    TestClient one(server.port()), two(server.port());
    EXPECT_EQ(one.ask(put_text("/b/k", "x")).status, 200);
    EXPECT_EQ(two.ask(get_text("/b/k")).status, 200);
    TestClient three(server.port());
    EXPECT_EQ(three.receive().code(), "SlowDown");
    three.leave();
    one.leave();
    for (int i = 0; i < 1000 && server.server().connections() > 1; i++) ::usleep(10000);
    TestClient four(server.port());
    EXPECT_EQ(four.ask(get_text("/b/k")).status, 200);
}

TEST(Server, AnAnswerThatFailsInTheMiddleIsCut) {
    TestServer server;
    TestClient client(server.port());
    auto request = test_request("GET", "/b/k");
    request.query.add("cut", "");
    const auto response = client.ask(signed_head(request));
    EXPECT_EQ(response.status, 200);
    EXPECT_FALSE(response.whole);
    EXPECT_TRUE(client.is_closed());
}

TEST(Server, HeadersOfAnAnswerHaveOneLine) {
    TestServer server;
    TestClient client(server.port());
    auto request = test_request("GET", "/b/k");
    request.query.add("response-content-type", "a\r\nset-cookie: x");
    const auto response = client.ask(signed_head(request));
    EXPECT_EQ(response.code(), "InvalidArgument");
    EXPECT_FALSE(response.has("set-cookie"));
}

TEST(Server, StopsWhenTheRequestsInFlightAreAnswered) {
    TestServer server;
    TestClient idle(server.port()), busy(server.port());
    EXPECT_EQ(idle.ask(put_text("/b/k", "x")).status, 200);
    auto request = test_request("GET", "/b/k");
    request.query.add("hang", "");
    ASSERT_TRUE(busy.send(signed_head(request)));
    ::usleep(100000);
    server.server().stop();
    EXPECT_TRUE(idle.is_closed());
    const auto answer = busy.receive();
    EXPECT_EQ(answer.code(), "SlowDown");
    EXPECT_TRUE(busy.is_closed());
    for (int i = 0; i < 1000 && server.server().connections() > 0; i++) ::usleep(10000);
    EXPECT_EQ(server.server().connections(), 0u);
}

TEST(Server, AnOperationLearnsThatItsClientIsGone) {
    TestServer server;
    const auto watch = [](const std::string& milliseconds) {
        auto request = test_request("GET", "/b/k");
        request.query.add("watch", milliseconds);
        return signed_head(request);
    };
    TestClient stays(server.port()), leaves(server.port()), closes_its_side(server.port());
    EXPECT_EQ(stays.ask(watch("100")).body, "there");
    ASSERT_TRUE(stays.send(watch("100") + get_text("/b/none")));
    EXPECT_EQ(stays.receive().body, "there") << "what follows is no reason to think it is gone";
    EXPECT_EQ(stays.receive().code(), "NoSuchKey");
    ASSERT_TRUE(leaves.send(watch("60000")));
    ASSERT_TRUE(closes_its_side.send(watch("60000")));
    ::usleep(50000);
    leaves.leave();
    closes_its_side.end();
    const auto ended = [&] {
        const auto log = server.log();
        return std::count(log.begin(), log.end(), std::pair("Watch"s, 400));
    };
    for (int i = 0; i < 1000 && ended() < 2; i++) ::usleep(10000);
    EXPECT_EQ(ended(), 2);
}

TEST(Server, ManyClientsAtOnce) {
    TestServer server;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; t++) {
        threads.emplace_back([&server, t] {
            TestClient client(server.port());
            for (int i = 0; i < 20; i++) {
                const std::string path = "/b/" + std::to_string(t) + "-" + std::to_string(i);
                const std::string body(static_cast<size_t>(i) * 9000, static_cast<char>('a' + t));
                ASSERT_EQ(client.ask(put_text(path, body)).status, 200);
                ASSERT_TRUE(client.ask(get_text(path)).body == body);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(server.objects().size(), 160u);
}

}  // namespace
}  // namespace csd::airmos
