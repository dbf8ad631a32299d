// SPDX-License-Identifier: BSD-3-Clause
//
// Opening a handle: on drives of both dialects, with and without extensions, directly and behind a target that answers
// Identify itself; and on what is no drive.
#include "level_fixture.hpp"

namespace csd::spdk {
namespace {

template <typename Level>
class Opening : public LevelTest<Level> {
  protected:
    int opened(const device::TestDrive::Options& change = {}) {
        this->drive_.emplace(change);
        this->fake_.drive = &*this->drive_;
        std::optional<int> rc;
        EXPECT_EQ(this->begin(rc), 0);
        this->fake_.run_all();
        EXPECT_TRUE(rc.has_value());
        return rc.value_or(1);
    }
};
TYPED_TEST_SUITE(Opening, Levels);

TYPED_TEST(Opening, ADriveTellsWhatItCanDo) {
    EXPECT_EQ(this->opened(), 0);
    const csd_kv_info& info = this->info();
    EXPECT_EQ(info.dialect, CSD_KV_STANDARD);
    EXPECT_EQ(info.extensions, 0x3Fu);
    EXPECT_EQ(info.formats, 7u);
    EXPECT_EQ(info.max_key_bytes, 16u);
    EXPECT_EQ(info.max_sql_bytes, 65536u);
    EXPECT_EQ(info.max_results, 128u);
    EXPECT_EQ(info.max_value_bytes, uint64_t{16} << 40);
    EXPECT_EQ(info.max_result_bytes, uint64_t{1} << 30);
    EXPECT_GT(info.capacity_bytes, 0u);
    EXPECT_EQ(info.standard_opcodes, !TypeParam::kBdev);
    EXPECT_EQ(info.scattered_buffers, CSD_SPDK_HAS_IOV != 0);
}

TYPED_TEST(Opening, ADriveOf2023IsFound) {
    EXPECT_EQ(this->opened(device::use_2023_dialect), 0);
    EXPECT_EQ(this->info().dialect, CSD_KV_2023);
    EXPECT_TRUE(this->info().extensions & CSD_KV_HAS_SELECT);
    EXPECT_FALSE(this->info().extensions & CSD_KV_HAS_MORE);
    EXPECT_EQ(this->info().formats, 7u);
}

TYPED_TEST(Opening, BehindATargetTheDriveIsAskedItself) {
    this->fake_.identifies = false;
    EXPECT_EQ(this->opened(), 0);
    EXPECT_EQ(this->info().extensions, 0x3Fu);
    EXPECT_FALSE(this->info().standard_opcodes);
}

TYPED_TEST(Opening, BehindATargetADriveOf2023IsFound) {
    this->fake_.identifies = false;
    EXPECT_EQ(this->opened(device::use_2023_dialect), 0);
    EXPECT_EQ(this->info().dialect, CSD_KV_2023);
    EXPECT_EQ(this->info().extensions,
              uint32_t{CSD_KV_HAS_APPEND | CSD_KV_HAS_OFFSET | CSD_KV_HAS_SELECT});
}

TYPED_TEST(Opening, ADriveWithoutExtensionsIsFoundByIdentify) {
    EXPECT_EQ(this->opened([](csd_options& options) { options.flags |= CSD_NO_EXTENSIONS; }), 0);
    EXPECT_EQ(this->info().extensions, 0u);
    EXPECT_TRUE(this->info().standard_opcodes);
}

TYPED_TEST(Opening, TheLargestTransferIsTheLeastOfAllLimits) {
    this->fake_.max_transfer_bytes = 1 << 19;
    this->fake_.mdts = 7;
    const auto small = [](csd_options& options) { options.max_transfer_bytes = 65536; };
    EXPECT_EQ(this->opened(), 0);
    EXPECT_EQ(this->info().max_transfer_bytes, 1u << 19);
    ASSERT_EQ(TypeParam::close(this->kv_), 0);
    this->options_.max_transfer_bytes = 8192;
    EXPECT_EQ(this->opened(), 0);
    EXPECT_EQ(this->info().max_transfer_bytes, 8192u);
    ASSERT_EQ(TypeParam::close(this->kv_), 0);
    this->options_.max_transfer_bytes = 0;
    EXPECT_EQ(this->opened(small), 0);
    EXPECT_EQ(this->info().max_transfer_bytes, 65536u);
}

TYPED_TEST(Opening, TheLargestTransferIsWholeDwords) {
    this->fake_.max_transfer_bytes = 1 << 19;
    for (const uint32_t wanted : {5001u, 5003u, 1u}) {
        this->options_.max_transfer_bytes = wanted;
        EXPECT_EQ(this->opened(), 0);
        EXPECT_EQ(this->info().max_transfer_bytes, wanted == 1 ? 4u : 5000u);
        if (wanted != 1) {
            ASSERT_EQ(TypeParam::close(this->kv_), 0);
        }
    }
}

TYPED_TEST(Opening, ABlockNamespaceIsNoDrive) {
    std::optional<int> rc;
    ASSERT_EQ(this->begin(rc), 0);
    while (!this->fake_.idle()) this->fake_.answer(nvme::kInvalidOpcode);
    EXPECT_EQ(rc, -ENODEV);
}

TYPED_TEST(Opening, APageOfZerosIsNoDrive) {
    std::optional<int> rc;
    ASSERT_EQ(this->begin(rc), 0);
    while (!this->fake_.idle()) this->fake_.answer();
    EXPECT_EQ(rc, -ENODEV);
}

TYPED_TEST(Opening, ALostPathIsSaidSo) {
    std::optional<int> rc;
    ASSERT_EQ(this->begin(rc), 0);
    this->fake_.answer(nvme::make_status(3, 0x70));
    EXPECT_TRUE(this->fake_.idle());
    EXPECT_EQ(rc, -EIO);
}

TYPED_TEST(Opening, WhatCannotBeSubmittedIsAnErrnoAndNoHandle) {
    this->fake_.next_rc = -ENXIO;
    this->fake_.failures = 1;
    std::optional<int> rc;
    EXPECT_EQ(this->begin(rc), -ENXIO);
    EXPECT_EQ(this->kv_, nullptr);
    EXPECT_FALSE(rc.has_value());
}

TYPED_TEST(Opening, VerbsAreRefusedUntilItIsDone) {
    this->drive_.emplace();
    this->fake_.drive = &*this->drive_;
    std::optional<int> rc;
    ASSERT_EQ(this->begin(rc), 0);
    const csd_kv_key key = key_of("k");
    Flight flight;
    EXPECT_EQ(TypeParam::exist(this->kv_, &flight.request, &key, Flight::done, &flight), -EINVAL);
    EXPECT_EQ(TypeParam::close(this->kv_), -EBUSY);
    this->fake_.run_all();
    EXPECT_EQ(rc, 0);
}

TYPED_TEST(Opening, TheHandleMayBeClosedInItsCallback) {
    this->drive_.emplace();
    this->fake_.drive = &*this->drive_;
    const auto closing = [](void* argument, int) {
        auto** kv = static_cast<typename TypeParam::Handle**>(argument);
        EXPECT_EQ(TypeParam::close(*kv), 0);
        *kv = nullptr;
    };
    ASSERT_EQ(TypeParam::open(this->fake_, nullptr, closing, &this->kv_, &this->kv_), 0);
    this->fake_.run_all();
    EXPECT_EQ(this->kv_, nullptr);
}

using OpeningABdev = Opening<BdevLevel>;

TEST_F(OpeningABdev, WithoutAdminCommandsAsksTheDriveOnly) {
    fake_.takes_admin = false;
    EXPECT_EQ(opened(), 0);
    EXPECT_EQ(info().max_transfer_bytes, 1u << 20);
}

TEST_F(OpeningABdev, ThatTakesNoNvmeCommandsIsNotSupported) {
    fake_.takes_commands = false;
    std::optional<int> rc;
    EXPECT_EQ(begin(rc), -ENOTSUP);
}

using OpeningANamespace = Opening<DriverLevel>;

TEST_F(OpeningANamespace, PollingGoesThroughAllQuestions) {
    drive_.emplace(device::use_2023_dialect);
    fake_.drive = &*drive_;
    std::optional<int> rc;
    ASSERT_EQ(begin(rc), 0);
    for (int i = 0; i < 10 && !rc; i++) csd_nvme_kv_poll(kv_, 0);
    EXPECT_EQ(rc, 0);
    fake_.poll_rc = -ENXIO;
    EXPECT_EQ(csd_nvme_kv_poll(kv_, 0), -ENXIO);
}

}  // namespace
}  // namespace csd::spdk
