// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/http/presigned.hpp"

#include <gtest/gtest.h>

#include <map>

namespace csd::airmos {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Fields fields(const Pairs& pairs) {
    Fields made;
    for (const auto& [name, value] : pairs) made.add(name, value);
    return made;
}

// The headers afterwards, or the code of the error.
std::string added(const Pairs& query, const Pairs& sent = {}) {
    Fields headers = fields(sent);
    const Outcome<> done = add_presigned_parameters(fields(query), headers);
    if (!done.ok()) return std::string(done.error().code());
    std::string text;
    for (const auto& [name, value] : headers) text += name + "=" + value + ";";
    return text;
}

TEST(Presigned, ParametersAreHeaders) {
    EXPECT_EQ("x-amz-meta-a=1;x-amz-acl=private;x-amz-tagging=k=v;",
              added({{"x-amz-meta-a", "1"}, {"X-Amz-Acl", "private"}, {"x-amz-tagging", " k=v "}}));
    EXPECT_EQ("host=h;x-amz-meta-a=\xc3\xa9;",
              added({{"x-amz-meta-a", "\xc3\xa9"}}, {{"host", "h"}}));
    EXPECT_EQ("x-amz-meta-a=1;x-amz-meta-a=2;",
              added({{"x-amz-meta-a", "1"}, {"x-amz-meta-a", "2"}}));
}

TEST(Presigned, TheSignaturesOwnAndOtherArgumentsAreNot) {
    EXPECT_EQ("", added({{"X-Amz-Algorithm", "AWS4-HMAC-SHA256"},
                         {"X-Amz-Credential", "c"},
                         {"X-Amz-Date", "d"},
                         {"X-Amz-Expires", "1"},
                         {"X-Amz-SignedHeaders", "host"},
                         {"X-Amz-Signature", "s"},
                         {"X-Amz-Security-Token", "t"},
                         {"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"},
                         {"x-id", "PutObject"},
                         {"partNumber", "1"},
                         {"response-content-type", "x"}}));
}

TEST(Presigned, AHeaderThatSaysTheSameIsNotDoubled) {
    EXPECT_EQ("x-amz-acl=private;", added({{"X-Amz-Acl", "private"}}, {{"x-amz-acl", "private"}}));
    EXPECT_EQ("InvalidArgument", added({{"X-Amz-Acl", "private"}}, {{"x-amz-acl", "public-read"}}));
}

TEST(Presigned, WhatNoHeaderCouldHaveIsRefused) {
    for (const char* value : {"a\r\nb: c", "a\nb", "\x01", "a\x7f"})
        EXPECT_EQ("InvalidArgument", added({{"x-amz-meta-a", value}})) << value;
    for (const char* name : {"x-amz-meta-a b", "x-amz-meta-a:", "x-amz-meta-\xc3\xa9", "x-amz-\n"})
        EXPECT_EQ("InvalidArgument", added({{name, "1"}})) << name;
}

// Of every algorithm: SDKs sign a PUT before they know its body.
TEST(Presigned, TheChecksumOfNoBytesIsNotOfTheBody) {
    const std::map<std::string, std::string> nothing = {
        {"crc32", "AAAAAA=="},
        {"crc32c", "AAAAAA=="},
        {"crc64nvme", "AAAAAAAAAAA="},
        {"sha1", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="},
        {"sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}};
    for (const auto& [algorithm, value] : nothing) {
        const std::string name = "x-amz-checksum-" + algorithm;
        EXPECT_EQ("", added({{name, value}}));
        EXPECT_EQ(name + "=other;", added({{name, "other"}}));
    }
    EXPECT_EQ(
        "x-amz-sdk-checksum-algorithm=CRC32;",
        added({{"x-amz-checksum-crc32", "AAAAAA=="}, {"x-amz-sdk-checksum-algorithm", "CRC32"}}));
}

}  // namespace
}  // namespace csd::airmos
