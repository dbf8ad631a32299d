/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU is killed in mid-store, round after round, on one directory. A child
 * drives the queues and notes in shared memory what it sent and what was
 * acknowledged; its parent kills QEMU at any moment. When the next QEMU has
 * started, each key holds its last acknowledged state or the one that was under
 * way, whole, and the directory holds nothing else. NVME_KV_ROUNDS sets how
 * often (200).
 */
#include "qemu/osdep.h"
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "qemu/atomic.h"
#include "nvme-kv-lib.h"

#define KEYS 24
#define LARGEST (256 * 1024)

/* State n of a key is absent if n % 5 is 0, else a value made from both. */
typedef struct Record {
    uint32_t acknowledged[KEYS], sent[KEYS];
    uint32_t completions; /* of this round */
    pid_t qemu;
} Record;

static uint32_t size_of(uint32_t key, uint32_t state)
{
    static const uint32_t sizes[] = { 16, 4096, 1, 70000, LARGEST, 513,
                                      131072 };

    return sizes[(key * 3 + state) % G_N_ELEMENTS(sizes)];
}

static void fill(uint8_t *bytes, uint32_t key, uint32_t state)
{
    uint32_t random = key * 2654435761u ^ state * 40503u, i;

    for (i = 0; i < size_of(key, state); i++) {
        random = random * 1664525 + 1013904223;
        bytes[i] = random >> 24;
    }
}

static bool is_state(const char *path, uint32_t key, uint32_t state)
{
    g_autofree char *content = NULL;
    g_autofree uint8_t *value = g_malloc(LARGEST);
    gsize size;

    if (!g_file_get_contents(path, &content, &size, NULL)) {
        return state % 5 == 0;
    }
    if (state % 5 == 0 || size != size_of(key, state)) {
        return false;
    }
    fill(value, key, state);
    return memcmp(content, value, size) == 0;
}

static char *key_name(uint32_t key)
{
    return g_strdup_printf("key%02u", key);
}

static void check_key(Record *record, const char *values, uint32_t key)
{
    g_autofree char *name = key_name(key);
    g_autoptr(GString) path = g_string_new(values);
    const char *c;

    g_string_append_c(path, '/');
    for (c = name; *c; c++) {
        g_string_append_printf(path, "%02X", *c);
    }
    if (is_state(path->str, key, record->acknowledged[key])) {
        record->sent[key] = record->acknowledged[key];
    } else if (is_state(path->str, key, record->sent[key])) {
        record->acknowledged[key] = record->sent[key];
    } else {
        g_error("%s is neither state %u, which was acknowledged, nor %u",
                path->str, record->acknowledged[key], record->sent[key]);
    }
}

/* Names in a directory that are not made of the given characters. */
static int others(const char *path, const char *characters)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;
    int count = 0;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        count += strspn(name, characters) != strlen(name);
    }
    return count;
}

/*
 * Nothing lies among the values that is not one, and what a kill left half
 * made, t-N in the engine's directory, is gone once the drive is in use.
 */
static void check_directory(const char *values)
{
    g_autofree char *engine = g_strconcat(values, ".csd", NULL);

    g_assert_cmpint(others(values, "0123456789ABCDEF"), ==, 0);
    g_assert_cmpint(others(engine, "abcdefghijklmnopqrstuvwxyz"), ==, 0);
}

static void check(Record *record, const char *directory)
{
    g_autofree char *values = g_strdup_printf("%s/0/1", directory);
    uint32_t key;

    for (key = 0; key < KEYS; key++) {
        check_key(record, values, key);
    }
    check_directory(values);
}

/* The next state of a key: a value, or its end. */
static KvEntry advance(Record *record, KvDialect dialect, uint32_t key,
                       KvBuffer *buffer)
{
    uint32_t state = record->acknowledged[key] + 1;
    g_autofree char *name = key_name(key);
    KvEntry entry = kv_entry(state % 5 ? KV_STORE : KV_DELETE, 1);

    record->sent[key] = state;
    kv_key(&entry, dialect, name, strlen(name));
    if (state % 5) {
        fill(buffer->bytes, key, state);
        kv_sized_data(&entry, buffer, size_of(key, state));
    }
    return entry;
}

