/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the Key Value drive says of itself to a host, and its admin commands:
 * Identify, logs, features, Format, Abort, and several drives side by side.
 */
#include "qemu/osdep.h"
#include "nvme-kv-lib.h"

enum { VENDOR_AREA = 3840 };

static KvDrive start(const void *dialect)
{
    return kv_drive_start(GPOINTER_TO_INT(dialect));
}

static void expect_zero(const uint8_t *bytes, uint32_t first, uint32_t end)
{
    for (; first < end; first++) {
        g_assert_cmphex(bytes[first], ==, 0);
    }
}

static void identify(KvDrive *drive, uint8_t cns, uint8_t csi, uint32_t nsid)
{
    KvCompletion done = kv_identify(drive->controller, cns, csi, nsid,
                                    &drive->page);

    g_assert_cmphex(done.status, ==, KV_SUCCESS);
    kv_assert_untouched(&drive->page, KV_PAGE);
}

/* The pages that Linux, SPDK and xNVMe read before they use the namespace. */
static void test_identify_standard(void)
{
    KvDrive drive = kv_drive_start(KV_STANDARD);
    const uint8_t *page = drive.page.bytes;
    uint32_t i;

    g_assert_cmphex(kv_register(drive.controller, 4) >> 5 & 0x40, ==, 0x40);
    identify(&drive, 0x05, 1, 1);
    g_assert_cmpuint(kv_u64(page), ==, 256 * 1024 * 1024);
    g_assert_cmpuint(page[25], ==, 0); /* one format */
    g_assert_cmpuint(kv_u16(page + 72), ==, 16); /* keys of at most 16 bytes */
    expect_zero(page, 328, VENDOR_AREA);
    g_assert_cmpmem(page + VENDOR_AREA, 5, "CSDX\1", 5);
    g_assert_cmpuint(page[3847] & 1, ==, 0);

    identify(&drive, 0x00, 0, 1); /* a size, or SPDK takes it for inactive */
    g_assert_cmpuint(kv_u64(page), !=, 0);
    g_assert_cmpuint(kv_u64(page + 8), ==, kv_u64(page));
    identify(&drive, 0x08, 0, 1);
    g_assert_cmpuint(page[14] & 1, ==, 1); /* ready */
    identify(&drive, 0x06, 1, 0);
    identify(&drive, 0x1c, 0, 0); /* the first command set vector: NVM, KV */
    g_assert_cmpuint(kv_u64(page) & 3, ==, 3);

    identify(&drive, 0x03, 0, 1);
    for (i = 0; page[i + 1]; i += 4 + page[i + 1]) {
        if (page[i] == 4) {
            break;
        }
    }
    g_assert_cmpmem(page + i, 5, "\4\1\0\0\1", 5); /* the command set is 1 */
    kv_drive_stop(&drive);
}

static void test_identify_2023(void)
{
    KvDrive drive = kv_drive_start(KV_2023);
    const uint8_t *page = drive.page.bytes;

    identify(&drive, 0x00, 0, 1);
    g_assert_cmpuint(kv_u64(page), ==, 16777216 / 512); /* blocks, as ever */
    g_assert_cmpmem(page + VENDOR_AREA, 5, "CSDX\1", 5);
    g_assert_cmpuint(page[3847] & 1, ==, 1);
    g_assert_cmphex(kv_identify(drive.controller, 0x05, 1, 1,
                                &drive.page).status, !=, KV_SUCCESS);
    kv_drive_stop(&drive);
}

static KvCompletion get_log(KvDrive *drive, uint8_t page, uint8_t csi,
                            uint32_t nsid)
{
    KvEntry entry = kv_entry(KV_ADMIN_GET_LOG, nsid);

    kv_untouch(&drive->page);
    kv_data(&entry, &drive->page, KV_PAGE);
    entry.dw[10] = (KV_PAGE / 4 - 1) << 16 | page;
    entry.dw[14] = (uint32_t)csi << 24;
    return kv_do(drive->controller, 0, entry);
}

