// SPDX-License-Identifier: BSD-3-Clause
// Tests admin.cc: the engine's pages reach a host, as much as it has room for; what is a controller's is refused.
#include "admin.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <vector>

#include "drive.hpp"
#include "nvme/identify.hpp"
#include "nvme/status.hpp"

namespace csd::spdk {
namespace {

class AdminTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "csd-admin-XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
        open(false);
    }
    void TearDown() override {
        drive_.reset();
        std::filesystem::remove_all(directory_);
    }
    void open(bool dialect_2023) {
        drive_.reset();
        auto made = Drive::open({.root = directory_ + (dialect_2023 ? "/2023" : "/kv"),
                                 .size_bytes = 1u << 30,
                                 .dialect_2023 = dialect_2023});
        ASSERT_TRUE(made.ok()) << made.status().message();
        drive_ = std::move(made).value();
    }
    csd_completion run(uint8_t opcode, uint32_t cdw10, uint32_t cdw11 = 0, size_t room = 4096) {
        spdk_nvme_cmd command{};
        command.opc = opcode;
        command.cdw10 = cdw10;
        command.cdw11 = cdw11;
        page_.assign(room, 0xAA);
        return run_admin(drive_->device(), identity_, command, {page_.data(), page_.size()});
    }

    std::string directory_;
    std::unique_ptr<Drive> drive_;
    Identity identity_{};
    std::vector<uint8_t> page_;
};

constexpr uint32_t kKeyValue = 1u << 24;

TEST_F(AdminTest, IdentifyOfTheKeyValueNamespace) {
    const auto done = run(SPDK_NVME_OPC_IDENTIFY, CSD_PAGE_IDENTIFY_KV_NAMESPACE, kKeyValue);
    EXPECT_EQ(done.status, nvme::kSuccess);
    EXPECT_EQ(done.data_bytes, 4096u);
    const auto ns = nvme::read_key_value_namespace(page_);
    ASSERT_TRUE(ns.has_value());
    EXPECT_EQ(ns->capacity_bytes, 1u << 30);
    EXPECT_TRUE(ns->extensions.has_value());
}

TEST_F(AdminTest, EveryPageOfTheCommandSetNeedsItsNumber) {
    for (uint32_t cns : {CSD_PAGE_IDENTIFY_KV_NAMESPACE, CSD_PAGE_IDENTIFY_KV_CONTROLLER,
                         CSD_PAGE_IDENTIFY_KV_FORMAT, CSD_PAGE_IDENTIFY_KV_ALLOCATED}) {
        EXPECT_EQ(run(SPDK_NVME_OPC_IDENTIFY, cns, kKeyValue).status, nvme::kSuccess) << cns;
        EXPECT_EQ(run(SPDK_NVME_OPC_IDENTIFY, cns, 0).status, nvme::kInvalidField) << cns;
    }
    EXPECT_EQ(run(SPDK_NVME_OPC_IDENTIFY, CSD_PAGE_IDENTIFY_INDEPENDENT).status, nvme::kSuccess);
    EXPECT_EQ(run(SPDK_NVME_OPC_IDENTIFY, CSD_PAGE_IDENTIFY_KV_FORMAT, kKeyValue | 1).status,
              nvme::kInvalidField);
}

TEST_F(AdminTest, A2023NamespaceIsABlockNamespaceWithAVendorArea) {
    open(true);
    EXPECT_EQ(run(SPDK_NVME_OPC_IDENTIFY, CSD_PAGE_IDENTIFY_NAMESPACE).status, nvme::kSuccess);
    const auto* data = reinterpret_cast<const spdk_nvme_ns_data*>(page_.data());
    EXPECT_EQ(data->ncap, (1u << 30) >> Drive::kBlockShift);
    EXPECT_EQ(data->lbaf[0].lbads, Drive::kBlockShift);
    const auto extensions = nvme::read_extensions(page_);
    ASSERT_TRUE(extensions.has_value());
    EXPECT_TRUE(extensions->dialect_2023);
    EXPECT_NE(run(SPDK_NVME_OPC_IDENTIFY, CSD_PAGE_IDENTIFY_KV_NAMESPACE, kKeyValue).status,
              nvme::kSuccess);
}

TEST_F(AdminTest, DescriptorsTellTheIdentityAndTheCommandSet) {
    std::vector<uint8_t> expected = {3, 16, 0, 0};
    for (uint8_t byte = 1; byte <= 16; byte++) expected.push_back(byte);
    memcpy(&identity_.uuid, &expected[4], sizeof identity_.uuid);
    identity_.command_set = nvme::kCsiKeyValue;
    expected.insert(expected.end(), {4, 1, 0, 0, 1});
    const auto done = run(SPDK_NVME_OPC_IDENTIFY, 0x03);
    EXPECT_EQ(done.status, nvme::kSuccess);
    EXPECT_EQ(done.data_bytes, 4096u);
    expected.resize(4096);
    EXPECT_EQ(page_, expected);
}

TEST_F(AdminTest, AHostWithLittleRoomGetsTheBeginning) {
    const auto done = run(SPDK_NVME_OPC_IDENTIFY, CSD_PAGE_IDENTIFY_KV_NAMESPACE, kKeyValue, 100);
    EXPECT_EQ(done.status, nvme::kSuccess);
    EXPECT_EQ(done.data_bytes, 100u);
    EXPECT_EQ(run(SPDK_NVME_OPC_IDENTIFY, CSD_PAGE_IDENTIFY_KV_NAMESPACE, kKeyValue, 0).data_bytes,
              0u);
}

TEST_F(AdminTest, WhatIsAControllersIsRefused) {
    EXPECT_EQ(run(SPDK_NVME_OPC_IDENTIFY, 0x01).status, nvme::kInvalidField);
    EXPECT_EQ(run(SPDK_NVME_OPC_GET_LOG_PAGE, 0x02).status, nvme::make_status(1, 0x09));
    EXPECT_EQ(run(SPDK_NVME_OPC_KEEP_ALIVE, 0).status, nvme::kInvalidOpcode);
    EXPECT_EQ(run(SPDK_NVME_OPC_GET_FEATURES, 0x07).status, nvme::kInvalidField);
}

TEST_F(AdminTest, EffectsLogKnowsTheVerbs) {
    EXPECT_EQ(run(SPDK_NVME_OPC_GET_LOG_PAGE, 0x05).status, nvme::kSuccess);
    EXPECT_EQ(page_[1024 + 4 * 0x81] & 1, 1);  // Extended Store is supported
}

TEST_F(AdminTest, TheKeyValueFeatureAndFormat) {
    EXPECT_EQ(run(SPDK_NVME_OPC_SET_FEATURES, 0x20, 1).status, nvme::kSuccess);
    const auto feature = run(SPDK_NVME_OPC_GET_FEATURES, 0x20);
    EXPECT_EQ(feature.status, nvme::kSuccess);
    EXPECT_EQ(feature.dw0, 1u);
    EXPECT_EQ(run(SPDK_NVME_OPC_FORMAT_NVM, 0).status, nvme::kSuccess);
    EXPECT_NE(run(SPDK_NVME_OPC_FORMAT_NVM, 3).status, nvme::kSuccess);
}

}  // namespace
}  // namespace csd::spdk
