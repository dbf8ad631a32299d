/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The two functions for scattered buffers that SPDK has from 24.01 on, declared for a library that is built to use them
 * on any SPDK: csd_spdk_scattered_test, where fake_spdk.cc has them. Included before everything else.
 */
#ifndef CSD_SPDK_SCATTERED_H
#define CSD_SPDK_SCATTERED_H

#ifdef __cplusplus
extern "C" {
#endif

#include "spdk/stdinc.h"

#include "spdk/bdev.h"
#include "spdk/nvme.h"

int spdk_nvme_ctrlr_cmd_iov_raw_with_md(struct spdk_nvme_ctrlr* ctrlr,
                                        struct spdk_nvme_qpair* qpair, struct spdk_nvme_cmd* cmd,
                                        uint32_t len, void* md_buf, spdk_nvme_cmd_cb cb_fn,
                                        void* cb_arg, spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
                                        spdk_nvme_req_next_sge_cb next_sge_fn);
int spdk_bdev_nvme_iov_passthru_md(struct spdk_bdev_desc* desc, struct spdk_io_channel* ch,
                                   const struct spdk_nvme_cmd* cmd, struct iovec* iov, int iovcnt,
                                   size_t nbytes, void* md_buf, size_t md_len,
                                   spdk_bdev_io_completion_cb cb, void* cb_arg);

#ifdef __cplusplus
}
#endif
#endif
