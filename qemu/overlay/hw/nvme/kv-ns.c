/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The nvme-kv-ns device, and the drive behind a namespace: properties in,
 * engine opened; engine closed when the namespace or QEMU ends.
 *
 *   -device nvme-kv-ns,bus=nvme0,nsid=1,root=DIR
 *   -device nvme-ns,bus=nvme0,nsid=2,drive=blk0,kv-root=DIR
 *   -device nvme,serial=deadbeef,drive=blk0,kv-root=DIR
 *   -device nvme,serial=deadbeef,kv=DIR
 *
 * Tested by tests/qtest/nvme-kv-*-test.c.
 */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/module.h"
#include "qemu/units.h"
#include "qapi/error.h"
#include "hw/pci/pci_bus.h"
#include "block/aio-wait.h"
#include "system/system.h"

#include "kv-internal.h"
#include "trace.h"

#define NVME_KV_QUERIES 8     /* the engine's own default */

/* From any thread. */
static void nvme_kv_log(void *context, int level, const char *message)
{
    NvmeKv *kv = context;

    trace_pci_nvme_kv_log(kv->ns->params.nsid, level, message);
    if (level == CSD_LOG_WARNING) {
        warn_report("nvme kv namespace %" PRIu32 ": %s", kv->ns->params.nsid,
                    message);
    } else if (level == CSD_LOG_ERROR) {
        error_report("nvme kv namespace %" PRIu32 ": %s", kv->ns->params.nsid,
                     message);
    }
}

/*
 * Part of the path of every value on the host, so it must not depend on what a
 * guest writes into its bridges.
 */
static uint32_t nvme_kv_bus_number(NvmeCtrl *n, const NvmeKvParams *params)
{
    PCIBus *bus = pci_get_bus(PCI_DEVICE(n));

    if (params->bus_number != NVME_KV_BUS_NUMBER_OF_PCI) {
        return params->bus_number;
    }
    return pci_bus_is_root(bus) ? pci_bus_num(bus) : 0;
}

static struct csd_options nvme_kv_options(NvmeKv *kv, NvmeCtrl *n)
{
    NvmeNamespace *ns = kv->ns;
    const NvmeKvParams *params = &ns->params.kv;
    struct csd_options options = CSD_OPTIONS_INIT;

    options.root = nvme_kv_root(ns);
    options.bus_number = nvme_kv_bus_number(n, params);
    options.nsid = ns->params.nsid;
    options.size_bytes = params->size;
    options.max_transfer_bytes = (4 * KiB) << n->params.mdts;
    options.query_threads = params->query_threads;
    options.query_concurrent = params->query_concurrent;
    options.query_deadline_ms = params->query_deadline_ms;
    options.query_memory_bytes = params->query_memory;
    options.result_bytes = params->result_size;
    options.results_bytes = params->results_size;
    options.results_held = params->results_held;
    options.result_idle_ms = params->result_idle_ms;
    options.sql_bytes = params->sql_size;
    options.log = nvme_kv_log;
    options.log_context = kv;
    if (nvme_kv_is_block(ns)) {
        options.dialect = CSD_DIALECT_2023;
    }
    if (!params->extensions) {
        options.flags |= CSD_NO_EXTENSIONS;
    }
    if (params->sync && !strcmp(params->sync, "always")) {
        options.flags |= CSD_SYNC_ALWAYS;
    }
    if (params->unsafe_query) {
        options.flags |= CSD_UNSAFE_QUERY;
    }
    return options;
}

static void nvme_kv_learn_commands(NvmeKv *kv)
{
    NvmeEffectsLog log = {};

    csd_describe(kv->device, CSD_PAGE_LOG_EFFECTS, 0, &log);
    for (int opcode = 0; opcode < 256; opcode++) {
        /* Flush goes the way of all namespaces. */
        if (opcode != NVME_CMD_FLUSH && csd_claims(kv->device, opcode)) {
            set_bit(opcode, kv->claimed);
        }
        if (le32_to_cpu(log.iocs[opcode]) & NVME_CMD_EFF_LBCC) {
            set_bit(opcode, kv->changing);
        }
    }
}

static void nvme_kv_close(NvmeKv *kv)
{
    trace_pci_nvme_kv_close(kv->ns->params.nsid);
    nvme_kv_jobs_destroy(kv);
    csd_close(kv->device);
    kv->device = NULL;
}

static void nvme_kv_exit(Notifier *notifier, void *data)
{
    nvme_kv_close(container_of(notifier, NvmeKv, exit_notifier));
}

static void nvme_kv_cleanup(NvmeNamespace *ns)
{
    NvmeKv *kv = ns->state;

    if (!kv) {
        return;
    }
    nvme_kv_cancel_all(kv);
    AIO_WAIT_WHILE_UNLOCKED(NULL, !QTAILQ_EMPTY(&kv->jobs));
    qemu_remove_exit_notifier(&kv->exit_notifier);
    nvme_kv_close(kv);
    block_acct_cleanup(&kv->stats);
    ns->ops = NULL;
    ns->state = NULL;
    ns->acct = NULL;
    g_free(kv);
}

static void nvme_kv_reset(NvmeNamespace *ns, NvmeCtrl *n)
{
    NvmeKv *kv = ns->state;

    trace_pci_nvme_kv_reset(nvme_nsid(ns), n->cntlid);
    csd_reset(kv->device, n->cntlid);
}

