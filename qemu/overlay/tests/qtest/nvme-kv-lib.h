/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small NVMe host for the qtests of the Key Value drive: it owns a machine
 * whose memory is shared with the test, so that commands and data are plain
 * stores of the test and only doorbells travel over the qtest socket.
 *
 * The tests run where QEMU runs, on x86: the wire is little-endian as they are.
 */
#ifndef TESTS_NVME_KV_LIB_H
#define TESTS_NVME_KV_LIB_H

#include "libqtest.h"
#include "libqos/pci.h"

#define KV_MEMORY (64 * 1024 * 1024)
#define KV_PAGE 4096
#define KV_QUEUES 8
#define KV_IO_ENTRIES 128
#define KV_UNTOUCHED 0xee /* what buffers hold until the drive writes */

/* How a namespace packs its commands. */
typedef enum KvDialect { KV_STANDARD, KV_2023 } KvDialect;

typedef enum KvStatus {
    KV_SUCCESS = 0x000,
    KV_INVALID_OPCODE = 0x001,
    KV_INVALID_FIELD = 0x002,
    KV_ABORTED = 0x007,
    KV_ABORTED_SQ_DELETED = 0x008,
    KV_INVALID_NAMESPACE = 0x00b,
    KV_CAPACITY_EXCEEDED = 0x081,
    KV_FORMAT_IN_PROGRESS = 0x084,
    KV_INVALID_KEY_SIZE = 0x086,
    KV_KEY_MISSING = 0x087,
    KV_UNRECOVERED = 0x088,
    KV_KEY_EXISTS = 0x089,
} KvStatus;

/* Opcodes of both dialects; STORE and RETRIEVE are the extended ones. */
enum {
    KV_STANDARD_STORE = 0x01,
    KV_STANDARD_RETRIEVE = 0x02,
    KV_LIST = 0x06,
    KV_DELETE = 0x10,
    KV_EXIST = 0x14,
    KV_STORE = 0x81,
    KV_RETRIEVE = 0x82,
    KV_SELECT = 0x85,
    KV_RESULT = 0x86,
    KV_COMPOSE = 0x8d,
};

/* Admin opcodes that more than one file sends. */
enum {
    KV_ADMIN_DELETE_SQ = 0x00,
    KV_ADMIN_CREATE_SQ = 0x01,
    KV_ADMIN_GET_LOG = 0x02,
    KV_ADMIN_DELETE_CQ = 0x04,
    KV_ADMIN_CREATE_CQ = 0x05,
    KV_ADMIN_IDENTIFY = 0x06,
    KV_ADMIN_ABORT = 0x08,
    KV_ADMIN_SET_FEATURES = 0x09,
    KV_ADMIN_GET_FEATURES = 0x0a,
    KV_ADMIN_FORMAT = 0x80,
};

typedef struct KvEntry {
    uint32_t dw[16];
} KvEntry;

typedef struct KvCompletion {
    uint32_t dw0, dw1;
    uint16_t sq_head, sq_id, cid;
    uint16_t status; /* without phase, DNR and More: SCT in bits 10:8 */
} KvCompletion;

/* Guest memory of one command, with room for its PRP list behind it. */
typedef struct KvBuffer {
    uint64_t address, list;
    uint32_t size;
    uint8_t *bytes;
} KvBuffer;

typedef struct KvMachine {
    QTestState *qts;
    QPCIBus *bus;
    uint8_t *memory;
    uint64_t next; /* guest memory below it is given away */
} KvMachine;

typedef struct KvQueue {
    uint64_t submission, completion;
    uint16_t entries, cq_entries, tail, head, next_cid;
    bool phase;
} KvQueue;

typedef struct KvController {
    KvMachine *machine;
    QPCIDevice *pci;
    QPCIBar bar;
    uint32_t stride; /* of doorbells, in bytes */
    KvQueue queues[KV_QUEUES]; /* 0 is the admin queue; 1 exists after enable */
} KvController;

/* A directory of its own for each test, and its end. */
char *kv_directory(void);
void kv_remove_directory(char *directory);

/* The options of one controller nvmeSLOT with one namespace, 1, on ROOT. */
char *kv_drive(KvDialect dialect, int slot, const char *root);

