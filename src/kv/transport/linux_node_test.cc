// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/linux_node.hpp"

#include "kv/admin.hpp"
#include "kv/transport/linux_fixture.hpp"

namespace csd::kv {
namespace {

using ::testing::HasSubstr;

class LinuxNodes : public ::testing::Test {
  protected:
    Result<LinuxNode> open(std::string_view device = "/dev/ng0n1") {
        return LinuxNode::open(kernel_, parse_linux_spec(device).value());
    }
    Status refused(std::string_view device = "/dev/ng0n1") {
        const auto node = open(device);
        EXPECT_FALSE(node.ok());
        return node.status();
    }
    // A controller that answers Identify.
    void answer_identify(std::vector<uint32_t> namespaces, uint8_t mdts) {
        kernel_.admin = [namespaces, mdts](const nvme_uring_cmd& command) {
            EXPECT_EQ(0x06, command.opcode);
            const MutableBytes page = memory_of(command);
            if (command.cdw10 == 0x01) page[77] = mdts;
            for (size_t i = 0; command.cdw10 == 0x02 && i < namespaces.size(); i++) {
                store_le<uint32_t>(page, 4 * i, namespaces[i]);
            }
            return FakeKernel::Answer{};
        };
    }

    FakeKernel kernel_;
};

TEST_F(LinuxNodes, TheKernelNamesTheNamespace) {
    kernel_.nsid = 42;
    EXPECT_EQ(42u, open().value().nsid());
}

TEST_F(LinuxNodes, AControllerHasItsOnlyNamespace) {
    answer_identify({9}, 7);
    EXPECT_EQ(9u, open("/dev/nvme3").value().nsid());
    answer_identify({1, 2}, 7);
    const Status two = refused("/dev/nvme3");
    EXPECT_EQ(Code::kTransport, two.code());
    EXPECT_THAT(two.message(), HasSubstr("/dev/ng3n1"));
    answer_identify({}, 7);
    EXPECT_THAT(refused("/dev/nvme3").message(), HasSubstr("no namespace"));
}

TEST_F(LinuxNodes, WhatCannotBeOpenedSaysWhy) {
    kernel_.open_error = ENOENT;
    EXPECT_THAT(refused().message(), HasSubstr("'/dev/ng0n1' cannot be opened: it does not exist"));
    kernel_.open_error = EACCES;
    EXPECT_THAT(refused().message(), HasSubstr("CAP_SYS_ADMIN"));
    kernel_.open_error = EMFILE;
    EXPECT_THAT(refused().message(), HasSubstr("Too many open files"));
    EXPECT_EQ(Code::kTransport, refused().code());
    kernel_.open_error = 0;
    kernel_.nsid = -ENOTTY;
    EXPECT_THAT(refused().message(), HasSubstr("no node of an NVMe namespace"));
    kernel_.nsid = -ENODEV;
    EXPECT_THAT(refused().message(), HasSubstr("No such device"));
    kernel_.nsid = -EAGAIN;
    EXPECT_THAT(refused().message(), HasSubstr("no path to the drive"));
}

TEST_F(LinuxNodes, APathComesAndGoes) {
    const auto node = open();
    EXPECT_TRUE(node.value().has_path());
    kernel_.nsid = -EAGAIN;
    EXPECT_FALSE(node.value().has_path());
    kernel_.nsid = 1;
    EXPECT_TRUE(node.value().has_path());
    answer_identify({1}, 5);
    kernel_.nsid = -ENOTTY;
    EXPECT_TRUE(open("/dev/nvme0").value().has_path()) << "what is no namespace is not asked";
}

TEST_F(LinuxNodes, WhoMayOnlyReadOpensForReading) {
    for (const int error : {EACCES, EPERM, EROFS}) {
        kernel_.write_error = error;
        EXPECT_TRUE(open().ok()) << error;
    }
}

TEST_F(LinuxNodes, SysfsTellsTheSizes) {
    kernel_.set_queue_limits("class/block/nvme0n1", 127, 512);
    const auto node = open();
    EXPECT_EQ(512 * kKiB, node.value().sizes().most_bytes);
    EXPECT_EQ(126 * 4 * kKiB, node.value().sizes().scattered_bytes)
        << "memory may begin within a page";
    EXPECT_TRUE(kernel_.requests().empty()) << "no admin command was needed";
    kernel_.set_queue_limits("class/block/nvme0n1", 33, 64);
    EXPECT_EQ(64 * kKiB, open().value().sizes().scattered_bytes);
    kernel_.set_queue_limits("class/block/nvme0n1", 128, 8192);
    EXPECT_EQ(2 * kMiB, open().value().sizes().most_bytes) << "one huge page";
    kernel_.set_queue_limits("class/block/nvme0n1", 0, 0);
    EXPECT_EQ(4 * kKiB, open().value().sizes().most_bytes);
}

TEST_F(LinuxNodes, AControllersSizesAreThoseOfItsNamespace) {
    answer_identify({1}, 5);
    kernel_.set_queue_limits("class/nvme/nvme0/nvme0c0n1", 100, 256);
    const auto node = open("/dev/nvme0");
    EXPECT_EQ(256 * kKiB, node.value().sizes().most_bytes);
}

TEST_F(LinuxNodes, WithoutSysfsTheDriveIsAsked) {
    answer_identify({1}, 5);
    EXPECT_EQ(128 * kKiB, open().value().sizes().most_bytes);
    EXPECT_EQ(128 * kKiB, open("/dev/nvme0").value().sizes().most_bytes);
    answer_identify({1}, 255);
    EXPECT_EQ(2 * kMiB, open().value().sizes().most_bytes);
    answer_identify({1}, 0);
    EXPECT_EQ(504 * kKiB, open().value().sizes().most_bytes) << "what any kernel moves";
    kernel_.admin = [](const nvme_uring_cmd&) { return FakeKernel::Answer{-EACCES}; };
    EXPECT_EQ(504 * kKiB, open().value().sizes().most_bytes);
}

TEST_F(LinuxNodes, AdminCommandsPassAsTheyAre) {
    const auto node = open();
    kernel_.admin = [](const nvme_uring_cmd& command) {
        EXPECT_EQ(0x0A, command.opcode);
        EXPECT_EQ(1u, command.nsid);
        EXPECT_EQ(0x20u, command.cdw10);
        EXPECT_EQ(300'000u, command.timeout_ms);
        return FakeKernel::Answer{0x4002, 0x1'0000'0003};
    };
    const auto answer =
        node.value().admin(admin_command(AdminOpcode::kGetFeatures, 1, kFeatureKeyValue), {});
    EXPECT_EQ(nvme::kInvalidField, answer.value().status);
    EXPECT_EQ(3u, answer.value().dw0);
    EXPECT_EQ(1u, answer.value().dw1);
    EXPECT_EQ(NVME_IOCTL_ADMIN64_CMD, kernel_.requests().back());
}

TEST_F(LinuxNodes, AdminCommandsThatDoNotPassSayWhy) {
    const auto node = open();
    const auto outcome = [&](int error) {
        kernel_.admin = [error](const nvme_uring_cmd&) { return FakeKernel::Answer{-error}; };
        return node.value().admin(identify_command(1, 0, 0), {}).status();
    };
    EXPECT_THAT(outcome(EACCES).message(), HasSubstr("CAP_SYS_ADMIN"));
    EXPECT_EQ(Code::kUnsupported, outcome(EACCES).code());
    EXPECT_EQ(Code::kUnsupported, outcome(ENOTTY).code());
    EXPECT_EQ(Code::kTransport, outcome(ENODEV).code());
    EXPECT_EQ(Code::kTransport, outcome(EINTR).code());
    EXPECT_EQ(Code::kTransport, outcome(EAGAIN).code());
    EXPECT_THAT(outcome(EAGAIN).message(), HasSubstr("no path to the drive"));
}

}  // namespace
}  // namespace csd::kv