static void test_effects(const void *dialect)
{
    static const uint8_t opcodes[] = { KV_LIST, KV_DELETE, KV_EXIST, KV_STORE,
                                       KV_RETRIEVE, KV_SELECT, KV_RESULT };
    KvDrive drive = start(dialect);
    uint32_t i;

    g_assert_cmphex(get_log(&drive, 5, drive.dialect == KV_STANDARD,
                            0).status, ==, KV_SUCCESS);
    for (i = 0; i < G_N_ELEMENTS(opcodes); i++) {
        uint32_t effects = kv_u32(drive.page.bytes + 1024 + 4 * opcodes[i]);

        g_assert_cmphex(effects & 1, ==, 1); /* supported */
        g_assert_cmphex(effects & ~3u, ==, 0); /* nothing that alarms Linux */
    }
    kv_drive_stop(&drive);
}

static void test_health(const void *dialect)
{
    KvDrive drive = start(dialect);

    kv_put(&drive, "k", "v");
    g_assert_cmphex(get_log(&drive, 2, 0, UINT32_MAX).status, ==, KV_SUCCESS);
    g_assert_cmphex(drive.page.bytes[0], ==, 0); /* no critical warning */
    kv_drive_stop(&drive);
}

static KvCompletion feature(KvDrive *drive, uint8_t opcode, uint8_t id,
                            uint32_t value)
{
    KvEntry entry = kv_entry(opcode, id == 0x20 ? 1 : 0); /* of a namespace */

    entry.dw[10] = id;
    entry.dw[11] = value;
    return kv_do(drive->controller, 0, entry);
}

/* 20h: a delete of a missing key fails if it is on, and that lasts. */
static void test_key_value_configuration(void)
{
    KvDrive drive = kv_drive_start(KV_STANDARD);

    g_assert_cmpuint(feature(&drive, KV_ADMIN_GET_FEATURES, 0x20, 0).dw0, ==,
                     0);
    kv_expect(&drive, KV_DELETE, "k", KV_SUCCESS);
    g_assert_cmphex(feature(&drive, KV_ADMIN_SET_FEATURES, 0x20, 1).status, ==,
                    KV_SUCCESS);
    kv_expect(&drive, KV_DELETE, "k", KV_KEY_MISSING);
    kv_drive_quit(&drive);
    kv_drive_restart(&drive);
    g_assert_cmpuint(feature(&drive, KV_ADMIN_GET_FEATURES, 0x20, 0).dw0, ==,
                     1);
    kv_expect(&drive, KV_DELETE, "k", KV_KEY_MISSING);
    kv_drive_stop(&drive);
}

static void test_capabilities_2023(void)
{
    KvDrive drive = kv_drive_start(KV_2023);

    g_assert_cmpuint(feature(&drive, KV_ADMIN_GET_FEATURES, 0x20, 0).dw0, ==,
                     3);
    g_assert_cmphex(feature(&drive, KV_ADMIN_SET_FEATURES, 0x20, 1).status, !=,
                    KV_SUCCESS);
    kv_drive_stop(&drive);
}

/* 19h: the one combination of command sets there is can be chosen. */
static void test_command_set_profile(const void *dialect)
{
    KvDrive drive = start(dialect);

    g_assert_cmphex(feature(&drive, KV_ADMIN_SET_FEATURES, 0x19, 0).status, ==,
                    KV_SUCCESS);
    g_assert_cmphex(feature(&drive, KV_ADMIN_SET_FEATURES, 0x19, 1).status, ==,
                    0x12b);
    g_assert_cmphex(feature(&drive, KV_ADMIN_GET_FEATURES, 0x19, 0).status, ==,
                    KV_SUCCESS);
    kv_put(&drive, "k", "v");
    kv_drive_stop(&drive);
}

/* The cache of a drive that is files: on, and answered without a backend. */
static void test_write_cache(const void *dialect)
{
    KvDrive drive = start(dialect);

    g_assert_cmphex(feature(&drive, KV_ADMIN_GET_FEATURES, 0x06, 0).status, ==,
                    KV_SUCCESS);
    g_assert_cmphex(feature(&drive, KV_ADMIN_SET_FEATURES, 0x06, 0).status, ==,
                    KV_SUCCESS);
    g_assert_cmphex(feature(&drive, KV_ADMIN_SET_FEATURES, 0x06, 1).status, ==,
                    KV_SUCCESS);
    kv_put(&drive, "k", "v");
    kv_drive_stop(&drive);
}

