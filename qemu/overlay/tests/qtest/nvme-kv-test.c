/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a host sees of the Key Value drive through the registers, queues and
 * memory of an NVMe controller, for both kinds of namespace.
 */
#include "qemu/osdep.h"
#include "nvme-kv-lib.h"

static KvDrive start(const void *dialect)
{
    return kv_drive_start(GPOINTER_TO_INT(dialect));
}

static void test_verbs(const void *dialect)
{
    KvDrive drive = start(dialect);
    uint16_t missing = drive.dialect == KV_STANDARD ? KV_SUCCESS
                                                    : KV_KEY_MISSING;

    kv_expect(&drive, KV_EXIST, "colour", KV_KEY_MISSING);
    kv_put(&drive, "colour", "ultramarine");
    kv_expect(&drive, KV_EXIST, "colour", KV_SUCCESS);
    kv_expect(&drive, KV_EXIST, "colou", KV_KEY_MISSING);
    kv_expect_value(&drive, "colour", "ultramarine");
    kv_put(&drive, "colour", "red");
    kv_expect_value(&drive, "colour", "red");
    kv_put(&drive, "sixteen-byte-key", "");
    kv_expect_value(&drive, "sixteen-byte-key", "");
    kv_expect(&drive, KV_DELETE, "colour", KV_SUCCESS);
    kv_expect(&drive, KV_DELETE, "colour", missing);
    kv_expect(&drive, KV_EXIST, "colour", KV_KEY_MISSING);
    kv_drive_stop(&drive);
}

/* The standard's own opcodes, which a block namespace has for blocks. */
static void test_standard_opcodes(void)
{
    KvDrive drive = start(GINT_TO_POINTER(KV_STANDARD));
    KvEntry entry = kv_entry(KV_STANDARD_STORE, 1);
    KvCompletion done;

    strcpy((char *)drive.page.bytes, "by the book");
    kv_key(&entry, KV_STANDARD, "k", 1);
    kv_sized_data(&entry, &drive.page, 11);
    g_assert_cmphex(kv_do(drive.controller, 1, entry).status, ==, KV_SUCCESS);

    kv_untouch(&drive.page);
    entry.dw[0] = KV_STANDARD_RETRIEVE;
    kv_sized_data(&entry, &drive.page, 6);
    done = kv_do(drive.controller, 1, entry);
    g_assert_cmphex(done.status, ==, KV_SUCCESS);
    g_assert_cmpuint(done.dw0, ==, 11);
    g_assert_cmpmem(drive.page.bytes, 6, "by the", 6);
    kv_assert_untouched(&drive.page, 6);
    kv_drive_stop(&drive);
}

static void test_files(const void *dialect)
{
    KvDrive drive = start(dialect);
    g_autofree char *path = g_strdup_printf("%s/0/1/42", drive.directory);
    g_autofree char *content = NULL;
    gsize size;

    kv_put(&drive, "B", "a value is a file");
    g_assert_true(g_file_get_contents(path, &content, &size, NULL));
    g_assert_cmpmem(content, size, "a value is a file", 17);
    kv_drive_stop(&drive);
}

static void test_list(const void *dialect)
{
    KvDrive drive = start(dialect);
    KvEntry entry = kv_entry(KV_LIST, 1);
    KvCompletion done;
    /* u32 count, then u16 length, key and padding; the dialects pad apart */
    static const uint8_t standard[] = "\2\0\0\0" "\1\0a\0" "\3\0abc\0\0\0";
    static const uint8_t old[] = "\2\0\0\0" "\1\0a\0\0\0" "\3\0abc\0";
    bool is_standard = drive.dialect == KV_STANDARD;
    uint32_t size = (is_standard ? sizeof(standard) : sizeof(old)) - 1;

    kv_put(&drive, "abc", "2");
    kv_put(&drive, "a", "1");
    kv_sized_data(&entry, &drive.page, KV_PAGE);
    kv_untouch(&drive.page);
    done = kv_do(drive.controller, 1, entry);
    g_assert_cmphex(done.status, ==, KV_SUCCESS);
    g_assert_cmpmem(drive.page.bytes, size, is_standard ? standard : old, size);
    kv_assert_untouched(&drive.page, size);
    kv_drive_stop(&drive);
}

static void fill(uint8_t *bytes, uint32_t size)
{
    uint32_t i;

    for (i = 0; i < size; i++) {
        bytes[i] = i * 7 + i / KV_PAGE;
    }
}

/* Every way a PRP list can be cut, up to the largest transfer. */
static void test_transfer_sizes(const void *dialect)
{
    static const uint32_t sizes[] = { 1, 3, 4095, 4096, 4097, 8191, 8192, 8193,
                                      65536, 131071, 524287, 524288 };
    KvDrive drive = start(dialect);
    uint32_t most = 512 * 1024, i;
    KvBuffer buffer = kv_buffer(drive.machine, most + KV_PAGE);
    g_autofree uint8_t *value = g_malloc(most);
    KvCompletion done;

    fill(value, most);
    for (i = 0; i < G_N_ELEMENTS(sizes); i++) {
        uint32_t offset = sizes[i] / 3;

        done = kv_store(drive.controller, drive.dialect, "v", value, sizes[i]);
        g_assert_cmphex(done.status, ==, KV_SUCCESS);
        done = kv_retrieve(drive.controller, drive.dialect, "v", &buffer, most,
                           offset);
        g_assert_cmphex(done.status, ==, KV_SUCCESS);
        g_assert_cmpuint(done.dw0, ==, sizes[i]);
        g_assert_cmpmem(buffer.bytes, sizes[i] - offset, value + offset,
                        sizes[i] - offset);
        kv_assert_untouched(&buffer, sizes[i] - offset);
    }
    kv_drive_stop(&drive);
}

