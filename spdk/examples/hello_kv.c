/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hello_kv - the driver level in a page: finds a drive, stores a value, lists its keys, queries it, deletes it.
 *
 *     hello_kv -r 'trtype:PCIe traddr:0000:00:04.0'                                        needs hugepages and root
 *     hello_kv -r 'trtype:TCP adrfam:IPv4 traddr:127.0.0.1 trsvcid:4420 subnqn:NQN'        needs neither
 *
 * One thread: commands are submitted, and their callbacks run when the qpair is polled. Tested by
 * tests/spdk/hello_test.sh and tests/guest/spdk_examples_test.sh.
 */
#include "csd/spdk/nvme_kv.h"

#define BUFFER_BYTES 4096

struct hello {
    struct csd_nvme_kv* kv;
    struct csd_kv_request request;
    struct spdk_nvme_cpl cpl;
    bool done;
    int rc;
    char* buffer; /* for devices: spdk_dma_zmalloc() */
};

static void on_open(void* arg, int rc) {
    struct hello* hello = arg;

    hello->rc = rc;
    hello->done = true;
}

static void on_done(void* arg, const struct spdk_nvme_cpl* cpl) {
    struct hello* hello = arg;

    hello->cpl = *cpl;
    hello->done = true;
}

/* Polls until the command that returned `rc` at its submission is done. */
static bool finish(struct hello* hello, const char* what, int rc) {
    while (rc == 0 && !hello->done) {
        int32_t polled = csd_nvme_kv_poll(hello->kv, 0);
        if (polled < 0) rc = polled;
    }
    hello->done = false;
    if (rc == 0) rc = hello->rc;
    if (rc != 0) fprintf(stderr, "hello_kv: %s: %s\n", what, strerror(-rc));
    if (rc == 0 && spdk_nvme_cpl_is_error(&hello->cpl)) {
        fprintf(stderr, "hello_kv: %s: SCT %Xh SC %02Xh\n", what, hello->cpl.status.sct,
                hello->cpl.status.sc);
        rc = -EIO;
    }
    return rc == 0;
}

static bool list_keys(struct hello* hello) {
    struct csd_kv_list list;
    struct csd_kv_key key;

    if (csd_kv_list_begin(&list, csd_nvme_kv_get_info(hello->kv), hello->buffer, BUFFER_BYTES) < 0)
        return false;
    while (csd_kv_list_next(&list, &key) == 1) printf("key %.*s\n", key.size, (char*)key.bytes);
    return true;
}

static bool say_hello(struct hello* hello) {
    static const char value[] = "name,greeting\nworld,hello\nmoon,good night\n";
    static const char sql[] = "SELECT greeting FROM value WHERE name = 'world'";
    const struct csd_kv_select select = {.flags = CSD_KV_INPUT_HEADER};
    struct csd_nvme_kv* kv = hello->kv;
    struct csd_kv_key key;

    csd_kv_key_set(&key, "hello", 5);
    memcpy(hello->buffer, value, sizeof(value) - 1);
    if (!finish(hello, "store",
                csd_nvme_kv_store(kv, &hello->request, &key, hello->buffer, sizeof(value) - 1, 0,
                                  on_done, hello)))
        return false;
    if (!finish(hello, "list",
                csd_nvme_kv_list(kv, &hello->request, NULL, hello->buffer, BUFFER_BYTES, on_done,
                                 hello)) ||
        !list_keys(hello))
        return false;
    memcpy(hello->buffer, sql, sizeof(sql) - 1);
    if (!finish(hello, "select",
                csd_nvme_kv_select_send(kv, &hello->request, &key, &select, hello->buffer,
                                        sizeof(sql) - 1, on_done, hello)))
        return false;
    if (!finish(hello, "fetch",
                csd_nvme_kv_select_retrieve(kv, &hello->request, hello->cpl.cdw0, hello->buffer,
                                            BUFFER_BYTES, 0, 0, on_done, hello)))
        return false;
    printf("answer %.*s", (int)spdk_min(hello->cpl.cdw0, BUFFER_BYTES), hello->buffer);
    return finish(hello, "delete", csd_nvme_kv_delete(kv, &hello->request, &key, on_done, hello));
}

static bool run(struct hello* hello, const struct spdk_nvme_transport_id* trid) {
    struct spdk_nvme_ctrlr* ctrlr = spdk_nvme_connect(trid, NULL, 0);
    struct spdk_nvme_qpair* qpair = ctrlr ? spdk_nvme_ctrlr_alloc_io_qpair(ctrlr, NULL, 0) : NULL;
    struct spdk_nvme_ns* ns = ctrlr ? spdk_nvme_ctrlr_get_ns(ctrlr, 1) : NULL;
    bool ok = false;

    hello->buffer = spdk_dma_zmalloc(BUFFER_BYTES, BUFFER_BYTES, NULL);
    if (qpair == NULL || ns == NULL || hello->buffer == NULL) {
        fprintf(stderr, "hello_kv: there is no namespace 1 at %s\n", trid->traddr);
    } else {
        ok = finish(hello, "open", csd_nvme_kv_open(ns, qpair, NULL, on_open, hello, &hello->kv)) &&
             say_hello(hello);
        csd_nvme_kv_close(hello->kv);
    }
    spdk_dma_free(hello->buffer);
    if (qpair != NULL) spdk_nvme_ctrlr_free_io_qpair(qpair);
    if (ctrlr != NULL) spdk_nvme_detach(ctrlr);
    return ok;
}

int main(int argc, char** argv) {
    struct spdk_nvme_transport_id trid = {.trtype = SPDK_NVME_TRANSPORT_PCIE};
    struct spdk_env_opts opts;
    struct hello hello = {0};

    if (argc != 3 || strcmp(argv[1], "-r") != 0 ||
        spdk_nvme_transport_id_parse(&trid, argv[2]) != 0) {
        fprintf(stderr, "usage: hello_kv -r 'trtype:PCIe traddr:0000:00:04.0'\n");
        return 2;
    }
    csd_spdk_env_opts_init(&opts);
    opts.name = "hello_kv";
    if (trid.trtype != SPDK_NVME_TRANSPORT_PCIE) csd_spdk_env_opts_no_huge(&opts);
    if (spdk_env_init(&opts) != 0) return 1;
    return run(&hello, &trid) ? 0 : 1;
}
