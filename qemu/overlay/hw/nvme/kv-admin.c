/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Key Value namespaces: what the drive says of itself, and admin commands.
 *
 * The engine fills the pages; identities and what belongs to the controller
 * are ours. An answer that has to wait (NUSE counts every value once after the
 * start; a feature is written to disk) comes from a thread.
 *
 * Tested by tests/qtest/nvme-kv-*-test.c.
 */
#include "qemu/osdep.h"

#include "kv-internal.h"
#include "trace.h"

#define NVME_FID_KEY_VALUE_CONFIGURATION 0x20
#define NVME_ID_CNS_KV_FORMAT            0x0a

/* Where Identify Namespace of the Key Value command set has what is ours. */
#define NVME_ID_KV_NMIC   26
#define NVME_ID_KV_ENDGID 46
#define NVME_ID_KV_NGUID  48
#define NVME_ID_KV_EUI64  64

/* The first namespace of that kind that the subsystem has. */
static NvmeNamespace *nvme_kv_any_ns(NvmeCtrl *n, uint8_t csi)
{
    for (uint32_t nsid = 1; nsid <= NVME_MAX_NAMESPACES; nsid++) {
        NvmeNamespace *ns = nvme_subsys_ns(n->subsys, nsid);

        if (ns && ns->csi == csi && (ns->ops || csi == NVME_CSI_ZONED)) {
            return ns;
        }
    }
    return NULL;
}

/* An active namespace, or an allocated one, if it is a Key Value namespace. */
static NvmeNamespace *nvme_kv_ns(NvmeCtrl *n, uint32_t nsid, bool active)
{
    NvmeNamespace *ns = nvme_ns(n, nsid);

    if (!ns && !active) {
        ns = nvme_subsys_ns(n->subsys, nsid);
    }
    return ns && ns->ops && !nvme_kv_is_block(ns) ? ns : NULL;
}

typedef struct NvmeKvPage {
    NvmeKvJob job;
    NvmeRequest *req;
    uint32_t page;
    uint32_t argument;
    uint16_t status;
    uint8_t data[NVME_IDENTIFY_DATA_SIZE];
} NvmeKvPage;

static void nvme_kv_page_run(NvmeKvJob *job)
{
    NvmeKvPage *p = container_of(job, NvmeKvPage, job);

    p->status = csd_describe(job->kv->device, p->page, p->argument, p->data);
}

static void nvme_kv_page_identity(NvmeKvPage *p)
{
    NvmeNamespace *ns = p->job.kv->ns;
    uint8_t nmic = ns->params.shared ? NVME_ID_NS_IND_NMIC_SHRNS : 0;
    uint64_t eui64 = cpu_to_be64(ns->params.eui64);
    NvmeIdNs *id_ns = (NvmeIdNs *)p->data;
    NvmeIdNsInd *id_ns_ind = (NvmeIdNsInd *)p->data;

    switch (p->page) {
    case CSD_PAGE_IDENTIFY_NAMESPACE:
        id_ns->nmic = nmic;
        id_ns->endgid = ns->id_ns.endgid;
        id_ns->eui64 = eui64;
        memcpy(id_ns->nguid, ns->params.nguid.data, sizeof(id_ns->nguid));
        break;
    case CSD_PAGE_IDENTIFY_KV_NAMESPACE:
    case CSD_PAGE_IDENTIFY_KV_ALLOCATED:
        p->data[NVME_ID_KV_NMIC] = nmic;
        memcpy(&p->data[NVME_ID_KV_ENDGID], &ns->id_ns.endgid, 2);
        memcpy(&p->data[NVME_ID_KV_NGUID], ns->params.nguid.data, NGUID_LEN);
        memcpy(&p->data[NVME_ID_KV_EUI64], &eui64, sizeof(eui64));
        break;
    case CSD_PAGE_IDENTIFY_INDEPENDENT:
        id_ns_ind->nmic = nmic;
        id_ns_ind->endgrpid = ns->id_ns_ind.endgrpid;
        break;
    }
}