static void test_abort(const void *dialect)
{
    KvDrive drive = start(dialect);
    KvBuffer sql = kv_buffer(drive.machine, KV_PAGE);
    KvEntry entry, abort_it = kv_entry(KV_ADMIN_ABORT, 0);
    uint16_t cid;

    kv_put(&drive, "t", "name,size\nash,30\n");
    entry = kv_select_entry(drive.dialect, "t", &sql, kv_slow_sql);
    cid = kv_submit(drive.controller, 1, entry);
    kv_ring(drive.controller, 1);
    kv_expect_value(&drive, "t", "name,size\nash,30\n");
    abort_it.dw[10] = (uint32_t)cid << 16 | 1;
    g_assert_cmpuint(kv_do(drive.controller, 0, abort_it).dw0 & 1, ==, 0);
    g_assert_cmphex(kv_wait(drive.controller, 1).status, ==, KV_ABORTED);

    /* a command that is not there is not aborted, and says so in bit 0 */
    g_assert_cmpuint(kv_do(drive.controller, 0, abort_it).dw0 & 1, ==, 1);
    kv_drive_stop(&drive);
}

static uint16_t exist(KvDrive *drive, uint16_t queue, const char *key)
{
    KvEntry entry = kv_entry(KV_EXIST, 1);

    kv_key(&entry, drive->dialect, key, strlen(key));
    return kv_do(drive->controller, queue, entry).status;
}

/* What follows a completion must not change what Exist said after it. */
static void expect_still(KvDrive *drive, uint16_t queue, const char *key,
                         uint16_t status)
{
    int i;

    for (i = 0; i < 20; i++) {
        g_assert_cmphex(exist(drive, queue, key), ==, status);
        g_usleep(5 * 1000);
    }
}

static void abort_command(KvDrive *drive, uint16_t cid)
{
    KvEntry entry = kv_entry(KV_ADMIN_ABORT, 0);

    entry.dw[10] = (uint32_t)cid << 16 | 1;
    kv_do(drive->controller, 0, entry);
}

static uint16_t start_one(KvDrive *drive, KvEntry entry, int ms)
{
    uint16_t cid = kv_submit(drive->controller, 1, entry);

    kv_ring(drive->controller, 1);
    g_usleep(ms * 1000);
    return cid;
}

/*
 * A drive whose key "t" is held by an append for a while: to a value that a
 * query reads an append makes a copy of it first.
 */
typedef struct Held {
    KvDrive drive;
    uint16_t select, append; /* in flight on queue 1 */
    bool is_appended;
} Held;

static Held hold_key(const void *dialect, const char *more_options)
{
    enum { BYTES = 200 * 1024 * 1024 };
    static const char row[] = "ash,30\n";
    Held held = { .drive = start(dialect) };
    KvDrive *drive = &held.drive;
    g_autofree char *path = g_build_filename(drive->directory, "0", "1", "74",
                                             NULL);
    g_autofree char *plain = kv_drive(drive->dialect, 4, drive->directory);
    g_autofree char *options = g_strconcat(plain, more_options, NULL);
    g_autoptr(GString) value = g_string_sized_new(BYTES + sizeof(row));
    KvEntry append = kv_entry(KV_STORE, 1);
    KvBuffer sql, tail;

    while (value->len < BYTES) {
        g_string_append(value, row);
    }
    kv_drive_quit(drive);
    g_assert_true(g_file_set_contents(path, value->str, value->len, NULL));
    drive->machine = kv_machine(options);
    drive->controller = kv_controller(drive->machine, 4);
    kv_create_queue(drive->controller, 2, KV_IO_ENTRIES, KV_IO_ENTRIES);
    sql = kv_buffer(drive->machine, KV_PAGE);
    tail = kv_buffer(drive->machine, KV_PAGE);
    g_assert_cmphex(exist(drive, 2, "t"), ==, KV_SUCCESS);

    held.select = start_one(drive, kv_select_entry(drive->dialect, "t", &sql,
                                                   kv_slow_sql), 100);
    memcpy(tail.bytes, row, strlen(row));
    kv_key(&append, drive->dialect, "t", 1);
    kv_sized_data(&append, &tail, strlen(row));
    append.dw[11] |= 1 << 11 | 1 << 8; /* it does not bring the key back */
    held.append = start_one(drive, append, 20);
    return held;
}

