/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of a Key Value namespace share.
 *
 *   kv-ns.c       the device type; opening and closing the drive
 *   kv-options.c  which properties make sense together
 *   kv.c          I/O commands: from an SQE to the engine and back
 *   kv-admin.c    Identify, features and logs
 *   kv-jobs.c     threads for what may block, and the way back to the main loop
 *
 * Tested by tests/qtest/nvme-kv-*-test.c.
 */
#ifndef HW_NVME_KV_INTERNAL_H
#define HW_NVME_KV_INTERNAL_H

#include <csd/device.h>

#include "qemu/bitmap.h"
#include "qemu/notify.h"
#include "qemu/queue.h"
#include "qemu/thread.h"
#include "system/runstate.h"
#include "nvme.h"

/* An NVM namespace that speaks the commands of 2023, or a Key Value one. */
static inline bool nvme_kv_is_block(NvmeNamespace *ns)
{
    return ns->csi != NVME_CSI_KV;
}

static inline const char *nvme_kv_root(NvmeNamespace *ns)
{
    return nvme_kv_is_block(ns) ? ns->params.kv.block_root :
                                  ns->params.kv.root;
}

typedef struct NvmeKv NvmeKv;
typedef struct NvmeKvJob NvmeKvJob;
typedef struct NvmeKvAIOCB NvmeKvAIOCB;

typedef struct NvmeKvJobOps {
    /* On a thread of the pool, without the BQL: touches only the job. */
    void (*run)(NvmeKvJob *job);
    /* Any thread holding the BQL, while run may be running; may be NULL. */
    void (*stop)(NvmeKvJob *job);
    /* Main loop, after run or instead of it: what the callback is told. */
    int (*finish)(NvmeKvJob *job);
    /* The last of it; may be NULL. g_free(job) follows. */
    void (*release)(NvmeKvJob *job);
} NvmeKvJobOps;

/* The head of every job. Allocated with g_new0, freed by kv-jobs.c. */
struct NvmeKvJob {
    const NvmeKvJobOps *ops;
    NvmeKv *kv;
    enum csd_pace pace;
    /*
     * run touches no guest memory and changes nothing that a later command
     * could see: cancelled, it need not be waited for. stop may still decide.
     */
    bool can_let_go;

    /* kv-jobs.c only. */
    enum { NVME_KV_JOB_QUEUED, NVME_KV_JOB_RUNNING, NVME_KV_JOB_DONE } state;
    bool cancelled;
    NvmeKvAIOCB *acb;
    QTAILQ_ENTRY(NvmeKvJob) waiting_entry;
    QTAILQ_ENTRY(NvmeKvJob) entry;
    QSLIST_ENTRY(NvmeKvJob) finished_entry;
};

#define NVME_KV_PACES (CSD_PACE_QUERY + 1)

/* Threads of one pace: slow commands never stand before quick ones. */
typedef struct NvmeKvPool {
    NvmeKv *kv;
    QemuMutex lock;
    QemuCond wake;
    /* Guarded by lock, as is NvmeKvJob.state: */
    QTAILQ_HEAD(, NvmeKvJob) waiting;
    unsigned int nr_waiting;
    unsigned int nr_idle;
    bool paused;
    bool stopping;
    /* Guarded by the BQL: */
    QemuThread *threads;
    unsigned int nr_threads;
    unsigned int max_threads;
} NvmeKvPool;

/* One per namespace. Guarded by the BQL unless it says otherwise. */
struct NvmeKv {
    NvmeNamespace *ns;
    csd_device *device;
    DECLARE_BITMAP(claimed, 256);     /* opcodes that are ours */
    DECLARE_BITMAP(changing, 256);    /* of those, what changes values */
    BlockAcctStats stats;             /* of a namespace without a backend */
    uint64_t bounce_bytes;
    Notifier exit_notifier;
    VMChangeStateEntry *vm_state;

    NvmeKvPool pools[NVME_KV_PACES];
    QEMUBH *bh;
    QSLIST_HEAD(, NvmeKvJob) finished; /* lock-free: threads push */
    QTAILQ_HEAD(, NvmeKvJob) ready;    /* the same, in order of completion */
    QTAILQ_HEAD(, NvmeKvJob) jobs;     /* all that have an acb */
    unsigned int nr_moving;            /* of those, all but queries */
    bool holding;                      /* the VM is stopped */
};

/* kv-options.c: false with a sentence */
bool nvme_kv_check_ctrl(NvmeCtrl *n, Error **errp);
bool nvme_kv_check_namespace(NvmeNamespace *ns, Error **errp);
bool nvme_kv_check_options(NvmeNamespace *ns, Error **errp);
bool nvme_kv_check_absent(NvmeNamespace *ns, Error **errp);

/* kv-jobs.c */
void nvme_kv_jobs_init(NvmeKv *kv, unsigned int query_concurrent);
BlockAIOCB *nvme_kv_submit(NvmeKvJob *job, BlockCompletionFunc *cb,
                           void *opaque);
void nvme_kv_cancel_all(NvmeKv *kv);
void nvme_kv_jobs_destroy(NvmeKv *kv);

/* kv.c */
bool nvme_kv_claims(NvmeNamespace *ns, uint8_t opcode);
bool nvme_kv_is_quick(NvmeNamespace *ns, NvmeCtrl *n, const NvmeCmd *cmd);
uint16_t nvme_kv_io_cmd(NvmeCtrl *n, NvmeRequest *req);

/* kv-admin.c */
bool nvme_kv_admin_cmd(NvmeCtrl *n, NvmeRequest *req, uint16_t *status);
void nvme_kv_effects(NvmeNamespace *ns, NvmeEffectsLog *log);
BlockAIOCB *nvme_kv_flush(NvmeNamespace *ns, NvmeRequest *req,
                          BlockCompletionFunc *cb, void *opaque);
BlockAIOCB *nvme_kv_format(NvmeNamespace *ns, NvmeRequest *req,
                           BlockCompletionFunc *cb, void *opaque);

#endif /* HW_NVME_KV_INTERNAL_H */
