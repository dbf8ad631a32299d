/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Resets, removals and ends of a Key Value drive that is busy. Nothing may
 * hang, complete twice or be lost once it was acknowledged; a build with
 * AddressSanitizer also sees what is used after it was freed.
 */
#include "qemu/osdep.h"
#include "nvme-kv-lib.h"

#define IN_FLIGHT 64
#define LARGE (128 * 1024)

typedef struct Load {
    KvDrive drive;
    KvBuffer buffers[IN_FLIGHT];
    char acknowledged[32]; /* the value of the key "safe" */
} Load;

static void make_buffers(Load *load)
{
    int i;

    for (i = 0; i < IN_FLIGHT; i++) {
        load->buffers[i] = kv_buffer(load->drive.machine, LARGE);
    }
}

static Load *start(const void *dialect)
{
    Load *load = g_new0(Load, 1);

    load->drive = kv_drive_start(GPOINTER_TO_INT(dialect));
    make_buffers(load);
    kv_put(&load->drive, "table", "name,size\nash,30\nbirch,20\n");
    return load;
}

static void stop(Load *load)
{
    kv_drive_stop(&load->drive);
    g_free(load);
}

/* Every kind of command: quick, bulk and query. */
static KvEntry command(Load *load, int i)
{
    static const uint8_t opcodes[] = { KV_STORE, KV_RETRIEVE, KV_EXIST, KV_LIST,
                                       KV_DELETE };
    KvDialect dialect = load->drive.dialect;
    KvBuffer *buffer = &load->buffers[i];
    g_autofree char *key = g_strdup_printf("key%d", i % 7);
    KvEntry entry = kv_entry(opcodes[i % G_N_ELEMENTS(opcodes)], 1);

    if (i % 16 == 15) {
        return kv_select_entry(dialect, "table", buffer,
                               i % 32 == 15 ? kv_slow_sql
                                            : "select name from s3object");
    }
    kv_key(&entry, dialect, key, strlen(key));
    if (i % 5 == 0 || i % 5 == 1 || i % 5 == 3) {
        kv_sized_data(&entry, buffer, i % 2 ? 100 : LARGE);
    }
    return entry;
}

static void flood(Load *load, uint16_t queue)
{
    int i;

    for (i = 0; i < IN_FLIGHT; i++) {
        kv_submit(load->drive.controller, queue, command(load, i));
    }
    kv_ring(load->drive.controller, queue);
    g_usleep(g_test_rand_int_range(0, 3000));
}

static void acknowledge(Load *load, int round)
{
    snprintf(load->acknowledged, sizeof(load->acknowledged), "round %d", round);
    kv_put(&load->drive, "safe", load->acknowledged);
}

static void expect_acknowledged(Load *load)
{
    kv_expect_value(&load->drive, "safe", load->acknowledged);
}

static void test_controller_reset(const void *dialect)
{
    Load *load = start(dialect);
    int round;

    for (round = 0; round < 50; round++) {
        acknowledge(load, round);
        flood(load, 1);
        kv_disable(load->drive.controller);
        kv_enable(load->drive.controller);
        expect_acknowledged(load);
    }
    stop(load);
}

static void test_system_reset(const void *dialect)
{
    Load *load = start(dialect);
    int round;

    for (round = 0; round < 20; round++) {
        acknowledge(load, round);
        flood(load, 1);
        qtest_system_reset(load->drive.machine->qts);
        kv_map(load->drive.controller);
        kv_enable(load->drive.controller);
        expect_acknowledged(load);
    }
    stop(load);
}

/* Each command of a deleted queue completes once or never. */
static void test_queue_deletion(const void *dialect)
{
    Load *load = start(dialect);
    KvController *controller = load->drive.controller;
    KvEntry delete_cq = kv_entry(KV_ADMIN_DELETE_CQ, 0);
    int round;

    delete_cq.dw[10] = 2;
    for (round = 0; round < 20; round++) {
        bool seen[IN_FLIGHT] = { false };
        uint16_t first = controller->queues[2].next_cid;
        KvCompletion done;

        acknowledge(load, round);
        kv_create_queue(controller, 2, KV_IO_ENTRIES, KV_IO_ENTRIES);
        flood(load, 2);
        g_assert_cmphex(kv_delete_sq(controller, 2).status, ==, KV_SUCCESS);
        while (kv_poll(controller, 2, &done)) {
            uint16_t which = done.cid - first;

            g_assert_cmpuint(which, <, IN_FLIGHT);
            g_assert_false(seen[which]);
            seen[which] = true;
        }
        g_assert_cmphex(kv_do(controller, 0, delete_cq).status, ==, KV_SUCCESS);
        expect_acknowledged(load);
    }
    stop(load);
}