static KvCompletion wait_beside_append(Held *held, uint16_t cid)
{
    KvCompletion done;

    while ((done = kv_wait(held->drive.controller, 1)).cid != cid) {
        g_assert_cmpuint(done.cid, ==, held->append);
        held->is_appended = true;
    }
    return done;
}

static void wait_for_append(Held *held)
{
    if (!held->is_appended) {
        g_assert_cmpuint(kv_wait(held->drive.controller, 1).cid, ==,
                         held->append);
    }
}

static void let_go(Held *held)
{
    abort_command(&held->drive, held->select);
    g_assert_cmpuint(kv_wait(held->drive.controller, 1).cid, ==, held->select);
    kv_drive_stop(&held->drive);
}

/*
 * What was aborted may have happened, but must not happen after its completion.
 * Whatever the pace of the machine: what Exist says when a delete has completed
 * stays so.
 */
static void test_aborted_delete(const void *dialect)
{
    Held held = hold_key(dialect, "");
    KvDrive *drive = &held.drive;
    KvEntry delete = kv_entry(KV_DELETE, 1);
    uint16_t cid, found;

    kv_key(&delete, drive->dialect, "t", 1);
    cid = start_one(drive, delete, 10);
    abort_command(drive, cid);
    wait_beside_append(&held, cid);
    found = exist(drive, 2, "t");
    wait_for_append(&held);
    expect_still(drive, 2, "t", found);
    let_go(&held);
}

/* A query that would run on by itself takes no room when it was aborted. */
static void test_aborted_select(void)
{
    Held held = hold_key(GINT_TO_POINTER(KV_STANDARD),
                         " -global nvme-kv-ns.results-held=2");
    KvDrive *drive = &held.drive;
    KvBuffer sql = kv_buffer(drive->machine, KV_PAGE);
    KvEntry entry = kv_select_entry(KV_STANDARD, "t", &sql, kv_slow_sql);
    KvEntry free_it = kv_entry(KV_RESULT, 1);
    KvCompletion done;
    uint16_t cid;
    int i;

    entry.dw[11] |= 1 << 10; /* asynchronous */
    cid = start_one(drive, entry, 10);
    abort_command(drive, cid);
    done = wait_beside_append(&held, cid);
    wait_for_append(&held);
    if (done.status == KV_SUCCESS) { /* the abort came too late */
        free_it.dw[13] = done.dw0;
        kv_do(drive->controller, 1, free_it);
    }
    /* There is room for two, and the first is that of the slow select. */
    for (i = 0; i < 100; i++) {
        done = kv_do(drive->controller, 1, entry);
        if (done.status == KV_SUCCESS) {
            break;
        }
        g_usleep(20 * 1000); /* the aborted one may still be ending */
    }
    g_assert_cmphex(done.status, ==, KV_SUCCESS);
    let_go(&held);
}

static void test_aborted_format(const void *dialect)
{
    KvDrive drive = start(dialect);
    int round;

    for (round = 0; round < 20; round++) {
        KvEntry abort_it = kv_entry(KV_ADMIN_ABORT, 0);
        uint16_t cid;

        kv_put(&drive, "k", "v");
        cid = kv_submit(drive.controller, 0, kv_entry(KV_ADMIN_FORMAT, 1));
        kv_ring(drive.controller, 0);
        abort_it.dw[10] = (uint32_t)cid << 16;
        kv_submit(drive.controller, 0, abort_it);
        kv_ring(drive.controller, 0);
        kv_wait(drive.controller, 0);
        kv_wait(drive.controller, 0);
        expect_still(&drive, 1, "k", exist(&drive, 1, "k"));
    }
    kv_drive_stop(&drive);
}

