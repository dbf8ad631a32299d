/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * csd/spdk/bdev_kv.h - the verbs of csd/spdk/nvme_kv.h for a bdev: a Key Value namespace that bdev_nvme attached, over
 * PCIe or NVMe/TCP, or a drive in this process (bdev_csd).
 *
 *     rc = csd_bdev_kv_store(kv, &request, &key, buffer, 5, 0, stored, &state);
 *     if (rc == -ENOMEM) {
 *             spdk_bdev_queue_io_wait(bdev, channel, &wait_entry);      as with spdk_bdev_write()
 *     }
 *
 * A handle is an open descriptor seen through one of its channels, on the thread of that channel; nothing has to be
 * polled. csd/spdk/kv.h has what all verbs share. What differs from the driver level:
 *
 *   - The bdev layer passes cdw0, SCT and SC; of the rest of a completion it keeps nothing. What it fails itself comes
 *     as SCT 0h, SC 06h (Internal Error), what it aborts as SC 07h.
 *   - bdev_nvme sends again what failed without Do Not Retry. Therefore an append must be guarded
 *     (CSD_KV_AT_OFFSET), else -EINVAL; only on the 2023 dialect, which has no guard, it may happen twice.
 *   - Buffers are not looked at here: bdev_nvme on PCIe needs memory for devices, aligned to four bytes, and SPDK 20.07
 *     fails badly on other memory.
 *   - A large value that finds no free bdev_io on its way waits by spdk_bdev_queue_io_wait() on its own.
 */
#ifndef CSD_SPDK_BDEV_KV_H
#define CSD_SPDK_BDEV_KV_H

#include "csd/spdk/kv.h"

#ifdef __cplusplus
extern "C" {
#endif

struct csd_bdev_kv;

/**
 * Find out what a bdev is: by Identify if it takes admin commands, else by asking the drive.
 *
 * \param desc Opened for writing, as passthrough needs it, also to read. Stays open until the handle is closed.
 * \param channel Of that descriptor.
 * \param opts Or NULL.
 * \param cb_fn Called on the thread of the channel.
 * \param kv Valid at once; until cb_fn with rc 0 it may only be closed.
 * \return 0; -ENOTSUP if the bdev takes no NVMe commands; -EINVAL, -ENOMEM, or what submitting returned.
 */
int csd_bdev_kv_open(struct spdk_bdev_desc* desc, struct spdk_io_channel* channel,
                     const struct csd_kv_opts* opts, csd_kv_open_cb cb_fn, void* cb_arg,
                     struct csd_bdev_kv** kv);

/**
 * \return 0, or -EBUSY while commands are in flight; then nothing happened. NULL is ignored. May be called from the
 * callback of the last command.
 */
int csd_bdev_kv_close(struct csd_bdev_kv* kv);

/**
 * \return what the drive is and can do. It belongs to the handle: the pointer is good until the handle is closed, the
 * content from the callback of opening on, and any thread may read it.
 */
const struct csd_kv_info* csd_bdev_kv_get_info(const struct csd_bdev_kv* kv);

/** As csd_nvme_kv_store(). */
int csd_bdev_kv_store(struct csd_bdev_kv* kv, struct csd_kv_request* request,
                      const struct csd_kv_key* key, const void* buffer, uint64_t bytes,
                      uint32_t flags, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** As csd_nvme_kv_storev(). */
int csd_bdev_kv_storev(struct csd_bdev_kv* kv, struct csd_kv_request* request,
                       const struct csd_kv_key* key, const struct iovec* iov, int iovcnt,
                       uint32_t flags, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** As csd_nvme_kv_retrieve(). */
int csd_bdev_kv_retrieve(struct csd_bdev_kv* kv, struct csd_kv_request* request,
                         const struct csd_kv_key* key, void* buffer, uint64_t bytes,
                         uint64_t offset, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** As csd_nvme_kv_retrievev(). */
int csd_bdev_kv_retrievev(struct csd_bdev_kv* kv, struct csd_kv_request* request,
                          const struct csd_kv_key* key, const struct iovec* iov, int iovcnt,
                          uint64_t offset, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** As csd_nvme_kv_list(). */
int csd_bdev_kv_list(struct csd_bdev_kv* kv, struct csd_kv_request* request,
                     const struct csd_kv_key* start, void* buffer, uint32_t bytes,
                     spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** As csd_nvme_kv_exist(). */
int csd_bdev_kv_exist(struct csd_bdev_kv* kv, struct csd_kv_request* request,
                      const struct csd_kv_key* key, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** As csd_nvme_kv_delete(). */
int csd_bdev_kv_delete(struct csd_bdev_kv* kv, struct csd_kv_request* request,
                       const struct csd_kv_key* key, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** As csd_nvme_kv_store_ext(); -EINVAL for an append without a guard. */
int csd_bdev_kv_store_ext(struct csd_bdev_kv* kv, struct csd_kv_request* request,
                          const struct csd_kv_key* key, const void* buffer, uint32_t bytes,
                          uint64_t offset, uint32_t flags, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** As csd_nvme_kv_store_extv(); -EINVAL for an append without a guard. */
int csd_bdev_kv_store_extv(struct csd_bdev_kv* kv, struct csd_kv_request* request,
                           const struct csd_kv_key* key, const struct iovec* iov, int iovcnt,
                           uint64_t offset, uint32_t flags, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** As csd_nvme_kv_retrieve_ext(). */
int csd_bdev_kv_retrieve_ext(struct csd_bdev_kv* kv, struct csd_kv_request* request,
                             const struct csd_kv_key* key, void* buffer, uint32_t bytes,
                             uint64_t offset, uint32_t flags, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** As csd_nvme_kv_retrieve_extv(). */
int csd_bdev_kv_retrieve_extv(struct csd_bdev_kv* kv, struct csd_kv_request* request,
                              const struct csd_kv_key* key, const struct iovec* iov, int iovcnt,
                              uint64_t offset, uint32_t flags, spdk_nvme_cmd_cb cb_fn,
                              void* cb_arg);

/** As csd_nvme_kv_compose(). */
int csd_bdev_kv_compose(struct csd_bdev_kv* kv, struct csd_kv_request* request,
                        const struct csd_kv_key* key, const void* sources, uint32_t bytes,
                        uint32_t flags, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** As csd_nvme_kv_select_send(). */
int csd_bdev_kv_select_send(struct csd_bdev_kv* kv, struct csd_kv_request* request,
                            const struct csd_kv_key* key, const struct csd_kv_select* select,
                            const void* data, uint32_t bytes, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** As csd_nvme_kv_select_retrieve(). */
int csd_bdev_kv_select_retrieve(struct csd_bdev_kv* kv, struct csd_kv_request* request, uint32_t id,
                                void* buffer, uint32_t bytes, uint64_t offset, uint32_t flags,
                                spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** As csd_nvme_kv_select_free(). */
int csd_bdev_kv_select_free(struct csd_bdev_kv* kv, struct csd_kv_request* request, uint32_t id,
                            void* buffer, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

#ifdef __cplusplus
}
#endif
#endif
