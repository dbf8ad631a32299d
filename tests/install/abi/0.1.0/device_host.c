/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device-host: the smallest host of a drive. It is what a controller's firmware or an emulator would be: it takes submission
 * queue entries, asks the engine what each needs, moves the data, and posts completions.
 *
 *     device-host DIRECTORY
 *
 * It stores a value of CSV under the key "cars" in the drive DIRECTORY, and has the drive select from it. Every command is the
 * 64 bytes that an NVMe host would send; docs/command-set.md describes them.
 */
#include <csd/device.h>
#include <stdio.h>
#include <string.h>

enum { KV_STORE = 0x01, SELECT_SEND = 0x85, SELECT_RETRIEVE = 0x86 };
enum { CONTROLLER = 1 };

struct entry {
    uint32_t dword[16];
};

/* As Key Value Command Set 1.0d section 3 packs it: the first four bytes of the key in dword 2, and so on to 15. */
static void put_key(struct entry* entry, const char* key) {
    uint8_t bytes[16] = {0};
    size_t length = strlen(key);
    if (length > sizeof bytes) length = sizeof bytes;
    memcpy(bytes, key, length);
    memcpy(&entry->dword[2], bytes, 8);
    memcpy(&entry->dword[14], bytes + 8, 8);
    entry->dword[11] = (uint32_t)length;
}

/* One command from its entry to its completion. Returns the status; `data` is what goes to the drive or comes from it. */
static uint16_t run(csd_device* device, const struct entry* entry, void* data, size_t bytes,
                    struct csd_completion* done) {
    struct csd_command command;
    struct iovec memory = {data, bytes};
    uint16_t status = csd_decode(device, entry, CONTROLLER, &command);
    if (status != 0) return status;
    if (command.data_bytes > bytes) return 0x04; /* Data Transfer Error */
    /* A host with several commands at a time would give csd_execute to another thread when csd_try declines. */
    if (!csd_try(device, &command, &memory, 1, done))
        csd_execute(device, &command, &memory, 1, done);
    return done->status;
}

static int fail(const char* what, uint16_t status) {
    fprintf(stderr, "%s failed: status code type %x, status code %02x\n", what, status >> 8 & 7,
            status & 0xFF);
    return 1;
}

static int play(csd_device* device) {
    char cars[] = "make,price\nFord,100\nOpel,40\n";
    char sql[] = "SELECT make FROM s3object WHERE price > 50";
    char answer[4096];
    struct csd_completion done;
    uint16_t status;

    struct entry store = {{KV_STORE}};
    store.dword[1] = 1; /* the namespace */
    store.dword[10] = sizeof cars - 1;
    put_key(&store, "cars");
    if ((status = run(device, &store, cars, sizeof cars - 1, &done)) != 0)
        return fail("the store", status);

    struct entry select = {{SELECT_SEND}};
    select.dword[1] = 1;
    select.dword[10] = sizeof sql - 1;
    put_key(&select, "cars");
    select.dword[11] |= 1u << 8; /* the value begins with a header; CSV in, CSV out */
    if ((status = run(device, &select, sql, sizeof sql - 1, &done)) != 0)
        return fail("the select", status);

    struct entry retrieve = {{SELECT_RETRIEVE}};
    retrieve.dword[1] = 1;
    retrieve.dword[10] = sizeof answer;
    retrieve.dword[13] = done.dw0; /* the result's id */
    if ((status = run(device, &retrieve, answer, sizeof answer, &done)) != 0)
        return fail("the retrieve", status);
    fwrite(answer, 1, done.data_bytes, stdout);
    return 0;
}

int main(int argc, char** argv) {
    struct csd_options options = CSD_OPTIONS_INIT;
    csd_device* device = NULL;
    char* error = NULL;
    int status;
    if (argc != 2) {
        fprintf(stderr, "usage: device-host DIRECTORY\n");
        return 2;
    }
    options.root = argv[1];
    if (csd_open(&options, &device, &error) != 0) {
        fprintf(stderr, "the drive cannot be opened: %s\n", error);
        csd_free(error);
        return 1;
    }
    status = play(device);
    csd_close(device);
    return status;
}