/* A buffer that begins inside a page, by PRP and by an SGL of odd pieces. */
static void test_unaligned_memory(const void *dialect)
{
    KvDrive drive = start(dialect);
    KvBuffer buffer = kv_buffer(drive.machine, 4 * KV_PAGE);
    KvEntry entry = kv_entry(KV_RETRIEVE, 1);
    uint64_t *segment = (uint64_t *)drive.page.bytes;
    g_autofree uint8_t *value = g_malloc(6000);

    fill(value, 6000);
    kv_store(drive.controller, drive.dialect, "v", value, 6000);
    kv_untouch(&buffer);
    kv_key(&entry, drive.dialect, "v", 1);
    entry.dw[6] = buffer.address + 1000;
    entry.dw[8] = buffer.address + KV_PAGE;
    entry.dw[10] = 6000;
    g_assert_cmphex(kv_do(drive.controller, 1, entry).status, ==, KV_SUCCESS);
    g_assert_cmpmem(buffer.bytes + 1000, 6000, value, 6000);
    kv_assert_untouched(&buffer, 7000);

    /* a last segment of two data blocks: 4001 bytes, and 1999 below them */
    kv_untouch(&buffer);
    segment[0] = buffer.address + 3001;
    segment[1] = 4001;
    segment[2] = buffer.address + 1002;
    segment[3] = 1999;
    entry.dw[0] |= 1 << 14;
    entry.dw[6] = drive.page.address;
    entry.dw[8] = 32;
    entry.dw[9] = 3u << 28; /* a last segment */
    g_assert_cmphex(kv_do(drive.controller, 1, entry).status, ==, KV_SUCCESS);
    g_assert_cmpmem(buffer.bytes + 3001, 4001, value, 4001);
    g_assert_cmpmem(buffer.bytes + 1002, 1999, value + 4001, 1999);
    kv_assert_untouched(&buffer, 7002);
    kv_drive_stop(&drive);
}

/* Lengths above MDTS, 512 KiB here, are refused before memory is looked at. */
static void test_mdts(const void *dialect)
{
    static const uint8_t opcodes[] = { KV_STORE, KV_RETRIEVE, KV_LIST,
                                       KV_SELECT, KV_RESULT };
    static const uint32_t lengths[] = { 512 * 1024 + 1, 1u << 31, UINT32_MAX };
    KvDrive drive = start(dialect);
    uint32_t i, j;

    kv_put(&drive, "k", "v");
    for (i = 0; i < G_N_ELEMENTS(opcodes); i++) {
        for (j = 0; j < G_N_ELEMENTS(lengths); j++) {
            KvEntry entry = kv_entry(opcodes[i], 1);

            if (opcodes[i] != KV_RESULT) {
                kv_key(&entry, drive.dialect, "k", 1);
            }
            entry.dw[6] = entry.dw[8] = 0xfffff000; /* no memory of ours */
            entry.dw[10] = lengths[j];
            g_assert_cmphex(kv_do(drive.controller, 1, entry).status, ==,
                            drive.dialect == KV_STANDARD ? KV_INVALID_FIELD
                                                         : KV_UNRECOVERED);
        }
    }
    kv_expect_value(&drive, "k", "v");
    kv_drive_stop(&drive);
}

static void test_wrong_commands(const void *dialect)
{
    KvDrive drive = start(dialect);
    KvEntry entry = kv_entry(0xc3, 1);

    g_assert_cmphex(kv_do(drive.controller, 1, entry).status, ==,
                    KV_INVALID_OPCODE);
    entry = kv_entry(KV_EXIST, 2);
    kv_key(&entry, drive.dialect, "k", 1);
    g_assert_cmphex(kv_do(drive.controller, 1, entry).status, !=, KV_SUCCESS);
    kv_expect(&drive, KV_EXIST, "", KV_INVALID_KEY_SIZE);
    entry = kv_entry(KV_EXIST, 1);
    kv_key(&entry, drive.dialect, "k", 17);
    g_assert_cmphex(kv_do(drive.controller, 1, entry).status, ==,
                    drive.dialect == KV_STANDARD ? KV_INVALID_FIELD
                                                 : KV_INVALID_KEY_SIZE);
    kv_drive_stop(&drive);
}

