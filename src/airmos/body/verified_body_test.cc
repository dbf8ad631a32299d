// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/body/verified_body.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "airmos/core/encoding.hpp"
#include "airmos/core/run_task.hpp"

namespace csd::airmos {
namespace {

class TextSource : public ByteSource {
  public:
    TextSource(std::string text, size_t piece) : text_(std::move(text)), piece_(piece) {}
    std::optional<uint64_t> size() const override { return text_.size(); }
    Task<Outcome<size_t>> read(MutableBytes buffer) override {
        const size_t bytes = std::min({buffer.size(), piece_, text_.size() - at_});
        std::copy_n(text_.begin() + static_cast<ptrdiff_t>(at_), bytes, buffer.begin());
        at_ += bytes;
        co_return bytes;
    }

  private:
    const std::string text_;
    const size_t piece_;
    size_t at_ = 0;
};

struct Result {
    std::string text, code = "OK", md5;
    std::vector<std::pair<std::string, std::string>> checksums;
};

Result read(const std::string& text, const BodyClaims& claims, size_t piece = 1000,
            size_t buffer_bytes = 300) {
    TextSource source(text, piece);
    HashHelper helper(1);
    VerifiedBody body(source, claims, &helper);
    Result result;
    std::vector<uint8_t> buffer(buffer_bytes);
    while (true) {
        const Outcome<size_t> got = run_task(body.read(buffer));
        if (!got.ok()) {
            result.code = got.error().code();
            return result;
        }
        if (got.value() == 0) break;
        result.text += as_text(Bytes(buffer).first(got.value()));
    }
    result.md5 = body.md5_hex();
    result.checksums = body.checksums();
    return result;
}

std::string raw(Digest::Kind kind, std::string_view text) {
    Digest digest(kind);
    digest.update(as_bytes(text));
    return digest.finish();
}

TEST(VerifiedBody, DigestsAreComputedForEverySize) {
    for (const size_t size : {0, 1, 299, 300, 301, 5000, 1 << 20}) {
        std::string text(size, 'x');
        for (size_t i = 0; i < size; i++) text[i] = static_cast<char>(i * 31);
        BodyClaims claims;
        claims.sha256 = hex(raw(Digest::Kind::kSha256, text));
        claims.md5 = raw(Digest::Kind::kMd5, text);
        claims.checksums.push_back({Digest::Kind::kCrc32c, std::nullopt});
        const Result result = read(text, claims, 700, size > 5000 ? size_t{1} << 20 : 300);
        EXPECT_EQ(result.code, "OK");
        EXPECT_EQ(result.text, text);
        EXPECT_EQ(result.md5, hex(raw(Digest::Kind::kMd5, text)));
        ASSERT_EQ(result.checksums.size(), 1u);
        EXPECT_EQ(result.checksums[0].first, "CRC32C");
        EXPECT_EQ(result.checksums[0].second, base64(raw(Digest::Kind::kCrc32c, text)));
    }
}

TEST(VerifiedBody, AWrongDigestFailsTheLastRead) {
    BodyClaims claims;
    claims.sha256 = hex(raw(Digest::Kind::kSha256, "other"));
    EXPECT_EQ(read("text", claims).code, "XAmzContentSHA256Mismatch");
    claims = {};
    claims.md5 = raw(Digest::Kind::kMd5, "other");
    EXPECT_EQ(read("text", claims).code, "BadDigest");
    for (const auto kind : {Digest::Kind::kCrc32, Digest::Kind::kCrc32c, Digest::Kind::kCrc64nvme,
                            Digest::Kind::kSha1, Digest::Kind::kSha256}) {
        claims = {};
        claims.checksums.push_back({kind, raw(kind, "text")});
        EXPECT_EQ(read("text", claims).code, "OK");
        claims.checksums[0].value = raw(kind, "other");
        EXPECT_EQ(read("text", claims).code, "BadDigest");
    }
}

BodyClaims trailer_claims(uint64_t bytes) {
    BodyClaims claims;
    claims.chunked = true;
    claims.decoded_bytes = bytes;
    claims.with_trailer = true;
    claims.trailers = {"x-amz-checksum-crc32"};
    return claims;
}

TEST(VerifiedBody, TrailersAreCompared) {
    const std::string payload(70000, 'p');
    const auto body = [&](std::string_view checksummed) {
        return "11170\r\n" + payload +
               "\r\n0\r\nx-amz-checksum-crc32:" + base64(raw(Digest::Kind::kCrc32, checksummed)) +
               "\r\n\r\n";
    };
    for (const size_t piece : {1, 100, 65536, 100000}) {
        const Result result = read(body(payload), trailer_claims(70000), piece, 4096);
        EXPECT_EQ(result.code, "OK");
        EXPECT_EQ(result.text, payload);
        ASSERT_EQ(result.checksums.size(), 1u);
        EXPECT_EQ(result.checksums[0].second, base64(raw(Digest::Kind::kCrc32, payload)));
    }
    EXPECT_EQ(read(body("other"), trailer_claims(70000)).code, "BadDigest");
    EXPECT_EQ(read(body(payload), trailer_claims(69999)).code, "IncompleteBody");
    EXPECT_EQ(read(body(payload), trailer_claims(70001)).code, "IncompleteBody");
    EXPECT_EQ(read(body(payload) + "x", trailer_claims(70000)).code, "InvalidRequest");
    const std::string whole = body(payload);
    EXPECT_EQ(read(whole.substr(0, whole.size() - 1), trailer_claims(70000)).code,
              "IncompleteBody");
    EXPECT_EQ(read("", trailer_claims(70000)).code, "IncompleteBody");
}

}  // namespace
}  // namespace csd::airmos
