// SPDX-License-Identifier: BSD-3-Clause
//
// The helpers for pages, on the worked bytes and on damaged ones.
#include <gtest/gtest.h>

#include <vector>

#include "csd/spdk/kv.h"
#include "nvme/identify.hpp"
#include "nvme/list_page.hpp"
#include "nvme/query_reason.hpp"

namespace csd::spdk {
namespace {

csd_kv_info info_of(csd_kv_dialect dialect) {
    csd_kv_info info{};
    info.dialect = dialect;
    return info;
}

std::vector<std::string> walk(const std::vector<uint8_t>& page, csd_kv_dialect dialect) {
    const csd_kv_info info = info_of(dialect);
    csd_kv_list list;
    std::vector<std::string> keys;
    if (csd_kv_list_begin(&list, &info, page.data(), page.size()) < 0) return {"bad"};
    csd_kv_key key;
    int more;
    while ((more = csd_kv_list_next(&list, &key)) == 1) {
        keys.emplace_back(reinterpret_cast<char*>(key.bytes), key.size);
    }
    if (more < 0) keys.emplace_back("bad");
    return keys;
}

std::vector<uint8_t> page_of(nvme::Dialect dialect) {
    return nvme::build_key_list(
        {*Key::from_text("a"), *Key::from_text("bc"), *Key::from_text("0123456789abcdef")},
        dialect);
}

TEST(Keys, HaveOneToSixteenBytes) {
    csd_kv_key key;
    EXPECT_EQ(csd_kv_key_set(&key, "", 0), -EINVAL);
    EXPECT_EQ(csd_kv_key_set(&key, "0123456789abcdefg", 17), -EINVAL);
    EXPECT_EQ(csd_kv_key_set(&key, "0123456789abcdef", 16), 0);
    EXPECT_EQ(csd_kv_key_set(&key, "k", 1), 0);
    EXPECT_EQ(key.size, 1);
    EXPECT_EQ(key.bytes[0], 'k');
    EXPECT_EQ(key.bytes[1], 0);
}

TEST(Lists, AreWalkedInBothDialects) {
    const std::vector<std::string> keys = {"a", "bc", "0123456789abcdef"};
    EXPECT_EQ(walk(page_of(nvme::Dialect::kKeyValue), CSD_KV_STANDARD), keys);
    EXPECT_EQ(walk(page_of(nvme::Dialect::k2023), CSD_KV_2023), keys);
    EXPECT_TRUE(walk({0, 0, 0, 0}, CSD_KV_STANDARD).empty());
}

TEST(Lists, ThatLieAreFoundOut) {
    const std::vector<uint8_t> page = page_of(nvme::Dialect::kKeyValue);
    for (size_t bytes = 0; bytes < page.size(); bytes++) {
        const auto keys =
            walk({page.begin(), page.begin() + static_cast<long>(bytes)}, CSD_KV_STANDARD);
        EXPECT_EQ(keys.back(), "bad") << bytes;
    }
    std::vector<uint8_t> long_key = page;
    long_key[4] = 17;
    EXPECT_EQ(walk(long_key, CSD_KV_STANDARD).back(), "bad");
    std::vector<uint8_t> no_key = page;
    no_key[4] = 0;
    EXPECT_EQ(walk(no_key, CSD_KV_STANDARD).back(), "bad");
}

TEST(Sources, AreWhatComposeTakes) {
    csd_kv_key keys[2];
    csd_kv_key_set(&keys[0], "part", 4);
    csd_kv_key_set(&keys[1], "0123456789abcdef", 16);
    uint8_t data[44];
    const int64_t bytes = csd_kv_write_sources(data, sizeof data, keys, 2);
    ASSERT_EQ(bytes, 4 + 8 + 20);
    const auto expected = nvme::build_key_list(
        {*Key::from_text("part"), *Key::from_text("0123456789abcdef")}, nvme::Dialect::kKeyValue);
    EXPECT_EQ(expected, std::vector<uint8_t>(data, data + bytes));
    EXPECT_EQ(csd_kv_write_sources(data, 31, keys, 2), -EINVAL);
    EXPECT_EQ(csd_kv_write_sources(data, 3, keys, 0), -EINVAL);
    keys[1].size = 0;
    EXPECT_EQ(csd_kv_write_sources(data, sizeof data, keys, 2), -EINVAL);
}

TEST(Descriptions, AreRead) {
    std::vector<uint8_t> page(64);
    nvme::write_value_description({0x123456789A, 42}, page);
    csd_kv_value value;
    csd_kv_read_value(page.data(), &value);
    EXPECT_EQ(value.size, 0x123456789Au);
    EXPECT_EQ(value.version, 42u);
    nvme::write_result_description({77, nvme::ResultState::kRunning}, page);
    csd_kv_result result;
    csd_kv_read_result(page.data(), &result);
    EXPECT_EQ(result.size, 77u);
    EXPECT_EQ(result.state, 1u);
    EXPECT_EQ(result.reason, 0u);
    EXPECT_EQ(result.position, UINT32_MAX);
    nvme::ResultDescription failed{50, nvme::ResultState::kFailed};
    nvme::describe_reason(
        nvme::make_reason(nvme::ReasonCode::kColumnUnknown, "there is no column {subject}",
                          {.subject = "prize", .position = 7, .record = 3}),
        failed);
    nvme::write_result_description(failed, page);
    csd_kv_read_result(page.data(), &result);
    EXPECT_EQ(result.reason, 0x0301u);
    EXPECT_EQ(result.position, 7u);
    EXPECT_EQ(result.subject_offset, 19u);
    EXPECT_EQ(result.subject_bytes, 5u);
    EXPECT_EQ(result.record, 3u);
}

}  // namespace
}  // namespace csd::spdk