static void test_select(const void *dialect)
{
    KvDrive drive = start(dialect);
    KvBuffer sql = kv_buffer(drive.machine, KV_PAGE);
    KvEntry entry, fetch = kv_entry(KV_RESULT, 1);
    KvCompletion done;

    kv_put(&drive, "t", "name,size\nash,30\nbirch,20\noak,40\n");
    entry = kv_select_entry(drive.dialect, "t", &sql,
                            "select name from s3object where size > 25");
    done = kv_do(drive.controller, 1, entry);
    g_assert_cmphex(done.status, ==, KV_SUCCESS);

    fetch.dw[13] = done.dw0;
    kv_sized_data(&fetch, &drive.page, KV_PAGE);
    kv_untouch(&drive.page);
    done = kv_do(drive.controller, 1, fetch);
    g_assert_cmphex(done.status, ==, KV_SUCCESS);
    g_assert_cmpmem(drive.page.bytes, done.dw0, "ash\noak\n", 8);
    kv_assert_untouched(&drive.page, 8);
    /* fetched, so gone */
    g_assert_cmphex(kv_do(drive.controller, 1, fetch).status, ==,
                    KV_KEY_MISSING);

    entry = kv_select_entry(drive.dialect, "t", &sql, "drop table s3object");
    done = kv_do(drive.controller, 1, entry);
    if (drive.dialect == KV_2023) {
        g_assert_cmphex(done.status, ==, KV_UNRECOVERED);
    } else {
        g_assert_cmphex(done.status, ==, 0x701);
        fetch.dw[13] = 0; /* the reason of the last failure */
        kv_untouch(&drive.page);
        done = kv_do(drive.controller, 1, fetch);
        g_assert_cmphex(done.status, ==, KV_SUCCESS);
        g_assert_cmpuint(done.dw0, >, 10);
        kv_assert_untouched(&drive.page, done.dw0);
    }
    kv_drive_stop(&drive);
}

/* Completions wait for room in the queue, and each comes exactly once. */
static void test_completion_queue_full(const void *dialect)
{
    KvDrive drive = start(dialect);
    KvBuffer buffers[40];
    bool seen[40] = { false };
    int i;

    kv_put(&drive, "k", "v");
    kv_create_queue(drive.controller, 2, 64, 4);
    for (i = 0; i < 40; i++) {
        KvEntry entry = kv_entry(i % 2 ? KV_RETRIEVE : KV_EXIST, 1);

        kv_key(&entry, drive.dialect, "k", 1);
        if (i % 2) {
            buffers[i] = kv_buffer(drive.machine, KV_PAGE);
            kv_sized_data(&entry, &buffers[i], KV_PAGE);
        }
        g_assert_cmpuint(kv_submit(drive.controller, 2, entry), ==, i);
    }
    kv_ring(drive.controller, 2);
    g_usleep(50 * 1000); /* the drive runs into the full queue */
    for (i = 0; i < 40; i++) {
        KvCompletion done = kv_wait(drive.controller, 2);

        g_assert_cmphex(done.status, ==, KV_SUCCESS);
        g_assert_cmpuint(done.cid, <, 40);
        g_assert_false(seen[done.cid]);
        seen[done.cid] = true;
        if (done.cid % 2) {
            g_assert_cmpmem(buffers[done.cid].bytes, 1, "v", 1);
        }
    }
    kv_drive_stop(&drive);
}

static void test_flush(const void *dialect)
{
    KvDrive drive = start(dialect);

    kv_put(&drive, "k", "v");
    g_assert_cmphex(kv_do(drive.controller, 1, kv_entry(0, 1)).status, ==,
                    KV_SUCCESS);
    g_assert_cmphex(kv_do(drive.controller, 1, kv_entry(0, UINT32_MAX)).status,
                    ==, KV_SUCCESS);
    kv_drive_stop(&drive);
}

/* What was stored is there after the controller and the machine were reset. */
static void test_resets(const void *dialect)
{
    KvDrive drive = start(dialect);

    kv_put(&drive, "k", "lasting");
    kv_disable(drive.controller);
    kv_enable(drive.controller);
    kv_expect_value(&drive, "k", "lasting");
    qtest_system_reset(drive.machine->qts);
    kv_map(drive.controller);
    kv_enable(drive.controller);
    kv_expect_value(&drive, "k", "lasting");
    kv_drive_stop(&drive);
}

static void test_restart(const void *dialect)
{
    KvDrive drive = start(dialect);

    kv_put(&drive, "k", "lasting");
    kv_drive_quit(&drive);
    kv_drive_restart(&drive);
    kv_expect_value(&drive, "k", "lasting");
    kv_drive_stop(&drive);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    kv_add_test("verbs", test_verbs);
    kv_add_test("files", test_files);
    kv_add_test("list", test_list);
    kv_add_test("transfer-sizes", test_transfer_sizes);
    kv_add_test("unaligned-memory", test_unaligned_memory);
    kv_add_test("mdts", test_mdts);
    kv_add_test("wrong-commands", test_wrong_commands);
    kv_add_test("select", test_select);
    kv_add_test("completion-queue-full", test_completion_queue_full);
    kv_add_test("flush", test_flush);
    kv_add_test("resets", test_resets);
    kv_add_test("restart", test_restart);
    qtest_add_func("nvme-kv/standard/opcodes", test_standard_opcodes);
    return g_test_run();
}
