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
    csd_completion run(uint8_t opcode, uint32_t cdw10, uint32_t cdw11 = 0, size_t room = 4096,
                       uint32_t nsid = 1) {
        spdk_nvme_cmd command{};
        command.opc = opcode;
        command.nsid = nsid;
        command.cdw10 = cdw10;
        command.cdw11 = cdw11;
        page_.assign(room, 0xAA);
        return run_admin(drive_->device(), identity_, command, {page_.data(), page_.size()});
    }

    std::string directory_;
    std::unique_ptr<Drive> drive_;
    bool holds_value() {
        csd_command command{};
        const nvme::Sqe sqe = nvme::encode(nvme::Exist{*Key::from_text("k")}, dialect(), 1);
        csd_completion done{};
        EXPECT_EQ(csd_decode(drive_->device(), &sqe, 1, &command), nvme::kSuccess);
        csd_execute(drive_->device(), &command, nullptr, 0, &done);
        return done.status == nvme::kSuccess;
    }
    void store_value() {
        csd_command command{};
        nvme::Store store;
        store.key = *Key::from_text("k");
        store.extended = true;
        const nvme::Sqe sqe = nvme::encode(store, dialect(), 1);
        csd_completion done{};
        ASSERT_EQ(csd_decode(drive_->device(), &sqe, 1, &command), nvme::kSuccess);
        csd_execute(drive_->device(), &command, nullptr, 0, &done);
        ASSERT_EQ(done.status, nvme::kSuccess);
    }
    nvme::Dialect dialect() const {
        return identity_.command_set == nvme::kCsiNvm ? nvme::Dialect::k2023
                                                      : nvme::Dialect::kKeyValue;
    }

    Identity identity_{{}, nvme::kCsiKeyValue};
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

TEST_F(AdminTest, NmicSaysSharedWhereHostsMayUseSeveralControllers) {
    const std::pair<uint32_t, size_t> pages[] = {{0x00, 30},
                                                 {CSD_PAGE_IDENTIFY_KV_NAMESPACE, 26},
                                                 {CSD_PAGE_IDENTIFY_KV_ALLOCATED, 26},
                                                 {CSD_PAGE_IDENTIFY_INDEPENDENT, 1}};
    for (const bool shared : {false, true}) {
        identity_.shared = shared;
        for (const auto& [cns, at] : pages) {
            ASSERT_EQ(run(SPDK_NVME_OPC_IDENTIFY, cns, kKeyValue).status, nvme::kSuccess) << cns;
            EXPECT_EQ(page_[at] & 1, shared ? 1 : 0) << cns;
        }
    }
}

TEST_F(AdminTest, EveryPageOfTheCommandSetNeedsItsNumber) {
    for (uint32_t cns : {CSD_PAGE_IDENTIFY_KV_NAMESPACE, CSD_PAGE_IDENTIFY_KV_CONTROLLER,
                         CSD_PAGE_IDENTIFY_KV_FORMAT, CSD_PAGE_IDENTIFY_KV_ALLOCATED}) {
        EXPECT_EQ(run(SPDK_NVME_OPC_IDENTIFY, cns, kKeyValue).status, nvme::kSuccess) << cns;
        const bool of_namespace =
            cns == CSD_PAGE_IDENTIFY_KV_NAMESPACE || cns == CSD_PAGE_IDENTIFY_KV_ALLOCATED;
        EXPECT_EQ(run(SPDK_NVME_OPC_IDENTIFY, cns, 0).status,
                  of_namespace ? nvme::kInvalidCommandSet : nvme::kInvalidField)
            << cns;
    }
    EXPECT_EQ(run(SPDK_NVME_OPC_IDENTIFY, CSD_PAGE_IDENTIFY_INDEPENDENT).status, nvme::kSuccess);
    EXPECT_EQ(run(SPDK_NVME_OPC_IDENTIFY, CSD_PAGE_IDENTIFY_KV_FORMAT, kKeyValue | 1).status,
              nvme::kInvalidField);
}

TEST_F(AdminTest, A2023NamespaceIsABlockNamespaceWithAVendorArea) {
    open(true);
    identity_.command_set = nvme::kCsiNvm;
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

TEST_F(AdminTest, AFormatWithABitThatIsNotKnownRemovesNothing) {
    for (const bool dialect_2023 : {false, true}) {
        open(dialect_2023);
        identity_.command_set = dialect_2023 ? nvme::kCsiNvm : nvme::kCsiKeyValue;
        store_value();
        const uint32_t known = dialect_2023 ? 0x000033FF : 0x00000200;
        for (uint32_t bit = 0; bit < 32; bit++) {
            if ((known >> bit & 1) == 0) {
                EXPECT_NE(run(SPDK_NVME_OPC_FORMAT_NVM, 1u << bit).status, nvme::kSuccess) << bit;
            }
            EXPECT_NE(run(SPDK_NVME_OPC_FORMAT_NVM, 0, 1u << bit).status, nvme::kSuccess) << bit;
        }
        EXPECT_TRUE(holds_value());
        EXPECT_EQ(run(SPDK_NVME_OPC_FORMAT_NVM, 1u << 9, 0, 0, 0xFFFFFFFF).status, nvme::kSuccess);
        EXPECT_FALSE(holds_value());
    }
}

TEST_F(AdminTest, AllNamespacesAreNoneToWhatHasOneResult) {
    constexpr uint32_t kAll = 0xFFFFFFFF;
    for (const uint32_t nsid : {0u, kAll}) {
        EXPECT_EQ(run(SPDK_NVME_OPC_GET_FEATURES, 0x20, 0, 0, nsid).status,
                  nvme::kInvalidNamespaceOrFormat);
        EXPECT_EQ(run(SPDK_NVME_OPC_SET_FEATURES, 0x20, 1, 0, nsid).status,
                  nsid == kAll ? nvme::kSuccess : nvme::kInvalidNamespaceOrFormat);
        EXPECT_EQ(run(SPDK_NVME_OPC_IDENTIFY, 0x05, kKeyValue, 4096, nsid).status,
                  nvme::kInvalidNamespaceOrFormat);
        EXPECT_EQ(run(SPDK_NVME_OPC_IDENTIFY, 0x06, kKeyValue, 4096, nsid).status, nvme::kSuccess);
    }
    EXPECT_EQ(run(SPDK_NVME_OPC_SET_FEATURES, 0x20 | 1u << 31, 1).status,
              nvme::kFeatureNotSaveable);
}

}  // namespace
}  // namespace csd::spdk
