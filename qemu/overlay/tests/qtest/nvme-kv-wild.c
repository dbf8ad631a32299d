/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands of a hostile guest: any opcodes, lengths, keys and options, with PRP
 * lists and SGLs in an arena of memory that a thread changes all the while.
 * Tested by nvme-kv-fuzz-test.c, which sends them.
 */
#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "nvme-kv-wild.h"

#define ARENA_SIZE (KV_MEMORY - KV_ARENA)

static uint32_t below(KvWild *wild, uint32_t limit)
{
    return g_rand_int_range(wild->random, 0, limit);
}

static bool one_in(KvWild *wild, uint32_t n)
{
    return below(wild, n) == 0;
}

/* Numbers at which something changes, and any others. */
static uint32_t any_number(KvWild *wild)
{
    static const uint32_t edges[] = {
        0, 1, 2, 3, 4, 5, 15, 16, 17, 255, 511, 512, 513, 4095, 4096, 4097,
        8191, 8192, 8193, 65535, 65536, 65537, 524287, 524288, 524289, 1u << 20,
        1u << 31, UINT32_MAX - 4096, UINT32_MAX - 1, UINT32_MAX,
    };

    switch (below(wild, 8)) {
    case 0:
        return g_rand_int(wild->random);
    case 1:
        return edges[below(wild, G_N_ELEMENTS(edges))];
    case 2:
        return below(wild, 600000);
    default:
        return below(wild, 5000);
    }
}

static uint64_t arena_page(KvWild *wild)
{
    return KV_ARENA + (uint64_t)below(wild, ARENA_SIZE / KV_PAGE) * KV_PAGE;
}

static uint64_t any_address(KvWild *wild)
{
    uint64_t page = arena_page(wild);

    switch (below(wild, 32)) {
    case 0:
        return (uint64_t)g_rand_int(wild->random) << 32 |
               g_rand_int(wild->random);
    case 1: /* of the controller itself; its registers are a test apart */
        return wild->drive->controller->bar.addr + (2 + below(wild, 2)) *
               KV_PAGE;
    case 2:
        return KV_MEMORY - below(wild, 3) * KV_PAGE;
    case 3:
        return 0xfffff000;
    case 4:
        return page + below(wild, KV_PAGE);
    case 5:
        return page + (below(wild, KV_PAGE) & ~3);
    default:
        return page;
    }
}

/* A page of PRP entries or SGL descriptors somewhere in the arena. */
static uint64_t any_list(KvWild *wild, bool sgl)
{
    uint64_t address = arena_page(wild);
    uint64_t *list = (uint64_t *)(wild->drive->machine->memory + address);
    int i, count = 1 + below(wild, one_in(wild, 8) ? 512 : 32);

    for (i = 0; i < count; i++) {
        list[i] = any_address(wild);
        if (sgl && i % 2) {
            list[i] = below(wild, 70000) |
                      (uint64_t)(one_in(wild, 8) ? below(wild, 256) : 0) << 56;
        }
    }
    return address;
}

static void any_data(KvWild *wild, KvEntry *entry)
{
    bool sgl = one_in(wild, 4);
    uint64_t first = any_address(wild), second = any_address(wild);

    if (sgl) {
        static const uint8_t types[] = { 0x00, 0x00, 0x10, 0x20, 0x30, 0x30 };
        uint8_t type = types[below(wild, G_N_ELEMENTS(types))];

        if (type & 0x20) {
            first = any_list(wild, true);
        }
        second = (one_in(wild, 2) ? entry->dw[10] : below(wild, 70000)) |
                 (uint64_t)type << 56;
        entry->dw[0] |= (1 + below(wild, 2)) << 14;
    } else if (one_in(wild, 2)) {
        second = any_list(wild, false) + (one_in(wild, 4) ?
                                           below(wild, 512) * 8 : 0);
    }
    entry->dw[6] = first;
    entry->dw[7] = first >> 32;
    entry->dw[8] = second;
    entry->dw[9] = second >> 32;
}

