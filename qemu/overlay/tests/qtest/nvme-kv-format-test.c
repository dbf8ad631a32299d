/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Format and the Key Value feature: what an entry asks for is done, and an
 * entry with a bit that is not known touches nothing, whichever namespaces it
 * is meant for.
 */
#include "qemu/osdep.h"
#include "nvme-kv-lib.h"

#define EVERY_NAMESPACE 0xffffffff

enum {
    CONFIGURATION = 0x20,
    SAVE = 1u << 31,
    INVALID_FORMAT = 0x10a,
    NOT_SAVEABLE = 0x10d,
};

static KvDrive start(const void *dialect)
{
    return kv_drive_start(GPOINTER_TO_INT(dialect));
}

static KvCompletion format(KvController *controller, uint32_t nsid,
                           uint32_t dw10)
{
    KvEntry entry = kv_entry(KV_ADMIN_FORMAT, nsid);

    entry.dw[10] = dw10;
    return kv_do(controller, 0, entry);
}

static KvCompletion configure(KvController *controller, uint8_t opcode,
                              uint32_t nsid, uint32_t select, uint32_t value)
{
    KvEntry entry = kv_entry(opcode, nsid);

    entry.dw[10] = CONFIGURATION | select;
    entry.dw[11] = value;
    return kv_do(controller, 0, entry);
}

/* Of CDW10: no erase, or that of user data, which a format always is. */
static bool is_known(KvDialect dialect, int bit)
{
    /* the format of the blocks is the controller's to judge */
    return bit == 9 || (dialect == KV_2023 && bit < 9);
}

static void test_format_bits(const void *dialect)
{
    KvDrive drive = start(dialect);
    int dword, bit;

    kv_put(&drive, "k", "v");
    for (dword = 10; dword < 16; dword++) {
        for (bit = 0; bit < 32; bit++) {
            KvEntry entry = kv_entry(KV_ADMIN_FORMAT, 1);

            entry.dw[dword] = 1u << bit;
            if (dword == 10 && is_known(drive.dialect, bit)) {
                continue;
            }
            g_assert_cmphex(kv_do(drive.controller, 0, entry).status, !=,
                            KV_SUCCESS);
        }
    }
    /* index 10h; the erases there are not; and what is wrong for everyone */
    g_assert_cmphex(format(drive.controller, 1, 0x1000).status, ==,
                    INVALID_FORMAT);
    for (bit = 2; bit < 8; bit++) {
        g_assert_cmphex(format(drive.controller, 1, bit << 9).status, ==,
                        KV_INVALID_FIELD);
    }
    g_assert_cmphex(format(drive.controller, EVERY_NAMESPACE, 1 << 14).status,
                    ==, KV_INVALID_FIELD);
    kv_expect(&drive, KV_EXIST, "k", KV_SUCCESS);
    g_assert_cmphex(format(drive.controller, EVERY_NAMESPACE, 1 << 9).status,
                    ==, KV_SUCCESS);
    kv_expect(&drive, KV_EXIST, "k", KV_KEY_MISSING);
    kv_drive_stop(&drive);
}

/* The host's directory is gone: no defect of the drive, and no success. */
static void test_format_without_directory(const void *dialect)
{
    KvDrive drive = start(dialect);

    kv_put(&drive, "k", "v");
    kv_remove_directory(g_strdup(drive.directory));
    g_assert_cmphex(format(drive.controller, 1, 0).status, ==, KV_UNRECOVERED);
    kv_drive_stop(&drive);
}

static KvMachine *two_namespaces(char *directory)
{
    g_autofree char *options = g_strdup_printf(
        " -device nvme,id=nvme4,serial=csd,addr=4"
        " -device nvme-kv-ns,bus=nvme4,nsid=1,root=%s"
        " -device nvme-kv-ns,bus=nvme4,nsid=3,root=%s", directory, directory);

    return kv_machine(options);
}

static uint32_t setting(KvController *controller, uint32_t nsid,
                        uint32_t select)
{
    KvCompletion done = configure(controller, KV_ADMIN_GET_FEATURES, nsid,
                                  select << 8, 0);

    g_assert_cmphex(done.status, ==, KV_SUCCESS);
    return done.dw0;
}

static void test_all_namespaces(void)
{
    char *directory = kv_directory();
    KvMachine *machine = two_namespaces(directory);
    KvController *controller = kv_controller(machine, 4);

    g_assert_cmphex(configure(controller, KV_ADMIN_SET_FEATURES,
                              EVERY_NAMESPACE, 0, 1).status, ==, KV_SUCCESS);
    g_assert_cmpuint(setting(controller, 1, 0), ==, 1);
    g_assert_cmpuint(setting(controller, 3, 0), ==, 1);
    g_assert_cmphex(configure(controller, KV_ADMIN_GET_FEATURES,
                              EVERY_NAMESPACE, 0, 0).status, ==,
                    KV_INVALID_NAMESPACE);
    g_assert_cmphex(configure(controller, KV_ADMIN_SET_FEATURES, 2, 0,
                              0).status, ==, KV_INVALID_NAMESPACE);
    g_assert_cmphex(configure(controller, KV_ADMIN_SET_FEATURES, 0, 0,
                              0).status, ==, KV_INVALID_NAMESPACE);
    kv_controller_free(controller);
    kv_machine_quit(machine);
    kv_remove_directory(directory);
}

/* It keeps its one value, which therefore cannot be saved beside it. */
static void test_feature_is_not_saveable(void)
{
    enum { DEFAULT = 1, SAVED = 2, CAPABILITIES = 3 };
    KvDrive drive = kv_drive_start(KV_STANDARD);
    KvController *controller = drive.controller;

    g_assert_cmphex(configure(controller, KV_ADMIN_SET_FEATURES, 1, SAVE,
                              1).status, ==, NOT_SAVEABLE);
    g_assert_cmpuint(setting(controller, 1, 0), ==, 0);
    g_assert_cmphex(configure(controller, KV_ADMIN_SET_FEATURES, 1, 0,
                              3).status, ==, KV_INVALID_FIELD);
    g_assert_cmphex(configure(controller, KV_ADMIN_SET_FEATURES, 1, 1 << 8,
                              1).status, ==, KV_INVALID_FIELD);
    g_assert_cmphex(configure(controller, KV_ADMIN_SET_FEATURES, 1, 0,
                              1).status, ==, KV_SUCCESS);
    g_assert_cmpuint(setting(controller, 1, 0), ==, 1);
    g_assert_cmpuint(setting(controller, 1, DEFAULT), ==, 0);
    g_assert_cmpuint(setting(controller, 1, SAVED), ==, 1);
    g_assert_cmphex(setting(controller, 1, CAPABILITIES), ==, 0x6);
    kv_drive_stop(&drive);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    kv_add_test("format-bits", test_format_bits);
    kv_add_test("format-without-directory", test_format_without_directory);
    qtest_add_func("nvme-kv/standard/all-namespaces", test_all_namespaces);
    qtest_add_func("nvme-kv/standard/feature-is-not-saveable",
                   test_feature_is_not_saveable);
    return g_test_run();
}
