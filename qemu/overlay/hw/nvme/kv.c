/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Key Value commands, from a submission queue entry to the engine and back.
 *
 *   csd_decode says how much data goes which way
 *   MDTS       is judged before anything is mapped or allocated
 *   map        guest memory becomes iovecs; what cannot be mapped is bounced
 *   csd_try    completes what need not wait for anything, here and now
 *   a job      runs csd_execute on a thread for all the rest (kv-jobs.c)
 *   finish     unmaps, and fills the completion queue entry
 *
 * The engine writes straight into guest memory from its threads; address spaces
 * are only touched under the BQL.
 *
 * Tested by tests/qtest/nvme-kv-*-test.c.
 */
#include "qemu/osdep.h"
#include "qemu/units.h"
#include "block/accounting.h"
#include "exec/memory.h"
#include "system/block-backend.h"
#include "system/dma.h"

#include "kv-internal.h"
#include "trace.h"

/*
 * Only odd guests let data go to what is not memory; then this is what all of
 * their commands in flight may cost us together.
 */
#define NVME_KV_MOST_BOUNCE_BYTES (64 * MiB)

#define NVME_KV_FEW_PIECES 4

#define NVME_KV_CMD_SELECT_RETRIEVE 0x86

typedef struct NvmeKvCommand {
    NvmeKvJob job;
    NvmeRequest *req;
    struct csd_command command;
    struct csd_completion done;

    NvmeSg sg;                  /* while the bus addresses are needed */
    struct iovec *iov;
    int iovcnt;
    int iovmax;
    struct iovec few[NVME_KV_FEW_PIECES];
    bool is_mapped;             /* iov has to be unmapped */
    uint8_t *bounce;
    bool is_written_through;    /* the host has turned the write cache off */
} NvmeKvCommand;

static DMADirection nvme_kv_direction(NvmeKvCommand *c)
{
    return c->command.direction == CSD_DEVICE_TO_HOST ?
           DMA_DIRECTION_FROM_DEVICE : DMA_DIRECTION_TO_DEVICE;
}

static void nvme_kv_add_piece(NvmeKvCommand *c, void *base, size_t len)
{
    if (c->iovcnt == c->iovmax) {
        bool was_few = c->iov == c->few;

        c->iovmax *= 4;
        c->iov = g_renew(struct iovec, was_few ? NULL : c->iov, c->iovmax);
        if (was_few) {
            memcpy(c->iov, c->few, sizeof(c->few));
        }
    }
    c->iov[c->iovcnt++] = (struct iovec) { .iov_base = base, .iov_len = len };
}

/* `bytes` are those that the engine has written, if it has. */
static void nvme_kv_unmap(NvmeKvCommand *c, uint32_t bytes)
{
    AddressSpace *as = pci_get_address_space(PCI_DEVICE(nvme_ctrl(c->req)));

    for (int i = 0; i < c->iovcnt; i++) {
        size_t used = MIN(bytes, c->iov[i].iov_len);

        dma_memory_unmap(as, c->iov[i].iov_base, c->iov[i].iov_len,
                         nvme_kv_direction(c), used);
        bytes -= used;
    }
    c->iovcnt = 0;
    c->is_mapped = false;
}

/* Like dma_memory_map(), but never by a bounce buffer of the address space. */
static void *nvme_kv_map_ram(AddressSpace *as, dma_addr_t base, dma_addr_t *len,
                             DMADirection dir)
{
    hwaddr xlat, xlen = *len;
    MemoryRegion *mr;

    RCU_READ_LOCK_GUARD();

    mr = address_space_translate(as, base, &xlat, &xlen,
                                 dir == DMA_DIRECTION_FROM_DEVICE,
                                 MEMTXATTRS_UNSPECIFIED);
    if (!memory_access_is_direct(mr, dir == DMA_DIRECTION_FROM_DEVICE,
                                 MEMTXATTRS_UNSPECIFIED)) {
        return NULL;
    }
    *len = xlen;
    return dma_memory_map(as, base, len, dir, MEMTXATTRS_UNSPECIFIED);
}