/* Wild keys begin with w, those of the checked with c; "table" is CSV. */
static void any_key(KvWild *wild, KvEntry *entry)
{
    uint8_t key[17] = { 'w' };
    uint8_t length = 1 + below(wild, 16);
    int i;

    for (i = 1; i < 16; i++) {
        key[i] = one_in(wild, 50) ? below(wild, 256) : 'a' + below(wild, 2) * i;
    }
    if (one_in(wild, 3)) {
        length = 5;
    } else if (one_in(wild, 30)) {
        length = below(wild, 256);
    }
    kv_key(entry, wild->drive->dialect, key, MIN(length, 16));
    entry->dw[11] = (entry->dw[11] & ~0xffu) | length;
}

/* Data that makes sense at first sight, somewhere in the arena. */
static void any_text(KvWild *wild, KvEntry *entry, const void *text,
                      uint32_t length)
{
    uint64_t address = arena_page(wild);

    memcpy(wild->drive->machine->memory + address, text, length);
    entry->dw[6] = address;
    entry->dw[10] = one_in(wild, 8) ? any_number(wild) : length;
}

static KvEntry any_select(KvWild *wild)
{
    static const char *const texts[] = {
        "select * from s3object",
        "select name, sum(size) over () from s3object order by 1",
        "select * from s3object, read_text('/etc/passwd')",
        "select repeat(name, 100000) from s3object",
        "copy s3object to '/tmp/x'",
        "{\"delimiter\":\",\"}select name from s3object",
        "select \0 from s3object",
    };
    const char *text = texts[below(wild, G_N_ELEMENTS(texts))];
    KvEntry entry = kv_entry(KV_SELECT, 1);

    kv_key(&entry, wild->drive->dialect, "table", 5);
    any_text(wild, &entry, text, strlen(text));
    entry.dw[11] |= below(wild, 8) << 8 | below(wild, one_in(wild, 4) ? 5 : 1)
                    << 16 | below(wild, 4) << 24;
    entry.dw[12] = one_in(wild, 4) ? below(wild, 20) : 0;
    return entry;
}

static KvEntry any_result(KvWild *wild)
{
    KvEntry entry = kv_entry(KV_RESULT, 1);

    entry.dw[10] = any_number(wild);
    entry.dw[11] = below(wild, 9);
    entry.dw[12] = one_in(wild, 2) ? any_number(wild) : 0;
    entry.dw[13] = one_in(wild, 4) ? below(wild, 3) : wild->result;
    any_data(wild, &entry);
    return entry;
}

static KvEntry any_compose(KvWild *wild)
{
    static const uint8_t sources[] = "\2\0\0\0" "\2\0c1" "\5\0table\0";
    KvEntry entry = kv_entry(KV_COMPOSE, 1);

    any_key(wild, &entry);
    any_text(wild, &entry, sources, sizeof(sources) - 1);
    entry.dw[11] |= one_in(wild, 4) ? below(wild, 32) << 8 : 0;
    return entry;
}

KvEntry kv_wild_io(KvWild *wild)
{
    static const uint8_t opcodes[] = {
        0x00, KV_STANDARD_STORE, KV_STANDARD_RETRIEVE, KV_LIST, KV_LIST,
        KV_DELETE, KV_EXIST, KV_STORE, KV_STORE, KV_STORE, KV_RETRIEVE,
        KV_RETRIEVE, KV_RETRIEVE, KV_SELECT, KV_RESULT, KV_COMPOSE,
    };
    KvEntry entry = kv_entry(opcodes[below(wild, G_N_ELEMENTS(opcodes))], 1);
    int i;

    switch (below(wild, 120)) {
    case 0:
        return any_select(wild);
    case 1 ... 8:
        return any_result(wild);
    case 9 ... 12:
        return any_compose(wild);
    case 13 ... 18:
        entry.dw[0] = below(wild, 256);
    }
    if (one_in(wild, 20)) { /* reserved fields, the metadata pointer */
        for (i = 2; i < 16; i++) {
            entry.dw[i] = any_number(wild);
        }
    }
    any_key(wild, &entry);
    entry.dw[10] = any_number(wild);
    entry.dw[11] |= one_in(wild, 4) ? any_number(wild) << 8 :
                    one_in(wild, 2) ? 1u << (8 + below(wild, 6)) : 0;
    if (one_in(wild, 3)) {
        entry.dw[12] = any_number(wild);
    }
    if (one_in(wild, 3)) {
        entry.dw[13] = any_number(wild);
    }
    if (one_in(wild, 50)) {
        entry.dw[1] = any_number(wild);
    }
    if (one_in(wild, 100)) {
        entry.dw[0] |= below(wild, 4) << 8; /* fused */
    }
    any_data(wild, &entry);
    return entry;
}

