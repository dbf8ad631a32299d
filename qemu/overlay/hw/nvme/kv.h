/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NVMe Key Value namespaces, and Key Value commands on block namespaces: what
 * the rest of hw/nvme needs to know. The drive itself is libcsd; nothing in
 * QEMU knows a key or a value.
 *
 * Tested by tests/qtest/nvme-kv-*-test.c.
 */
#ifndef HW_NVME_KV_H
#define HW_NVME_KV_H

#include "hw/qdev-properties.h"

#define TYPE_NVME_KV_NS "nvme-kv-ns"

struct NvmeCtrl;
struct NvmeNamespace;

/* 0 and NULL stand for the defaults of csd/device.h. */
typedef struct NvmeKvParams {
    char     *root;             /* of a Key Value namespace: root, or kv */
    char     *block_root;       /* of a block namespace: kv-root */
    char     *sync;
    uint64_t size;
    int32_t  bus_number;
    bool     extensions;
    bool     in_doorbell;
    bool     unsafe_query;
    uint32_t query_threads;
    uint32_t query_concurrent;
    uint32_t query_deadline_ms;
    uint64_t query_memory;
    uint64_t result_size;
    uint64_t results_size;
    uint32_t results_held;
    uint32_t result_idle_ms;
    uint32_t sql_size;
} NvmeKvParams;

#define NVME_KV_BUS_NUMBER_OF_PCI (-1)

/* For a namespace, and for the one inside an nvme device with drive=. */
#define DEFINE_NVME_KV_PROPERTIES(_s, _f)                                   \
    DEFINE_PROP_STRING("kv-root", _s, _f.block_root),                       \
    DEFINE_PROP_STRING("sync", _s, _f.sync),                                \
    DEFINE_PROP_SIZE("size", _s, _f.size, 0),                               \
    DEFINE_PROP_INT32("bus-number", _s, _f.bus_number,                      \
                      NVME_KV_BUS_NUMBER_OF_PCI),                           \
    DEFINE_PROP_BOOL("extensions", _s, _f.extensions, true),                \
    DEFINE_PROP_BOOL("inline", _s, _f.in_doorbell, true),                   \
    DEFINE_PROP_BOOL("unsafe-query", _s, _f.unsafe_query, false),           \
    DEFINE_PROP_UINT32("query-threads", _s, _f.query_threads, 0),           \
    DEFINE_PROP_UINT32("query-concurrent", _s, _f.query_concurrent, 0),     \
    DEFINE_PROP_UINT32("query-deadline-ms", _s, _f.query_deadline_ms, 0),   \
    DEFINE_PROP_SIZE("query-memory", _s, _f.query_memory, 0),               \
    DEFINE_PROP_SIZE("result-size", _s, _f.result_size, 0),                 \
    DEFINE_PROP_SIZE("results-size", _s, _f.results_size, 0),               \
    DEFINE_PROP_UINT32("results-held", _s, _f.results_held, 0),             \
    DEFINE_PROP_UINT32("result-idle-ms", _s, _f.result_idle_ms, 0),         \
    DEFINE_PROP_UINT32("sql-size", _s, _f.sql_size, 0)

/*
 * The short form of a controller, kv=DIR, makes its own namespace a Key Value
 * one. False: its properties make no sense together.
 */
bool nvme_kv_embed(struct NvmeCtrl *n, Error **errp);

/*
 * Opens the drive of a namespace that has a root, once its identifier is
 * known; nothing to do for one that has none.
 */
bool nvme_kv_open(struct NvmeNamespace *ns, struct NvmeCtrl *n, Error **errp);

#endif /* HW_NVME_KV_H */
