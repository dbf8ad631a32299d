// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/linux_ioctl.hpp"

#include <atomic>
#include <set>
#include <thread>

#include "kv/transport/linux_fixture.hpp"

namespace csd::kv {
namespace {

using Node = IoctlQueue::Node;

class Ioctl : public ::testing::Test {
  protected:
    static nvme_uring_cmd command(uint8_t opcode, uint32_t number = 0) {
        nvme_uring_cmd made{};
        made.opcode = opcode;
        made.cdw10 = number;
        return made;
    }
    static std::vector<PassthroughQueue::Finished> collect(PassthroughQueue& queue, size_t count) {
        std::vector<PassthroughQueue::Finished> all;
        std::array<PassthroughQueue::Finished, 8> some;
        while (all.size() < count) {
            const size_t got = queue.reap(some);
            all.insert(all.end(), some.begin(), some.begin() + got);
            if (got == 0) queue.wait(1000);
        }
        return all;
    }

    FakeKernel kernel_;
};

TEST_F(Ioctl, ANamespaceHasResultsOf64BitsAndAControllerOf32) {
    kernel_.drive = [](const nvme_uring_cmd&) {
        return FakeKernel::Answer{0x4087, 0x1122334455667788};
    };
    for (const Node node : {Node::kNamespace, Node::kController}) {
        IoctlQueue queue(kernel_, 3, node);
        queue.start(5, command(0x14));
        const auto done = collect(queue, 1);
        EXPECT_EQ(5u, done[0].slot);
        EXPECT_EQ(0x4087, done[0].outcome);
        const bool wide = node == Node::kNamespace;
        EXPECT_EQ(wide, queue.result_64());
        EXPECT_EQ(wide ? 0x1122334455667788u : 0x55667788u, done[0].result);
    }
    EXPECT_THAT(kernel_.requests(), ::testing::ElementsAre(NVME_IOCTL_IO64_CMD, NVME_IOCTL_IO_CMD));
}

TEST_F(Ioctl, OneShortCommandIsRunByWhoeverWaits) {
    std::thread::id ran_by;
    kernel_.drive = [&ran_by](const nvme_uring_cmd&) {
        ran_by = std::this_thread::get_id();
        return FakeKernel::Answer{};
    };
    IoctlQueue queue(kernel_, 3, Node::kNamespace);
    queue.start(0, command(0x02));
    queue.wait(1000);
    EXPECT_EQ(std::this_thread::get_id(), ran_by);
    EXPECT_EQ(1u, collect(queue, 1).size());
    for (const uint8_t long_opcode : {0x00, 0x85, 0x8D}) {
        queue.start(0, command(long_opcode));
        collect(queue, 1);
        EXPECT_NE(std::this_thread::get_id(), ran_by) << int{long_opcode};
    }
}

TEST_F(Ioctl, ReapNeverBlocksAndWaitEndsInTime) {
    kernel_.hold(true);
    IoctlQueue queue(kernel_, 3, Node::kNamespace);
    for (uint32_t slot = 0; slot < 3; slot++) queue.start(slot, command(0x02));
    std::array<PassthroughQueue::Finished, 4> none;
    EXPECT_EQ(0u, queue.reap(none));
    queue.wait(5);
    EXPECT_EQ(0u, queue.reap(none));
    kernel_.hold(false);
    EXPECT_EQ(3u, collect(queue, 3).size());
    queue.wait(1);
    EXPECT_EQ(0u, queue.reap(none));
}

TEST_F(Ioctl, AFullQueueIsAnsweredWhole) {
    kernel_.drive = [](const nvme_uring_cmd& one) { return FakeKernel::Answer{0, one.cdw10}; };
    IoctlQueue queue(kernel_, 3, Node::kNamespace);
    for (uint32_t slot = 0; slot < queue.depth(); slot++) queue.start(slot, command(0x02, slot));
    std::set<uint32_t> slots;
    for (const auto& done : collect(queue, queue.depth())) {
        EXPECT_EQ(done.slot, done.result);
        slots.insert(done.slot);
    }
    EXPECT_EQ(queue.depth(), slots.size());
}

TEST_F(Ioctl, LongCommandsDoNotHoldUpShortOnes) {
    std::atomic<bool> answered = false;
    kernel_.drive = [&answered](const nvme_uring_cmd& one) {
        while (one.opcode == 0x85 && !answered) std::this_thread::yield();
        return FakeKernel::Answer{};
    };
    IoctlQueue queue(kernel_, 3, Node::kNamespace);
    for (uint32_t slot = 0; slot + 1 < queue.depth(); slot++) queue.start(slot, command(0x85));
    queue.start(queue.depth() - 1, command(0x02));
    EXPECT_EQ(queue.depth() - 1, collect(queue, 1)[0].slot);
    answered = true;
    EXPECT_EQ(queue.depth() - 1, collect(queue, queue.depth() - 1).size());
}

}  // namespace
}  // namespace csd::kv
