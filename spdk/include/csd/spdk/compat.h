/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * csd/spdk/compat.h - the only place that knows SPDK's versions, from 20.07 to 26.05 and later.
 *
 * It includes the SPDK headers this library needs, so that they have C linkage in C++ too (those of 20.07 do not all
 * say so), and gives one name to what differs. For C11 and C++20; everything here is inline or a macro.
 * Compiled in every test of spdk/.
 */
#ifndef CSD_SPDK_COMPAT_H
#define CSD_SPDK_COMPAT_H

#ifdef __cplusplus
extern "C" {
#endif

#include "spdk/stdinc.h"

#include "spdk/bdev.h"
#include "spdk/bdev_module.h"
#include "spdk/env.h"
#include "spdk/event.h"
#include "spdk/json.h"
#include "spdk/jsonrpc.h"
#include "spdk/log.h"
#include "spdk/nvme.h"
#include "spdk/rpc.h"
#include "spdk/string.h"
#include "spdk/thread.h"
#include "spdk/util.h"
#include "spdk/uuid.h"
#include "spdk/version.h"

/** Commands with scattered buffers: 24.01 gave the driver and the bdev layer passthrough with iovecs. A test has them. */
#ifndef CSD_SPDK_HAS_IOV
#define CSD_SPDK_HAS_IOV (SPDK_VERSION >= SPDK_VERSION_NUM(24, 1, 0))
#endif

/** The type of a bdev I/O that carries such a command, for modules; NVME_IO comes without. */
#if CSD_SPDK_HAS_IOV
#define CSD_SPDK_BDEV_IO_TYPE_NVME_IOV_MD SPDK_BDEV_IO_TYPE_NVME_IOV_MD
#endif

/** A log component; from 21.01 its name follows from its flag. */
#if SPDK_VERSION >= SPDK_VERSION_NUM(21, 1, 0)
#define CSD_SPDK_LOG_REGISTER_COMPONENT(flag) SPDK_LOG_REGISTER_COMPONENT(flag)
#else
#define CSD_SPDK_LOG_REGISTER_COMPONENT(flag) SPDK_LOG_REGISTER_COMPONENT(#flag, flag)
#endif

/** DW1 of a completion: `rsvd1` before 26.05 gave it a name. */
static inline uint32_t csd_spdk_cpl_dw1(const struct spdk_nvme_cpl* cpl) {
    uint32_t dw1;

    memcpy(&dw1, (const uint8_t*)cpl + sizeof(uint32_t), sizeof(dw1));
    return dw1;
}

/** Whether memory at `address` may be given to a device; 20.07 asks for a pointer that is not const. */
static inline bool csd_spdk_is_dma_memory(const void* address) {
    // NOLINTNEXTLINE(modernize-use-nullptr): this is C as well
    return spdk_vtophys((void*)(uintptr_t)address, NULL) != SPDK_VTOPHYS_ERROR;
}

/**
 * Of a module: the bdev is this namespace, with the Key Value command set or the one of blocks. From 25.01 on a target
 * can then pass on every command, the standard ones among them (its subsystem's `passthrough`); earlier ones ask not.
 */
static inline void csd_spdk_bdev_set_namespace(struct spdk_bdev* bdev, uint32_t nsid,
                                               bool is_key_value) {
#if SPDK_VERSION >= SPDK_VERSION_NUM(26, 5, 0)
    bdev->csi = is_key_value ? SPDK_NVME_CSI_KV : SPDK_NVME_CSI_NVM;
#endif
#if SPDK_VERSION >= SPDK_VERSION_NUM(25, 1, 0)
    bdev->nsid = nsid;
#endif
    (void)bdev, (void)nsid, (void)is_key_value;
}

/** A bdev module with async_fini has finished; 21.10 gave the function the name its documentation had. */
static inline void csd_spdk_bdev_module_fini_done(void) {
#if SPDK_VERSION >= SPDK_VERSION_NUM(21, 10, 0)
    spdk_bdev_module_fini_done();
#else
    spdk_bdev_module_finish_done();
#endif
}

static inline void csd_spdk_app_opts_init(struct spdk_app_opts* opts) {
#if SPDK_VERSION >= SPDK_VERSION_NUM(21, 1, 0)
    spdk_app_opts_init(opts, sizeof(*opts));
#else
    spdk_app_opts_init(opts);
#endif
}

static inline void csd_spdk_env_opts_init(struct spdk_env_opts* opts) {
#if SPDK_VERSION >= SPDK_VERSION_NUM(24, 9, 0)
    opts->opts_size = sizeof(*opts);
#endif
    spdk_env_opts_init(opts);
}

/**
 * Start the environment on ordinary memory: no hugepages, no privileges, no PCI devices. Enough for NVMe/TCP and for
 * bdevs in memory; unless told, with enough for the default pools of the bdev layer.
 *
 * Before 24.01 that is an option of DPDK which SPDK does not know. DPDK refuses it beside an option that SPDK 20.07
 * always gives, unless the program is linked with the shim of this project (cmake/spdk.cmake). From then on SPDK says the
 * rest to DPDK itself, and DPDK 25.11 refuses what it is told twice.
 */
static inline void csd_spdk_env_opts_no_huge(struct spdk_env_opts* opts) {
    if (opts->mem_size < 0) {
        opts->mem_size = 512;
    }
    opts->no_pci = true;
#if SPDK_VERSION >= SPDK_VERSION_NUM(24, 1, 0)
    opts->no_huge = true;
    opts->iova_mode = NULL;  // NOLINT(modernize-use-nullptr): this is C as well
#else
    opts->env_context = (void*)(uintptr_t) "--no-huge";
    opts->iova_mode = "va";
#endif
}

/** The same for the event framework. */
static inline void csd_spdk_app_opts_no_huge(struct spdk_app_opts* opts) {
    if (opts->mem_size < 0) {
        opts->mem_size = 512;
    }
    opts->no_pci = true;
#if SPDK_VERSION >= SPDK_VERSION_NUM(24, 1, 0)
    opts->no_huge = true;
    opts->iova_mode = NULL;  // NOLINT(modernize-use-nullptr): this is C as well
#else
    opts->env_context = (void*)(uintptr_t) "--no-huge";
    opts->iova_mode = "va";
#endif
}

/**
 * Let the environment see one PCI device only, which saves the time of looking at the others.
 *
 * \param address Must stay valid until spdk_env_init() returned.
 */
static inline void csd_spdk_env_opts_allow(struct spdk_env_opts* opts,
                                           struct spdk_pci_addr* address) {
    opts->num_pci_addr = 1;
#if SPDK_VERSION >= SPDK_VERSION_NUM(21, 1, 0)
    opts->pci_allowed = address;
#else
    opts->pci_whitelist = address;
#endif
}

typedef void (*csd_spdk_reset_sgl_cb)(void* cb_arg, uint32_t offset);
typedef int (*csd_spdk_next_sge_cb)(void* cb_arg, void** address, uint32_t* length);

/**
 * Send an I/O command whose data is scattered.
 *
 * \return as spdk_nvme_ctrlr_cmd_iov_raw_with_md(); -ENOTSUP where SPDK has none.
 */
static inline int csd_spdk_nvme_cmd_iov(struct spdk_nvme_ctrlr* ctrlr,
                                        struct spdk_nvme_qpair* qpair, struct spdk_nvme_cmd* cmd,
                                        uint32_t bytes, spdk_nvme_cmd_cb cb_fn, void* cb_arg,
                                        csd_spdk_reset_sgl_cb reset_sgl_fn,
                                        csd_spdk_next_sge_cb next_sge_fn) {
#if CSD_SPDK_HAS_IOV
    /* NOLINTNEXTLINE(modernize-use-nullptr): this is C, too */
    return spdk_nvme_ctrlr_cmd_iov_raw_with_md(ctrlr, qpair, cmd, bytes, NULL, cb_fn, cb_arg,
                                               reset_sgl_fn, next_sge_fn);
#else
    (void)ctrlr, (void)qpair, (void)cmd, (void)bytes, (void)cb_fn, (void)cb_arg;
    (void)reset_sgl_fn, (void)next_sge_fn;
    return -ENOTSUP;
#endif
}

/** The same for a bdev. */
static inline int csd_spdk_bdev_cmd_iov(struct spdk_bdev_desc* desc,
                                        struct spdk_io_channel* channel,
                                        const struct spdk_nvme_cmd* cmd, struct iovec* iov,
                                        int iovcnt, size_t bytes, spdk_bdev_io_completion_cb cb_fn,
                                        void* cb_arg) {
#if CSD_SPDK_HAS_IOV
    /* NOLINTNEXTLINE(modernize-use-nullptr): this is C, too */
    return spdk_bdev_nvme_iov_passthru_md(desc, channel, cmd, iov, iovcnt, bytes, NULL, 0, cb_fn,
                                          cb_arg);
#else
    (void)desc, (void)channel, (void)cmd, (void)iov, (void)iovcnt, (void)bytes;
    (void)cb_fn, (void)cb_arg;
    return -ENOTSUP;
#endif
}

/** The controller under a bdev of bdev_nvme. The same in every version; its header is not among SPDK's public ones. */
struct spdk_nvme_ctrlr* bdev_nvme_get_ctrlr(struct spdk_bdev* bdev);

#ifdef __cplusplus
}
#endif
#endif
