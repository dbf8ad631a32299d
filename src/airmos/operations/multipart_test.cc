// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/operations/multipart.hpp"

#include <gtest/gtest.h>

#include "airmos/operations/fake_exchange.hpp"

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

// Whose checksums go into one of all bytes need not be sent: the node has the bytes.
TEST(PartChecksum, IsComputedWhereTheWholeNeedsIt) {
    struct Row {
        const char* algorithm;
        bool full_object;
        bool sent;
        const char* computed;
    };
    constexpr Row kRows[] = {
        {"", false, false, "CRC64NVME"},
        {"", false, true, "SHA1 CRC64NVME"},
        {"CRC32", true, false, "CRC32"},
        {"CRC32", true, true, "SHA1"},
        {"CRC64NVME", true, false, "CRC64NVME"},
        {"CRC32", false, false, ""},
        {"SHA256", false, false, ""},
    };
    for (const Row& row : kRows) {
        Upload upload;
        upload.checksum_algorithm = row.algorithm;
        upload.full_object_checksum = row.full_object;
        FakeBody body("bytes");
        if (row.sent) body.verified = {{"SHA1", "x"}};
        want_part_checksum(upload, body);
        std::string computed;
        for (const auto& [algorithm, value] : body.checksums())
            computed += (computed.empty() ? "" : " ") + algorithm;
        EXPECT_EQ(row.computed, computed) << row.algorithm << row.full_object << row.sent;
    }
}

}  // namespace
}  // namespace csd::airmos::ops