static uint16_t nvme_kv_page_send(NvmeKvPage *p)
{
    if (p->status) {
        return p->status;
    }
    nvme_kv_page_identity(p);
    return nvme_c2h(nvme_ctrl(p->req), p->data, sizeof(p->data), p->req);
}

static int nvme_kv_page_finish(NvmeKvJob *job)
{
    NvmeKvPage *p = container_of(job, NvmeKvPage, job);

    if (!p->req->status) {
        p->req->status = nvme_kv_page_send(p);
    }
    return 0;
}

static const NvmeKvJobOps nvme_kv_page_ops = {
    .run = nvme_kv_page_run,
    .finish = nvme_kv_page_finish,
};

static uint16_t nvme_kv_page(NvmeNamespace *ns, NvmeRequest *req, uint32_t page,
                             uint32_t argument)
{
    NvmeKv *kv = ns->state;
    NvmeKvPage *p = g_new0(NvmeKvPage, 1);
    uint16_t status;

    p->job = (NvmeKvJob) {
        .ops = &nvme_kv_page_ops,
        .kv = kv,
        .pace = CSD_PACE_BULK,
        .can_let_go = true,
    };
    p->req = req;
    p->page = page;
    p->argument = argument;
    trace_pci_nvme_kv_page(nvme_cid(req), nvme_nsid(ns), page);
    if (!csd_describe_ready(kv->device, page)) {
        req->aiocb = nvme_kv_submit(&p->job, nvme_misc_cb, req);
        return NVME_NO_COMPLETE;
    }
    nvme_kv_page_run(&p->job);
    status = nvme_kv_page_send(p);
    g_free(p);
    return status;
}

/* Combination 0: the command sets of the namespaces that there are. */
static uint16_t nvme_kv_command_sets(NvmeCtrl *n, NvmeRequest *req)
{
    uint8_t list[NVME_IDENTIFY_DATA_SIZE] = {};

    NVME_SET_CSI(*list, NVME_CSI_NVM);
    NVME_SET_CSI(*list, NVME_CSI_KV);
    if (nvme_kv_any_ns(n, NVME_CSI_ZONED)) {
        NVME_SET_CSI(*list, NVME_CSI_ZONED);
    }
    return nvme_c2h(n, list, sizeof(list), req);
}

/* False where the page is not ours, or its absence is told as ever. */
static bool nvme_kv_identify(NvmeCtrl *n, NvmeRequest *req, uint16_t *status)
{
    NvmeIdentify *c = (NvmeIdentify *)&req->cmd;
    uint32_t nsid = le32_to_cpu(c->nsid);
    uint32_t argument = le32_to_cpu(req->cmd.cdw11) & 0xffff;
    NvmeNamespace *any = nvme_kv_any_ns(n, NVME_CSI_KV), *ns;
    bool is_kv = c->csi == NVME_CSI_KV;
    uint32_t page;

    if (!any) {
        return false;
    }
    switch (c->cns) {
    case NVME_ID_CNS_NS:
        ns = nvme_kv_ns(n, nsid, true);
        page = CSD_PAGE_IDENTIFY_NAMESPACE;
        break;
    case NVME_ID_CNS_CS_NS:
    case NVME_ID_CNS_CS_NS_PRESENT:
        ns = nvme_kv_ns(n, nsid, c->cns == NVME_ID_CNS_CS_NS);
        if (ns && !is_kv) {
            *status = NVME_INVALID_IOCS | NVME_DNR;
            return true;
        }
        page = c->cns == NVME_ID_CNS_CS_NS ? CSD_PAGE_IDENTIFY_KV_NAMESPACE :
                                             CSD_PAGE_IDENTIFY_KV_ALLOCATED;
        break;
    case NVME_ID_CNS_CS_IND_NS:
    case NVME_ID_CNS_CS_IND_NS_ALLOCATED:
        ns = nvme_kv_ns(n, nsid, c->cns == NVME_ID_CNS_CS_IND_NS);
        page = CSD_PAGE_IDENTIFY_INDEPENDENT;
        break;
    case NVME_ID_CNS_CS_CTRL:
        ns = is_kv ? any : NULL;
        page = CSD_PAGE_IDENTIFY_KV_CONTROLLER;
        break;
    case NVME_ID_CNS_KV_FORMAT:
        ns = is_kv ? any : NULL;
        page = CSD_PAGE_IDENTIFY_KV_FORMAT;
        break;
    case NVME_ID_CNS_IO_COMMAND_SET:
        *status = nvme_kv_command_sets(n, req);
        return true;
    default:
        return false;
    }
    if (!ns) {
        return false;
    }
    *status = nvme_kv_page(ns, req, page, argument);
    return true;
}

