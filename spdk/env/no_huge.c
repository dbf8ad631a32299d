/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CSD_SPDK_NO_HUGE=1 in the environment starts a program of SPDK on ordinary memory, as csd_spdk_env_opts_no_huge() does
 * for programs of ours: SPDK 20.07 has no option for that, and later versions have one that the earlier refuse. Stands
 * between a program and SPDK's environment (linked with --wrap=spdk_env_init). Tested by no_huge_test.cc.
 */
#include "csd/spdk/compat.h"

int __real_spdk_env_init(const struct spdk_env_opts* opts);
int __wrap_spdk_env_init(const struct spdk_env_opts* opts);

int __wrap_spdk_env_init(const struct spdk_env_opts* opts) {
    const char* asked = getenv("CSD_SPDK_NO_HUGE");
    struct spdk_env_opts without;

    /* NULL starts an environment again that was started before. */
    if (opts == NULL || asked == NULL || strcmp(asked, "1") != 0) return __real_spdk_env_init(opts);
    without = *opts;
    csd_spdk_env_opts_no_huge(&without);
    return __real_spdk_env_init(&without);
}