static void child(Record *record, KvDialect dialect, const char *directory)
{
    g_autofree char *options = kv_drive(dialect, 4, directory);
    KvMachine *machine = kv_machine(options);
    KvController *controller = kv_controller(machine, 4);
    KvBuffer buffers[KEYS];
    uint16_t cids[KEYS];
    uint32_t key;

    check(record, directory);
    for (key = 0; key < KEYS; key++) {
        buffers[key] = kv_buffer(machine, LARGEST);
        cids[key] = kv_submit(controller, 1,
                              advance(record, dialect, key, &buffers[key]));
    }
    kv_ring(controller, 1);
    qatomic_store_release(&record->qemu, qtest_pid(machine->qts));
    for (;;) { /* until the parent ends it */
        KvCompletion done = kv_wait(controller, 1);

        for (key = 0; cids[key] != done.cid; key++) {
            g_assert_cmpuint(key, <, KEYS - 1);
        }
        g_assert_cmphex(done.status, ==, KV_SUCCESS);
        record->acknowledged[key] = record->sent[key];
        qatomic_store_release(&record->completions, record->completions + 1);
        cids[key] = kv_submit(controller, 1,
                              advance(record, dialect, key, &buffers[key]));
        kv_ring(controller, 1);
    }
}

static void end(pid_t pid)
{
    g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
}

/*
 * Lets the child go on for a number of completions and microseconds, then
 * kills what it talks to.
 */
static void round_of(Record *record, KvDialect dialect, const char *directory)
{
    uint32_t wanted = g_test_rand_int_range(0, 200);
    gint64 deadline = g_get_monotonic_time() + 120 * G_USEC_PER_SEC;
    pid_t driver;

    record->qemu = 0;
    record->completions = 0;
    driver = fork();
    g_assert_cmpint(driver, >=, 0);
    if (driver == 0) {
        child(record, dialect, directory);
    }
    while (!qatomic_load_acquire(&record->qemu) ||
           qatomic_load_acquire(&record->completions) < wanted) {
        g_assert_cmpint(waitpid(driver, NULL, WNOHANG), ==, 0); /* it failed */
        g_assert_cmpint(g_get_monotonic_time(), <, deadline);
        g_usleep(50);
    }
    g_usleep(g_test_rand_int_range(0, 1000));
    kill(driver, SIGSTOP); /* it need not see the end of its QEMU */
    kill(record->qemu, SIGKILL);
    kill(driver, SIGKILL);
    end(driver);
    end(record->qemu); /* an orphan now, and so ours */
}

static void test_kill(const void *data)
{
    KvDialect dialect = GPOINTER_TO_INT(data);
    const char *rounds = getenv("NVME_KV_ROUNDS");
    Record *record = mmap(NULL, sizeof(*record), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    KvDrive drive = { .dialect = dialect, .directory = kv_directory() };
    int i, count = rounds ? atoi(rounds) : 200;

    g_assert(record != MAP_FAILED);
    g_assert_cmpint(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), ==, 0);
    for (i = 0; i < count; i++) {
        round_of(record, dialect, drive.directory);
    }
    kv_drive_restart(&drive);
    check(record, drive.directory);
    for (i = 0; i < KEYS; i++) { /* the drive says what the files say */
        g_autofree char *name = key_name(i);

        kv_expect(&drive, KV_EXIST, name, record->acknowledged[i] % 5 ?
                  KV_SUCCESS : KV_KEY_MISSING);
    }
    kv_drive_stop(&drive);
    munmap(record, sizeof(*record));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    kv_add_test("kill", test_kill);
    return g_test_run();
}