/* Get and Set Features; a Set may go from one namespace to the next. */
typedef struct NvmeKvFeature {
    NvmeKvJob job;
    NvmeRequest *req;
    NvmeCmd cmd;
    uint32_t dw0;
    uint16_t status;
} NvmeKvFeature;

typedef struct NvmeKvFeatureSteps {
    NvmeRequest *req;
    uint32_t nsid;              /* of the namespace it is at */
    bool is_broadcast;
} NvmeKvFeatureSteps;

static void nvme_kv_feature_run(NvmeKvJob *job)
{
    NvmeKvFeature *f = container_of(job, NvmeKvFeature, job);

    f->status = csd_admin(job->kv->device, &f->cmd, &f->dw0);
}

static int nvme_kv_feature_finish(NvmeKvJob *job)
{
    NvmeKvFeature *f = container_of(job, NvmeKvFeature, job);

    if (!f->req->status) {
        f->req->status = f->status;
        f->req->cqe.result = cpu_to_le32(f->dw0);
    }
    return 0;
}

static const NvmeKvJobOps nvme_kv_feature_ops = {
    .run = nvme_kv_feature_run,
    .finish = nvme_kv_feature_finish,
};

static void nvme_kv_feature_done(void *opaque, int ret);

static void nvme_kv_feature_submit(NvmeNamespace *ns, NvmeKvFeatureSteps *steps)
{
    NvmeKvFeature *f = g_new0(NvmeKvFeature, 1);
    NvmeRequest *req = steps->req;
    bool is_set = req->cmd.opcode == NVME_ADM_CMD_SET_FEATURES;

    f->job = (NvmeKvJob) {
        .ops = &nvme_kv_feature_ops,
        .kv = ns->state,
        .pace = CSD_PACE_BULK,
        .can_let_go = !is_set,
    };
    f->req = req;
    f->cmd = req->cmd;
    steps->nsid = nvme_nsid(ns);
    trace_pci_nvme_kv_feature(nvme_cid(req), nvme_nsid(ns), is_set,
                              le32_to_cpu(req->cmd.cdw11));
    req->aiocb = nvme_kv_submit(&f->job, nvme_kv_feature_done, steps);
}

/* The next Key Value namespace of the controller after this one. */
static NvmeNamespace *nvme_kv_next_ns(NvmeCtrl *n, uint32_t nsid)
{
    while (++nsid <= NVME_MAX_NAMESPACES) {
        NvmeNamespace *ns = nvme_kv_ns(n, nsid, true);

        if (ns) {
            return ns;
        }
    }
    return NULL;
}

static void nvme_kv_feature_done(void *opaque, int ret)
{
    NvmeKvFeatureSteps *steps = opaque;
    NvmeRequest *req = steps->req;
    NvmeNamespace *next = NULL;

    if (steps->is_broadcast && !ret && !req->status) {
        next = nvme_kv_next_ns(nvme_ctrl(req), steps->nsid);
    }
    if (next) {
        nvme_kv_feature_submit(next, steps);
        return;
    }
    g_free(steps);
    nvme_misc_cb(req, ret);
}