static void test_format(const void *dialect)
{
    KvDrive drive = start(dialect);
    KvEntry entry = kv_entry(KV_ADMIN_FORMAT, 1);

    kv_put(&drive, "k", "v");
    g_assert_cmphex(kv_do(drive.controller, 0, entry).status, ==, KV_SUCCESS);
    kv_expect(&drive, KV_EXIST, "k", KV_KEY_MISSING);
    kv_put(&drive, "k", "again");
    kv_expect_value(&drive, "k", "again");
    kv_drive_stop(&drive);
}

/* Two controllers, each with a namespace 1: neither values nor results meet. */
static void test_two_controllers(const void *dialect)
{
    KvDialect kind = GPOINTER_TO_INT(dialect);
    char *directories[] = { kv_directory(), kv_directory() };
    g_autofree char *first = kv_drive(kind, 4, directories[0]);
    g_autofree char *second = kv_drive(kind, 5, directories[1]);
    g_autofree char *options = g_strconcat(first, second, NULL);
    KvDrive drives[2] = { { .dialect = kind }, { .dialect = kind } };
    KvMachine *machine = kv_machine(options);
    KvBuffer sql = kv_buffer(machine, KV_PAGE);
    KvEntry entry, fetch = kv_entry(KV_RESULT, 1);
    int i;

    for (i = 0; i < 2; i++) {
        drives[i].machine = machine;
        drives[i].controller = kv_controller(machine, 4 + i);
        drives[i].page = kv_buffer(machine, KV_PAGE);
        kv_put(&drives[i], "k", i ? "x\nsecond\n" : "x\nfirst\n");
    }
    kv_expect_value(&drives[0], "k", "x\nfirst\n");
    kv_expect_value(&drives[1], "k", "x\nsecond\n");

    entry = kv_select_entry(kind, "k", &sql, "select x from s3object");
    fetch.dw[13] = kv_do(drives[0].controller, 1, entry).dw0;
    kv_sized_data(&fetch, &drives[0].page, KV_PAGE);
    g_assert_cmphex(kv_do(drives[1].controller, 1, fetch).status, ==,
                    KV_KEY_MISSING);
    kv_disable(drives[1].controller);
    g_assert_cmphex(kv_do(drives[0].controller, 1, fetch).status, ==,
                    KV_SUCCESS);
    for (i = 0; i < 2; i++) {
        kv_controller_free(drives[i].controller);
    }
    kv_machine_quit(machine);
    for (i = 0; i < 2; i++) {
        kv_remove_directory(directories[i]);
    }
}

/* Several namespaces of both kinds on one controller. */
static void test_several_namespaces(void)
{
    char *directory = kv_directory();
    g_autofree char *options = g_strdup_printf(
        " -blockdev null-co,node-name=blk,size=16777216,read-zeroes=on"
        " -device nvme,id=nvme4,serial=csd,addr=4"
        " -device nvme-kv-ns,bus=nvme4,nsid=1,root=%s"
        " -device nvme-kv-ns,bus=nvme4,nsid=2,root=%s"
        " -device nvme-ns,bus=nvme4,nsid=3,drive=blk,kv-root=%s",
        directory, directory, directory);
    KvMachine *machine = kv_machine(options);
    KvController *controller = kv_controller(machine, 4);
    KvBuffer page = kv_buffer(machine, KV_PAGE);
    KvCompletion done;
    int nsid;

    for (nsid = 1; nsid <= 3; nsid++) {
        KvEntry entry = kv_entry(KV_STORE, nsid);

        page.bytes[0] = '0' + nsid;
        kv_key(&entry, nsid == 3 ? KV_2023 : KV_STANDARD, "k", 1);
        kv_sized_data(&entry, &page, 1);
        done = kv_do(controller, 1, entry);
        g_assert_cmphex(done.status, ==, KV_SUCCESS);
    }
    for (nsid = 1; nsid <= 3; nsid++) {
        g_autofree char *path = g_strdup_printf("%s/0/%d/6B", directory, nsid);
        g_autofree char *content = NULL;

        g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
        g_assert_cmpint(content[0], ==, '0' + nsid);
    }
    /* the active list of every command set, and that of Key Value alone */
    kv_identify(controller, 0x02, 0, 0, &page);
    g_assert_cmpmem(page.bytes, 16, "\1\0\0\0\2\0\0\0\3\0\0\0\0\0\0\0", 16);
    kv_identify(controller, 0x07, 1, 0, &page);
    g_assert_cmpmem(page.bytes, 12, "\1\0\0\0\2\0\0\0\0\0\0\0", 12);
    kv_identify(controller, 0x07, 0, 0, &page);
    g_assert_cmpmem(page.bytes, 8, "\3\0\0\0\0\0\0\0", 8);
    kv_controller_free(controller);
    kv_machine_quit(machine);
    kv_remove_directory(directory);
}

