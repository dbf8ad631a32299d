// SPDX-License-Identifier: BSD-3-Clause
//
// The emulated controller, asked as a host asks one.
#include "kv/admin.hpp"
#include "kv/transport/emulated_fixture.hpp"
#include "kv/transport/emulator.hpp"
#include "nvme/identify.hpp"

namespace csd::kv {
namespace {

class EmulatedController : public Emulated {
  protected:
    void attach(const std::string& parameters = "") {
        auto opened = open_emulator(device(parameters), {});
        ASSERT_TRUE(opened.ok()) << opened.status().message();
        transport_ = std::move(opened).value();
    }
    void TearDown() override {
        transport_.reset();
        Emulated::TearDown();
    }
    uint16_t identify(uint8_t cns, uint8_t csi, uint32_t nsid = 1) {
        page_.assign(nvme::kPageBytes, 0xEE);
        return transport_->admin(identify_command(cns, csi, nsid), page_).value().status;
    }
    uint16_t send(const nvme::Sqe& sqe, MutableBytes data = {}) {
        std::optional<uint16_t> status;
        EXPECT_TRUE(
            transport_->submit(sqe, data, [&](const nvme::Cqe& cqe) { status = cqe.status; }).ok());
        while (!status) {
            transport_->wait(100);
            transport_->poll(8);
        }
        return *status;
    }

    std::unique_ptr<Transport> transport_;
    std::vector<uint8_t> page_;
};

TEST_F(EmulatedController, AnswersIdentifyAsAController) {
    attach();
    EXPECT_EQ(0, identify(0x01, 0));
    EXPECT_EQ(9, page_[77]) << "MDTS: 2 MiB";
    EXPECT_EQ(0, identify(0x02, 0, 0));
    EXPECT_EQ(1u, load_le<uint32_t>(page_, 0));
    EXPECT_EQ(0u, load_le<uint32_t>(page_, 4));
    EXPECT_EQ(0, identify(0x03, 0));
    EXPECT_EQ(4, page_[0]);
    EXPECT_EQ(1, page_[4]) << "CSI of Key Value";
    EXPECT_EQ(0, identify(0x05, 1));
    EXPECT_TRUE(nvme::read_extensions(page_).has_value());
    EXPECT_EQ(0, identify(0x00, 0));
    EXPECT_NE(0u, load_le<uint64_t>(page_, 8)) << "NCAP";
    EXPECT_EQ(0, identify(0x08, 0));
    EXPECT_EQ(1, page_[14] & 1) << "ready";
    EXPECT_EQ(0, identify(0x06, 1));
    EXPECT_EQ(nvme::kInvalidCommandSet, identify(0x05, 0));
    EXPECT_EQ(nvme::kInvalidField, identify(0x77, 0));
    EXPECT_EQ(nvme::kInvalidNamespaceOrFormat, identify(0x05, 1, 2));
    page_.assign(nvme::kPageBytes, 0);
    EXPECT_EQ(
        0,
        transport_->admin(admin_command(AdminOpcode::kGetLogPage, 1, 0x05), page_).value().status);
    EXPECT_EQ(1, page_[1024 + 4 * 0x81] & 1) << "81h is supported";
    EXPECT_NE(
        0,
        transport_->admin(admin_command(AdminOpcode::kGetLogPage, 1, 0x70), page_).value().status);
    EXPECT_NE(
        0,
        transport_->admin(admin_command(static_cast<AdminOpcode>(0x7F), 1, 0), {}).value().status);
    EXPECT_NE(0,
              transport_->admin(admin_command(AdminOpcode::kFormatNvm, 9, 0), {}).value().status);
    EXPECT_NE(0, transport_->admin(identify_command(1, 0, 1), MutableBytes(page_).first(100))
                     .value()
                     .status);
}

TEST_F(EmulatedController, ABlockNamespaceCarriesThe2023Dialect) {
    attach("?dialect=2023");
    EXPECT_EQ(0, identify(0x00, 0));
    EXPECT_NE(0u, load_le<uint64_t>(page_, 0));
    EXPECT_EQ(9, page_[130]);
    const auto extensions = nvme::read_extensions(page_);
    ASSERT_TRUE(extensions.has_value());
    EXPECT_TRUE(extensions->dialect_2023);
    EXPECT_EQ(nvme::kInvalidField, identify(0x05, 1));
    EXPECT_EQ(0, identify(0x03, 0));
    EXPECT_EQ(0, page_[4]) << "CSI of blocks";
    nvme::Sqe flush;
    flush.set_dword(1, 1);
    EXPECT_EQ(0, send(flush));
}

TEST_F(EmulatedController, RefusesWhatAControllerRefuses) {
    attach();
    nvme::Sqe sqe;
    sqe.bytes[0] = 0x14;
    sqe.set_dword(1, 7);
    EXPECT_EQ(nvme::kInvalidNamespaceOrFormat, send(sqe));
    sqe.set_dword(1, 1);
    sqe.bytes[0] = 0x7C;
    EXPECT_EQ(nvme::kInvalidOpcode, send(sqe));
    std::vector<uint8_t> small(4);
    nvme::Retrieve too_long;
    too_long.key = key("k");
    too_long.bytes = 4096;
    EXPECT_EQ(nvme::kInvalidField, send(nvme::encode(too_long, nvme::Dialect::kKeyValue, 1), small))
        << "the entry asks for more than the caller's memory";
}

TEST_F(EmulatedController, AFullQueueIsNotReady) {
    attach();
    const nvme::Sqe sqe = nvme::encode(nvme::Exist{key("k")}, nvme::Dialect::kKeyValue, 1);
    const uint32_t depth = transport_->limits().queue_depth;
    uint32_t done = 0;
    for (uint32_t i = 0; i < depth; i++) {
        ASSERT_TRUE(transport_->submit(sqe, {}, [&done](const nvme::Cqe&) { done++; }).ok());
    }
    EXPECT_EQ(Code::kNotReady, transport_->submit(sqe, {}, nullptr).code());
    while (done < depth) transport_->poll(7);
    EXPECT_TRUE(transport_->submit(sqe, {}, [](const nvme::Cqe&) {}).ok());
}
}  // namespace
}  // namespace csd::kv
