/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What SPDK asks of DPDK, mended. Stands between the two (linked with --wrap=rte_eal_init), because
 *   - SPDK 20.07 always asks for --match-allocations, which DPDK refuses together with --no-huge;
 *   - newer SPDK asks for --huge-unlink, which newer DPDK refuses together with --in-memory, where there is no file to
 *     unlink;
 *   - DPDK's telemetry puts one socket into /tmp for all, so that a program fails to start beside one of another user.
 *     --no-telemetry leaves it out.
 * Tested by eal_arguments_test.cc.
 */
#include <string.h>

int __real_rte_eal_init(int argc, char** argv);
int __wrap_rte_eal_init(int argc, char** argv);

enum { MOST_ARGUMENTS = 64, ADDED = 1 };

static int has(int argc, char** argv, const char* argument) {
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], argument) == 0) return 1;
    }
    return 0;
}

int __wrap_rte_eal_init(int argc, char** argv) {
    /* DPDK reorders the words and remembers them; nobody frees them through this array. */
    static char* words[MOST_ARGUMENTS + ADDED + 1];
    static char no_telemetry[] = "--no-telemetry";
    const int no_huge = has(argc, argv, "--no-huge");
    const int in_memory = has(argc, argv, "--in-memory");
    if (argc < 1 || argc > MOST_ARGUMENTS) return __real_rte_eal_init(argc, argv);

    int count = 0;
    words[count++] = argv[0]; /* the program's name */
    if (!has(argc, argv, no_telemetry)) words[count++] = no_telemetry;
    for (int i = 1; i < argc; i++) {
        if (no_huge && strcmp(argv[i], "--match-allocations") == 0) continue;
        if (in_memory && strcmp(argv[i], "--huge-unlink") == 0) continue;
        words[count++] = argv[i];
    }
    words[count] = NULL;
    return __real_rte_eal_init(count, words);
}
