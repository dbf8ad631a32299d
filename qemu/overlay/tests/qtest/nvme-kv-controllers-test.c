/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Key Value namespaces and the controllers around them: the interrupt pin over
 * a reset, a controller that comes and goes with its namespace while the
 * machine runs, and two controllers of a subsystem.
 */
#include "qemu/osdep.h"
#include "nvme-kv-lib.h"

enum { PCI_STATUS_REGISTER = 0x06, INTERRUPT_PENDING = 0x08 };

static bool interrupts(KvController *controller)
{
    return qpci_config_readw(controller->pci, PCI_STATUS_REGISTER) &
           INTERRUPT_PENDING;
}

/* A completion that the host has not taken yet: the pin is asserted. */
static void leave_completion(KvController *controller)
{
    KvEntry entry = kv_entry(KV_ADMIN_GET_FEATURES, 0);
    gint64 deadline = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
    KvCompletion done;

    entry.dw[10] = 0x07; /* number of queues */
    kv_submit(controller, 0, entry);
    kv_ring(controller, 0);
    while (!kv_peek(controller, 0, &done)) {
        g_assert_cmpint(g_get_monotonic_time(), <, deadline);
        g_usleep(100);
    }
}

/*
 * Without MSI-X the pin says that some queue has a completion. Queues that a
 * reset took away must not count: the pin would stay asserted for ever, and
 * Linux disables an interrupt after 100 000 that no driver handled.
 */
static void test_interrupt_pin(const void *dialect)
{
    KvDrive drive = kv_drive_start(GPOINTER_TO_INT(dialect));
    int round;

    g_assert_false(interrupts(drive.controller));
    for (round = 0; round < 3; round++) {
        leave_completion(drive.controller);
        g_assert_true(interrupts(drive.controller));
        kv_disable(drive.controller);
        g_assert_false(interrupts(drive.controller));
        kv_enable(drive.controller); /* takes every completion */
        g_assert_false(interrupts(drive.controller));
        leave_completion(drive.controller);
        g_assert_true(interrupts(drive.controller));
        kv_consume(drive.controller, 0);
        g_assert_false(interrupts(drive.controller));
        kv_put(&drive, "k", "v");
    }
    kv_drive_stop(&drive);
}

/* Twice, as the directory is free again when the controller is gone. */
static void test_hot_plug(void)
{
    KvDrive drive = { .dialect = KV_STANDARD, .directory = kv_directory() };
    int round;

    drive.machine = kv_machine(" -machine pc");
    drive.page = kv_buffer(drive.machine, 2 * KV_PAGE);
    for (round = 0; round < 2; round++) {
        qtest_qmp_device_add(drive.machine->qts, "nvme", "hot",
                             "{'serial': 'hot', 'addr': '6', 'kv': %s,"
                             " 'size': 268435456}", drive.directory);
        drive.controller = kv_controller(drive.machine, 6);
        kv_expect(&drive, KV_EXIST, "k", round ? KV_SUCCESS : KV_KEY_MISSING);
        kv_put(&drive, "k", "v");
        kv_controller_free(drive.controller);
        drive.controller = NULL;
        qpci_unplug_acpi_device_test(drive.machine->qts, "hot", 6);
    }
    kv_machine_quit(drive.machine);
    kv_remove_directory(drive.directory);
}

/* A subsystem with two controllers, and a namespace made on the first. */
typedef struct Pair {
    char *directory;
    KvDrive drives[2];
} Pair;

static Pair start_pair(const char *options)
{
    Pair pair = { .directory = kv_directory() };
    g_autofree char *devices = g_strdup_printf(
        " -device nvme-subsys,id=subsys0"
        " -device nvme,id=nvme4,serial=csd,addr=4,subsys=subsys0"
        " -device nvme,id=nvme5,serial=csd,addr=5,subsys=subsys0"
        " -device nvme-kv-ns,bus=nvme4,nsid=1,root=%s%s",
        pair.directory, options);
    KvMachine *machine = kv_machine(devices);
    int i;

    for (i = 0; i < 2; i++) {
        pair.drives[i] = (KvDrive) {
            .machine = machine,
            .controller = kv_controller(machine, 4 + i),
            .page = kv_buffer(machine, 2 * KV_PAGE),
        };
    }
    return pair;
}