/* Starts QEMU with these options and the shared memory; quits it. */
KvMachine *kv_machine(const char *options);
void kv_machine_quit(KvMachine *machine);
void kv_machine_free(KvMachine *machine); /* of a QEMU that is gone */

KvBuffer kv_buffer(KvMachine *machine, uint32_t size);
void kv_untouch(KvBuffer *buffer);
/* From `used` on nothing was written. */
void kv_assert_untouched(const KvBuffer *buffer, uint32_t used);

/* The controller in a PCI slot, enabled, with I/O queue 1. */
KvController *kv_controller(KvMachine *machine, int slot);
void kv_controller_free(KvController *controller);
void kv_enable(KvController *controller); /* after a reset, too */
void kv_disable(KvController *controller); /* returns when RDY is 0 */
void kv_map(KvController *controller); /* BARs, after a reset of the machine */
uint32_t kv_register(KvController *controller, uint32_t offset);
void kv_set_register(KvController *controller, uint32_t offset, uint32_t value);

void kv_create_queue(KvController *controller, uint16_t id, uint16_t sq_entries,
                     uint16_t cq_entries);
KvCompletion kv_delete_sq(KvController *controller, uint16_t id);

KvEntry kv_entry(uint8_t opcode, uint32_t nsid);
void kv_key(KvEntry *entry, KvDialect dialect, const void *key, uint8_t length);
void kv_data(KvEntry *entry, const KvBuffer *buffer, uint32_t length);
/* The same with DW10: the length that commands of both dialects carry. */
void kv_sized_data(KvEntry *entry, const KvBuffer *buffer, uint32_t length);

uint16_t kv_submit(KvController *controller, uint16_t queue, KvEntry entry);
void kv_ring(KvController *controller, uint16_t queue);
/* Takes a completion and tells the controller so; peek does not tell it. */
bool kv_poll(KvController *controller, uint16_t queue, KvCompletion *done);
bool kv_peek(KvController *controller, uint16_t queue, KvCompletion *done);
void kv_consume(KvController *controller, uint16_t queue);
KvCompletion kv_wait(KvController *controller, uint16_t queue);
/* Submit, ring and wait for one command that is alone on its queue. */
KvCompletion kv_do(KvController *controller, uint16_t queue, KvEntry entry);

/* What most tests send, on queue 1 and namespace 1. */
KvCompletion kv_store(KvController *controller, KvDialect dialect,
                      const char *key, const void *value, uint32_t length);
KvCompletion kv_retrieve(KvController *controller, KvDialect dialect,
                         const char *key, KvBuffer *buffer, uint32_t length,
                         uint32_t offset);
KvCompletion kv_plain(KvController *controller, KvDialect dialect,
                      uint8_t opcode, const char *key);
KvEntry kv_select_entry(KvDialect dialect, const char *key, KvBuffer *data,
                        const char *sql);
/* SQL that runs for minutes on any object. */
extern const char kv_slow_sql[];

KvCompletion kv_identify(KvController *controller, uint8_t cns, uint8_t csi,
                         uint32_t nsid, KvBuffer *page);
/* A machine with one drive, as most tests want it. */
typedef struct KvDrive {
    KvDialect dialect;
    char *directory;
    KvMachine *machine;
    KvController *controller;
    KvBuffer page; /* two pages of guest memory for whatever a test reads */
} KvDrive;

KvDrive kv_drive_start(KvDialect dialect);
void kv_drive_stop(KvDrive *drive);
void kv_drive_quit(KvDrive *drive); /* QEMU ends, the directory stays */
void kv_drive_restart(KvDrive *drive);
void kv_put(KvDrive *drive, const char *key, const char *value);
void kv_expect_value(KvDrive *drive, const char *key, const char *value);
void kv_expect(KvDrive *drive, uint8_t opcode, const char *key,
               uint16_t status);
/* A test for each dialect, which it gets by GPOINTER_TO_INT. */
void kv_add_test(const char *name, GTestDataFunc test);

uint64_t kv_u64(const uint8_t *bytes);
uint32_t kv_u32(const uint8_t *bytes);
uint16_t kv_u16(const uint8_t *bytes);

#endif
