/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hello_kv_bdev - the bdev level in a page: stores a value in a bdev, lists its keys, queries it, deletes it.
 *
 *     hello_kv_bdev --json config.json -b Nvme0n1      a namespace that bdev_nvme attaches (PCIe or NVMe/TCP)
 *     hello_kv_bdev --json config.json -b drive0 -N    on ordinary memory, as for bdev_csd; no hugepages, no root
 *
 * An SPDK application: nothing waits, each callback takes the next step. Tested by tests/spdk/hello_test.sh and
 * tests/guest/spdk_examples_test.sh.
 */
#include "csd/spdk/bdev_kv.h"

#include "spdk/thread.h"

#define BUFFER_BYTES 4096

struct hello {
    const char* name;
    bool no_huge;
    struct spdk_bdev* bdev;
    struct spdk_bdev_desc* desc;
    struct spdk_io_channel* channel;
    struct csd_bdev_kv* kv;
    struct csd_kv_key key;
    struct csd_kv_request request;
    struct spdk_bdev_io_wait_entry wait;
    char* buffer; /* for devices: spdk_dma_zmalloc() */
    int step;
};

static struct hello g_hello;

static void stop(struct hello* hello, const char* why, int rc) {
    if (rc != 0) fprintf(stderr, "hello_kv_bdev: %s: %s\n", why, strerror(-rc));
    csd_bdev_kv_close(hello->kv);
    if (hello->channel != NULL) spdk_put_io_channel(hello->channel);
    if (hello->desc != NULL) spdk_bdev_close(hello->desc);
    spdk_dma_free(hello->buffer);
    spdk_app_stop(rc);
}

static void show_keys(struct hello* hello) {
    struct csd_kv_list list;
    struct csd_kv_key key;

    if (csd_kv_list_begin(&list, csd_bdev_kv_get_info(hello->kv), hello->buffer, BUFFER_BYTES) < 0)
        return;
    while (csd_kv_list_next(&list, &key) == 1) printf("key %.*s\n", key.size, (char*)key.bytes);
}

static void take_step(void* arg);

static void on_done(void* arg, const struct spdk_nvme_cpl* cpl) {
    static const char* const names[] = {"store", "list", "select", "fetch", "delete"};
    struct hello* hello = arg;

    if (spdk_nvme_cpl_is_error(cpl)) {
        fprintf(stderr, "hello_kv_bdev: SCT %Xh SC %02Xh\n", cpl->status.sct, cpl->status.sc);
        stop(hello, names[hello->step], -EIO);
        return;
    }
    if (hello->step == 1) show_keys(hello);
    if (hello->step == 2)
        memcpy(hello->buffer, &cpl->cdw0, sizeof(cpl->cdw0)); /* the result's id */
    if (hello->step == 3) {
        printf("answer %.*s", (int)spdk_min(cpl->cdw0, BUFFER_BYTES), hello->buffer);
    }
    hello->step++;
    take_step(hello);
}

static int submit(struct hello* hello) {
    static const char value[] = "name,greeting\nworld,hello\nmoon,good night\n";
    static const char sql[] = "SELECT greeting FROM value WHERE name = 'world'";
    const struct csd_kv_select select = {.flags = CSD_KV_INPUT_HEADER};
    uint32_t id;

    switch (hello->step) {
        case 0:
            memcpy(hello->buffer, value, sizeof(value) - 1);
            return csd_bdev_kv_store(hello->kv, &hello->request, &hello->key, hello->buffer,
                                     sizeof(value) - 1, 0, on_done, hello);
        case 1:
            return csd_bdev_kv_list(hello->kv, &hello->request, NULL, hello->buffer, BUFFER_BYTES,
                                    on_done, hello);
        case 2:
            memcpy(hello->buffer, sql, sizeof(sql) - 1);
            return csd_bdev_kv_select_send(hello->kv, &hello->request, &hello->key, &select,
                                           hello->buffer, sizeof(sql) - 1, on_done, hello);
        case 3:
            memcpy(&id, hello->buffer, sizeof(id));
            return csd_bdev_kv_select_retrieve(hello->kv, &hello->request, id, hello->buffer,
                                               BUFFER_BYTES, 0, 0, on_done, hello);
        default: return csd_bdev_kv_delete(hello->kv, &hello->request, &hello->key, on_done, hello);
    }
}

static void take_step(void* arg) {
    struct hello* hello = arg;
    int rc = hello->step == 5 ? 0 : submit(hello);

    if (rc == -ENOMEM) { /* no bdev_io is free: come back when one is */
        hello->wait = (struct spdk_bdev_io_wait_entry){
            .bdev = hello->bdev, .cb_fn = take_step, .cb_arg = hello};
        rc = spdk_bdev_queue_io_wait(hello->bdev, hello->channel, &hello->wait);
    }
    if (rc != 0 || hello->step == 5) stop(hello, "submission", rc);
}

static void on_open(void* arg, int rc) {
    if (rc != 0) {
        stop(arg, "this bdev is no drive", rc);
    } else {
        take_step(arg);
    }
}

static void on_event(enum spdk_bdev_event_type type, struct spdk_bdev* bdev, void* arg) {
    (void)type, (void)bdev,
        (void)arg; /* a program that stays would close the bdev when it is removed */
}

static void start(void* arg) {
    struct hello* hello = arg;
    int rc = spdk_bdev_open_ext(hello->name, true, on_event, hello, &hello->desc);

    if (rc == 0) {
        hello->bdev = spdk_bdev_desc_get_bdev(hello->desc);
        hello->channel = spdk_bdev_get_io_channel(hello->desc);
        hello->buffer = spdk_dma_zmalloc(BUFFER_BYTES, BUFFER_BYTES, NULL);
        csd_kv_key_set(&hello->key, "hello", 5);
        rc = hello->buffer == NULL
                 ? -ENOMEM
                 : csd_bdev_kv_open(hello->desc, hello->channel, NULL, on_open, hello, &hello->kv);
    }
    if (rc != 0) stop(hello, hello->name, rc);
}

static int parse(int option, char* argument) {
    if (option == 'b') g_hello.name = argument;
    if (option == 'N') g_hello.no_huge = true;
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
    if (g_hello.name == NULL) {
        fprintf(stderr, "hello_kv_bdev: name a bdev with -b\n");
        return 2;
    }
    if (g_hello.no_huge) csd_spdk_app_opts_no_huge(&opts);
    rc = spdk_app_start(&opts, start, &g_hello);
    spdk_app_fini();
    return rc == 0 ? 0 : 1;
}
