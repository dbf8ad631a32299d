// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/operations/multipart.hpp"

#include <gtest/gtest.h>

namespace csd::airmos::ops {
namespace {

TEST(PartName, HasANumberFrom1To10000) {
    const auto number = [](const char* text) {
        Request request;
        request.query.add("partNumber", text);
        request.query.add("uploadId", "u");
        const auto name = part_name(request);
        if (!name.ok()) return uint32_t{0};
        EXPECT_EQ(name.value().upload_id, "u");
        return name.value().number;
    };
    EXPECT_EQ(number("1"), 1u);
    EXPECT_EQ(number("10000"), 10'000u);
    for (const char* text : {"0", "10001", "-1", "", "one"}) EXPECT_EQ(number(text), 0u) << text;
}

TEST(PartChecksum, IsTheUploads) {
    Upload upload;
    EXPECT_TRUE(check_part_checksum(upload, {}).ok());
    EXPECT_TRUE(check_part_checksum(upload, {{"CRC32", "x", false}}).ok());
    upload.checksum_algorithm = "SHA256";
    EXPECT_TRUE(check_part_checksum(upload, {{"CRC32", "x", false}, {"SHA256", "x", false}}).ok());
    const auto other = check_part_checksum(upload, {{"CRC32", "x", false}});
    ASSERT_FALSE(other.ok());
    EXPECT_EQ(other.error().message(),
              "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum "
              "Type: crc32");
    EXPECT_FALSE(check_part_checksum(upload, {}).ok());
}

}  // namespace
}  // namespace csd::airmos::ops
