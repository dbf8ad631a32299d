/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What SPDK 20.07 asks of DPDK, mended. Stands between the two (linked with --wrap=rte_eal_init), because
 *   - SPDK always asks for --match-allocations, which DPDK refuses together with --no-huge;
 *   - its programs have no option of their own for --no-huge: CSD_SPDK_NO_HUGE=1 in the environment is that option;
 *   - DPDK's telemetry puts one socket into /tmp for all, so that a program fails to start beside one of another user.
 *     --no-telemetry leaves it out.
 * Newer SPDK does all of this itself; there this changes nothing. Tested by eal_arguments_test.cc.
 */
#include <stdlib.h>
#include <string.h>

int __real_rte_eal_init(int argc, char** argv);
int __wrap_rte_eal_init(int argc, char** argv);

enum { MOST_ARGUMENTS = 64, ADDED = 2 };

static int has(int argc, char** argv, const char* argument) {
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], argument) == 0) return 1;
    }
    return 0;
}

int __wrap_rte_eal_init(int argc, char** argv) {
    /* DPDK reorders the words and remembers them; nobody frees them through this array. */
    static char* words[MOST_ARGUMENTS + ADDED + 1];
    static char no_huge[] = "--no-huge";
    static char no_telemetry[] = "--no-telemetry";
    const char* asked = getenv("CSD_SPDK_NO_HUGE");
    const int had = has(argc, argv, no_huge);
    const int without = had || (asked != NULL && strcmp(asked, "1") == 0);
    if (argc < 1 || argc > MOST_ARGUMENTS) return __real_rte_eal_init(argc, argv);

    int count = 0;
    words[count++] = argv[0]; /* the program's name */
    if (without && !had) words[count++] = no_huge;
    if (!has(argc, argv, no_telemetry)) words[count++] = no_telemetry;
    for (int i = 1; i < argc; i++) {
        if (!without || strcmp(argv[i], "--match-allocations") != 0) words[count++] = argv[i];
    }
    words[count] = NULL;
    return __real_rte_eal_init(count, words);
}
