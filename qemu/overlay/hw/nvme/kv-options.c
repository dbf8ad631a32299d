/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Properties of the drive behind a namespace: which of them make sense
 * together. What a number may be is for the engine to say, as for its other
 * hosts: csd_open() refuses it with a sentence.
 *
 * Tested by tests/qemu/options, and tests/qtest/nvme-kv-admin-test.c.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qobject/qobject.h"
#include "qobject/qstring.h"
#include "qom/qom-qobject.h"

#include "kv-internal.h"

/* The namespace inside an nvme device has its properties there. */
static Object *nvme_kv_object(NvmeNamespace *ns)
{
    NvmeCtrl *n = ns->ctrl;

    return n && ns == &n->namespace ? OBJECT(n) : OBJECT(ns);
}

static bool nvme_kv_was_set(Object *obj, const char *name)
{
    ObjectProperty *property = object_property_find(obj, name);
    QObject *value;
    QString *text;
    bool was_set = false;

    if (!property) {
        return false;
    }
    value = object_property_get_qobject(obj, name, &error_abort);
    text = qobject_to(QString, value);
    if (property->defval) {
        was_set = !qobject_is_equal(value, property->defval);
    } else if (text) {
        /* a string that was not set reads as an empty one */
        was_set = *qstring_get_str(text);
    }
    qobject_unref(value);
    return was_set;
}

/* The first of them that differs from its default, or NULL. */
static const char *nvme_kv_first_set(NvmeNamespace *ns,
                                     const char *const *names)
{
    for (; *names; names++) {
        if (nvme_kv_was_set(nvme_kv_object(ns), *names)) {
            return *names;
        }
    }
    return NULL;
}

static bool nvme_kv_check_block_properties(NvmeNamespace *ns, Error **errp)
{
    static const char *const names[] = {
        "backend_defaults", "logical_block_size", "physical_block_size",
        "min_io_size", "opt_io_size", "discard_granularity", "write-cache",
        "share-rw", "account-invalid", "account-failed", "ms", "mset", "pi",
        "pil", "pif", "mssrl", "mcl", "msrc", "zoned", "zoned.zone_size",
        "zoned.zone_capacity", "zoned.cross_read", "zoned.max_active",
        "zoned.max_open", "zoned.descr_ext_size", "zoned.numzrwa",
        "zoned.zrwas", "zoned.zrwafg", "fdp.ruhs", NULL
    };
    const char *name = nvme_kv_first_set(ns, names);

    if (name) {
        error_setg(errp, "%s is a property of namespaces of blocks, and a Key "
                   "Value namespace has none; leave it out", name);
    }
    return !name;
}

/* In the place of all that a block backend needs. */
bool nvme_kv_check_namespace(NvmeNamespace *ns, Error **errp)
{
    if (ns->blkconf.blk) {
        error_setg(errp, "a Key Value namespace has no use for a drive; for "
                   "Key Value commands beside blocks use kv-root on nvme-ns "
                   "or nvme");
        return false;
    }
    if (ns->params.kv.block_root) {
        error_setg(errp, "kv-root adds Key Value commands to a namespace of "
                   "blocks, and this is a Key Value namespace; leave it out");
        return false;
    }
    if (!ns->params.kv.root) {
        error_setg(errp, TYPE_NVME_KV_NS " needs root, the directory that "
                   "holds its values");
        return false;
    }
    if (ns->params.nsid > NVME_MAX_NAMESPACES) {
        error_setg(errp, "invalid namespace id (must be between 0 and %d)",
                   NVME_MAX_NAMESPACES);
        return false;
    }
    return nvme_kv_check_block_properties(ns, errp);
}

/* A namespace without a Key Value drive must not have the properties of one. */
bool nvme_kv_check_absent(NvmeNamespace *ns, Error **errp)
{
    static const char *const names[] = {
        "sync", "size", "bus-number", "inline", "unsafe-query", "extensions",
        "query-threads", "query-concurrent", "query-deadline-ms",
        "query-memory", "result-size", "results-size", "results-held",
        "result-idle-ms", "sql-size", NULL
    };
    const char *name = nvme_kv_first_set(ns, names);

    if (name) {
        error_setg(errp, "%s is a property of the Key Value drive, and the "
                   "namespace has none; give it kv-root, or leave %s out",
                   name, name);
    }
    return !name;
}

bool nvme_kv_check_options(NvmeNamespace *ns, Error **errp)
{
    const NvmeKvParams *params = &ns->params.kv;
    const char *root = nvme_kv_root(ns);

    if (!*root || !g_file_test(root, G_FILE_TEST_IS_DIR)) {
        error_setg(errp, "the root of the drive, '%s', is not a directory; "
                   "create it first", root);
        return false;
    }
    if (params->sync && strcmp(params->sync, "flush") &&
        strcmp(params->sync, "always")) {
        error_setg(errp, "sync must be 'flush' or 'always', not '%s'",
                   params->sync);
        return false;
    }
    if (params->bus_number < NVME_KV_BUS_NUMBER_OF_PCI) {
        error_setg(errp, "bus-number must be between 0 and 255, not %" PRId32,
                   params->bus_number);
        return false;
    }
    return true;
}

bool nvme_kv_check_ctrl(NvmeCtrl *n, Error **errp)
{
    NvmeNamespace *ns = &n->namespace;
    const NvmeKvParams *params = &ns->params.kv;

    if (params->block_root && !params->root && !ns->blkconf.blk) {
        error_setg(errp, "kv-root adds Key Value commands to a drive; for a "
                   "namespace without one use kv, or " TYPE_NVME_KV_NS);
        return false;
    }
    if (params->root && n->subsys) {
        error_setg(errp, "kv makes a namespace of this controller alone, and "
                   "subsys shares those that it has; use " TYPE_NVME_KV_NS);
        return false;
    }
    ns->ctrl = n;
    return ns->blkconf.blk || params->root || nvme_kv_check_absent(ns, errp);
}