/*
 * The feature belongs to a namespace. FFFFFFFFh is every Key Value namespace of
 * the controller to a Set, and no namespace to a Get, which has one result. In
 * the dialect of 2023 it was the controller's, asked for without a namespace.
 */
static NvmeNamespace *nvme_kv_feature_ns(NvmeCtrl *n, uint32_t nsid,
                                         bool is_set)
{
    NvmeNamespace *ns = nvme_ns(n, nsid);

    if (!nsid || nsid == NVME_NSID_BROADCAST) {
        if (!is_set) {
            return nvme_kv_any_ns(n, NVME_CSI_NVM);
        }
        return nsid ? nvme_kv_next_ns(n, 0) : NULL;
    }
    return ns && ns->ops ? ns : NULL;
}

static bool nvme_kv_features(NvmeCtrl *n, NvmeRequest *req, bool is_set,
                             uint16_t *status)
{
    uint32_t nsid = le32_to_cpu(req->cmd.nsid);
    NvmeKvFeatureSteps *steps;
    NvmeNamespace *ns;
    NvmeKv *kv;

    if (NVME_GETSETFEAT_FID(le32_to_cpu(req->cmd.cdw10)) !=
        NVME_FID_KEY_VALUE_CONFIGURATION) {
        return false;
    }
    ns = nvme_kv_feature_ns(n, nsid, is_set);
    if (!ns) {
        *status = NVME_INVALID_NSID | NVME_DNR;
        return true;
    }
    kv = ns->state;
    *status = csd_check_admin(kv->device, &req->cmd);
    if (!*status) {
        steps = g_new0(NvmeKvFeatureSteps, 1);
        steps->req = req;
        steps->is_broadcast = is_set && nsid == NVME_NSID_BROADCAST;
        nvme_kv_feature_submit(ns, steps);
        *status = NVME_NO_COMPLETE;
    }
    return true;
}

static uint16_t nvme_kv_check_format_ns(NvmeCtrl *n, NvmeNamespace *ns,
                                        const NvmeCmd *cmd)
{
    NvmeKv *kv = ns->state;
    bool has_upper_bits = le32_to_cpu(cmd->cdw10) >> 12 & 0x3;

    /* Without them the controller would take another format for the one. */
    if (nvme_kv_is_block(ns) && has_upper_bits && !n->features.hbs.lbafee) {
        return NVME_INVALID_FORMAT | NVME_DNR;
    }
    return csd_check_admin(kv->device, cmd);
}

/*
 * A Format removes values, so every namespace that it is meant for judges the
 * whole entry before the first one is touched. True: one of them refuses.
 */
static bool nvme_kv_refuses_format(NvmeCtrl *n, NvmeRequest *req,
                                   uint16_t *status)
{
    uint32_t wanted = le32_to_cpu(req->cmd.nsid);

    for (uint32_t nsid = 1; nsid <= NVME_MAX_NAMESPACES; nsid++) {
        NvmeNamespace *ns = nvme_ns(n, nsid);

        if (!ns || !ns->ops ||
            (wanted != nsid && wanted != NVME_NSID_BROADCAST)) {
            continue;
        }
        *status = nvme_kv_check_format_ns(n, ns, &req->cmd);
        if (*status) {
            return true;
        }
    }
    return false;
}

bool nvme_kv_admin_cmd(NvmeCtrl *n, NvmeRequest *req, uint16_t *status)
{
    switch (req->cmd.opcode) {
    case NVME_ADM_CMD_IDENTIFY:
        return nvme_kv_identify(n, req, status);
    case NVME_ADM_CMD_GET_FEATURES:
        return nvme_kv_features(n, req, false, status);
    case NVME_ADM_CMD_SET_FEATURES:
        return nvme_kv_features(n, req, true, status);
    case NVME_ADM_CMD_FORMAT_NVM:
        return nvme_kv_refuses_format(n, req, status);
    default:
        return false;
    }
}

