/* SPDX-License-Identifier: BSD-3-Clause */
/* Shows that the headers are C; compiling it is the test. */
#include "csd/spdk/bdev_kv.h"
#include "csd/spdk/nvme_kv.h"

_Static_assert(sizeof(struct csd_kv_request) % sizeof(uint64_t) == 0, "a request is whole words");
_Static_assert(sizeof(struct csd_kv_key) == 1 + CSD_KV_MAX_KEY_BYTES, "a key has no padding");
