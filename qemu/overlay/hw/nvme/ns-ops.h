/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kind of namespace may do differently from a block namespace.
 *
 * A namespace without operations is a block namespace, as ever. With them it
 * may still have a block backend: the operations then add to it.
 *
 * Everything here runs under the BQL and must not block, except setup and
 * cleanup. Tested by tests/qtest/nvme-kv-*-test.c.
 */
#ifndef HW_NVME_NS_OPS_H
#define HW_NVME_NS_OPS_H

#include "block/aio.h"
#include "block/nvme.h"

struct NvmeCtrl;
struct NvmeNamespace;
struct NvmeRequest;

typedef struct NvmeNsOps {
    /* Takes the place of everything that prepares a block backend. */
    bool (*setup)(struct NvmeNamespace *ns, Error **errp);
    /* Waits for, and ends, what the namespace has under way. */
    void (*cleanup)(struct NvmeNamespace *ns);
    /* The controller was reset or shut down, or has lost the namespace. */
    void (*reset)(struct NvmeNamespace *ns, struct NvmeCtrl *n);

    /* I/O commands: which are ours, which of them are worth a doorbell. */
    bool (*claims)(struct NvmeNamespace *ns, uint8_t opcode);
    bool (*is_quick)(struct NvmeNamespace *ns, struct NvmeCtrl *n,
                     const NvmeCmd *cmd);
    /* A status, or NVME_NO_COMPLETE with req->aiocb set. */
    uint16_t (*io_cmd)(struct NvmeCtrl *n, struct NvmeRequest *req);

    /*
     * The callback gets 0, -ECANCELED or another negative errno value. Before
     * it, a failure sets the status of the request, if there is one.
     */
    BlockAIOCB *(*flush)(struct NvmeNamespace *ns, struct NvmeRequest *req,
                         BlockCompletionFunc *cb, void *opaque);
    BlockAIOCB *(*format)(struct NvmeNamespace *ns, struct NvmeRequest *req,
                          BlockCompletionFunc *cb, void *opaque);

    /*
     * Sees every admin command of a controller whose subsystem has such a
     * namespace. False: not mine. True: *status is as for io_cmd.
     */
    bool (*admin_cmd)(struct NvmeCtrl *n, struct NvmeRequest *req,
                      uint16_t *status);
    /* Adds the I/O commands of the namespace to the log of its command set. */
    void (*effects)(struct NvmeNamespace *ns, NvmeEffectsLog *log);
} NvmeNsOps;

#endif /* HW_NVME_NS_OPS_H */