/* Two of three are aborted while all run; every one completes once. */
static void test_aborts(const void *dialect)
{
    Load *load = start(dialect);
    KvController *controller = load->drive.controller;
    int round, i;

    for (round = 0; round < 10; round++) {
        uint16_t first = controller->queues[1].next_cid;
        bool seen[IN_FLIGHT] = { false };

        flood(load, 1);
        for (i = 0; i < IN_FLIGHT; i++) {
            KvEntry entry = kv_entry(KV_ADMIN_ABORT, 0);

            entry.dw[10] = (uint32_t)(uint16_t)(first + i) << 16 | 1;
            if (i % 3 || i % 32 == 15) { /* the slow ones in any case */
                g_assert_cmphex(kv_do(controller, 0, entry).status, ==,
                                KV_SUCCESS);
            }
        }
        for (i = 0; i < IN_FLIGHT; i++) {
            uint16_t which = kv_wait(controller, 1).cid - first;

            g_assert_cmpuint(which, <, IN_FLIGHT);
            g_assert_false(seen[which]);
            seen[which] = true;
        }
    }
    stop(load);
}

/* While the machine stands still its memory does, too: nothing completes. */
static void test_stop_and_continue(const void *dialect)
{
    Load *load = start(dialect);
    KvController *controller = load->drive.controller;
    QTestState *qts = load->drive.machine->qts;
    int round, i;

    for (round = 0; round < 10; round++) {
        g_autofree uint8_t *before = g_malloc(KV_IO_ENTRIES * 16);
        const uint8_t *queue = load->drive.machine->memory +
                               controller->queues[1].completion;

        acknowledge(load, round);
        for (i = 0; i < IN_FLIGHT; i++) {
            if (i % 16 != 15) {
                kv_submit(controller, 1, command(load, i));
            }
        }
        kv_ring(controller, 1);
        qtest_qmp_assert_success(qts, "{ 'execute': 'stop' }");
        memcpy(before, queue, KV_IO_ENTRIES * 16);
        g_usleep(20 * 1000);
        g_assert_cmpmem(before, KV_IO_ENTRIES * 16, queue, KV_IO_ENTRIES * 16);
        qtest_qmp_assert_success(qts, "{ 'execute': 'cont' }");
        for (i = 0; i < IN_FLIGHT - IN_FLIGHT / 16; i++) {
            kv_wait(controller, 1);
        }
        expect_acknowledged(load);
    }
    stop(load);
}

static gint64 longest_round_trip(QTestState *qts, gint64 time)
{
    gint64 end = g_get_monotonic_time() + time, longest = 0, began;

    do {
        began = g_get_monotonic_time();
        qtest_qmp_assert_success(qts, "{ 'execute': 'query-name' }");
        longest = MAX(longest, g_get_monotonic_time() - began);
    } while (began < end);
    return longest;
}

/*
 * No iteration of the main loop takes over 20 ms while selects run and values
 * stream: the monitor answers from there. A machine with other work to do may
 * hold up an answer for longer, so one quiet second of ten is asked for; a drive
 * that blocked the loop would never give it.
 */
static void test_main_loop(const void *dialect)
{
    enum { SELECTS = 8 };
    Load *load = start(dialect);
    KvController *controller = load->drive.controller;
    gint64 longest = G_MAXINT64;
    int round, i;

    for (i = 0; i < SELECTS; i++) {
        kv_submit(controller, 1, kv_select_entry(load->drive.dialect, "table",
                                                 &load->buffers[i],
                                                 kv_slow_sql));
    }
    kv_ring(controller, 1);
    kv_create_queue(controller, 2, KV_IO_ENTRIES, KV_IO_ENTRIES);
    for (round = 0; round < 10 && longest > 20 * 1000; round++) {
        for (i = SELECTS; i < IN_FLIGHT; i++) {
            if (i % 16 != 15) {
                kv_submit(controller, 2, command(load, i));
            }
        }
        kv_ring(controller, 2);
        longest = longest_round_trip(load->drive.machine->qts, G_USEC_PER_SEC);
        for (i = SELECTS; i < IN_FLIGHT; i++) {
            if (i % 16 != 15) {
                kv_wait(controller, 2);
            }
        }
    }
    g_test_message("main loop: %d ms at most beside %d selects",
                   (int)(longest / 1000), SELECTS);
    g_assert_cmpint(longest, <=, 20 * 1000);
    kv_delete_sq(controller, 1); /* cancels the selects */
    stop(load);
}

