/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of a hostile guest; see nvme-kv-wild.c. */
#ifndef TESTS_NVME_KV_WILD_H
#define TESTS_NVME_KV_WILD_H

#include "nvme-kv-lib.h"

/* Wild data lies at the top of memory, so that what overruns it leaves it. */
#define KV_ARENA (KV_MEMORY - 16 * 1024 * 1024)

typedef struct KvWild {
    KvDrive *drive;
    GRand *random;
    uint32_t result; /* id of the last select */
    GThread *mutator;
    bool stop;
} KvWild;

/* The thread that changes the arena while commands use it. */
void kv_wild_start(KvWild *wild);
void kv_wild_stop(KvWild *wild);

/* Keys of the wild begin with w, but for "table", which holds CSV. */
KvEntry kv_wild_io(KvWild *wild);
KvEntry kv_wild_admin(KvWild *wild);

#endif
