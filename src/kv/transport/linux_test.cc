// SPDX-License-Identifier: BSD-3-Clause
//
// The transport on a kernel of the test's own. By ioctl unless the test gives the kernel a ring.
#include "kv/transport/linux.hpp"

#include "kv/admin.hpp"
#include "kv/status.hpp"
#include "kv/transport/linux_fixture.hpp"

namespace csd::kv {
namespace {

using ::testing::HasSubstr;
using Answer = FakeKernel::Answer;

class Linux : public ::testing::TestWithParam<bool> {
  protected:
    void SetUp() override { kernel_.has_ring = GetParam(); }

    void attach(std::string_view device = "/dev/ng0n1") {
        auto opened = open_linux_on(kernel_, device);
        ASSERT_TRUE(opened.ok()) << opened.status().message();
        transport_ = std::move(opened).value();
    }
    static nvme::Sqe retrieve(uint32_t bytes) {
        nvme::Retrieve command;
        command.key = *Key::from_text("k");
        command.bytes = bytes;
        return nvme::encode(command, nvme::Dialect::kKeyValue, 1);
    }
    static nvme::Sqe store(uint32_t bytes) {
        nvme::Store command;
        command.key = *Key::from_text("k");
        command.bytes = bytes;
        return nvme::encode(command, nvme::Dialect::kKeyValue, 1);
    }
    Transport::Done note() {
        return [this](const nvme::Cqe& cqe) { answers_.push_back(cqe); };
    }
    nvme::Cqe run(const nvme::Sqe& sqe, MutableBytes data = {}) {
        const size_t before = answers_.size();
        const Status sent = transport_->submit(sqe, data, note());
        EXPECT_TRUE(sent.ok()) << sent.message();
        collect(before + 1);
        return answers_.back();
    }
    void collect(size_t count) {
        while (answers_.size() < count) {
            transport_->wait(1000);
            transport_->poll(16);
        }
    }

