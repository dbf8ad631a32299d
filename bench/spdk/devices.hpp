// SPDX-License-Identifier: BSD-3-Clause
//
// What csd-bench-spdk measures: a drive and a block namespace of one controller, through the driver, and the drive's bdev.
//
// Made on the application's thread; throws Failure when something is not there. The bdev has an SPDK thread of its own,
// so that a measurement can poll it; its first command is answered through the application's thread, so ready() becomes
// true only after the caller has let that go on. Exercised by every run of bench/spdk/run.
#pragma once

#include <optional>

#include "loop.hpp"

namespace csd::bench {

struct Names {
    std::string bdev;  // of the drive; its controller has both namespaces
    uint32_t drive_nsid = 1;
    uint32_t block_nsid = 2;
};

class Devices {
  public:
    explicit Devices(const Names& names);
    ~Devices();
    Devices(const Devices&) = delete;
    Devices& operator=(const Devices&) = delete;

    bool ready();
    Loop& block() { return *block_; }
    Loop& drive() { return *drive_; }
    Loop& bdev() { return *bdev_; }

  private:
    void open_bdev(const Names& names);
    void open_driver(const Names& names);
    void identify_bdev();
    void store_values();

    spdk_nvme_qpair* drive_qpair_ = nullptr;
    spdk_nvme_qpair* block_qpair_ = nullptr;
    csd_nvme_kv* driver_kv_ = nullptr;
    spdk_thread* thread_ = nullptr;
    spdk_bdev_desc* desc_ = nullptr;
    spdk_io_channel* channel_ = nullptr;
    csd_bdev_kv* bdev_kv_ = nullptr;
    std::optional<int> bdev_opened_;
    std::unique_ptr<Loop> block_, drive_, bdev_;
};

}  // namespace csd::bench