static bool nvme_kv_map_qsg(NvmeKvCommand *c)
{
    QEMUSGList *qsg = &c->sg.qsg;

    c->is_mapped = true;
    for (int i = 0; i < qsg->nsg;) {
        dma_addr_t base = qsg->sg[i].base;
        dma_addr_t len = qsg->sg[i++].len;

        while (i < qsg->nsg && qsg->sg[i].base == base + len) {
            len += qsg->sg[i++].len;
        }
        while (len) {
            dma_addr_t got = len;
            void *ptr = nvme_kv_map_ram(qsg->as, base, &got,
                                        nvme_kv_direction(c));

            if (!ptr) {
                nvme_kv_unmap(c, 0);
                return false;
            }
            nvme_kv_add_piece(c, ptr, got);
            base += got;
            len -= got;
        }
    }
    return true;
}

/* The first bytes, between the bounce buffer and what the host pointed at. */
static uint16_t nvme_kv_move(NvmeKvCommand *c, uint32_t bytes)
{
    QEMUSGList *qsg = &c->sg.qsg;
    uint32_t done = 0;

    if (!(c->sg.flags & NVME_SG_DMA)) {
        qemu_iovec_to_buf(&c->sg.iov, 0, c->bounce, bytes);
        return NVME_SUCCESS;
    }
    for (int i = 0; i < qsg->nsg && done < bytes; i++) {
        uint32_t len = MIN(bytes - done, qsg->sg[i].len);

        if (dma_memory_rw(qsg->as, qsg->sg[i].base, c->bounce + done, len,
                          nvme_kv_direction(c), MEMTXATTRS_UNSPECIFIED)) {
            trace_pci_nvme_err_invalid_dma();
            return NVME_DATA_TRAS_ERROR;
        }
        done += len;
    }
    return NVME_SUCCESS;
}

static uint16_t nvme_kv_start_bounce(NvmeKvCommand *c)
{
    NvmeKv *kv = c->job.kv;
    uint32_t bytes = c->command.data_bytes;

    if (kv->bounce_bytes + bytes > NVME_KV_MOST_BOUNCE_BYTES) {
        return NVME_INTERNAL_DEV_ERROR;
    }
    /* Cleared: whatever goes wrong, a guest sees no memory of the host. */
    c->bounce = g_try_malloc0(bytes);
    if (!c->bounce) {
        return NVME_INTERNAL_DEV_ERROR;
    }
    kv->bounce_bytes += bytes;
    trace_pci_nvme_kv_bounce(nvme_cid(c->req), bytes);
    nvme_kv_add_piece(c, c->bounce, bytes);

    return c->command.direction == CSD_HOST_TO_DEVICE ?
           nvme_kv_move(c, bytes) : NVME_SUCCESS;
}

/*
 * The data may reach registers of another controller, and through it this one.
 * A reset from in there would wait for the very command that is finishing.
 */
static uint16_t nvme_kv_end_bounce(NvmeKvCommand *c)
{
    DeviceState *dev = DEVICE(nvme_ctrl(c->req));
    MemReentrancyGuard *guard = &dev->mem_reentrancy_guard;
    bool was_engaged = guard->engaged_in_io;
    uint16_t status;

    guard->engaged_in_io = true;
    status = nvme_kv_move(c, c->done.data_bytes);
    guard->engaged_in_io = was_engaged;
    return status;
}

