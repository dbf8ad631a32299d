// SPDX-License-Identifier: BSD-3-Clause
//
// The driver level: commands go to an I/O qpair as they are. Tested by core_test.cc, large_test.cc, discover_test.cc.
#include "csd/spdk/nvme_kv.h"

#include "core.hpp"
#include "data.hpp"

using csd::spdk::Core;
using csd::spdk::Data;
using csd::spdk::Request;

namespace {

void completed(void* argument, const spdk_nvme_cpl* completion) {
    Core::answered(*static_cast<Request*>(argument), *completion);
}

// The driver asks for the segments of scattered data in order, from an offset it may set back.
void reset_segments(void* argument, uint32_t offset) {
    Request& request = *static_cast<Request*>(argument);
    request.segment = 0;
    request.segment_offset = offset;
    while (request.segment_offset >= request.iov[request.segment].iov_len) {  // never past the end
        request.segment_offset -= request.iov[request.segment++].iov_len;
    }
}

int next_segment(void* argument, void** address, uint32_t* length) {
    Request& request = *static_cast<Request*>(argument);
    const iovec& segment = request.iov[request.segment++];
    *address = static_cast<uint8_t*>(segment.iov_base) + request.segment_offset;
    *length = static_cast<uint32_t>(segment.iov_len - request.segment_offset);
    request.segment_offset = 0;
    return 0;
}

}  // namespace

struct csd_nvme_kv final : Core {
  public:
    csd_nvme_kv(spdk_nvme_ns* ns, spdk_nvme_qpair* qpair)
        : controller_(spdk_nvme_ns_get_ctrlr(ns)), qpair_(qpair) {
        nsid_ = spdk_nvme_ns_get_id(ns);
        is_pcie_ =
            spdk_nvme_ctrlr_get_transport_id(controller_)->trtype == SPDK_NVME_TRANSPORT_PCIE;
        const uint64_t flags = spdk_nvme_ctrlr_get_flags(controller_);
        const bool any_address = (flags & SPDK_NVME_CTRLR_SGL_SUPPORTED) != 0 &&
                                 (flags & SPDK_NVME_CTRLR_SGL_REQUIRES_DWORD_ALIGNMENT) == 0;
        alignment_mask_ = is_pcie_ && !any_address ? 3 : 0;
    }

    // A callback may close the handle, which then goes with the end of the poll.
    int32_t poll(uint32_t max_completions) {
        polling_ = true;
        if (opening()) spdk_nvme_ctrlr_process_admin_completions(controller_);
        const int32_t rc = spdk_nvme_qpair_process_completions(qpair_, max_completions);
        if (stalled_ != nullptr) rc < 0 ? give_up_stalled() : resume();
        polling_ = false;
        if (closed_) delete this;
        return rc;
    }

  protected:
    int submit(Request& request) override {
        if (request.iov != nullptr) return submit_scattered(request);
        if (!is_movable(request.buffer, request.bytes)) return -EFAULT;
        return spdk_nvme_ctrlr_cmd_io_raw(controller_, qpair_, &request.command, request.buffer,
                                          request.bytes, completed, &request);
    }
    int submit_admin(Request& request) override {
        return spdk_nvme_ctrlr_cmd_admin_raw(controller_, &request.command, request.buffer,
                                             request.bytes, completed, &request);
    }
    bool takes_admin() const override { return true; }
    bool knows_namespace() const override { return true; }
    bool resends() const override { return false; }
    uint32_t transfer_limit() const override {
        return spdk_nvme_ctrlr_get_max_xfer_size(controller_);
    }
    // Pieces begin at multiples of four bytes of the data.
    bool takes_pieces_of(const Data& data) const override {
        if (!data.scattered()) return is_movable(data.buffer, data.bytes);
        for (int i = 0; i < data.iovcnt; i++) {
            const iovec& segment = data.iov[i];
            if (!is_movable(segment.iov_base, segment.iov_len)) return false;
            if (i + 1 < data.iovcnt && (segment.iov_len & alignment_mask_) != 0) return false;
        }
        return true;
    }
    int wait(Request& request) override {
        Request** end = &stalled_;
        while (*end != nullptr) end = &(*end)->next_stalled;
        request.next_stalled = nullptr;
        *end = &request;
        return 0;
    }

    void dispose() override {
        if (polling_) {
            closed_ = true;
        } else {
            delete this;
        }
    }

  private:
    int submit_scattered(Request& request) {
        for (int i = 0; i < request.iovcnt; i++) {
            if (!is_movable(request.iov[i].iov_base, request.iov[i].iov_len)) return -EFAULT;
        }
        return csd_spdk_nvme_cmd_iov(controller_, qpair_, &request.command, request.bytes,
                                     completed, &request, reset_segments, next_segment);
    }

    // Asked here, because SPDK 20.07 completes such a command, releases it, and then reports it refused.
    bool is_movable(const void* data, size_t bytes) const {
        if (!is_pcie_ || bytes == 0) return true;
        const auto* begin = static_cast<const uint8_t*>(data);
        return (reinterpret_cast<uintptr_t>(begin) & alignment_mask_) == 0 &&
               csd_spdk_is_dma_memory(begin) && csd_spdk_is_dma_memory(begin + bytes - 1);
    }

    // Those that stall again wait for the next poll.
    void resume() {
        Request* next = stalled_;
        stalled_ = nullptr;
        while (next != nullptr) {
            Request& request = *next;
            next = request.next_stalled;
            go_on(request);
        }
    }

    // The qpair is lost, and SPDK knows nothing of these. Where one ends another may begin, and stall.
    void give_up_stalled() {
        while (stalled_ != nullptr) {
            Request& request = *stalled_;
            stalled_ = request.next_stalled;
            give_up(request);
        }
    }

    spdk_nvme_ctrlr* const controller_;
    spdk_nvme_qpair* const qpair_;
    bool is_pcie_;
    uintptr_t alignment_mask_;
    bool polling_ = false;
    bool closed_ = false;         // while polling
    Request* stalled_ = nullptr;  // pieces of large values for which there was no request
};

int csd_nvme_kv_open(struct spdk_nvme_ns* ns, struct spdk_nvme_qpair* qpair,
                     const struct csd_kv_opts* opts, csd_kv_open_cb cb_fn, void* cb_arg,
                     struct csd_nvme_kv** kv) {
    if (ns == nullptr || qpair == nullptr || kv == nullptr) return -EINVAL;
    auto* made = new (std::nothrow) csd_nvme_kv(ns, qpair);
    if (made == nullptr) return -ENOMEM;
    *kv = made;
    const int rc = made->open(opts, cb_fn, cb_arg);
    if (rc == 0) return 0;
    *kv = nullptr;
    delete made;
    return rc;
}

int32_t csd_nvme_kv_poll(struct csd_nvme_kv* kv, uint32_t max_completions) {
    return kv->poll(max_completions);
}

#define KV_VERB(name) csd_nvme_kv_##name
#define KV_HANDLE csd_nvme_kv
#include "c_verbs.inc"
