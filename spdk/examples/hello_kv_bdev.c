/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hello_kv_bdev - the bdev level in two pages: stores a value in a bdev, lists its keys, queries it, deletes it.
 *
 *     hello_kv_bdev --json config.json -b Nvme0n1      a namespace that bdev_nvme attaches (PCIe or NVMe/TCP)
 *     hello_kv_bdev --json config.json -b drive0 -N    on ordinary memory, as for bdev_csd; no hugepages, no root
 *
 * An SPDK application: nothing waits, each callback sends the next command. One command at a time always finds a
 * bdev_io; csd/spdk/bdev_kv.h shows what a program with many does about -ENOMEM. Tested by tests/spdk/hello_test.sh and
 * tests/guest/spdk_examples_test.sh.
 */
#include "csd/spdk/bdev_kv.h"

#define BUFFER_BYTES 4096

static const char* g_name;
static bool g_no_huge;
static struct spdk_bdev_desc* g_desc;
static struct spdk_io_channel* g_channel;
static struct csd_bdev_kv* g_kv;
static struct csd_kv_request g_request;
static struct csd_kv_key g_key;
static char* g_buffer; /* for devices */

/* The end, good or bad. No command is in flight then. */
static void stop(const char* what, int rc) {
    if (rc != 0) fprintf(stderr, "hello_kv_bdev: %s: %s\n", what, strerror(-rc));
    csd_bdev_kv_close(g_kv);
    if (g_channel != NULL) spdk_put_io_channel(g_channel);
    if (g_desc != NULL) spdk_bdev_close(g_desc);
    spdk_dma_free(g_buffer);
    spdk_app_stop(rc);
}

/* What every callback begins with: whether the drive did what it was asked. */
static bool succeeded(const char* what, const struct spdk_nvme_cpl* cpl) {
    if (!spdk_nvme_cpl_is_error(cpl)) return true;
    fprintf(stderr, "hello_kv_bdev: SCT %Xh SC %02Xh\n", cpl->status.sct, cpl->status.sc);
    stop(what, -EIO);
    return false;
}

/* What every callback ends with: a command that was not taken has no callback. */
static void sent(const char* what, int rc) {
    if (rc != 0) stop(what, rc);
}

static void deleted(void* arg, const struct spdk_nvme_cpl* cpl) {
    (void)arg;
    if (succeeded("delete", cpl)) stop("done", 0);
}

static void fetched(void* arg, const struct spdk_nvme_cpl* cpl) {
    if (!succeeded("fetch", cpl)) return;
    printf("answer %.*s", (int)spdk_min(cpl->cdw0, BUFFER_BYTES), g_buffer);
    sent("delete", csd_bdev_kv_delete(g_kv, &g_request, &g_key, deleted, arg));
}

static void selected(void* arg, const struct spdk_nvme_cpl* cpl) {
    if (!succeeded("select", cpl)) return;
    sent("fetch", csd_bdev_kv_select_retrieve(g_kv, &g_request, cpl->cdw0, g_buffer, BUFFER_BYTES,
                                              0, 0, fetched, arg));
}

static void listed(void* arg, const struct spdk_nvme_cpl* cpl) {
    static const char sql[] = "SELECT greeting FROM value WHERE name = 'world'";
    const struct csd_kv_select select = {.flags = CSD_KV_INPUT_HEADER};
    struct csd_kv_list list;
    struct csd_kv_key key;

    if (!succeeded("list", cpl)) return;
    if (csd_kv_list_begin(&list, csd_bdev_kv_get_info(g_kv), g_buffer, BUFFER_BYTES) < 0) {
        stop("list", -EBADMSG);
        return;
    }
    while (csd_kv_list_next(&list, &key) == 1) printf("key %.*s\n", key.size, (char*)key.bytes);
    memcpy(g_buffer, sql, sizeof(sql) - 1);
    sent("select", csd_bdev_kv_select_send(g_kv, &g_request, &g_key, &select, g_buffer,
                                           sizeof(sql) - 1, selected, arg));
}

static void stored(void* arg, const struct spdk_nvme_cpl* cpl) {
    if (!succeeded("store", cpl)) return;
    sent("list", csd_bdev_kv_list(g_kv, &g_request, NULL, g_buffer, BUFFER_BYTES, listed, arg));
}

static void opened(void* arg, int rc) {
    static const char value[] = "name,greeting\nworld,hello\nmoon,good night\n";

    if (rc == 0) {
        csd_kv_key_set(&g_key, "hello", 5);
        memcpy(g_buffer, value, sizeof(value) - 1);
        rc = csd_bdev_kv_store(g_kv, &g_request, &g_key, g_buffer, sizeof(value) - 1, 0, stored,
                               arg);
    }
    sent("open", rc);
}

/* A program that stays would close the bdev when it is removed. */
static void on_event(enum spdk_bdev_event_type type, struct spdk_bdev* bdev, void* arg) {
    (void)type, (void)bdev, (void)arg;
}

static void start(void* arg) {
    int rc = spdk_bdev_open_ext(g_name, true, on_event, NULL, &g_desc);

    if (rc == 0) {
        g_channel = spdk_bdev_get_io_channel(g_desc);
        g_buffer = spdk_dma_zmalloc(BUFFER_BYTES, BUFFER_BYTES, NULL);
        rc = g_channel == NULL || g_buffer == NULL
                 ? -ENOMEM
                 : csd_bdev_kv_open(g_desc, g_channel, NULL, opened, arg, &g_kv);
    }
    sent(g_name, rc);
}

static int parse(int option, char* argument) {
    if (option == 'b') g_name = argument;
    if (option == 'N') g_no_huge = true;
    return 0;
}

static void usage(void) {
    printf(" -b <name>                 the bdev\n -N                        no hugepages\n");
}

int main(int argc, char** argv) {
    struct spdk_app_opts opts;
    int rc;

    csd_spdk_app_opts_init(&opts);
    opts.name = "hello_kv_bdev";
    opts.num_entries = 64; /* of the trace: fewer start faster */
    if (spdk_app_parse_args(argc, argv, &opts, "b:N", NULL, parse, usage) !=
        SPDK_APP_PARSE_ARGS_SUCCESS)
        return 2;
    if (g_name == NULL) {
        fprintf(stderr, "hello_kv_bdev: name a bdev with -b\n");
        return 2;
    }
    if (g_no_huge) csd_spdk_app_opts_no_huge(&opts);
    rc = spdk_app_start(&opts, start, NULL);
    spdk_app_fini();
    return rc == 0 ? 0 : 1;
}
