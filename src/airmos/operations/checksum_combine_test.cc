// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/operations/checksum_combine.hpp"

#include <gtest/gtest.h>

#include "airmos/core/digest.hpp"
#include "airmos/core/encoding.hpp"

namespace csd::airmos::ops {
namespace {

std::string digest_of(Digest::Kind kind, std::string_view text) {
    Digest digest(kind);
    digest.update(as_bytes(text));
    return digest.finish();
}

std::string pattern(size_t bytes, char seed) {
    std::string text(bytes, '\0');
    for (size_t i = 0; i < bytes; i++) text[i] = static_cast<char>(seed + i * i);
    return text;
}

Part part_of(std::string_view text, const char* algorithm) {
    Part part;
    part.size = text.size();
    part.etag = hex(digest_of(Digest::Kind::kMd5, text));
    part.checksums.push_back(
        {algorithm, base64(digest_of(*Digest::checksum_of(algorithm), text)), false});
    return part;
}

TEST(MultipartEtag, IsTheMd5OfTheMd5s) {
    const std::vector<Part> parts = {part_of("ab", "CRC32"), part_of("c", "CRC32")};
    const std::string raw =
        digest_of(Digest::Kind::kMd5, "ab") + digest_of(Digest::Kind::kMd5, "c");
    EXPECT_EQ(multipart_etag(parts), hex(digest_of(Digest::Kind::kMd5, raw)) + "-2");
    EXPECT_EQ(multipart_etag({Part{1, 1, "no md5", 0, {}}}), std::nullopt);
}

TEST(FullChecksum, IsThatOfAllBytes) {
    for (const char* algorithm : {"CRC32", "CRC32C", "CRC64NVME"}) {
        const std::string texts[] = {pattern(1, 'a'), pattern(70'001, 'b'), "", pattern(4096, 'c')};
        std::vector<Part> parts;
        std::string all;
        for (const std::string& text : texts) {
            parts.push_back(part_of(text, algorithm));
            all += text;
            const auto whole = multipart_checksum(algorithm, true, parts);
            ASSERT_TRUE(whole);
            EXPECT_EQ(whole->value, base64(digest_of(*Digest::checksum_of(algorithm), all)))
                << algorithm << " of " << parts.size();
            EXPECT_FALSE(whole->composite);
        }
    }
}

TEST(CompositeChecksum, IsOfTheChecksums) {
    for (const char* algorithm : {"CRC32", "CRC32C", "SHA1", "SHA256"}) {
        const auto kind = *Digest::checksum_of(algorithm);
        const auto whole = multipart_checksum(algorithm, false,
                                              {part_of("ab", algorithm), part_of("c", algorithm)});
        ASSERT_TRUE(whole);
        EXPECT_EQ(whole->value,
                  base64(digest_of(kind, digest_of(kind, "ab") + digest_of(kind, "c"))) + "-2");
        EXPECT_TRUE(whole->composite);
    }
}

TEST(Checksums, NeedOneOfEveryPart) {
    EXPECT_FALSE(multipart_checksum("CRC32", true, {part_of("a", "CRC32C")}));
    EXPECT_FALSE(multipart_checksum("CRC32", false, {part_of("a", "CRC32C")}));
    EXPECT_FALSE(multipart_checksum("SHA256", true, {part_of("a", "SHA256")}));
}

}  // namespace
}  // namespace csd::airmos::ops
