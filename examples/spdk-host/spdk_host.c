/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spdk-host: stores a CSV value on a drive and selects from it, through SPDK's NVMe driver.
 *
 *     spdk-host 'trtype:TCP adrfam:IPv4 traddr:127.0.0.1 trsvcid:4420 subnqn:NQN'
 *     spdk-host 'trtype:PCIe traddr:0000:00:04.0'                    needs hugepages and root
 *
 * Everything runs on one thread: the program submits a command and polls the queue pair until the callback has run. A program
 * with more to do would keep many commands in flight and poll them from its reactor.
 */
#include <csd/spdk/nvme_kv.h>

enum { BUFFER_BYTES = 4096 };

struct drive {
    struct csd_nvme_kv* kv;
    struct spdk_nvme_cpl completion;
    int opened;
    bool done;
};

static void on_open(void* arg, int rc) {
    struct drive* drive = arg;
    drive->opened = rc;
    drive->done = true;
}

static void on_done(void* arg, const struct spdk_nvme_cpl* completion) {
    struct drive* drive = arg;
    drive->completion = *completion;
    drive->done = true;
}

/* Takes what submitting a command returned and polls until the command is done: its callback may have run already. Returns
 * the result in DW0 of the completion; the program ends at the first failure. */
static uint32_t finish(struct drive* drive, int rc, const char* what) {
    const struct spdk_nvme_status* status = &drive->completion.status;

    while (rc == 0 && !drive->done) {
        int32_t polled = csd_nvme_kv_poll(drive->kv, 0);
        if (polled < 0) rc = polled; /* the queue pair is lost */
    }
    drive->done = false;
    if (rc == 0) rc = drive->opened;
    if (rc != 0) {
        fprintf(stderr, "spdk-host: %s: %s\n", what, strerror(-rc));
        exit(1);
    }
    if (spdk_nvme_cpl_is_error(&drive->completion)) {
        fprintf(stderr, "spdk-host: %s: status code type %Xh, status code %02Xh\n", what,
                status->sct, status->sc);
        exit(1);
    }
    return drive->completion.cdw0;
}

static void store_and_select(struct drive* drive, char* buffer) {
    static const char cars[] = "make,price\nFord,100\nOpel,40\n";
    static const char sql[] = "SELECT make FROM s3object WHERE price > 50";
    const struct csd_kv_select select = {.flags = CSD_KV_INPUT_HEADER};
    struct csd_kv_request request;
    struct csd_kv_key key;
    uint32_t id, bytes;

    csd_kv_key_set(&key, "cars", 4);
    memcpy(buffer, cars, sizeof(cars) - 1);
    finish(
        drive,
        csd_nvme_kv_store(drive->kv, &request, &key, buffer, sizeof(cars) - 1, 0, on_done, drive),
        "store");

    memcpy(buffer, sql, sizeof(sql) - 1);
    id = finish(drive,
                csd_nvme_kv_select_send(drive->kv, &request, &key, &select, buffer, sizeof(sql) - 1,
                                        on_done, drive),
                "select");
    bytes = finish(drive,
                   csd_nvme_kv_select_retrieve(drive->kv, &request, id, buffer, BUFFER_BYTES, 0, 0,
                                               on_done, drive),
                   "fetch");
    printf("%.*s", (int)spdk_min(bytes, BUFFER_BYTES), buffer);
}

int main(int argc, char** argv) {
    struct spdk_nvme_transport_id address = {.trtype = SPDK_NVME_TRANSPORT_PCIE};
    struct drive drive = {0};
    struct spdk_env_opts environment;
    struct spdk_nvme_ctrlr* controller;
    struct spdk_nvme_qpair* queue;
    char* buffer; /* memory that a device may write */

    if (argc != 2 || spdk_nvme_transport_id_parse(&address, argv[1]) != 0) {
        fprintf(stderr, "usage: spdk-host 'trtype:PCIe traddr:0000:00:04.0'\n");
        return 2;
    }
    csd_spdk_env_opts_init(&environment);
    environment.name = "spdk-host";
    if (address.trtype != SPDK_NVME_TRANSPORT_PCIE) csd_spdk_env_opts_no_huge(&environment);
    if (spdk_env_init(&environment) != 0) return 1;

    controller = spdk_nvme_connect(&address, NULL, 0);
    if (controller == NULL || !spdk_nvme_ctrlr_is_active_ns(controller, 1)) {
        fprintf(stderr, "spdk-host: %s has no namespace 1\n", address.traddr);
        return 1;
    }
    queue = spdk_nvme_ctrlr_alloc_io_qpair(controller, NULL, 0);
    buffer = spdk_dma_zmalloc(BUFFER_BYTES, BUFFER_BYTES, NULL);
    if (queue == NULL || buffer == NULL) return 1;
    finish(&drive,
           csd_nvme_kv_open(spdk_nvme_ctrlr_get_ns(controller, 1), queue, NULL, on_open, &drive,
                            &drive.kv),
           "open");
    store_and_select(&drive, buffer);

    csd_nvme_kv_close(drive.kv);
    spdk_dma_free(buffer);
    spdk_nvme_ctrlr_free_io_qpair(queue);
    spdk_nvme_detach(controller);
    return 0;
}
