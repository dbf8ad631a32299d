/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine, its controllers and their queues, for the qtests of the Key
 * Value drive; nvme-kv-commands.c has the commands. Tested by its users.
 */
#include "qemu/osdep.h"
#include <sys/mman.h>
#include "qemu/atomic.h"
#include "libqos/pci-pc.h"
#include "nvme-kv-lib.h"

/* Far more than a loaded machine under AddressSanitizer takes. */
#define PATIENCE_US (120 * G_USEC_PER_SEC)

enum {
    CAP_HIGH = 0x04, CC = 0x14, CSTS = 0x1c, AQA = 0x24, ASQ = 0x28, ACQ = 0x30
};

char *kv_directory(void)
{
    g_autoptr(GError) error = NULL;
    char *directory = g_dir_make_tmp("nvme-kv-XXXXXX", &error);

    g_assert_no_error(error);
    return directory;
}

static void remove_tree(const char *path)
{
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
        const char *name;

        while (dir && (name = g_dir_read_name(dir))) {
            g_autofree char *inner = g_build_filename(path, name, NULL);
            remove_tree(inner);
        }
    }
    remove(path);
}

void kv_remove_directory(char *directory)
{
    remove_tree(directory);
    g_free(directory);
}

char *kv_drive(KvDialect dialect, int slot, const char *root)
{
    if (dialect == KV_STANDARD) {
        return g_strdup_printf(
            " -device nvme,id=nvme%d,serial=csd%d,addr=%d"
            " -device nvme-kv-ns,bus=nvme%d,nsid=1,root=%s,size=256M",
            slot, slot, slot, slot, root);
    }
    return g_strdup_printf(
        " -blockdev null-co,node-name=blk%d,size=16777216,read-zeroes=on"
        " -device nvme,id=nvme%d,serial=csd%d,addr=%d"
        " -device nvme-ns,bus=nvme%d,nsid=1,drive=blk%d,kv-root=%s",
        slot, slot, slot, slot, slot, slot, root);
}

