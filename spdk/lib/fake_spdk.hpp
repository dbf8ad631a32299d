// SPDX-License-Identifier: BSD-3-Clause
//
// SPDK as the tests of this library see it: the few functions it calls, replaced at link time.
//
// A submitted command waits in `sent` until a test answers it, or is answered by a drive: the real engine in a private
// directory. Failures of submission, answers within it and a full bdev_io pool are arranged by the members.
#pragma once

#include <deque>
#include <vector>

#include "csd/spdk/bdev_kv.h"
#include "csd/spdk/nvme_kv.h"
#include "device/test_drive.hpp"
#include "nvme/command.hpp"

namespace csd::spdk {

struct SentCommand {
    bool admin = false;
    nvme::Sqe sqe;
    std::vector<iovec> data;
    bool scattered = false;
    spdk_nvme_cmd_cb driver_done = nullptr;
    spdk_bdev_io_completion_cb bdev_done = nullptr;
    void* argument = nullptr;

    size_t bytes() const;
};

class FakeSpdk {
  public:
    FakeSpdk();
    ~FakeSpdk();
    static FakeSpdk& get();

    spdk_nvme_ns* ns() { return reinterpret_cast<spdk_nvme_ns*>(this); }
    spdk_nvme_qpair* qpair() { return reinterpret_cast<spdk_nvme_qpair*>(this); }
    spdk_bdev_desc* desc() { return reinterpret_cast<spdk_bdev_desc*>(this); }
    spdk_io_channel* channel() { return reinterpret_cast<spdk_io_channel*>(this); }

    // Completes the oldest command; its request of SPDK is free before the callback runs.
    void answer(uint16_t status = 0, uint32_t cdw0 = 0);
    // Lets the drive run the oldest command, or all of them, also those which that leads to.
    void run_one();
    void run_all();
    bool idle() const { return sent.empty(); }
    const SentCommand& last() const { return sent.back(); }

    std::deque<SentCommand> sent;
    device::TestDrive* drive = nullptr;

    // What the level below is like.
    uint32_t nsid = 1;
    uint32_t max_transfer_bytes = 4096;
    bool pcie = true;
    bool sgl = false;
    bool identifies = true;   // false: a target answers Identify itself, as of a block namespace
    bool takes_admin = true;  // of a bdev
    bool takes_commands = true;
    uint8_t mdts = 0;  // of Identify Controller

    int next_rc = 0;  // of submission, `failures` times; the command is not taken
    int failures = 0;
    bool answers_first =
        false;  // a submission that fails answers as well, as that of SPDK 20.07 does
    bool inline_answers = false;  // the drive answers from within the submission
    const void* not_dma = nullptr;
    int32_t poll_rc = 0;

    // Of the bdev layer.
    std::deque<spdk_bdev_io_wait_entry*> waiting;
    int wait_rc = 0;
    int freed_ios = 0;

    int submit(SentCommand command);

  private:
    void complete(const SentCommand& command, uint16_t status, uint32_t cdw0);
    void run(const SentCommand& command);
    void run_identify(const SentCommand& command);
};

}  // namespace csd::spdk
