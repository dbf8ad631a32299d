// SPDX-License-Identifier: BSD-3-Clause
//
// devices.hpp, done.
#include "devices.hpp"

#include <cstring>

#include "measure.hpp"

extern "C" {
#include "spdk/thread.h"
}

namespace csd::bench {
namespace {

void require(bool there, const std::string& what) {
    if (!there) throw Failure("there is no " + what);
}
void require_zero(int rc, const std::string& what) {
    if (rc != 0) throw Failure(what + ": " + std::strerror(-rc));
}

void on_open(void* argument, int rc) {
    *static_cast<std::optional<int>*>(argument) = rc;
}
void on_done(void* argument, const spdk_nvme_cpl* completion) {
    *static_cast<std::optional<int>*>(argument) = spdk_nvme_cpl_is_error(completion) ? -EIO : 0;
}
void on_event(spdk_bdev_event_type, spdk_bdev*, void*) {}

// While one lives, calls of SPDK are made on that thread.
class OnThread {
  public:
    explicit OnThread(spdk_thread* thread) : before_(spdk_get_thread()) { spdk_set_thread(thread); }
    ~OnThread() { spdk_set_thread(before_); }
    OnThread(const OnThread&) = delete;
    OnThread& operator=(const OnThread&) = delete;

  private:
    spdk_thread* before_;
};

spdk_nvme_qpair* qpair_of(spdk_nvme_ctrlr* controller) {
    spdk_nvme_io_qpair_opts options;
    spdk_nvme_ctrlr_get_default_io_qpair_opts(controller, &options, sizeof options);
    options.delay_cmd_submit = true;  // one doorbell for what a poll submits, as in SPDK's perf
    return spdk_nvme_ctrlr_alloc_io_qpair(controller, &options, sizeof options);
}

}  // namespace

Devices::Devices(const Names& names) {
    open_bdev(names);
    open_driver(names);
    store_values();
    identify_bdev();
}

void Devices::open_driver(const Names& names) {
    spdk_nvme_ctrlr* controller = bdev_nvme_get_ctrlr(spdk_bdev_desc_get_bdev(desc_));
    require(controller != nullptr, "controller under " + names.bdev);
    spdk_nvme_ns* drive = spdk_nvme_ctrlr_get_ns(controller, names.drive_nsid);
    spdk_nvme_ns* block = spdk_nvme_ctrlr_get_ns(controller, names.block_nsid);
    require(drive != nullptr && spdk_nvme_ns_is_active(drive), "drive namespace");
    require(block != nullptr && spdk_nvme_ns_is_active(block), "block namespace");
    require(spdk_nvme_ns_get_size(block) >= kSpan, "block namespace of 64 MiB");
    drive_qpair_ = qpair_of(controller);
    block_qpair_ = qpair_of(controller);
    require(drive_qpair_ != nullptr && block_qpair_ != nullptr, "queue");
    std::optional<int> opened;
    require_zero(csd_nvme_kv_open(drive, drive_qpair_, nullptr, on_open, &opened, &driver_kv_),
                 "open");
    while (!opened) csd_nvme_kv_poll(driver_kv_, 0);
    require_zero(*opened, "open");
    drive_ = retrieves(driver_kv_);
    block_ = block_reads(block, block_qpair_);
}

void Devices::store_values() {
    void* buffer = spdk_dma_zmalloc(kValueBytes, kValueBytes, nullptr);
    require(buffer != nullptr, "memory for devices");
    csd_kv_request request;
    for (uint64_t n = 0; n < kKeys; n++) {
        const csd_kv_key key = key_of(n);
        std::optional<int> stored;
        require_zero(
            csd_nvme_kv_store(driver_kv_, &request, &key, buffer, kValueBytes, 0, on_done, &stored),
            "store");
        while (!stored) csd_nvme_kv_poll(driver_kv_, 0);
        require_zero(*stored, "store");
    }
    spdk_dma_free(buffer);
}

void Devices::open_bdev(const Names& names) {
    thread_ = spdk_thread_create("bench", nullptr);
    require(thread_ != nullptr, "SPDK thread");
    const OnThread here(thread_);
    require_zero(spdk_bdev_open_ext(names.bdev.c_str(), true, on_event, nullptr, &desc_),
                 names.bdev);
    channel_ = spdk_bdev_get_io_channel(desc_);
    require(channel_ != nullptr, "channel");
}

void Devices::identify_bdev() {
    const OnThread here(thread_);
    require_zero(csd_bdev_kv_open(desc_, channel_, nullptr, on_open, &bdev_opened_, &bdev_kv_),
                 "open");
}

bool Devices::ready() {
    if (!bdev_opened_) return false;
    require_zero(*bdev_opened_, "open");
    if (bdev_ == nullptr) bdev_ = bdev_retrieves(bdev_kv_, thread_);
    return true;
}

Devices::~Devices() {
    csd_nvme_kv_close(driver_kv_);
    if (drive_qpair_ != nullptr) spdk_nvme_ctrlr_free_io_qpair(drive_qpair_);
    if (block_qpair_ != nullptr) spdk_nvme_ctrlr_free_io_qpair(block_qpair_);
    if (thread_ != nullptr) {
        {
            const OnThread here(thread_);
            csd_bdev_kv_close(bdev_kv_);
            if (channel_ != nullptr) spdk_put_io_channel(channel_);
            if (desc_ != nullptr) spdk_bdev_close(desc_);
            spdk_thread_exit(thread_);
        }
        while (!spdk_thread_is_exited(thread_)) spdk_thread_poll(thread_, 0, 0);
    }
}

}  // namespace csd::bench