    FakeKernel kernel_;
    std::unique_ptr<Transport> transport_;
    std::vector<nvme::Cqe> answers_;
};
INSTANTIATE_TEST_SUITE_P(, Linux, ::testing::Bool(),
                         [](const auto& ring) { return ring.param ? "Ring" : "Ioctl"; });

TEST_P(Linux, CommandsAndAnswersPassAsTheyAre) {
    kernel_.drive = [](const nvme_uring_cmd& command) {
        EXPECT_EQ(0x02, command.opcode);
        EXPECT_EQ(1u, command.nsid);
        EXPECT_EQ(uint32_t{'k'}, command.cdw2);
        EXPECT_EQ(4u, command.cdw10);
        EXPECT_EQ(1u, command.cdw11);
        EXPECT_EQ(0u, command.timeout_ms) << "the driver's own";
        std::memcpy(memory_of(command).data(), "data", 4);
        return Answer{0x4087, 0x1'0000'0004};
    };
    attach();
    std::array<uint8_t, 4> data{};
    const nvme::Cqe answer = run(retrieve(4), data);
    EXPECT_EQ("data", as_text(data));
    EXPECT_EQ(nvme::kKeyDoesNotExist, answer.status);
    EXPECT_EQ(4u, answer.dw0);
    EXPECT_EQ(1u, answer.dw1);
    EXPECT_EQ(1u, transport_->nsid());
    EXPECT_TRUE(transport_->limits().result_64);
    EXPECT_TRUE(transport_->limits().any_memory);
    EXPECT_FALSE(transport_->limits().can_cancel);
    EXPECT_EQ(GetParam() ? "fake ring" : "linux ioctl", transport_->name());
}

TEST_P(Linux, WhatMayTakeLongHasTheCallersTimeOut) {
    attach("/dev/ng0n1?timeout=2");
    for (const uint8_t opcode : {0x00, 0x85, 0x8D, 0x01, 0x02, 0x10, 0x14}) {
        nvme::Sqe sqe = retrieve(0);
        sqe.bytes[0] = opcode;
        run(sqe);
        const bool may_take_long = opcode == 0x00 || opcode >= 0x85;
        EXPECT_EQ(may_take_long ? 2000u : 0u, kernel_.seen().back().timeout_ms) << int{opcode};
    }
}

TEST_P(Linux, AFullQueueIsNotReadyUntilSomethingFinished) {
    kernel_.hold(true);
    attach();
    const uint32_t depth = transport_->limits().queue_depth;
    for (uint32_t i = 0; i < depth; i++) {
        ASSERT_TRUE(transport_->submit(retrieve(0), {}, note()).ok());
    }
    EXPECT_EQ(Code::kNotReady, transport_->submit(retrieve(0), {}, note()).code());
    EXPECT_EQ(0u, transport_->poll(16));
    transport_->wait(5);
    EXPECT_EQ(0u, transport_->poll(16)) << "wait() came back without an answer";
    kernel_.hold(false);
    collect(depth);
    EXPECT_EQ(depth, kernel_.seen().size());
    run(retrieve(0));
}

TEST_P(Linux, PollRunsNoMoreThanAskedFor) {
    attach();
    for (int i = 0; i < 5; i++) ASSERT_TRUE(transport_->submit(retrieve(0), {}, note()).ok());
    while (answers_.size() < 5) {
        const size_t before = answers_.size();
        transport_->wait(1000);
        EXPECT_LE(transport_->poll(2), 2u);
        EXPECT_LE(answers_.size(), before + 2);
    }
}

TEST_P(Linux, ACallbackMaySubmit) {
    attach();
    int left = 10;
    std::function<void(const nvme::Cqe&)> again = [&](const nvme::Cqe& cqe) {
        if (left-- > 0) {
            EXPECT_TRUE(transport_->submit(retrieve(0), {}, again).ok());
        } else {
            answers_.push_back(cqe);
        }
    };
    ASSERT_TRUE(transport_->submit(retrieve(0), {}, again).ok());
    collect(1);
    EXPECT_EQ(11u, kernel_.seen().size());
}

TEST_P(Linux, DestructionWaitsAndRunsNoCallback) {
    attach();
    std::atomic<int> done = 0;
    kernel_.drive = [&done](const nvme_uring_cmd&) {
        done++;
        return Answer{};
    };
    for (int i = 0; i < 20; i++) ASSERT_TRUE(transport_->submit(retrieve(0), {}, note()).ok());
    transport_.reset();
    EXPECT_EQ(20, done);
    EXPECT_TRUE(answers_.empty());
}

TEST_P(Linux, ALostDriveFinishesEveryCommandAsPathRelated) {
    attach();
    kernel_.drive = [](const nvme_uring_cmd&) { return Answer{-ENODEV, 7}; };
    for (int i = 0; i < 20; i++) ASSERT_TRUE(transport_->submit(retrieve(0), {}, note()).ok());
    collect(20);
    for (const nvme::Cqe& answer : answers_) {
        EXPECT_EQ(kPathError, answer.status);
        EXPECT_EQ(0u, answer.dw0);
    }
    EXPECT_EQ(Code::kTransport, to_code(run(retrieve(0)).status)) << "and every later one";
}

TEST_P(Linux, ANodeWithoutAPathIsNotMistakenForAnInvalidField) {
    attach();
    kernel_.drive = [](const nvme_uring_cmd&) { return Answer{-EINVAL}; };
    EXPECT_EQ(nvme::kInvalidField, run(retrieve(0)).status);
    kernel_.nsid = -EAGAIN;
    EXPECT_EQ(kPathError, run(retrieve(0)).status);
    EXPECT_EQ(2u, kernel_.seen().size()) << "nothing is sent twice";
}

TEST_P(Linux, AKernelThatIsBusyIsAskedAgain) {
    attach();
    std::atomic<int> refusals = 3;
    kernel_.drive = [&refusals](const nvme_uring_cmd&) {
        return Answer{refusals-- > 0 ? -EAGAIN : 0, 5};
    };
    EXPECT_EQ(5u, run(retrieve(0)).dw0);
    EXPECT_EQ(4u, kernel_.seen().size());
    kernel_.drive = [](const nvme_uring_cmd&) { return Answer{-EAGAIN}; };
    EXPECT_EQ(kPathError, run(retrieve(0)).status) << "but not for ever";
}

// A command that the driver gave up may have been done: an append must not be sent twice.
TEST_P(Linux, ACommandThatWasGivenUpIsNotSentAgain) {
    attach();
    kernel_.drive = [](const nvme_uring_cmd&) { return Answer{-EINTR}; };
    EXPECT_EQ(0x371, nvme::status_kind(run(retrieve(0)).status));
    EXPECT_EQ(1u, kernel_.seen().size());
}

TEST_P(Linux, WhatTheKernelOrTheDriveWouldMistakeIsNotSent) {
    kernel_.set_queue_limits("class/block/nvme0n1", 127, 128);
    attach();
    EXPECT_EQ(128 * kKiB, transport_->limits().max_transfer_bytes);
    std::vector<uint8_t> data(128 * kKiB + 1);
    EXPECT_EQ(Code::kInvalidField, transport_->submit(retrieve(4), data, note()).code());
    EXPECT_EQ(Code::kInvalidField,
              transport_->submit(retrieve(4097), MutableBytes(data).first(4096), note()).code());
    EXPECT_EQ(Code::kInvalidField, transport_->submit(store(1), {}, note()).code());
    nvme::Sqe elsewhere = retrieve(4);
    elsewhere.set_dword(1, 2);
    EXPECT_EQ(Code::kInvalidField, transport_->submit(elsewhere, data, note()).code());
    nvme::Sqe exist = nvme::encode(nvme::Exist{}, nvme::Dialect::k2023, 1);
    exist.set_dword(10, 4711);
    run(exist);
    EXPECT_EQ(1u, kernel_.seen().size()) << "without data the field means nothing";
}

// A drive in memory, behind a kernel that takes more than 504 KiB only where it is contiguous and whole dwords.
class LinuxTransfers : public Linux {
  protected:
    static constexpr size_t kLarge = 512 * kKiB;

