/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hostile guest. Two kinds of commands are mixed on the queues of one drive:
 *
 *   wild     anything at all, from nvme-kv-wild.c: opcodes, lengths, keys, PRP
 *            lists and SGLs in memory that changes all the while, queues made
 *            of that memory, doorbells, admin commands;
 *   checked  well formed, on keys of their own, with answers that are known
 *            byte by byte.
 *
 * QEMU must survive, answer every command once, keep the checked values right,
 * not grow, and let no address of its own get into the guest's memory.
 *
 * NVME_KV_COMMANDS says how many commands each dialect gets (25000),
 * NVME_KV_GROWTH how many MiB QEMU may grow (24); NVME_KV_SEED repeats a run.
 */
#include "qemu/osdep.h"
#include "nvme-kv-wild.h"

#define BATCH 24
#define CHECKED_KEYS 8
#define CHECKED_MOST (24 * 1024)

typedef struct Range {
    uint64_t from, to;
} Range;

typedef struct Checked {
    KvEntry entry;
    KvBuffer buffer;
    uint16_t cid;
    int key; /* -1: not a command whose answer is looked at */
    uint32_t length, offset;
} Checked;

typedef struct Fuzz {
    KvDrive drive;
    KvWild wild;
    Checked checked[BATCH];
    uint64_t sent, checks, rights; /* commands; answers judged; successes */
} Fuzz;

static uint32_t below(Fuzz *fuzz, uint32_t limit)
{
    return g_rand_int_range(fuzz->wild.random, 0, limit);
}

static bool one_in(Fuzz *fuzz, uint32_t n)
{
    return below(fuzz, n) == 0;
}

/* Byte `at` of the value of a checked key, whoever wrote it and when. */
static uint8_t known(int key, uint32_t at)
{
    return 'A' + (at * 31 + at / 251 + key) % 26;
}

static void checked_key(Fuzz *fuzz, Checked *checked)
{
    char key[3] = { 'c', '0' + checked->key };

    kv_key(&checked->entry, fuzz->drive.dialect, key, 2);
}

static void checked_store(Fuzz *fuzz, Checked *checked)
{
    uint32_t i;

    checked->entry = kv_entry(KV_STORE, 1);
    checked->length = below(fuzz, CHECKED_MOST);
    checked_key(fuzz, checked);
    for (i = 0; i < checked->length; i++) {
        checked->buffer.bytes[i] = known(checked->key, i);
    }
    kv_sized_data(&checked->entry, &checked->buffer, checked->length);
}

static void checked_retrieve(Fuzz *fuzz, Checked *checked)
{
    checked->entry = kv_entry(KV_RETRIEVE, 1);
    checked->length = 1 + below(fuzz, CHECKED_MOST);
    checked->offset = one_in(fuzz, 2) ? 0 : below(fuzz, CHECKED_MOST);
    checked_key(fuzz, checked);
    kv_untouch(&checked->buffer);
    kv_sized_data(&checked->entry, &checked->buffer, checked->length);
    checked->entry.dw[12] = checked->offset;
}

static void checked_list(Fuzz *fuzz, Checked *checked)
{
    checked->entry = kv_entry(KV_LIST, 1);
    checked->length = below(fuzz, CHECKED_MOST);
    kv_untouch(&checked->buffer);
    if (one_in(fuzz, 2)) {
        checked_key(fuzz, checked);
    }
    kv_sized_data(&checked->entry, &checked->buffer, checked->length);
}

static uint8_t opcode_of(const Checked *checked)
{
    return checked->entry.dw[0];
}

static void judge_retrieve(const Checked *checked, const KvCompletion *done)
{
    uint32_t i, size = done->dw0, got;

    g_assert_cmpuint(size, <, CHECKED_MOST);
    got = checked->offset < size ? MIN(size - checked->offset, checked->length)
                                 : 0;
    for (i = 0; i < got; i++) {
        g_assert_cmphex(checked->buffer.bytes[i], ==,
                        known(checked->key, checked->offset + i));
    }
    kv_assert_untouched(&checked->buffer, got);
}

static void judge_list(const Fuzz *fuzz, const Checked *checked)
{
    const uint8_t *bytes = checked->buffer.bytes;
    uint32_t count = kv_u32(bytes), at = 4, i;

    for (i = 0; i < count; i++) {
        uint32_t length = kv_u16(bytes + at), end;

        g_assert_cmpuint(length, <=, 16);
        g_assert_cmpuint(length, >, 0);
        g_assert_nonnull(strchr("cwt", bytes[at + 2]));
        end = fuzz->drive.dialect == KV_STANDARD ? ROUND_UP(at + 2 + length, 4)
                                                 : at + 2 + ROUND_UP(length, 4);
        for (at += 2 + length; at < end; at++) {
            g_assert_cmphex(bytes[at], ==, 0);
        }
        g_assert_cmpuint(at, <=, checked->length);
    }
    kv_assert_untouched(&checked->buffer, at);
}