static void stop_pair(Pair *pair)
{
    kv_controller_free(pair->drives[1].controller);
    kv_drive_quit(&pair->drives[0]);
    kv_remove_directory(pair->directory);
}

static void expect_nmic(KvDrive *drive, uint8_t nmic)
{
    static const struct {
        uint8_t cns, csi, at;
    } pages[] = { { 0x00, 0, 30 }, { 0x05, 1, 26 }, { 0x08, 0, 1 } };
    size_t i;

    for (i = 0; i < G_N_ELEMENTS(pages); i++) {
        g_assert_cmphex(kv_identify(drive->controller, pages[i].cns,
                                    pages[i].csi, 1, &drive->page).status,
                        ==, KV_SUCCESS);
        g_assert_cmphex(drive->page.bytes[pages[i].at], ==, nmic);
    }
}

static void test_private(void)
{
    Pair pair = start_pair("");

    expect_nmic(&pair.drives[0], 0);
    kv_put(&pair.drives[0], "k", "v");
    kv_expect(&pair.drives[1], KV_EXIST, "k", KV_INVALID_FIELD);
    kv_identify(pair.drives[1].controller, 0x07, 1, 0, &pair.drives[1].page);
    g_assert_cmpuint(kv_u32(pair.drives[1].page.bytes), ==, 0);
    stop_pair(&pair);
}

/* A block namespace with kv-root that only one controller can have. */
static void test_private_blocks(void)
{
    KvDrive drive = kv_drive_start(KV_2023);

    kv_identify(drive.controller, 0x00, 0, 1, &drive.page);
    g_assert_cmphex(drive.page.bytes[30], ==, 0);
    kv_drive_stop(&drive);
}

static KvCompletion store_piece(KvDrive *drive, const char *data,
                                uint32_t offset, bool more)
{
    KvEntry entry = kv_entry(KV_STORE, 1);

    memcpy(drive->page.bytes, data, strlen(data));
    kv_key(&entry, KV_STANDARD, "k", 1);
    kv_sized_data(&entry, &drive->page, strlen(data));
    entry.dw[11] |= more ? 1 << 13 : 0;
    entry.dw[12] = offset;
    return kv_do(drive->controller, 1, entry);
}

static KvCompletion fetch(KvDrive *drive, uint32_t id)
{
    KvEntry entry = kv_entry(KV_RESULT, 1);

    kv_sized_data(&entry, &drive->page, KV_PAGE);
    entry.dw[11] = 1; /* keep */
    entry.dw[13] = id;
    return kv_do(drive->controller, 1, entry);
}

/* Values meet; what one command leaves for the next stays with a controller. */
static void test_shared(void)
{
    enum { NOT_AT_OFFSET = 0x708 };
    Pair pair = start_pair(",shared=on");
    KvDrive *first = &pair.drives[0], *second = &pair.drives[1];
    KvCompletion done;

    expect_nmic(first, 1);
    expect_nmic(second, 1);
    kv_put(first, "k", "x\n1\n");
    kv_untouch(&second->page);
    kv_expect_value(second, "k", "x\n1\n");

    done = kv_do(first->controller, 1,
                 kv_select_entry(KV_STANDARD, "k", &first->page,
                                 "select x from s3object"));
    g_assert_cmphex(done.status, ==, KV_SUCCESS);
    g_assert_cmphex(fetch(second, done.dw0).status, ==, KV_KEY_MISSING);
    g_assert_cmphex(store_piece(first, "x\n2\n", 0, true).status, ==,
                    KV_SUCCESS);
    g_assert_cmphex(store_piece(second, "3\n", 4, false).status, ==,
                    NOT_AT_OFFSET);

    kv_disable(second->controller);
    g_assert_cmphex(fetch(first, done.dw0).status, ==, KV_SUCCESS);
    g_assert_cmphex(store_piece(first, "3\n", 4, false).status, ==,
                    KV_SUCCESS);
    kv_enable(second->controller);
    kv_untouch(&second->page);
    kv_expect_value(second, "k", "x\n2\n3\n");
    stop_pair(&pair);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    kv_add_test("interrupt-pin", test_interrupt_pin);
    qtest_add_func("nvme-kv/hot-plug", test_hot_plug);
    qtest_add_func("nvme-kv/standard/private", test_private);
    qtest_add_func("nvme-kv/2023/private", test_private_blocks);
    qtest_add_func("nvme-kv/standard/shared", test_shared);
    return g_test_run();
}