void nvme_kv_effects(NvmeNamespace *ns, NvmeEffectsLog *log)
{
    NvmeKv *kv = ns->state;
    NvmeEffectsLog own = *log;

    if (csd_describe(kv->device, CSD_PAGE_LOG_EFFECTS, 0, &own) == 0) {
        memcpy(log->iocs, own.iocs, sizeof(log->iocs));
    }
}

/* Flush and Format: the engine's work on all of a namespace. */
typedef struct NvmeKvWhole {
    NvmeKvJob job;
    NvmeRequest *req;           /* NULL: no command asked for it */
    bool is_format;
    /* Of a format, atomic: it has begun, or was cancelled before it could. */
    enum {
        NVME_KV_FORMAT_WAITS,
        NVME_KV_FORMAT_BEGUN,
        NVME_KV_FORMAT_OFF,
    } step;
    uint16_t status;
} NvmeKvWhole;

static void nvme_kv_whole_run(NvmeKvJob *job)
{
    NvmeKvWhole *w = container_of(job, NvmeKvWhole, job);
    csd_device *device = job->kv->device;
    struct csd_statistics figures = { .struct_size = sizeof(figures) };

    if (!w->is_format) {
        w->status = csd_flush(device);
        return;
    }
    /* A format needs the index. That may take long, and can still be let go. */
    csd_get_statistics(device, &figures);
    if (qatomic_cmpxchg(&w->step, NVME_KV_FORMAT_WAITS,
                        NVME_KV_FORMAT_BEGUN) == NVME_KV_FORMAT_WAITS) {
        w->status = csd_format(device, 0);
    }
}

/* What a format that has begun removes must be gone when it completes. */
static void nvme_kv_whole_stop(NvmeKvJob *job)
{
    NvmeKvWhole *w = container_of(job, NvmeKvWhole, job);

    if (w->is_format) {
        job->can_let_go = qatomic_cmpxchg(&w->step, NVME_KV_FORMAT_WAITS,
                                          NVME_KV_FORMAT_OFF) ==
                          NVME_KV_FORMAT_WAITS;
    }
}

static int nvme_kv_whole_finish(NvmeKvJob *job)
{
    NvmeKvWhole *w = container_of(job, NvmeKvWhole, job);

    trace_pci_nvme_kv_whole_done(nvme_nsid(job->kv->ns), w->is_format,
                                 w->status);
    if (job->cancelled) {
        return -ECANCELED;
    }
    /* The controller knows only that it failed; the drive knows why. */
    if (w->req && w->status && !w->req->status) {
        w->req->status = w->status;
    }
    return w->status ? -EIO : 0;
}

static const NvmeKvJobOps nvme_kv_whole_ops = {
    .run = nvme_kv_whole_run,
    .stop = nvme_kv_whole_stop,
    .finish = nvme_kv_whole_finish,
};

static BlockAIOCB *nvme_kv_whole(NvmeNamespace *ns, NvmeRequest *req,
                                 bool is_format, BlockCompletionFunc *cb,
                                 void *opaque)
{
    NvmeKvWhole *w = g_new0(NvmeKvWhole, 1);

    w->job = (NvmeKvJob) {
        .ops = &nvme_kv_whole_ops,
        .kv = ns->state,
        .pace = CSD_PACE_BULK,
        .can_let_go = true,
    };
    w->req = req;
    w->is_format = is_format;
    trace_pci_nvme_kv_whole(nvme_nsid(ns), is_format);
    return nvme_kv_submit(&w->job, cb, opaque);
}

BlockAIOCB *nvme_kv_flush(NvmeNamespace *ns, NvmeRequest *req,
                          BlockCompletionFunc *cb, void *opaque)
{
    return nvme_kv_whole(ns, req, false, cb, opaque);
}

BlockAIOCB *nvme_kv_format(NvmeNamespace *ns, NvmeRequest *req,
                           BlockCompletionFunc *cb, void *opaque)
{
    return nvme_kv_whole(ns, req, true, cb, opaque);
}