    void SetUp() override {
        Linux::SetUp();
        kernel_.set_queue_limits("class/block/nvme0n1", 127, 512);
        kernel_.drive = [this](const nvme_uring_cmd& command) {
            const std::lock_guard lock(mutex_);
            const MutableBytes memory = memory_of(command);
            const bool contiguous = command.addr % kLarge == 0 && memory.size() % 4 == 0;
            if (memory.size() > 504 * kKiB && !contiguous) return Answer{-EINVAL};
            const MutableBytes data = memory.first(command.cdw10);
            if (command.opcode == 0x01) value_.assign(data.begin(), data.end());
            if (command.opcode == 0x02) std::copy(value_.begin(), value_.end(), memory.begin());
            return Answer{0, value_.size()};
        };
    }
    static std::vector<uint8_t> pattern(size_t bytes) {
        std::vector<uint8_t> made(bytes);
        for (size_t i = 0; i < bytes; i++) made[i] = static_cast<uint8_t>(i * 7 + i / 251);
        return made;
    }

    std::mutex mutex_;
    std::vector<uint8_t> value_;  // guarded by mutex_ while commands run
};
INSTANTIATE_TEST_SUITE_P(, LinuxTransfers, ::testing::Bool(),
                         [](const auto& ring) { return ring.param ? "Ring" : "Ioctl"; });

TEST_P(LinuxTransfers, MemoryInTooManyPiecesIsCopied) {
    attach();
    ASSERT_EQ(kLarge, transport_->limits().max_transfer_bytes);
    std::vector<uint8_t> value = pattern(kLarge + 1);
    const MutableBytes odd = MutableBytes(value).subspan(1);
    EXPECT_EQ(nvme::kSuccess, run(store(kLarge), odd).status);
    EXPECT_TRUE(std::equal(odd.begin(), odd.end(), value_.begin(), value_.end()));
    EXPECT_EQ(2u, kernel_.seen().size()) << "tried as it is, then copied";
    std::vector<uint8_t> got(kLarge + 1);
    const MutableBytes room = MutableBytes(got).subspan(1);
    EXPECT_EQ(kLarge, run(retrieve(kLarge), room).dw0);
    EXPECT_TRUE(std::equal(room.begin(), room.end(), value_.begin(), value_.end()));
}

TEST_P(LinuxTransfers, MemoryOfTheTransportIsNot) {
    attach();
    const auto memory = transport_->allocate(kLarge);
    ASSERT_TRUE(memory.ok());
    EXPECT_EQ(nvme::kSuccess, run(store(kLarge), memory.value()).status);
    EXPECT_EQ(1u, kernel_.seen().size());
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.value().data()), kernel_.seen()[0].addr);
    transport_->release(memory.value());
}

TEST_P(LinuxTransfers, LengthsThatAreNoDwordsAreFilledUp) {
    attach();
    for (const size_t bytes : {kLarge - 1, kLarge - 2, kLarge - 3}) {
        std::vector<uint8_t> value = pattern(bytes);
        const auto memory = transport_->allocate(bytes);
        ASSERT_TRUE(memory.ok());
        std::copy(value.begin(), value.end(), memory.value().begin());
        EXPECT_EQ(bytes, run(store(static_cast<uint32_t>(bytes)), memory.value()).dw0);
        EXPECT_EQ(kLarge, kernel_.seen().back().data_len);
        EXPECT_EQ(value, value_);
        std::vector<uint8_t> got(bytes);
        EXPECT_EQ(bytes, run(retrieve(static_cast<uint32_t>(bytes)), got).dw0);
        EXPECT_EQ(value, got);
        transport_->release(memory.value());
    }
    EXPECT_EQ(9u, kernel_.seen().size()) << "of the transport's memory once, of another's twice";
}