/* Memory of the guest that the test maps too. It has no name once both do. */
static uint8_t *share_memory(char *path)
{
    int fd = g_mkstemp(path);
    uint8_t *memory;

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(ftruncate(fd, KV_MEMORY), ==, 0);
    memory = mmap(NULL, KV_MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    g_assert(memory != MAP_FAILED);
    close(fd);
    return memory;
}

KvMachine *kv_machine(const char *options)
{
    KvMachine *machine = g_new0(KvMachine, 1);
    bool shm = access("/dev/shm", W_OK) == 0;
    g_autofree char *path = g_strdup_printf("%s/nvme-kv-memory-XXXXXX",
                                            shm ? "/dev/shm" : g_get_tmp_dir());

    machine->memory = share_memory(path);
    machine->qts = qtest_initf(
        "-nodefaults -machine q35,memory-backend=ram"
        " -object memory-backend-file,id=ram,size=%d,share=on,mem-path=%s%s",
        KV_MEMORY, path, options);
    unlink(path);
    machine->bus = qpci_new_pc(machine->qts, NULL);
    machine->next = 1024 * 1024; /* the BIOS and the VGA hole are below */
    return machine;
}

void kv_machine_free(KvMachine *machine)
{
    munmap(machine->memory, KV_MEMORY);
    qpci_free_pc(machine->bus);
    g_free(machine);
}

void kv_machine_quit(KvMachine *machine)
{
    qtest_quit(machine->qts);
    kv_machine_free(machine);
}

static uint64_t room(KvMachine *machine, uint32_t size)
{
    uint64_t address = machine->next;

    machine->next += ROUND_UP(size, KV_PAGE);
    g_assert_cmpuint(machine->next, <=, KV_MEMORY);
    return address;
}

KvBuffer kv_buffer(KvMachine *machine, uint32_t size)
{
    KvBuffer buffer = { .size = size };

    buffer.address = room(machine, size);
    buffer.list = room(machine, size / KV_PAGE * 8 + 1);
    buffer.bytes = machine->memory + buffer.address;
    kv_untouch(&buffer);
    return buffer;
}

void kv_untouch(KvBuffer *buffer)
{
    memset(buffer->bytes, KV_UNTOUCHED, buffer->size);
}

void kv_assert_untouched(const KvBuffer *buffer, uint32_t used)
{
    uint32_t i;

    for (i = used; i < buffer->size; i++) {
        if (buffer->bytes[i] != KV_UNTOUCHED) {
            g_error("byte %u behind %u of data is %02x", i, used,
                    buffer->bytes[i]);
        }
    }
}

uint32_t kv_register(KvController *controller, uint32_t offset)
{
    return qpci_io_readl(controller->pci, controller->bar, offset);
}

void kv_set_register(KvController *controller, uint32_t offset, uint32_t value)
{
    qpci_io_writel(controller->pci, controller->bar, offset, value);
}

void kv_map(KvController *controller)
{
    qpci_device_enable(controller->pci);
    controller->bar = qpci_iomap(controller->pci, 0, NULL);
    controller->stride = 4 << (kv_register(controller, CAP_HIGH) & 0xf);
}

static void wait_ready(KvController *controller, uint32_t ready)
{
    gint64 deadline = g_get_monotonic_time() + PATIENCE_US;
    uint32_t status;

    while (((status = kv_register(controller, CSTS)) & 1) != ready) {
        g_assert_cmphex(status & 2, ==, 0); /* a fatal status never is right */
        g_assert_cmpint(g_get_monotonic_time(), <, deadline);
        g_usleep(100);
    }
}

void kv_disable(KvController *controller)
{
    kv_set_register(controller, CC, 0);
    wait_ready(controller, 0);
}

/* Queue memory is allocated once and used again after resets. */
static void prepare(KvController *controller, uint16_t id, uint16_t sq_entries,
                    uint16_t cq_entries)
{
    KvQueue *queue = &controller->queues[id];
    KvMachine *machine = controller->machine;

    g_assert_cmpuint(MAX(sq_entries, cq_entries), <=, KV_IO_ENTRIES);
    if (!queue->submission) {
        queue->submission = room(machine, KV_IO_ENTRIES * 64);
        queue->completion = room(machine, KV_IO_ENTRIES * 16);
    }
    memset(machine->memory + queue->completion, 0, KV_IO_ENTRIES * 16);
    queue->entries = sq_entries;
    queue->cq_entries = cq_entries;
    queue->tail = queue->head = 0;
    queue->phase = true;
}

void kv_enable(KvController *controller)
{
    KvQueue *admin = &controller->queues[0];

    prepare(controller, 0, 64, 64);
    kv_set_register(controller, AQA, 63 << 16 | 63);
    kv_set_register(controller, ASQ, admin->submission);
    kv_set_register(controller, ASQ + 4, admin->submission >> 32);
    kv_set_register(controller, ACQ, admin->completion);
    kv_set_register(controller, ACQ + 4, admin->completion >> 32);
    /* 64-byte and 16-byte entries, all I/O command sets, enabled */
    kv_set_register(controller, CC, 4 << 20 | 6 << 16 | 6 << 4 | 1);
    wait_ready(controller, 1);
    kv_create_queue(controller, 1, KV_IO_ENTRIES, KV_IO_ENTRIES);
}

KvController *kv_controller(KvMachine *machine, int slot)
{
    KvController *controller = g_new0(KvController, 1);

    controller->machine = machine;
    controller->pci = qpci_device_find(machine->bus, QPCI_DEVFN(slot, 0));
    g_assert_nonnull(controller->pci);
    kv_map(controller);
    kv_enable(controller);
    return controller;
}

void kv_controller_free(KvController *controller)
{
    g_free(controller->pci);
    g_free(controller);
}

void kv_create_queue(KvController *controller, uint16_t id, uint16_t sq_entries,
                     uint16_t cq_entries)
{
    KvQueue *queue = &controller->queues[id];
    KvEntry entry = kv_entry(KV_ADMIN_CREATE_CQ, 0);

    prepare(controller, id, sq_entries, cq_entries);
    entry.dw[6] = queue->completion;
    entry.dw[10] = (cq_entries - 1) << 16 | id;
    entry.dw[11] = 1; /* contiguous; polled, so no interrupts */
    g_assert_cmphex(kv_do(controller, 0, entry).status, ==, KV_SUCCESS);

    entry = kv_entry(KV_ADMIN_CREATE_SQ, 0);
    entry.dw[6] = queue->submission;
    entry.dw[10] = (sq_entries - 1) << 16 | id;
    entry.dw[11] = id << 16 | 1;
    g_assert_cmphex(kv_do(controller, 0, entry).status, ==, KV_SUCCESS);
}

KvCompletion kv_delete_sq(KvController *controller, uint16_t id)
{
    KvEntry entry = kv_entry(KV_ADMIN_DELETE_SQ, 0);

    entry.dw[10] = id;
    return kv_do(controller, 0, entry);
}

uint16_t kv_submit(KvController *controller, uint16_t id, KvEntry entry)
{
    KvQueue *queue = &controller->queues[id];
    uint16_t cid = queue->next_cid++;

    entry.dw[0] = (entry.dw[0] & 0xffff) | (uint32_t)cid << 16;
    memcpy(controller->machine->memory + queue->submission + queue->tail * 64,
           &entry, sizeof(entry));
    queue->tail = (queue->tail + 1) % queue->entries;
    return cid;
}

void kv_ring(KvController *controller, uint16_t id)
{
    smp_wmb(); /* entries before the doorbell */
    kv_set_register(controller, 0x1000 + 2 * id * controller->stride,
                    controller->queues[id].tail);
}

bool kv_peek(KvController *controller, uint16_t id, KvCompletion *done)
{
    KvQueue *queue = &controller->queues[id];
    uint32_t *entry = (uint32_t *)(controller->machine->memory +
                                   queue->completion) + queue->head * 4;
    uint32_t last = qatomic_load_acquire(&entry[3]);

    if ((last >> 16 & 1) != queue->phase) {
        return false;
    }
    *done = (KvCompletion) {
        .dw0 = entry[0], .dw1 = entry[1],
        .sq_head = entry[2], .sq_id = entry[2] >> 16,
        .cid = last, .status = last >> 17 & 0x7ff,
    };
    queue->head = (queue->head + 1) % queue->cq_entries;
    queue->phase ^= queue->head == 0;
    return true;
}

void kv_consume(KvController *controller, uint16_t id)
{
    kv_set_register(controller, 0x1000 + (2 * id + 1) * controller->stride,
                    controller->queues[id].head);
}

bool kv_poll(KvController *controller, uint16_t id, KvCompletion *done)
{
    if (!kv_peek(controller, id, done)) {
        return false;
    }
    kv_consume(controller, id);
    return true;
}

KvCompletion kv_wait(KvController *controller, uint16_t id)
{
    gint64 deadline = g_get_monotonic_time() + PATIENCE_US;
    KvCompletion done;
    int i;

    for (i = 1; !kv_poll(controller, id, &done); i++) {
        if (i % 4096 == 0) { /* fails if QEMU is gone */
            g_assert_cmphex(kv_register(controller, CSTS) & 2, ==, 0);
            g_assert_cmpint(g_get_monotonic_time(), <, deadline);
        }
        g_usleep(20);
    }
    return done;
}

KvCompletion kv_do(KvController *controller, uint16_t id, KvEntry entry)
{
    uint16_t cid = kv_submit(controller, id, entry);
    KvCompletion done;

    kv_ring(controller, id);
    done = kv_wait(controller, id);
    g_assert_cmpuint(done.cid, ==, cid);
    return done;
}