static uint16_t nvme_kv_map(NvmeKvCommand *c)
{
    NvmeRequest *req = c->req;
    uint16_t status;

    if (!c->command.data_bytes) {
        return NVME_SUCCESS;
    }
    status = nvme_map_dptr(nvme_ctrl(req), &c->sg, c->command.data_bytes,
                           &req->cmd);
    if (status) {
        return status;
    }
    /* A query runs for long: with the SQL in our memory it can be let go. */
    if (c->job.pace == CSD_PACE_QUERY) {
        return nvme_kv_start_bounce(c);
    }
    if (!(c->sg.flags & NVME_SG_DMA)) {
        /* CMB and PMR are memory of ours as it is. */
        for (int i = 0; i < c->sg.iov.niov; i++) {
            nvme_kv_add_piece(c, c->sg.iov.iov[i].iov_base,
                              c->sg.iov.iov[i].iov_len);
        }
        return NVME_SUCCESS;
    }
    return nvme_kv_map_qsg(c) ? NVME_SUCCESS : nvme_kv_start_bounce(c);
}

static BlockAcctStats *nvme_kv_stats(NvmeKv *kv)
{
    return kv->ns->acct ?: blk_get_stats(kv->ns->blkconf.blk);
}

static void nvme_kv_account_done(NvmeKvCommand *c)
{
    NvmeRequest *req = c->req;

    if (c->command.direction == CSD_NO_DATA || c->done.status || req->status) {
        return;
    }
    req->acct.bytes = c->command.direction == CSD_DEVICE_TO_HOST ?
                      c->done.data_bytes : c->command.data_bytes;
    block_acct_done(nvme_kv_stats(c->job.kv), &req->acct);
}

/* Hands the data over and fills the completion; the status is the command's. */
static uint16_t nvme_kv_end(NvmeKvCommand *c)
{
    NvmeRequest *req = c->req;
    uint16_t status = c->done.status;

    if (c->is_mapped) {
        nvme_kv_unmap(c, c->done.data_bytes);
    } else if (c->bounce && c->command.direction == CSD_DEVICE_TO_HOST &&
               !status && !req->status && c->done.data_bytes) {
        status = nvme_kv_end_bounce(c);
    }
    req->cqe.result = cpu_to_le32(c->done.dw0);
    req->cqe.dw1 = cpu_to_le32(c->done.dw1);
    trace_pci_nvme_kv_end(nvme_cid(req), status, c->done.dw0,
                          c->done.data_bytes);
    return status;
}

/* A select that was cancelled leaves no result, even if it came that far. */
static void nvme_kv_forget_result(NvmeKvCommand *c)
{
    csd_device *device = c->job.kv->device;
    NvmeCmd fetch = {
        .opcode = NVME_KV_CMD_SELECT_RETRIEVE,
        .nsid = cpu_to_le32(nvme_nsid(c->job.kv->ns)),
        .cdw13 = cpu_to_le32(c->done.dw0),
    };
    struct csd_command command;
    struct csd_completion done;

    if (csd_decode(device, &fetch, c->command.controller, &command) == 0) {
        csd_execute(device, &command, NULL, 0, &done);
    }
}

static void nvme_kv_command_release(NvmeKvJob *job)
{
    NvmeKvCommand *c = container_of(job, NvmeKvCommand, job);

    if (job->cancelled && job->pace == CSD_PACE_QUERY && !c->done.status) {
        nvme_kv_forget_result(c);
    }
    nvme_sg_unmap(&c->sg);
    if (c->bounce) {
        job->kv->bounce_bytes -= c->command.data_bytes;
        g_free(c->bounce);
    }
    if (c->iov != c->few) {
        g_free(c->iov);
    }
}

static void nvme_kv_command_run(NvmeKvJob *job)
{
    NvmeKvCommand *c = container_of(job, NvmeKvCommand, job);
    csd_device *device = job->kv->device;

    csd_execute(device, &c->command, c->iov, c->iovcnt, &c->done);
    if (c->is_written_through && !c->done.status) {
        c->done.status = csd_flush(device);
    }
}

static void nvme_kv_command_stop(NvmeKvJob *job)
{
    csd_cancel(job->kv->device,
               &container_of(job, NvmeKvCommand, job)->command);
}

static int nvme_kv_command_finish(NvmeKvJob *job)
{
    NvmeKvCommand *c = container_of(job, NvmeKvCommand, job);
    uint16_t status = nvme_kv_end(c);

    /* Who cancelled the request has said why. */
    if (!c->req->status) {
        c->req->status = status;
    }
    nvme_kv_account_done(c);
    return 0;
}

