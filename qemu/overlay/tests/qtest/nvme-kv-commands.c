/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands of the Key Value drive as the qtests send them, in both dialects,
 * and a machine with one drive to send them to. Tested by its users.
 */
#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "nvme-kv-lib.h"

const char kv_slow_sql[] =
    "select count(*) from range(1000000) a, range(1000000) b, s3object";

uint16_t kv_u16(const uint8_t *bytes)
{
    return bytes[0] | bytes[1] << 8;
}

uint32_t kv_u32(const uint8_t *bytes)
{
    return kv_u16(bytes) | (uint32_t)kv_u16(bytes + 2) << 16;
}

uint64_t kv_u64(const uint8_t *bytes)
{
    return kv_u32(bytes) | (uint64_t)kv_u32(bytes + 4) << 32;
}

KvEntry kv_entry(uint8_t opcode, uint32_t nsid)
{
    return (KvEntry) { .dw = { opcode, nsid } };
}

void kv_key(KvEntry *entry, KvDialect dialect, const void *key, uint8_t length)
{
    static const int standard[] = { 2, 3, 14, 15 };
    uint8_t bytes[16] = { 0 };
    int i;

    memcpy(bytes, key, MIN(length, sizeof(bytes)));
    for (i = 0; i < 16; i++) {
        if (dialect == KV_STANDARD) { /* byte 0 least significant of DW2 */
            int dw = standard[i / 4], shift = i % 4 * 8;
            entry->dw[dw] = deposit32(entry->dw[dw], shift, 8, bytes[i]);
        } else { /* byte 0 most significant of DW15 */
            int dw = standard[3 - i / 4], shift = 24 - i % 4 * 8;
            entry->dw[dw] = deposit32(entry->dw[dw], shift, 8, bytes[i]);
        }
    }
    entry->dw[11] = deposit32(entry->dw[11], 0, 8, length);
}

void kv_data(KvEntry *entry, const KvBuffer *buffer, uint32_t length)
{
    uint32_t pages = DIV_ROUND_UP(length, KV_PAGE);
    uint64_t *list = (uint64_t *)(buffer->bytes + (buffer->list -
                                                   buffer->address));
    uint64_t second = pages > 1 ? buffer->address + KV_PAGE : 0;
    uint32_t i;

    g_assert_cmpuint(length, <=, buffer->size);
    if (pages > 2) {
        for (i = 1; i < pages; i++) {
            list[i - 1] = buffer->address + (uint64_t)i * KV_PAGE;
        }
        second = buffer->list;
    }
    entry->dw[6] = buffer->address;
    entry->dw[7] = buffer->address >> 32;
    entry->dw[8] = second;
    entry->dw[9] = second >> 32;
}

void kv_sized_data(KvEntry *entry, const KvBuffer *buffer, uint32_t length)
{
    entry->dw[10] = length;
    kv_data(entry, buffer, length);
}

KvCompletion kv_store(KvController *controller, KvDialect dialect,
                      const char *key, const void *value, uint32_t length)
{
    uint64_t before = controller->machine->next;
    KvBuffer buffer = kv_buffer(controller->machine, length);
    KvEntry entry = kv_entry(KV_STORE, 1);
    KvCompletion done;

    memcpy(buffer.bytes, value, length);
    kv_key(&entry, dialect, key, strlen(key));
    kv_sized_data(&entry, &buffer, length);
    done = kv_do(controller, 1, entry);
    controller->machine->next = before;
    return done;
}

KvCompletion kv_retrieve(KvController *controller, KvDialect dialect,
                         const char *key, KvBuffer *buffer, uint32_t length,
                         uint32_t offset)
{
    KvEntry entry = kv_entry(KV_RETRIEVE, 1);

    kv_untouch(buffer);
    kv_key(&entry, dialect, key, strlen(key));
    kv_sized_data(&entry, buffer, length);
    entry.dw[12] = offset;
    return kv_do(controller, 1, entry);
}

KvCompletion kv_plain(KvController *controller, KvDialect dialect,
                      uint8_t opcode, const char *key)
{
    KvEntry entry = kv_entry(opcode, 1);

    kv_key(&entry, dialect, key, strlen(key));
    return kv_do(controller, 1, entry);
}

KvEntry kv_select_entry(KvDialect dialect, const char *key, KvBuffer *data,
                        const char *sql)
{
    KvEntry entry = kv_entry(KV_SELECT, 1);

    memcpy(data->bytes, sql, strlen(sql));
    kv_key(&entry, dialect, key, strlen(key));
    kv_sized_data(&entry, data, strlen(sql));
    entry.dw[11] |= 1 << 8; /* CSV with a header line */
    return entry;
}

KvCompletion kv_identify(KvController *controller, uint8_t cns, uint8_t csi,
                         uint32_t nsid, KvBuffer *page)
{
    KvEntry entry = kv_entry(KV_ADMIN_IDENTIFY, nsid);

    kv_untouch(page);
    kv_data(&entry, page, KV_PAGE);
    entry.dw[10] = cns;
    entry.dw[11] = (uint32_t)csi << 24;
    return kv_do(controller, 0, entry);
}

KvDrive kv_drive_start(KvDialect dialect)
{
    KvDrive drive = { .dialect = dialect, .directory = kv_directory() };

    kv_drive_restart(&drive);
    return drive;
}

void kv_drive_restart(KvDrive *drive)
{
    g_autofree char *options = kv_drive(drive->dialect, 4, drive->directory);

    drive->machine = kv_machine(options);
    drive->controller = kv_controller(drive->machine, 4);
    drive->page = kv_buffer(drive->machine, 2 * KV_PAGE);
}

void kv_drive_quit(KvDrive *drive)
{
    kv_controller_free(drive->controller);
    kv_machine_quit(drive->machine);
}

void kv_drive_stop(KvDrive *drive)
{
    kv_drive_quit(drive);
    kv_remove_directory(drive->directory);
}

void kv_put(KvDrive *drive, const char *key, const char *value)
{
    KvCompletion done = kv_store(drive->controller, drive->dialect, key, value,
                                 strlen(value));

    g_assert_cmphex(done.status, ==, KV_SUCCESS);
}

void kv_expect_value(KvDrive *drive, const char *key, const char *value)
{
    uint32_t size = strlen(value);
    KvCompletion done = kv_retrieve(drive->controller, drive->dialect, key,
                                    &drive->page, KV_PAGE, 0);

    g_assert_cmphex(done.status, ==, KV_SUCCESS);
    g_assert_cmpuint(done.dw0, ==, size);
    g_assert_cmpmem(drive->page.bytes, size, value, size);
    kv_assert_untouched(&drive->page, size);
}

void kv_expect(KvDrive *drive, uint8_t opcode, const char *key, uint16_t status)
{
    KvCompletion done = kv_plain(drive->controller, drive->dialect, opcode,
                                 key);

    g_assert_cmphex(done.status, ==, status);
}

static void add(const char *kind, const char *name, KvDialect dialect,
                GTestDataFunc test)
{
    g_autofree char *path = g_strdup_printf("nvme-kv/%s/%s", kind, name);

    qtest_add_data_func(path, GINT_TO_POINTER(dialect), test);
}

void kv_add_test(const char *name, GTestDataFunc test)
{
    add("standard", name, KV_STANDARD, test);
    add("2023", name, KV_2023, test);
}
