// SPDX-License-Identifier: BSD-3-Clause
//
// loop.hpp, done.
#include "loop.hpp"

#include <sys/resource.h>

#include "measure.hpp"

extern "C" {
#include "spdk/thread.h"
}

namespace csd::bench {
namespace {

double thread_seconds() {
    rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class BlockReads final : public Loop {
  public:
    BlockReads(spdk_nvme_ns* ns, spdk_nvme_qpair* qpair)
        : ns_(ns), qpair_(qpair), sector_(spdk_nvme_ns_get_sector_size(ns)) {}

  private:
    int submit(Slot& slot, uint64_t n) override {
        const uint64_t byte = scramble(n) % (kSpan / kValueBytes) * kValueBytes;
        return spdk_nvme_ns_cmd_read(ns_, qpair_, slot.buffer, byte / sector_,
                                     kValueBytes / sector_, nvme_done, &slot, 0);
    }
    void poll() override { spdk_nvme_qpair_process_completions(qpair_, 0); }

    spdk_nvme_ns* ns_;
    spdk_nvme_qpair* qpair_;
    uint32_t sector_;
};

class Retrieves final : public Loop {
  public:
    explicit Retrieves(csd_nvme_kv* kv) : kv_(kv) {}

  private:
    int submit(Slot& slot, uint64_t n) override {
        const csd_kv_key key = key_of(scramble(n) % kKeys);
        return csd_nvme_kv_retrieve(kv_, &slot.request, &key, slot.buffer, kValueBytes, 0,
                                    nvme_done, &slot);
    }
    void poll() override { csd_nvme_kv_poll(kv_, 0); }

    csd_nvme_kv* kv_;
};

class BdevRetrieves final : public Loop {
  public:
    BdevRetrieves(csd_bdev_kv* kv, spdk_thread* thread) : kv_(kv), thread_(thread) {}

  private:
    int submit(Slot& slot, uint64_t n) override {
        const csd_kv_key key = key_of(scramble(n) % kKeys);
        return csd_bdev_kv_retrieve(kv_, &slot.request, &key, slot.buffer, kValueBytes, 0,
                                    nvme_done, &slot);
    }
    // The time is given, as a reactor does, so that it need not be asked again.
    void poll() override { spdk_thread_poll(thread_, 0, last_ticks()); }

    csd_bdev_kv* kv_;
    spdk_thread* thread_;
};

}  // namespace

csd_kv_key key_of(uint64_t n) {
    const uint64_t words[2] = {scramble(n), n};
    csd_kv_key key;
    csd_kv_key_set(&key, words, sizeof words);
    return key;
}

void Loop::nvme_done(void* slot, const spdk_nvme_cpl* completion) {
    done(*static_cast<Slot*>(slot), !spdk_nvme_cpl_is_error(completion));
}

void Loop::done(Slot& slot, bool ok) {
    Loop& loop = *slot.loop;
    const uint64_t now = spdk_get_ticks();
    loop.last_ticks_ = now;
    loop.in_flight_--;
    if (!ok) loop.failed_ = true;
    loop.figures_.latency.add((now - slot.began) * 1000000000 / spdk_get_ticks_hz());
    if (now < loop.end_ && !loop.failed_) loop.next(slot);
}

void Loop::next(Slot& slot) {
    slot.began = spdk_get_ticks();
    const int rc = submit(slot, serial_++);
    submit_ticks_ += spdk_get_ticks() - slot.began;
    if (rc == 0) {
        in_flight_++;
    } else {
        failed_ = true;
    }
}

Figures Loop::run(uint32_t depth, double seconds) {
    std::vector<Slot> slots(depth);
    const auto ticks_a_second = static_cast<double>(spdk_get_ticks_hz());
    figures_ = {};
    failed_ = false;
    submit_ticks_ = 0;
    last_ticks_ = spdk_get_ticks();
    auto* buffers =
        static_cast<uint8_t*>(spdk_dma_zmalloc(size_t{depth} * kValueBytes, kValueBytes, nullptr));
    if (buffers == nullptr) throw Failure("there is no memory for devices left");
    const double cpu_before = thread_seconds();
    const Stopwatch watch;
    end_ = spdk_get_ticks() + static_cast<uint64_t>(seconds * ticks_a_second);
    for (uint32_t i = 0; i < depth; i++) {
        slots[i].loop = this;
        slots[i].buffer = buffers + size_t{i} * kValueBytes;
        next(slots[i]);
    }
    while (in_flight_ > 0) poll();
    const auto count = static_cast<double>(figures_.latency.count());
    figures_.rate = count / watch.seconds();
    figures_.cpu_us = (thread_seconds() - cpu_before) * 1e6 / count;
    figures_.submit_ns = static_cast<double>(submit_ticks_) / ticks_a_second * 1e9 / count;
    spdk_dma_free(buffers);
    if (failed_) throw Failure("a command failed while it was measured");
    return figures_;
}

std::unique_ptr<Loop> block_reads(spdk_nvme_ns* ns, spdk_nvme_qpair* qpair) {
    return std::make_unique<BlockReads>(ns, qpair);
}
std::unique_ptr<Loop> retrieves(csd_nvme_kv* kv) {
    return std::make_unique<Retrieves>(kv);
}
std::unique_ptr<Loop> bdev_retrieves(csd_bdev_kv* kv, spdk_thread* thread) {
    return std::make_unique<BdevRetrieves>(kv, thread);
}

}  // namespace csd::bench