/* An identifier that stays the same from start to start. */
static void nvme_kv_default_eui64(NvmeNamespace *ns, NvmeCtrl *n)
{
    if (!ns->params.eui64 && !nvme_kv_is_block(ns)) {
        ns->params.eui64 = NVME_EUI64_DEFAULT | ns->params.nsid |
            (uint64_t)g_str_hash(n->params.serial) << 16;
    }
}

static const NvmeNsOps nvme_kv_ns_ops = {
    .setup = nvme_kv_check_namespace,
    .cleanup = nvme_kv_cleanup,
    .reset = nvme_kv_reset,
    .claims = nvme_kv_claims,
    .is_quick = nvme_kv_is_quick,
    .io_cmd = nvme_kv_io_cmd,
    .flush = nvme_kv_flush,
    .format = nvme_kv_format,
    .admin_cmd = nvme_kv_admin_cmd,
    .effects = nvme_kv_effects,
};

/* What the rest of hw/nvme looks at. */
static void nvme_kv_attach(NvmeKv *kv)
{
    NvmeNamespace *ns = kv->ns;

    ns->ops = &nvme_kv_ns_ops;
    ns->state = kv;
    ns->has_quick = ns->params.kv.in_doorbell;
    if (nvme_kv_is_block(ns)) {
        csd_describe(kv->device, CSD_PAGE_IDENTIFY_NAMESPACE, 0, &ns->id_ns);
    } else {
        ns->acct = &kv->stats;
    }
    kv->exit_notifier.notify = nvme_kv_exit;
    qemu_add_exit_notifier(&kv->exit_notifier);
}

/*
 * Results of selects and staged values belong to a controller. A host that
 * spreads its commands over two of them finds neither, so a namespace is shared
 * only if the user says so. The property of a block namespace is on by default
 * and does not tell; one without other controllers around it is not shared.
 */
static void nvme_kv_check_sharing(NvmeNamespace *ns, NvmeCtrl *n)
{
    if (nvme_kv_is_block(ns) && n->private_subsys) {
        ns->params.shared = false;
        ns->id_ns.nmic &= ~NVME_ID_NS_IND_NMIC_SHRNS;
        ns->id_ns_ind.nmic &= ~NVME_ID_NS_IND_NMIC_SHRNS;
    }
    if (ns->params.shared) {
        warn_report("nvme kv namespace %" PRIu32 " is shared: the result of a "
                    "select and the pieces of a large store are known only to "
                    "the controller that got them, so a host must not spread "
                    "such commands over several; shared=off avoids that",
                    ns->params.nsid);
    }
}

bool nvme_kv_open(NvmeNamespace *ns, NvmeCtrl *n, Error **errp)
{
    NvmeKvParams *params = &ns->params.kv;
    struct csd_options options;
    NvmeKv *kv;
    char *error = NULL;

    if (!nvme_kv_root(ns)) {
        return nvme_kv_check_absent(ns, errp);
    }
    if (!nvme_kv_check_options(ns, errp)) {
        return false;
    }
    kv = g_new0(NvmeKv, 1);
    kv->ns = ns;
    options = nvme_kv_options(kv, n);
    if (csd_open(&options, &kv->device, &error)) {
        error_setg(errp, "namespace %" PRIu32 ": %s", ns->params.nsid, error);
        csd_free(error);
        g_free(kv);
        return false;
    }
    trace_pci_nvme_kv_open(ns->params.nsid, options.root, options.bus_number,
                           options.dialect);
    block_acct_init(&kv->stats);
    nvme_kv_jobs_init(kv, params->query_concurrent ?: NVME_KV_QUERIES);
    nvme_kv_learn_commands(kv);
    nvme_kv_default_eui64(ns, n);
    nvme_kv_check_sharing(ns, n);
    nvme_kv_attach(kv);
    return true;
}

bool nvme_kv_embed(NvmeCtrl *n, Error **errp)
{
    NvmeNamespace *ns = &n->namespace;

    if (!nvme_kv_check_ctrl(n, errp)) {
        return false;
    }
    if (ns->params.kv.root) {
        ns->csi = NVME_CSI_KV;
        ns->ops = &nvme_kv_ns_ops;
    }
    return true;
}

static const Property nvme_kv_ns_props[] = {
    DEFINE_PROP_STRING("root", NvmeNamespace, params.kv.root),
};

static void nvme_kv_ns_class_init(ObjectClass *oc, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    device_class_set_props(dc, nvme_kv_ns_props);
    dc->desc = "Virtual NVMe Key Value namespace";
}

static void nvme_kv_ns_instance_init(Object *obj)
{
    NvmeNamespace *ns = NVME_NS(obj);

    ns->csi = NVME_CSI_KV;
    ns->ops = &nvme_kv_ns_ops;
    ns->params.shared = false; /* before the user's own word */
}

static const TypeInfo nvme_kv_ns_info = {
    .name = TYPE_NVME_KV_NS,
    .parent = TYPE_NVME_NS,
    .class_init = nvme_kv_ns_class_init,
    .instance_init = nvme_kv_ns_instance_init,
};

static void nvme_kv_register_types(void)
{
    type_register_static(&nvme_kv_ns_info);
}

type_init(nvme_kv_register_types)