static const NvmeKvJobOps nvme_kv_command_ops = {
    .run = nvme_kv_command_run,
    .stop = nvme_kv_command_stop,
    .finish = nvme_kv_command_finish,
    .release = nvme_kv_command_release,
};

bool nvme_kv_claims(NvmeNamespace *ns, uint8_t opcode)
{
    NvmeKv *kv = ns->state;

    return test_bit(opcode, kv->claimed);
}

bool nvme_kv_is_quick(NvmeNamespace *ns, NvmeCtrl *n, const NvmeCmd *cmd)
{
    NvmeKv *kv = ns->state;
    struct csd_command command;

    return ns->params.kv.in_doorbell && !kv->holding &&
           csd_decode(kv->device, cmd, n->cntlid, &command) == 0 &&
           command.pace == CSD_PACE_QUICK;
}

static NvmeKvCommand *nvme_kv_new_command(NvmeKv *kv, NvmeRequest *req)
{
    NvmeKvCommand *c = g_new0(NvmeKvCommand, 1);

    c->job.ops = &nvme_kv_command_ops;
    c->job.kv = kv;
    c->req = req;
    c->iov = c->few;
    c->iovmax = NVME_KV_FEW_PIECES;
    /* What a command reports that is cancelled before it has a thread. */
    c->done.status = NVME_CMD_ABORT_REQ | NVME_DNR;
    return c;
}

/* Until here no memory is taken that the guest has a say in. */
static uint16_t nvme_kv_judge(NvmeCtrl *n, NvmeKvCommand *c)
{
    NvmeRequest *req = c->req;
    uint16_t status;

    status = csd_decode(c->job.kv->device, &req->cmd, n->cntlid, &c->command);
    trace_pci_nvme_kv_io_cmd(nvme_cid(req), nvme_nsid(req->ns),
                             req->cmd.opcode, status);
    if (status) {
        return status;
    }
    c->job.pace = c->command.pace;
    c->is_written_through = qatomic_read(&req->ns->write_through) &&
                            test_bit(req->cmd.opcode, c->job.kv->changing);
    return nvme_check_mdts(n, c->command.data_bytes);
}

static void nvme_kv_account_start(NvmeKvCommand *c)
{
    if (c->command.direction != CSD_NO_DATA) {
        block_acct_start(nvme_kv_stats(c->job.kv), &c->req->acct, 0,
                         c->command.direction == CSD_DEVICE_TO_HOST ?
                         BLOCK_ACCT_READ : BLOCK_ACCT_WRITE);
    }
}

/* What is bounced may reach registers: that is not for a doorbell to do. */
static bool nvme_kv_try(NvmeKvCommand *c)
{
    NvmeKv *kv = c->job.kv;

    return !c->bounce && !kv->holding && !c->is_written_through &&
           csd_try(kv->device, &c->command, c->iov, c->iovcnt, &c->done);
}

uint16_t nvme_kv_io_cmd(NvmeCtrl *n, NvmeRequest *req)
{
    NvmeKvCommand *c = nvme_kv_new_command(req->ns->state, req);
    uint16_t status;

    status = nvme_kv_judge(n, c);
    if (!status) {
        status = nvme_kv_map(c);
    }
    if (!status) {
        nvme_kv_account_start(c);
        if (!nvme_kv_try(c)) {
            /* What changes values must not do so after it has completed. */
            c->job.can_let_go = (c->bounce || !c->iovcnt) &&
                                !test_bit(req->cmd.opcode,
                                          c->job.kv->changing);
            req->aiocb = nvme_kv_submit(&c->job, nvme_misc_cb, req);
            return NVME_NO_COMPLETE;
        }
        status = nvme_kv_end(c);
        nvme_kv_account_done(c);
    }
    nvme_kv_command_release(&c->job);
    g_free(c);
    return status;
}
