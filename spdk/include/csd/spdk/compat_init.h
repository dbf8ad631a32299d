/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * csd/spdk/compat_init.h - what compat.h is, for programs that bring SPDK's subsystems up themselves instead of running
 * under its event framework.
 *
 * All functions are called with an SPDK thread, the first that the process made. Compiled in libcsd-spdk.so.
 */
#ifndef CSD_SPDK_COMPAT_INIT_H
#define CSD_SPDK_COMPAT_INIT_H

#include "csd/spdk/compat.h"

#ifdef __cplusplus
extern "C" {
#endif

#include "spdk/rpc.h"
#include "spdk/thread.h"
#if SPDK_VERSION >= SPDK_VERSION_NUM(24, 5, 0)
#include "spdk/accel.h"
#endif
#if SPDK_VERSION >= SPDK_VERSION_NUM(21, 4, 0)
#include "spdk/file.h"
#include "spdk/init.h"
#else
#include "spdk_internal/event.h"
#endif

static inline void csd_spdk_bdev_get_opts(struct spdk_bdev_opts* opts) {
#if SPDK_VERSION >= SPDK_VERSION_NUM(21, 4, 0)
    spdk_bdev_get_opts(opts, sizeof(*opts));
#else
    spdk_bdev_get_opts(opts);
#endif
}

/**
 * Before the subsystems: reserve few buffers for what lies between a bdev and its driver, as NVMe commands bring their
 * own. Newer versions reserve 200 MB, some of it for each thread. A configuration may still say otherwise.
 *
 * \param opts For spdk_bdev_set_opts().
 */
static inline void csd_spdk_few_buffers(struct spdk_bdev_opts* opts) {
#if SPDK_VERSION >= SPDK_VERSION_NUM(24, 5, 0)
    struct spdk_accel_opts accel;
    struct spdk_iobuf_opts pools;

    opts->iobuf_small_cache_size = 0;
    opts->iobuf_large_cache_size = 0;
    spdk_accel_get_opts(&accel, sizeof(accel));
    accel.small_cache_size = 0;
    accel.large_cache_size = 0;
    spdk_accel_set_opts(&accel);
    spdk_iobuf_get_opts(&pools, sizeof(pools));
    pools.small_pool_count = 512;
    pools.large_pool_count = 64;
    spdk_iobuf_set_opts(&pools);
#endif
    (void)opts;
}

#if SPDK_VERSION >= SPDK_VERSION_NUM(24, 5, 0)
struct csd_spdk_loading {
    spdk_subsystem_init_fn done;
    void* done_arg;
    void* json;
    size_t json_size;
};

static inline void csd_spdk_loading_end(int rc, void* arg) {
    struct csd_spdk_loading loading = *(struct csd_spdk_loading*)arg;

    free(loading.json);
    free(arg);
    loading.done(rc, loading.done_arg);
}

static inline void csd_spdk_loading_runtime(int rc, void* arg) {
    struct csd_spdk_loading* loading = (struct csd_spdk_loading*)arg;

    if (rc != 0) {
        csd_spdk_loading_end(rc, arg);
        return;
    }
    spdk_rpc_set_state(SPDK_RPC_RUNTIME);
    spdk_subsystem_load_config(loading->json, (ssize_t)loading->json_size, csd_spdk_loading_end,
                               loading, true);
}

static inline void csd_spdk_loading_subsystems(int rc, void* arg) {
    if (rc != 0) {
        csd_spdk_loading_end(rc, arg);
        return;
    }
    spdk_subsystem_init(csd_spdk_loading_runtime, arg);
}
#endif

/**
 * Carry out a JSON configuration: what is for the time before the subsystems, the subsystems where they are not up yet,
 * and the rest.
 *
 * \param rpc_path Prefix of the path of a socket, in a directory of the caller's own, that SPDK talks to itself on.
 * \param done Called with 0 or an error, perhaps before this returns.
 */
static inline void csd_spdk_load_config(const char* file, const char* rpc_path,
                                        spdk_subsystem_init_fn done, void* arg) {
#if SPDK_VERSION >= SPDK_VERSION_NUM(24, 5, 0)
    struct csd_spdk_loading* loading = (struct csd_spdk_loading*)calloc(1, sizeof(*loading));

    (void)rpc_path;
    if (loading == NULL) {
        done(-ENOMEM, arg);
        return;
    }
    loading->done = done;
    loading->done_arg = arg;
    loading->json = spdk_posix_file_load_from_name(file, &loading->json_size);
    if (loading->json == NULL) {
        csd_spdk_loading_end(-EIO, loading);
    } else if (spdk_rpc_get_state() == SPDK_RPC_STARTUP) {
        spdk_subsystem_load_config(loading->json, (ssize_t)loading->json_size,
                                   csd_spdk_loading_subsystems, loading, true);
    } else {
        csd_spdk_loading_runtime(0, loading);
    }
#elif SPDK_VERSION >= SPDK_VERSION_NUM(21, 4, 0)
    spdk_subsystem_init_from_json_config(file, rpc_path, done, arg, true);
#else
    spdk_app_json_config_load(file, rpc_path, done, arg, true);
#endif
}

#ifdef __cplusplus
}
#endif
#endif