/*
 * Queues 1 and 0 carry the test and stay; from 3 on they are the guest's toys,
 * made of memory that changes. The shadow doorbells of 7Ch would take the
 * test's own queues away, 15h the namespace, and 0Ch completes only with news.
 */
KvEntry kv_wild_admin(KvWild *wild)
{
    static const uint8_t opcodes[] = { 0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0x06,
                                       0x08, 0x09, 0x0a, 0x0a, 0x0d, 0x18,
                                       0x1a, 0x1c, 0x80, 0x81, 0x82, 0x84 };
    KvEntry entry = kv_entry(opcodes[below(wild, G_N_ELEMENTS(opcodes))], 1);
    uint8_t opcode = entry.dw[0];
    int i;

    if (one_in(wild, 4)) {
        entry.dw[1] = any_number(wild);
    }
    for (i = 10; i < 16; i++) {
        entry.dw[i] = one_in(wild, 2) ? any_number(wild) : 0;
    }
    if (one_in(wild, 2)) {
        entry.dw[11] = below(wild, 4) << 24;
    }
    any_data(wild, &entry);
    if (opcode <= 0x05 && opcode != KV_ADMIN_GET_LOG) {
        entry.dw[10] = below(wild, 64) << 16 | (3 + below(wild, 4));
        entry.dw[6] = arena_page(wild); /* a queue elsewhere is fatal */
        entry.dw[7] = 0;
        if (opcode == KV_ADMIN_CREATE_SQ) {
            entry.dw[11] = (3 + below(wild, 4)) << 16 | 1;
        } else if (opcode == KV_ADMIN_CREATE_CQ) {
            entry.dw[11] = 1;
        }
    } else if (opcode == KV_ADMIN_ABORT && one_in(wild, 2)) {
        uint32_t cid = wild->drive->controller->queues[1].next_cid;

        entry.dw[10] = cid << 16 | 1;
    } else if (opcode == KV_ADMIN_FORMAT && !one_in(wild, 8)) {
        entry.dw[10] = below(wild, 64);
    }
    return entry;
}

/* Changes the arena while commands that use it run. */
static void *mutate(void *data)
{
    KvWild *wild = data;
    GRand *random = g_rand_new_with_seed(1);

    while (!qatomic_read(&wild->stop)) {
        uint32_t at = g_rand_int_range(random, 0, ARENA_SIZE - 16);
        uint8_t *byte = wild->drive->machine->memory + KV_ARENA + at;

        /* small enough never to look like an address of the host */
        qatomic_set(byte, g_rand_int_range(random, 0, 0x40));
        qatomic_set(byte + 1, g_rand_int_range(random, 0, 0x40));
        if (at % 64 == 0) {
            g_usleep(50);
        }
    }
    g_rand_free(random);
    return NULL;
}

void kv_wild_start(KvWild *wild)
{
    g_assert_cmpuint(wild->drive->machine->next, <, KV_ARENA);
    wild->mutator = g_thread_new("mutate", mutate, wild);
}

void kv_wild_stop(KvWild *wild)
{
    qatomic_set(&wild->stop, true);
    g_thread_join(wild->mutator);
}
