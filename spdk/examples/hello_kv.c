/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hello_kv - the driver level in a page: finds a drive, stores a value, lists its keys, queries it, deletes it.
 *
 *     hello_kv -r 'trtype:PCIe traddr:0000:00:04.0'                                        needs hugepages and root
 *     hello_kv -r 'trtype:TCP adrfam:IPv4 traddr:127.0.0.1 trsvcid:4420 subnqn:NQN'        needs neither
 *
 * One thread: commands are submitted, and their callbacks run when the qpair is polled. A failure ends the program, and
 * with it everything it has. Tested by tests/spdk/hello_test.sh and tests/guest/spdk_examples_test.sh.
 */
#include "csd/spdk/nvme_kv.h"

#define BUFFER_BYTES 4096

static struct csd_nvme_kv* g_kv;
static struct spdk_nvme_cpl g_cpl;
static bool g_done;

static void fail(const char* what, const char* why) {
    fprintf(stderr, "hello_kv: %s: %s\n", what, why);
    exit(1);
}

static void on_open(void* arg, int rc) {
    *(int*)arg = rc;
    g_done = true;
}

static void on_done(void* arg, const struct spdk_nvme_cpl* cpl) {
    (void)arg;
    g_cpl = *cpl;
    g_done = true;
}

/* Polls until the command that returned `rc` at its submission is done, and gives its cdw0. */
static uint32_t finish(const char* what, int rc) {
    while (rc == 0 && !g_done) {
        int32_t polled = csd_nvme_kv_poll(g_kv, 0);
        if (polled < 0) rc = polled; /* the queue is lost */
    }
    g_done = false;
    if (rc != 0) fail(what, strerror(-rc));
    if (spdk_nvme_cpl_is_error(&g_cpl)) {
        fprintf(stderr, "hello_kv: SCT %Xh SC %02Xh\n", g_cpl.status.sct, g_cpl.status.sc);
        fail(what, "the drive refused");
    }
    return g_cpl.cdw0;
}

static void say_hello(char* buffer) {
    static const char value[] = "name,greeting\nworld,hello\nmoon,good night\n";
    static const char sql[] = "SELECT greeting FROM value WHERE name = 'world'";
    const struct csd_kv_select select = {.flags = CSD_KV_INPUT_HEADER};
    struct csd_kv_request request;
    struct csd_kv_list list;
    struct csd_kv_key key;
    uint32_t id, bytes;

    csd_kv_key_set(&key, "hello", 5);
    memcpy(buffer, value, sizeof(value) - 1);
    finish("store",
           csd_nvme_kv_store(g_kv, &request, &key, buffer, sizeof(value) - 1, 0, on_done, NULL));

    finish("list", csd_nvme_kv_list(g_kv, &request, NULL, buffer, BUFFER_BYTES, on_done, NULL));
    if (csd_kv_list_begin(&list, csd_nvme_kv_get_info(g_kv), buffer, BUFFER_BYTES) < 0)
        fail("list", "the page is damaged");
    while (csd_kv_list_next(&list, &key) == 1) printf("key %.*s\n", key.size, (char*)key.bytes);

    csd_kv_key_set(&key, "hello", 5);
    memcpy(buffer, sql, sizeof(sql) - 1);
    id = finish("select", csd_nvme_kv_select_send(g_kv, &request, &key, &select, buffer,
                                                  sizeof(sql) - 1, on_done, NULL));
    bytes = finish("fetch", csd_nvme_kv_select_retrieve(g_kv, &request, id, buffer, BUFFER_BYTES, 0,
                                                        0, on_done, NULL));
    printf("answer %.*s", (int)spdk_min(bytes, BUFFER_BYTES), buffer);

    finish("delete", csd_nvme_kv_delete(g_kv, &request, &key, on_done, NULL));
}

int main(int argc, char** argv) {
    struct spdk_nvme_transport_id trid = {.trtype = SPDK_NVME_TRANSPORT_PCIE};
    struct spdk_env_opts opts;
    struct spdk_nvme_ctrlr* ctrlr;
    struct spdk_nvme_qpair* qpair;
    char* buffer; /* for devices */
    int opened = 0;

    if (argc != 3 || strcmp(argv[1], "-r") != 0 ||
        spdk_nvme_transport_id_parse(&trid, argv[2]) != 0) {
        fprintf(stderr, "usage: hello_kv -r 'trtype:PCIe traddr:0000:00:04.0'\n");
        return 2;
    }
    csd_spdk_env_opts_init(&opts);
    opts.name = "hello_kv";
    if (trid.trtype != SPDK_NVME_TRANSPORT_PCIE) csd_spdk_env_opts_no_huge(&opts);
    if (spdk_env_init(&opts) != 0) return 1;

    ctrlr = spdk_nvme_connect(&trid, NULL, 0);
    if (ctrlr == NULL || !spdk_nvme_ctrlr_is_active_ns(ctrlr, 1))
        fail(trid.traddr, "there is no namespace 1");
    qpair = spdk_nvme_ctrlr_alloc_io_qpair(ctrlr, NULL, 0);
    buffer = spdk_dma_zmalloc(BUFFER_BYTES, BUFFER_BYTES, NULL);
    if (qpair == NULL || buffer == NULL) fail("start", "no queue or no memory");
    finish("open", csd_nvme_kv_open(spdk_nvme_ctrlr_get_ns(ctrlr, 1), qpair, NULL, on_open, &opened,
                                    &g_kv));
    if (opened != 0) fail("open", strerror(-opened));
    say_hello(buffer);

    csd_nvme_kv_close(g_kv);
    spdk_dma_free(buffer);
    spdk_nvme_ctrlr_free_io_qpair(qpair);
    spdk_nvme_detach(ctrlr);
    return 0;
}
