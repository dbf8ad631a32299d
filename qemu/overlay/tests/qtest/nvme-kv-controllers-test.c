/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Key Value namespaces and the controllers around them: the interrupt pin over
 * a reset, and a controller that comes and goes with its namespace while the
 * machine runs.
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
 * Linux disables the interrupt after 100 000 that nobody cared for.
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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    kv_add_test("interrupt-pin", test_interrupt_pin);
    qtest_add_func("nvme-kv/hot-plug", test_hot_plug);
    return g_test_run();
}
