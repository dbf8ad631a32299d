// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/body/aws_chunked.hpp"

#include <gtest/gtest.h>

#include <random>

#include "airmos/core/encoding.hpp"

namespace csd::airmos {
namespace {

constexpr const char* kTrailer = "x-amz-checksum-crc32";

auth::ChunkSigner signer() {
    return {"key", "20130524T000000Z", "20130524/us-east-1/s3/aws4_request", std::string(64, '0')};
}

// Puts a payload into frames as clients do.
struct Encoder {
    bool is_signed = false, with_trailer = false;
    std::string trailer_value = "AAAAAA==";
    auth::ChunkSigner chain = signer();

    std::string chunk(std::string_view payload) {
        char size[20];
        (void)std::snprintf(size, sizeof(size), "%zx", payload.size());
        std::string text = size;
        if (is_signed)
            text += ";chunk-signature=" + chain.next_chunk(hex(sha256(as_bytes(payload))));
        text += "\r\n";
        if (!payload.empty()) text.append(payload).append("\r\n");
        return text;
    }
    std::string end() {
        std::string text = chunk("");
        if (with_trailer) {
            text += std::string(kTrailer) + ":" + trailer_value + "\r\n";
            if (is_signed) {
                text += "x-amz-trailer-signature:" +
                        chain.trailer(std::string(kTrailer) + ":" + trailer_value + "\n") + "\r\n";
            }
        }
        return text + "\r\n";
    }
    AwsChunkedDecoder::Options options(uint64_t bytes) const {
        AwsChunkedDecoder::Options made;
        if (is_signed) made.signer = signer();
        made.decoded_bytes = bytes;
        made.with_trailer = with_trailer;
        if (with_trailer) made.trailers = {kTrailer};
        return made;
    }
};

struct Decoded {
    std::string payload, code = "OK";
    bool done = false;
    std::string trailer;
};

// `next` says how many bytes the decoder gets at a time.
template <typename Next>
Decoded decode(AwsChunkedDecoder::Options options, std::string_view text, Next next) {
    AwsChunkedDecoder decoder(std::move(options));
    Decoded result;
    while (!text.empty() && !decoder.done()) {
        const auto step = decoder.decode(as_bytes(text.substr(0, next())));
        if (!step.ok()) {
            result.code = step.error().code();
            return result;
        }
        EXPECT_GT(step.value().consumed, 0u);
        result.payload += as_text(step.value().payload);
        text.remove_prefix(step.value().consumed);
    }
    result.done = decoder.done();
    result.trailer = decoder.trailers().get(kTrailer);
    return result;
}
Decoded decode(AwsChunkedDecoder::Options options, std::string_view text) {
    return decode(std::move(options), text, [] { return std::string_view::npos; });
}

constexpr std::pair<bool, bool> kModes[] = {{true, false}, {true, true}, {false, true}};

TEST(AwsChunked, EveryModeInPiecesOfAnySize) {
    std::mt19937 random(1);  // NOLINT: the same every time
    for (const auto& [is_signed, with_trailer] : kModes) {
        for (int round = 0; round < 200; round++) {
            Encoder encoder{is_signed, with_trailer};
            std::string payload, text;
            for (unsigned chunks = random() % 5; chunks > 0; chunks--) {
                const std::string chunk(1 + random() % 300, static_cast<char>(random()));
                payload += chunk;
                text += encoder.chunk(chunk);
            }
            text += encoder.end();
            const unsigned most = 1 + random() % 100;
            const Decoded decoded =
                decode(encoder.options(payload.size()), text, [&] { return 1 + random() % most; });
            ASSERT_EQ(decoded.code, "OK");
            ASSERT_TRUE(decoded.done);
            ASSERT_EQ(decoded.payload, payload);
            ASSERT_EQ(decoded.trailer, with_trailer ? encoder.trailer_value : "");
        }
    }
}

// One byte of a signed body changed: never accepted as the same body.
TEST(AwsChunked, EveryChangedByteIsNoticed) {
    for (const bool with_trailer : {false, true}) {
        Encoder encoder{true, with_trailer};
        const std::string payload = "some bytes";
        std::string text = encoder.chunk(payload);
        text += encoder.end();
        ASSERT_TRUE(decode(encoder.options(payload.size()), text).done);
        for (size_t at = 0; at < text.size(); at++) {
            std::string changed = text;
            changed[at] = static_cast<char>(changed[at] ^ 1);
            const Decoded decoded = decode(encoder.options(payload.size()), changed);
            // A capital letter in a trailer's name or a missing CR there says the same.
            const bool same = decoded.payload == payload &&
                              (!with_trailer || decoded.trailer == encoder.trailer_value);
            ASSERT_TRUE(decoded.code != "OK" || !decoded.done || same) << at;
        }
    }
}

TEST(AwsChunked, ChunksCannotBeReorderedRepeatedOrLeftOut) {
    Encoder encoder{true, false};
    const std::string one = encoder.chunk("aaaa"), two = encoder.chunk("bbbb"), end = encoder.end();
    EXPECT_TRUE(decode(encoder.options(8), one + two + end).done);
    EXPECT_EQ(decode(encoder.options(8), two + one + end).code, "SignatureDoesNotMatch");
    EXPECT_EQ(decode(encoder.options(8), one + one + end).code, "SignatureDoesNotMatch");
    EXPECT_EQ(decode(encoder.options(4), one + end).code, "SignatureDoesNotMatch");
    EXPECT_EQ(decode(encoder.options(4), two + end).code, "SignatureDoesNotMatch");
    EXPECT_EQ(decode(encoder.options(8), one + end).code, "IncompleteBody");
    EXPECT_EQ(decode(encoder.options(4), one + two + end).code, "IncompleteBody");
}

TEST(AwsChunked, ATruncatedBodyHasNoEnd) {
    for (const auto& [is_signed, with_trailer] : kModes) {
        Encoder encoder{is_signed, with_trailer};
        std::string text = encoder.chunk("payload");
        text += encoder.end();
        for (size_t length = 0; length < text.size(); length++) {
            const Decoded decoded = decode(encoder.options(7), text.substr(0, length));
            ASSERT_EQ(decoded.code, "OK") << length;
            ASSERT_FALSE(decoded.done) << length;
        }
        EXPECT_TRUE(decode(encoder.options(7), text).done);
    }
}

TEST(AwsChunked, TrailersAreThoseAnnounced) {
    Encoder encoder{false, true};
    const std::string chunk = encoder.chunk("x");
    const auto code = [&](const std::string& end) {
        return decode(encoder.options(1), chunk + "0\r\n" + end).code;
    };
    EXPECT_EQ(code("x-amz-checksum-crc32:AAAAAA==\r\n\r\n"), "OK");
    EXPECT_EQ(code("X-Amz-Checksum-CRC32: AAAAAA== \n\r\n"), "OK");
    EXPECT_EQ(code("\r\n"), "MalformedTrailerError");
    EXPECT_EQ(code("x-amz-checksum-sha1:AAAA\r\n\r\n"), "MalformedTrailerError");
    EXPECT_EQ(code("x-amz-checksum-crc32:A\r\nx-amz-checksum-crc32:A\r\n\r\n"),
              "MalformedTrailerError");
    EXPECT_EQ(code("nonsense\r\n\r\n"), "MalformedTrailerError");
    EXPECT_EQ(code(":\r\n\r\n"), "MalformedTrailerError");
    Encoder without{true, false};
    std::string body = without.chunk("x");
    body += without.chunk("") + "x-amz-checksum-crc32:A\r\n\r\n";
    EXPECT_EQ(decode(without.options(1), body).code, "MalformedTrailerError");
}

TEST(AwsChunked, TheSignatureOfTheTrailersIsNeeded) {
    Encoder encoder{true, true};
    std::string text = encoder.chunk("x");
    text += encoder.end();
    text = text.substr(0, text.find("x-amz-trailer-signature")) + "\r\n";
    EXPECT_EQ(decode(encoder.options(1), text).code, "SignatureDoesNotMatch");
}

TEST(AwsChunked, MalformedFramesAreRefused) {
    Encoder plain{false, true};
    for (const char* bad :
         {"\r\n", "x\r\n", "-1\r\n", " 1\r\na\r\n", "1 \r\na\r\n", "1;x=y\r\na\r\n", "1\na\r\n",
          "1\r\nab\r\n", "ffffffffffffffffff\r\n", "0x1\r\na\r\n"}) {
        EXPECT_EQ(decode(plain.options(1), bad).code, "InvalidRequest") << bad;
    }
    EXPECT_EQ(decode(plain.options(1), "2\r\n").code, "IncompleteBody");
    EXPECT_EQ(decode(plain.options(1), "ffffffffffffffff\r\n").code, "IncompleteBody");
    EXPECT_EQ(decode(plain.options(1), std::string(5000, '0')).code, "InvalidRequest");
    Encoder with_signature{true, false};
    EXPECT_EQ(decode(with_signature.options(1), "1\r\na\r\n").code, "InvalidRequest");
}

}  // namespace
}  // namespace csd::airmos
