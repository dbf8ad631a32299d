// SPDX-License-Identifier: BSD-3-Clause
//
// The bdev level: commands go through the bdev layer's NVMe passthrough, which fills in the namespace.
// Tested by core_test.cc, large_test.cc, discover_test.cc.
#include "csd/spdk/bdev_kv.h"

#include "core.hpp"
#include "data.hpp"

using csd::spdk::Core;
using csd::spdk::Request;

namespace {

// The bdev_io goes back first, so that the callback finds one to submit with.
void completed(spdk_bdev_io* io, bool success, void* argument) {
    uint32_t cdw0 = 0;
    int sct = 0;
    int sc = 0;
    spdk_bdev_io_get_nvme_status(io, &cdw0, &sct, &sc);
    spdk_bdev_free_io(io);
    if (!success && sct == SPDK_NVME_SCT_GENERIC && sc == SPDK_NVME_SC_SUCCESS) {
        sc = SPDK_NVME_SC_INTERNAL_DEVICE_ERROR;
    }
    spdk_nvme_cpl completion{};
    completion.cdw0 = cdw0;
    completion.status.sct = static_cast<uint16_t>(sct);
    completion.status.sc = static_cast<uint16_t>(sc);
    Core::answered(*static_cast<Request*>(argument), completion);
}

void try_again(void* argument) {
    Request& request = *static_cast<Request*>(argument);
    request.core->go_on(request);
}

}  // namespace

struct csd_bdev_kv final : Core {
  public:
    csd_bdev_kv(spdk_bdev_desc* desc, spdk_io_channel* channel, const csd_kv_opts* options)
        : desc_(desc), channel_(channel) {
        nsid_ = options != nullptr && options->nsid != 0 ? options->nsid : 1;
        takes_admin_ = spdk_bdev_io_type_supported(bdev(), SPDK_BDEV_IO_TYPE_NVME_ADMIN);
    }

    bool takes_commands() const {
        return spdk_bdev_io_type_supported(bdev(), SPDK_BDEV_IO_TYPE_NVME_IO);
    }

  protected:
    int submit(Request& request) override {
        if (request.iov != nullptr) {
            return csd_spdk_bdev_cmd_iov(desc_, channel_, &request.command,
                                         const_cast<iovec*>(request.iov), request.iovcnt,
                                         request.bytes, completed, &request);
        }
        return spdk_bdev_nvme_io_passthru(desc_, channel_, &request.command, request.buffer,
                                          request.bytes, completed, &request);
    }
    int submit_admin(Request& request) override {
        return spdk_bdev_nvme_admin_passthru(desc_, channel_, &request.command, request.buffer,
                                             request.bytes, completed, &request);
    }
    bool takes_admin() const override { return takes_admin_; }
    bool knows_namespace() const override { return false; }
    bool resends() const override { return true; }
    uint32_t transfer_limit() const override { return 0; }
    int wait(Request& request) override {
        request.wait = {};
        request.wait.bdev = bdev();
        request.wait.cb_fn = try_again;
        request.wait.cb_arg = &request;
        const int rc = spdk_bdev_queue_io_wait(bdev(), channel_, &request.wait);
        return rc == -EINVAL ? -EAGAIN : rc;  // -EINVAL: there is a bdev_io now
    }

  private:
    spdk_bdev* bdev() const { return spdk_bdev_desc_get_bdev(desc_); }

    spdk_bdev_desc* const desc_;
    spdk_io_channel* const channel_;
    bool takes_admin_;
};

int csd_bdev_kv_open(struct spdk_bdev_desc* desc, struct spdk_io_channel* channel,
                     const struct csd_kv_opts* opts, csd_kv_open_cb cb_fn, void* cb_arg,
                     struct csd_bdev_kv** kv) {
    if (desc == nullptr || channel == nullptr || kv == nullptr) return -EINVAL;
    auto* made = new (std::nothrow) csd_bdev_kv(desc, channel, opts);
    if (made == nullptr) return -ENOMEM;
    *kv = made;
    const int rc = made->takes_commands() ? made->open(opts, cb_fn, cb_arg) : -ENOTSUP;
    if (rc == 0) return 0;
    *kv = nullptr;
    delete made;
    return rc;
}

#define KV_VERB(name) csd_bdev_kv_##name
#define KV_HANDLE csd_bdev_kv
#include "c_verbs.inc"