/*
 * The wild may fill the drive, format it, and abort what they like. The 2023
 * dialect has one status for all of it.
 */
static void judge_store(const Fuzz *fuzz, const KvCompletion *done)
{
    uint16_t status = done->status;

    if (fuzz->drive.dialect == KV_2023 && status == KV_UNRECOVERED) {
        return;
    }
    switch (status) {
    case KV_SUCCESS:
    case KV_ABORTED:
    case KV_CAPACITY_EXCEEDED:
    case KV_FORMAT_IN_PROGRESS:
        break;
    default:
        g_error("a store failed with %03x", status);
    }
}

static void judge(Fuzz *fuzz, const Checked *checked, const KvCompletion *done)
{
    fuzz->checks++;
    fuzz->rights += done->status == KV_SUCCESS;
    if (opcode_of(checked) == KV_STORE) {
        judge_store(fuzz, done);
    } else if (done->status != KV_SUCCESS) {
        kv_assert_untouched(&checked->buffer, 0);
    } else if (opcode_of(checked) == KV_RETRIEVE) {
        judge_retrieve(checked, done);
    } else {
        judge_list(fuzz, checked);
    }
}

static void checked_command(Fuzz *fuzz, Checked *checked)
{
    checked->key = below(fuzz, CHECKED_KEYS);
    checked->offset = 0;
    switch (below(fuzz, 4)) {
    case 0:
        checked_store(fuzz, checked);
        break;
    case 1:
        checked_list(fuzz, checked);
        break;
    default:
        checked_retrieve(fuzz, checked);
    }
}

static void collect(Fuzz *fuzz, int outstanding)
{
    int i;

    while (outstanding-- > 0) {
        KvCompletion done = kv_wait(fuzz->drive.controller, 1);

        for (i = 0; i < BATCH && fuzz->checked[i].cid != done.cid; i++) {
        }
        g_assert_cmpint(i, <, BATCH); /* each completes, and once */
        if (fuzz->checked[i].key >= 0) {
            judge(fuzz, &fuzz->checked[i], &done);
        } else if (opcode_of(&fuzz->checked[i]) == KV_SELECT) {
            fuzz->wild.result = done.dw0;
        }
        fuzz->checked[i].cid = UINT16_MAX;
    }
}

static void batch(Fuzz *fuzz)
{
    KvController *controller = fuzz->drive.controller;
    bool admin = one_in(fuzz, 4);
    int i;

    for (i = 0; i < BATCH; i++) {
        Checked *checked = &fuzz->checked[i];

        checked->key = -1;
        if (one_in(fuzz, 3)) {
            checked_command(fuzz, checked);
        } else {
            checked->entry = kv_wild_io(&fuzz->wild);
        }
        if (controller->queues[1].next_cid == UINT16_MAX) {
            controller->queues[1].next_cid = 0;
        }
        checked->cid = kv_submit(controller, 1, checked->entry);
    }
    kv_ring(controller, 1);
    for (i = 0; admin && i < 4; i++) {
        kv_submit(controller, 0, kv_wild_admin(&fuzz->wild));
    }
    if (admin) {
        kv_ring(controller, 0);
        for (i = 0; i < 4; i++) {
            kv_wait(controller, 0);
        }
        kv_set_register(controller, 0x1000 + below(fuzz, 16) * 4 + 24,
                        below(fuzz, 70)); /* doorbells from queue 3 on */
    }
    collect(fuzz, BATCH);
    fuzz->sent += BATCH + (admin ? 4 : 0);
}

/* Memory of the process that is neither files nor shared, in MiB. */
static long memory_of(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/status", pid);
    g_autofree char *status = NULL;
    const char *line;

    g_assert_true(g_file_get_contents(path, &status, NULL, NULL));
    line = strstr(status, "RssAnon:");
    g_assert_nonnull(line);
    return atol(line + strlen("RssAnon:")) / 1024;
}

/*
 * The program and its heap, or what it mapped. AddressSanitizer's own heap at
 * 6xh is left out: the letters of keys look like it.
 */
static bool is_of_host(uint64_t address)
{
    uint8_t high = address >> 40;

    return high == 0x55 || high == 0x56 || high == 0x7e || high == 0x7f;
}

static GArray *host_ranges(pid_t pid)
{
    GArray *ranges = g_array_new(false, false, sizeof(Range));
    g_autofree char *path = g_strdup_printf("/proc/%d/maps", pid);
    g_autofree char *maps = NULL;
    g_auto(GStrv) lines = NULL;
    int i;

    g_assert_true(g_file_get_contents(path, &maps, NULL, NULL));
    lines = g_strsplit(maps, "\n", 0);
    for (i = 0; lines[i]; i++) {
        Range range;

        if (sscanf(lines[i], "%" SCNx64 "-%" SCNx64 " rw-p", &range.from,
                   &range.to) == 2 && is_of_host(range.from)) {
            g_array_append_val(ranges, range);
        }
    }
    return ranges;
}