/*
 * A Copy may read another namespace than the one it writes. Values have no
 * blocks: it fails, and the drive and the block namespace serve on.
 */
static void test_copy_from_values(void)
{
    enum { HOST_BEHAVIOR = 0x16, COPY = 0x19, FORMAT_2 = 2 << 8 };
    char *directory = kv_directory();
    g_autofree char *options = g_strdup_printf(
        " -blockdev null-co,node-name=blk,size=16777216,read-zeroes=on"
        " -device nvme,id=nvme4,serial=csd,addr=4"
        " -device nvme-kv-ns,bus=nvme4,nsid=1,root=%s"
        " -device nvme-ns,bus=nvme4,nsid=2,drive=blk", directory);
    KvMachine *machine = kv_machine(options);
    KvController *controller = kv_controller(machine, 4);
    KvBuffer page = kv_buffer(machine, KV_PAGE);
    KvEntry entry = kv_entry(KV_ADMIN_SET_FEATURES, 0);
    uint16_t status;
    int source;

    memset(page.bytes, 0, KV_PAGE);
    page.bytes[4] = 0x0c; /* descriptor formats 2h and 3h */
    kv_data(&entry, &page, 512);
    entry.dw[10] = HOST_BEHAVIOR;
    g_assert_cmphex(kv_do(controller, 0, entry).status, ==, KV_SUCCESS);

    for (source = 1; source <= 2; source++) {
        memset(page.bytes, 0, KV_PAGE);
        page.bytes[0] = source; /* 8 blocks from 0 on, to block 64 */
        page.bytes[16] = 7;
        entry = kv_entry(COPY, 2);
        kv_data(&entry, &page, 32);
        entry.dw[10] = 64;
        entry.dw[12] = FORMAT_2;
        status = kv_do(controller, 1, entry).status;
        if (source == 1) {
            g_assert_cmphex(status, !=, KV_SUCCESS);
        } else {
            g_assert_cmphex(status, ==, KV_SUCCESS);
        }
    }
    g_assert_cmphex(kv_store(controller, KV_STANDARD, "k", "v", 1).status, ==,
                    KV_SUCCESS);
    kv_controller_free(controller);
    kv_machine_quit(machine);
    kv_remove_directory(directory);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("nvme-kv/standard/identify", test_identify_standard);
    qtest_add_func("nvme-kv/2023/identify", test_identify_2023);
    qtest_add_func("nvme-kv/standard/configuration",
                   test_key_value_configuration);
    qtest_add_func("nvme-kv/2023/capabilities", test_capabilities_2023);
    kv_add_test("effects", test_effects);
    kv_add_test("health", test_health);
    kv_add_test("command-set-profile", test_command_set_profile);
    kv_add_test("write-cache", test_write_cache);
    kv_add_test("abort", test_abort);
    kv_add_test("aborted-delete", test_aborted_delete);
    kv_add_test("aborted-format", test_aborted_format);
    qtest_add_func("nvme-kv/standard/aborted-select", test_aborted_select);
    kv_add_test("format", test_format);
    kv_add_test("two-controllers", test_two_controllers);
    qtest_add_func("nvme-kv/several-namespaces", test_several_namespaces);
    qtest_add_func("nvme-kv/copy-from-values", test_copy_from_values);
    return g_test_run();
}