TEST_P(LinuxTransfers, WithoutHugePagesATransferIsWhatAnyMemoryCanMove) {
    kernel_.has_huge_pages = false;
    attach();
    EXPECT_EQ(504 * kKiB, transport_->limits().max_transfer_bytes);
}

TEST_P(LinuxTransfers, ARefusalThatNoCopyHelpsIsInvalidField) {
    attach();
    kernel_.drive = [](const nvme_uring_cmd&) { return Answer{-EINVAL}; };
    std::vector<uint8_t> value(kLarge);
    EXPECT_EQ(nvme::kInvalidField, run(store(kLarge), value).status);
    EXPECT_EQ(2u, kernel_.seen().size());
    EXPECT_EQ(nvme::kInvalidField, run(store(16), value).status);
    EXPECT_EQ(4u, kernel_.seen().size()) << "no CDW10, but the memory is what is copied";
}

TEST_P(LinuxTransfers, CopiesInFlightGoWithTheTransport) {
    attach();
    std::vector<uint8_t> value = pattern(kLarge);
    for (int i = 0; i < 8; i++) {
        ASSERT_TRUE(transport_->submit(store(kLarge), value, note()).ok());
    }
    transport_->wait(1000);
    transport_->poll(1);
    transport_.reset();
    EXPECT_TRUE(value_.empty() || value_ == value);
}

// --- What depends on the kernel ----------------------------------------------------------------------------

TEST(LinuxKernels, WithoutARingIoctlIsUsedUnlessTheRingWasAskedFor) {
    FakeKernel kernel;
    EXPECT_EQ("linux ioctl", open_linux_on(kernel, "/dev/ng0n1").value()->name());
    const auto refused = open_linux_on(kernel, "/dev/ng0n1?io=uring");
    EXPECT_EQ(Code::kTransport, refused.code());
    EXPECT_THAT(refused.status().message(), HasSubstr("Linux 5.19"));
}

TEST(LinuxKernels, WithARingIoctlIsUsedWhereAskedFor) {
    FakeKernel kernel;
    kernel.has_ring = true;
    EXPECT_EQ("fake ring", open_linux_on(kernel, "/dev/ng0n1").value()->name());
    EXPECT_EQ("fake ring", open_linux_on(kernel, "/dev/ng0n1?io=uring").value()->name());
    EXPECT_EQ("linux ioctl", open_linux_on(kernel, "/dev/ng0n1?io=ioctl").value()->name());
}

TEST(LinuxKernels, AControllerIsSpokenToByIoctlAndLosesHalfTheResult) {
    FakeKernel kernel;
    kernel.has_ring = true;
    kernel.admin = [](const nvme_uring_cmd& command) {
        store_le<uint32_t>(memory_of(command), 0, 6);
        return Answer{};
    };
    const auto transport = open_linux_on(kernel, "/dev/nvme0").value()->limits();
    EXPECT_FALSE(transport.result_64);
    EXPECT_EQ(6u, open_linux_on(kernel, "/dev/nvme0").value()->nsid());
}

TEST(LinuxKernels, ABlockNamespaceThatIsNoDriveOfOursIsRefused) {
    FakeKernel kernel;
    kernel.admin = [](const nvme_uring_cmd& command) {
        return Answer{command.cdw10 == 0x05 ? 0x4002 : 0};
    };
    kernel.drive = [](const nvme_uring_cmd&) { return Answer{0x4001}; };
    const auto client = Client::over(open_linux_on(kernel, "/dev/ng0n1").value());
    EXPECT_EQ(Code::kUnsupported, client.code());
    EXPECT_THAT(client.status().message(), HasSubstr("not a Key Value namespace"));
}

TEST(LinuxKernels, WithoutPrivilegeTheClientSaysWhatItNeeds) {
    FakeKernel kernel;
    kernel.admin = [](const nvme_uring_cmd&) { return Answer{-EACCES}; };
    kernel.drive = [](const nvme_uring_cmd&) { return Answer{-EACCES}; };
    const auto client = Client::over(open_linux_on(kernel, "/dev/ng0n1").value());
    EXPECT_EQ(Code::kTransport, client.code());
    EXPECT_THAT(client.status().message(), HasSubstr("CAP_SYS_ADMIN"));
}

}  // namespace
}  // namespace csd::kv