/*
 * An address of the host in the guest's memory came out of the host's memory:
 * the commands of both kinds wrote there, and this looks at all of it. Halves
 * of SGL descriptors can look like one, so only whole words of 8 bytes count.
 */
static bool find_host_address(const KvMachine *machine, const GArray *ranges,
                              uint32_t *at, uint64_t *value)
{
    uint32_t i;

    for (*at = 0; *at < KV_MEMORY; *at += sizeof(*value)) {
        memcpy(value, machine->memory + *at, sizeof(*value));
        if (*value >> 48 || !is_of_host(*value)) {
            continue;
        }
        for (i = 0; i < ranges->len; i++) {
            const Range *range = &g_array_index(ranges, Range, i);

            if (*value >= range->from && *value < range->to) {
                return true;
            }
        }
    }
    return false;
}

static void assert_no_host_address(Fuzz *fuzz, pid_t pid)
{
    g_autoptr(GArray) ranges = host_ranges(pid);
    uint64_t value;
    uint32_t at;

    g_assert_cmpuint(ranges->len, >, 0);
    if (find_host_address(fuzz->drive.machine, ranges, &at, &value)) {
        g_error("guest memory at %x holds %" PRIx64 ", of QEMU's memory", at,
                value);
    }
}

/* What the hostile guest relies on sees an address that is there. */
static void test_detector(const void *dialect)
{
    KvDrive drive = kv_drive_start(GPOINTER_TO_INT(dialect));
    g_autoptr(GArray) ranges = host_ranges(qtest_pid(drive.machine->qts));
    uint64_t leaked, value;
    uint32_t at;
    guint i;

    g_assert_cmpuint(ranges->len, >, 0);
    g_assert_false(find_host_address(drive.machine, ranges, &at, &value));
    for (i = 0; i < ranges->len; i++) {
        leaked = g_array_index(ranges, Range, i).from + 0x18;
        memcpy(drive.page.bytes + 1024, &leaked, sizeof(leaked));
        g_assert_true(find_host_address(drive.machine, ranges, &at, &value));
        g_assert_cmphex(value, ==, leaked);
        g_assert_cmphex(at, ==, drive.page.address + 1024);
    }
    kv_drive_stop(&drive);
}

static void run(Fuzz *fuzz, uint64_t count)
{
    pid_t pid = qtest_pid(fuzz->drive.machine->qts);
    const char *growth = getenv("NVME_KV_GROWTH");
    long before = 0, after;
    int i;

    for (i = 0; fuzz->sent < count; i++) {
        if (i % 50 == 0) { /* the wild delete it, and format */
            kv_store(fuzz->drive.controller, fuzz->drive.dialect, "table",
                     "name,size\nash,30\nbirch,20\n", 27);
        }
        batch(fuzz);
        if (i % 200 == 0) {
            assert_no_host_address(fuzz, pid);
        }
        if (!before && fuzz->sent > count / 5) {
            before = memory_of(pid); /* caches and thread stacks are filled */
        }
        g_assert_cmphex(kv_register(fuzz->drive.controller, 0x1c) & 3, ==, 1);
    }
    assert_no_host_address(fuzz, pid);
    after = memory_of(pid);
    g_test_message("%" PRIu64 " commands, %" PRIu64 " answers judged, %" PRIu64
                   " with data; QEMU has %ld MiB, had %ld", fuzz->sent,
                   fuzz->checks, fuzz->rights, after, before);
    g_assert_cmpuint(fuzz->rights, >, fuzz->checks / 4);
    g_assert_cmpint(after, <, before + (growth ? atol(growth) : 24));
}

static void test_hostile(const void *dialect)
{
    const char *commands = getenv("NVME_KV_COMMANDS");
    const char *seed = getenv("NVME_KV_SEED");
    uint32_t number = seed ? strtoul(seed, NULL, 0) : g_random_int();
    Fuzz *fuzz = g_new0(Fuzz, 1);
    int i;

    g_test_message("NVME_KV_SEED=%u repeats this", number);
    fuzz->wild.random = g_rand_new_with_seed(number);
    fuzz->wild.drive = &fuzz->drive;
    fuzz->drive = kv_drive_start(GPOINTER_TO_INT(dialect));
    for (i = 0; i < BATCH; i++) {
        fuzz->checked[i].buffer = kv_buffer(fuzz->drive.machine, CHECKED_MOST);
        fuzz->checked[i].cid = UINT16_MAX;
    }
    kv_wild_start(&fuzz->wild);
    run(fuzz, commands ? strtoull(commands, NULL, 0) : 25000);
    kv_wild_stop(&fuzz->wild);
    kv_drive_stop(&fuzz->drive);
    g_rand_free(fuzz->wild.random);
    g_free(fuzz);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    kv_add_test("detector", test_detector);
    kv_add_test("hostile", test_hostile);
    return g_test_run();
}
