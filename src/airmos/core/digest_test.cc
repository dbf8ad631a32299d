// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/core/digest.hpp"

#include <gtest/gtest.h>

#include "airmos/core/crc.hpp"
#include "airmos/core/encoding.hpp"

namespace csd::airmos {
namespace {

constexpr Digest::Kind kAll[] = {Digest::Kind::kMd5,    Digest::Kind::kSha1,
                                 Digest::Kind::kSha256, Digest::Kind::kCrc32,
                                 Digest::Kind::kCrc32c, Digest::Kind::kCrc64nvme};

std::string hex_of(Digest::Kind kind, std::string_view text) {
    Digest digest(kind);
    digest.update(as_bytes(text));
    return hex(digest.finish());
}

// The check values of the catalogues of CRCs, and of RFC 1321 and FIPS 180.
TEST(Digest, PublishedValues) {
    EXPECT_EQ(hex_of(Digest::Kind::kCrc32, "123456789"), "cbf43926");
    EXPECT_EQ(hex_of(Digest::Kind::kCrc32c, "123456789"), "e3069283");
    EXPECT_EQ(hex_of(Digest::Kind::kCrc64nvme, "123456789"), "ae8b14860a799888");
    EXPECT_EQ(hex_of(Digest::Kind::kMd5, "abc"), "900150983cd24fb0d6963f7d28e17f72");
    EXPECT_EQ(hex_of(Digest::Kind::kSha1, "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(hex_of(Digest::Kind::kSha256, "abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex_of(Digest::Kind::kMd5, ""), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(hex_of(Digest::Kind::kCrc64nvme, ""), "0000000000000000");
}

// RFC 4231, cases 1, 2 and 6.
TEST(Digest, HmacOfTheRfc) {
    EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'),
                              "Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Digest, PiecesOfAnyLengthGiveTheSame) {
    std::string text;
    for (int i = 0; i < 1000; i++) text += static_cast<char>(i * 7919 >> 3);
    for (const Digest::Kind kind : kAll) {
        const std::string whole = hex_of(kind, text);
        for (const size_t piece : {1, 3, 8, 13, 64, 999}) {
            Digest digest(kind);
            for (size_t at = 0; at < text.size(); at += piece) {
                digest.update(as_bytes(std::string_view(text).substr(at, piece)));
            }
            EXPECT_EQ(hex(digest.finish()), whole) << Digest::name_of(kind) << " by " << piece;
        }
    }
}

TEST(Digest, StartsAnewAfterItsEnd) {
    for (const Digest::Kind kind : kAll) {
        Digest digest(kind);
        digest.update(as_bytes("something else"));
        EXPECT_EQ(digest.finish().size(), Digest::bytes_of(kind));
        digest.update(as_bytes("abc"));
        EXPECT_EQ(hex(digest.finish()), hex_of(kind, "abc"));
    }
}

TEST(Digest, NamesOfS3) {
    for (const Digest::Kind kind : kAll) {
        if (kind == Digest::Kind::kMd5) continue;
        EXPECT_EQ(Digest::checksum_of(Digest::name_of(kind)), kind);
    }
    EXPECT_EQ(Digest::checksum_of("MD5"), std::nullopt);
    EXPECT_EQ(Digest::checksum_of("crc32"), std::nullopt);
}

}  // namespace
}  // namespace csd::airmos
