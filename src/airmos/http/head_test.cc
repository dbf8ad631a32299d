// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/http/head.hpp"

#include <gtest/gtest.h>

namespace csd::airmos {
namespace {

using namespace std::string_literals;

Outcome<Head> parse(const std::string& text) {
    return parse_head(text, Limits());
}
std::string code_of(const std::string& text) {
    const Outcome<Head> head = parse(text);
    return head.ok() ? "OK" : std::string(head.error().code());
}
std::string with(const std::string& fields) {
    return "PUT /b/k HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}
std::string to(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
}

TEST(Head, IsTakenApart) {
    const Outcome<Head> parsed = parse(
        "PUT /b/a%20key?x-id=PutObject&empty&two=a+b%26 HTTP/1.1\r\nHost: h:9000\r\n"
        "X-Amz-Meta-A:  one two \r\nContent-Length: 17\r\nExpect: 100-Continue\r\n\r\n");
    ASSERT_TRUE(parsed.ok());
    const Head& head = parsed.value();
    EXPECT_EQ(head.method, "PUT");
    EXPECT_EQ(head.path, "/b/a%20key");
    EXPECT_EQ(head.query.get("x-id"), "PutObject");
    EXPECT_TRUE(head.query.has("empty"));
    EXPECT_EQ(head.query.get("two"), "a b&");
    EXPECT_EQ(head.headers.get("x-amz-meta-a"), "one two");
    EXPECT_EQ(head.host, "h:9000");
    EXPECT_EQ(head.content_length, 17u);
    EXPECT_TRUE(head.expects_continue);
    EXPECT_TRUE(head.keep_alive);
    EXPECT_FALSE(head.chunked);
}

// RFC 9112, 11.2: what a proxy and a server could read differently.
TEST(Head, ThatCouldSmuggleARequestIsRefused) {
    EXPECT_EQ(code_of(with("Content-Length: 1\r\nContent-Length: 1\r\n")), "BadRequest");
    EXPECT_EQ(code_of(with("Content-Length: 1\r\nContent-Length: 2\r\n")), "BadRequest");
    EXPECT_EQ(code_of(with("Content-Length: 1, 1\r\n")), "BadRequest");
    EXPECT_EQ(code_of(with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")), "BadRequest");
    EXPECT_EQ(code_of(with("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n")), "BadRequest");
    EXPECT_EQ(code_of(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")),
              "BadRequest");
    EXPECT_EQ(code_of(with("Transfer-Encoding: gzip, chunked\r\n")), "NotImplemented");
    EXPECT_EQ(code_of(with("Transfer-Encoding : chunked\r\n")), "BadRequest");
    EXPECT_EQ(code_of(with("Content-Length: +1\r\n")), "BadRequest");
    EXPECT_EQ(code_of(with("Content-Length: -1\r\n")), "BadRequest");
    EXPECT_EQ(code_of(with("Content-Length: 0x1\r\n")), "BadRequest");
    EXPECT_EQ(code_of(with("Content-Length: \r\n")), "BadRequest");
    EXPECT_EQ(code_of(with("Content-Length: 99999999999999999999\r\n")), "BadRequest");
    EXPECT_EQ(code_of(with("X: a\r\n folded\r\n")), "BadRequest");
    EXPECT_EQ(code_of(with("X: a\r\n\tfolded\r\n")), "BadRequest");
    EXPECT_EQ(code_of(with("X: a\nY: b\r\n")), "BadRequest");
    EXPECT_EQ(code_of(with("X: a\0b\r\n"s)), "BadRequest");
    EXPECT_EQ(code_of("PUT / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"),
              "BadRequest");
}

TEST(Head, HasOneHost) {
    EXPECT_EQ(code_of("GET / HTTP/1.1\r\n\r\n"), "InvalidHostHeader");
    EXPECT_EQ(code_of("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), "InvalidHostHeader");
    EXPECT_EQ(code_of("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), "InvalidHostHeader");
    EXPECT_EQ(code_of("GET / HTTP/1.1\r\nHost:\r\n\r\n"), "InvalidHostHeader");
    EXPECT_EQ(code_of("GET / HTTP/1.0\r\n\r\n"), "OK");
}

TEST(Head, TargetsOfEveryForm) {
    EXPECT_EQ(code_of(to("/b/../../etc")), "OK");
    EXPECT_EQ(code_of(to("http://h/b/k")), "OK");
    EXPECT_EQ(parse(to("http://h/b/k?x=1")).value().path, "/b/k");
    EXPECT_EQ(parse(to("http://h")).value().path, "/");
    EXPECT_EQ(code_of(to("http://other/b")), "InvalidURI");
    EXPECT_EQ(code_of(to("*")), "InvalidURI");
    EXPECT_EQ(code_of(to("b/k")), "InvalidURI");
    EXPECT_EQ(code_of(to("/b?x=%zz")), "InvalidURI");
    EXPECT_EQ(code_of(to("/b?x=%ff")), "InvalidURI");
    EXPECT_EQ(code_of(to("/b#x")), "InvalidURI");
    EXPECT_EQ(code_of(to("/" + std::string(20000, 'a'))), "InvalidURI");
}

TEST(Head, ThatIsNoneIsRefused) {
    EXPECT_EQ(code_of("\r\n\r\n"), "BadRequest");
    EXPECT_EQ(code_of("hello\r\n\r\n"), "BadRequest");
    EXPECT_EQ(code_of("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), "BadRequest");
    EXPECT_EQ(code_of("GET / HTTP/1.1\r\nHost: h\r\n"), "BadRequest");
    EXPECT_EQ(code_of("G@T / HTTP/1.1\r\nHost: h\r\n\r\n"), "BadRequest");
}

TEST(Head, IsBounded) {
    EXPECT_EQ(code_of(with("Content-Length: " + std::to_string(5 * kGiB) + "\r\n")), "OK");
    EXPECT_EQ(code_of(with("Content-Length: " + std::to_string(6 * kGiB) + "\r\n")),
              "EntityTooLarge");
}

std::string names(const std::string& path, const std::string& host = "h",
                  const std::vector<std::string>& domains = {}) {
    const Outcome<Names> found = names_of(path, host, domains);
    if (!found.ok()) return std::string(found.error().code());
    return found.value().bucket + "|" + found.value().key;
}

TEST(Names, OfPaths) {
    EXPECT_EQ(names("/"), "|");
    EXPECT_EQ(names("/b"), "b|");
    EXPECT_EQ(names("/b/"), "b|");
    EXPECT_EQ(names("/b/k"), "b|k");
    EXPECT_EQ(names("/b/a/b%2Fc+d%20e"), "b|a/b/c+d e");
    EXPECT_EQ(names("/b/%C3%A9"), "b|\xc3\xa9");
    // S3 does not normalise: these are names like any other.
    EXPECT_EQ(names("/b//k"), "b|/k");
    EXPECT_EQ(names("/b/../k"), "b|../k");
    EXPECT_EQ(names("/b/./k"), "b|./k");
    EXPECT_EQ(names("/b%2Fc/k"), "b/c|k");
}

TEST(Names, ThatNobodyMayHave) {
    EXPECT_EQ(names("//k"), "InvalidURI");
    EXPECT_EQ(names("/b/%00"), "InvalidURI");
    EXPECT_EQ(names("/b/%ff"), "InvalidURI");
    EXPECT_EQ(names("/b/\xff"), "InvalidURI");
    EXPECT_EQ(names("/b/%c0%ae"), "InvalidURI");
    EXPECT_EQ(names("/b/%2"), "InvalidURI");
    EXPECT_EQ(names("/%ff/k"), "InvalidBucketName");
    EXPECT_EQ(names("/b/" + std::string(1024, 'a')), "b|" + std::string(1024, 'a'));
    EXPECT_EQ(names("/b/" + std::string(1025, 'a')), "KeyTooLongError");
}

TEST(Names, OfHosts) {
    const std::vector<std::string> domains = {"s3.example.org"};
    EXPECT_EQ(names("/a/b", "photos.s3.example.org:9000", domains), "photos|a/b");
    EXPECT_EQ(names("/", "my.photos.S3.Example.org", domains), "my.photos|");
    EXPECT_EQ(names("//k", "photos.s3.example.org", domains), "photos|/k");
    EXPECT_EQ(names("/b/k", "s3.example.org", domains), "b|k");
    EXPECT_EQ(names("/b/k", "evils3.example.org", domains), "b|k");
}

// Bytes are counted, as S3 does; how many fields there are does not matter.
TEST(Head, FieldsAreBoundedByTheirBytes) {
    std::string many;
    for (int i = 0; i < 500; i++) many += "x-amz-meta-" + std::to_string(i) + ": v\r\n";
    EXPECT_EQ(code_of(with(many)), "OK");
    const size_t most = Limits().field_bytes - std::string("Hosthx").size();
    EXPECT_EQ(code_of(with("x: " + std::string(most, 'y') + "\r\n")), "OK");
    EXPECT_EQ(code_of(with("x: " + std::string(most + 1, 'y') + "\r\n")),
              "RequestHeaderSectionTooLarge");
}

}  // namespace
}  // namespace csd::airmos