/* QEMU ends at once while selects run that would take minutes. */
static void quit_in_select(const void *dialect, bool monitor)
{
    Load *load = start(dialect);
    KvDrive *drive = &load->drive;
    gint64 began;

    acknowledge(load, 0);
    flood(load, 1);
    g_usleep(100 * 1000); /* the workers have begun */
    began = g_get_monotonic_time();
    if (monitor) {
        qtest_qmp_assert_success(drive->machine->qts, "{ 'execute': 'quit' }");
        qtest_wait_qemu(drive->machine->qts);
    }
    kv_drive_quit(drive);
    g_assert_cmpint(g_get_monotonic_time() - began, <, 30 * G_USEC_PER_SEC);
    kv_drive_restart(drive);
    expect_acknowledged(load);
    stop(load);
}

static void test_quit(const void *dialect)
{
    quit_in_select(dialect, true);
}

static void test_termination(const void *dialect)
{
    quit_in_select(dialect, false);
}

/* The controller leaves a PC by ACPI, as device_del asks, with a full queue. */
static void test_removal(const void *dialect)
{
    Load *load = g_new0(Load, 1);
    KvDrive *drive = &load->drive;
    g_autofree char *options = NULL;
    g_autofree char *on_pc = NULL;

    drive->dialect = GPOINTER_TO_INT(dialect);
    drive->directory = kv_directory();
    options = kv_drive(drive->dialect, 4, drive->directory);
    on_pc = g_strconcat(options, " -machine pc", NULL);
    drive->machine = kv_machine(on_pc);
    drive->controller = kv_controller(drive->machine, 4);
    drive->page = kv_buffer(drive->machine, 2 * KV_PAGE);
    make_buffers(load);
    kv_put(drive, "table", "name,size\nash,30\nbirch,20\n");
    acknowledge(load, 0);
    flood(load, 1);
    qpci_unplug_acpi_device_test(drive->machine->qts, "nvme4", 4);
    kv_drive_quit(drive);

    kv_drive_restart(drive);
    expect_acknowledged(load);
    stop(load);
}

/*
 * The guest gives the controller its own registers as the buffer of a value:
 * a reset or a doorbell out of the middle of a completion. QEMU may refuse that
 * or do it, and serves on after the next reset.
 */
static void test_own_registers(const void *dialect)
{
    static const uint32_t sizes[] = { 64, KV_PAGE, LARGE };
    Load *load = start(dialect);
    KvDrive *drive = &load->drive;
    g_autofree uint8_t *zeros = g_malloc0(LARGE);
    int round;

    for (round = 0; round < 60; round++) {
        uint32_t size = sizes[round % 3];
        KvBuffer *buffer = &load->buffers[0];
        uint64_t *list = (uint64_t *)(drive->machine->memory + buffer->list);
        KvEntry entry = kv_entry(KV_RETRIEVE, 1);

        acknowledge(load, round);
        zeros[0x14] = round % 2; /* the controller's configuration */
        g_assert_cmphex(kv_store(drive->controller, drive->dialect, "z", zeros,
                                 size).status, ==, KV_SUCCESS);
        kv_key(&entry, drive->dialect, "z", 1);
        kv_sized_data(&entry, buffer, size);
        if (round % 4 < 2) {
            entry.dw[6] = drive->controller->bar.addr;
        } else if (size == LARGE) {
            list[3] = drive->controller->bar.addr + round / 4 % 2 * KV_PAGE;
        }
        kv_submit(drive->controller, 1, entry);
        flood(load, 1);
        g_usleep(5000);
        kv_disable(drive->controller);
        kv_enable(drive->controller);
        expect_acknowledged(load);
    }
    stop(load);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    kv_add_test("controller-reset", test_controller_reset);
    kv_add_test("system-reset", test_system_reset);
    kv_add_test("queue-deletion", test_queue_deletion);
    kv_add_test("aborts", test_aborts);
    kv_add_test("stop-and-continue", test_stop_and_continue);
    kv_add_test("main-loop", test_main_loop);
    kv_add_test("quit", test_quit);
    kv_add_test("termination", test_termination);
    kv_add_test("removal", test_removal);
    kv_add_test("own-registers", test_own_registers);
    return g_test_run();
}
