/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * csd/device.h - C interface to the drive engine (libcsd).
 *
 * One csd_device is one namespace of an emulated computational storage drive: Key Value pairs kept as
 * files under a directory, and SQL SELECT over their values. The caller owns the NVMe controller and its
 * queues; this library owns the meaning of a command.
 *
 *     struct csd_options options = CSD_OPTIONS_INIT;
 *     options.root = "/var/lib/drive";
 *     csd_device *device;
 *     char *error;
 *     if (csd_open(&options, &device, &error) != 0) { puts(error); csd_free(error); ... }
 *
 *     struct csd_command command;
 *     uint16_t status = csd_decode(device, sqe, controller, &command);
 *     if (status == 0) {
 *         ... fetch or make room for command.data_bytes of host memory, as iovecs ...
 *         struct csd_completion done;
 *         if (!csd_try(device, &command, iov, iovcnt, &done))
 *             csd_execute(device, &command, iov, iovcnt, &done);     (on a thread that may block)
 *         ... hand done.data_bytes to the host if the direction says so; post done ...
 *     }
 *
 * Life of a command
 *   csd_decode    pure: reads the 64 bytes, says which way and how many bytes the data goes. No lock, no I/O.
 *   csd_try       completes what needs no waiting: answers of the index, values that are in the page cache.
 *                 Returns 0 and does nothing when the command has to wait for something.
 *   csd_execute   runs the command on the calling thread; it may block on files or on a query.
 *   csd_cancel    asks a command that is in csd_execute to stop; it then completes with Command Abort
 *                 Requested (07h) within 50 ms, unless it had already done its work.
 *
 * Conventions
 *   Statuses      uint16_t: the Status Field of a completion without its phase bit, so SC in bits 7:0, SCT in
 *                 10:8, DNR in 14. 0 is success. NVMe Base Specification 2.1 section 4.2.3.
 *   Data          iovecs of the caller. They may be guest memory that changes at any time: what is judged (SQL,
 *                 key lists, options) is copied first. Nothing is kept after the call returns. Their total length
 *                 must be at least command.data_bytes: less data for the drive is Data Transfer Error (04h), and
 *                 less room for the host's gets that much.
 *   Ownership     a device belongs to the caller from csd_open to csd_close; strings the library returns are
 *                 freed with csd_free.
 *   Threads       every function may be called from any thread, and decode, try, execute, cancel and describe
 *                 from any number of them at once. csd_close must not overlap another call on that device.
 *                 The library has two threads of its own for each device: the janitor (fills the index,
 *                 removes formatted values, ends idle results and hidden values) and the reaper (watches query
 *                 workers), both with all signals blocked. csd_open starts one child process, the query
 *                 launcher; the calling process never forks after that.
 *   Errors        a bad command is a status in its completion. Only csd_open fails otherwise: it returns an errno
 *                 value and a sentence for the user.
 *   ABI           structs that may grow begin with struct_size; new members come at the end, and zero means the
 *                 default. A caller compiled against an older header keeps working.
 *
 * Thread safety, the wire and the files: ARCHITECTURE.md, docs/command-set.md, docs/store-format.md.
 */
#ifndef CSD_DEVICE_H
#define CSD_DEVICE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CSD_API __attribute__((visibility("default")))

typedef struct csd_device csd_device;

enum csd_direction { CSD_NO_DATA = 0, CSD_HOST_TO_DEVICE = 1, CSD_DEVICE_TO_HOST = 2 };

/* How the namespace packs its commands; docs/command-set.md. */
enum csd_dialect {
    CSD_DIALECT_KEY_VALUE = 0, /* CSI 01h: the NVMe Key Value command set */
    CSD_DIALECT_2023 = 1       /* CSI 00h: vendor commands on a block namespace */
};

enum csd_flags {
    CSD_SYNC_ALWAYS = 1 << 0,    /* a store, append, compose or delete is durable on completion */
    CSD_NO_EXTENSIONS = 1 << 1,  /* a drive with the standard's five commands and Flush only */
    CSD_UNSAFE_QUERY = 1 << 2,   /* run selects even where the kernel has no Landlock */
    CSD_NORMAL_PRIORITY = 1 << 3 /* query workers are ordinary processes, not of the idle class */
};

enum csd_log_level { CSD_LOG_DEBUG = 0, CSD_LOG_INFO = 1, CSD_LOG_WARNING = 2, CSD_LOG_ERROR = 3 };

/*
 * Everything but root has a default, taken where the member is 0 or NULL. The limits in
 * ARCHITECTURE.md list the defaults and the ranges; csd_open refuses a number outside its range with EINVAL and a
 * sentence. What a host can see of them is in the drive's Identify pages.
 */
struct csd_options {
    size_t struct_size;  /* sizeof(struct csd_options) when the caller was compiled */
    const char* root;    /* directory, created if absent; values lie in root/bus_number/nsid/ */
    uint32_t bus_number; /* PCI bus of the controller, as a name only */
    uint32_t nsid;       /* default 1 */
    uint32_t dialect;    /* enum csd_dialect */
    uint32_t flags;      /* enum csd_flags, or-ed */
    uint64_t size_bytes; /* capacity; default: what the host file system has */
    uint32_t max_transfer_bytes; /* most data of one command (MDTS); default 2 MiB, at most 1 GiB */
    uint32_t lock_wait_ms;       /* how long csd_open waits for a root in use; default 0 */
    uint32_t query_threads;      /* of one query; default 2 */
    uint32_t query_concurrent;   /* queries at once; default 8 */
    uint32_t
        query_deadline_ms; /* processor time of a query, a thread; default 60000. Ten times by the clock */
    uint64_t query_memory_bytes; /* address space of one query; default 1.5 GB */
    uint64_t result_bytes;   /* largest result; default 1 GiB, or results_bytes if that is less */
    uint64_t results_bytes;  /* of all held results together; default 1 GiB */
    uint32_t results_held;   /* how many at once; default 128 */
    uint32_t result_idle_ms; /* a result nobody fetched from is dropped; default 300000 */
    uint32_t staged_idle_ms; /* a hidden value nobody added to is dropped; default 600000 */
    uint32_t sql_bytes;      /* most SQL of one select; default 65536 */
    const char* worker_path; /* the query launcher; default: beside the program, or installed */
    /* Called from any thread, one complete sentence without a newline. Default: nothing is logged. */
    void (*log)(void* context, int level, const char* message);
    void* log_context;
};

#ifdef __cplusplus
#define CSD_OPTIONS_INIT \
    { sizeof(struct csd_options) }
#else
#define CSD_OPTIONS_INIT \
    { .struct_size = sizeof(struct csd_options) }
#endif

/* How long a command may take, so that a host can keep slow ones from delaying quick ones. */
enum csd_pace {
    CSD_PACE_QUICK = 0, /* memory and one small file operation */
    CSD_PACE_BULK = 1,  /* moves or syncs data: large transfers, compose, flush */
    CSD_PACE_QUERY = 2  /* waits for a query worker */
};

/* Filled by csd_decode. The caller reads the first three members and keeps the rest as it is, at one address,
 * until the command has completed. */
struct csd_command {
    uint32_t direction;  /* enum csd_direction */
    uint32_t data_bytes; /* to move; bounded by max_transfer_bytes */
    uint32_t pace;       /* enum csd_pace */
    uint32_t controller; /* as given to csd_decode */
    uint64_t opaque[16];
};

struct csd_completion {
    uint32_t dw0; /* command specific result */
    uint32_t dw1;
    uint16_t status;
    uint32_t data_bytes; /* of the iovecs that hold data for the host; the rest was not touched */
};

/* Returns 0, or an errno value with a sentence in *error (csd_free it). EBUSY: another drive uses the root. */
CSD_API int csd_open(const struct csd_options* options, csd_device** device, char** error);

/* No command may be in csd_execute; cancel them first. Values that were acknowledged stay. NULL is ignored. */
CSD_API void csd_close(csd_device* device);

CSD_API void csd_free(void* pointer);

/* 1 when `opcode` is an I/O command that csd_decode understands in this dialect. A host asks before it falls
 * back to its own commands: on the 2023 dialect Flush is not claimed, and the host also calls csd_flush. */
CSD_API int csd_claims(const csd_device* device, uint8_t opcode);

/* `sqe`: the 64 bytes of the entry. `controller`: any number that names the host's controller: results of
 * selects and hidden values belong to it. Returns a status; the command is valid only when it is 0. */
CSD_API uint16_t csd_decode(const csd_device* device, const void* sqe, uint32_t controller,
                            struct csd_command* command);

/* 1: `done` is filled and the command is finished. 0: nothing happened, use csd_execute. */
CSD_API int csd_try(csd_device* device, struct csd_command* command, const struct iovec* iov,
                    int iovcnt, struct csd_completion* done);

CSD_API void csd_execute(csd_device* device, struct csd_command* command, const struct iovec* iov,
                         int iovcnt, struct csd_completion* done);

/* May be called once or often, before or while csd_execute runs. */
CSD_API void csd_cancel(csd_device* device, struct csd_command* command);

/* The controller was reset or went away: its results, running selects and hidden values end. */
CSD_API void csd_reset(csd_device* device, uint32_t controller);

/* Ends an asynchronous select that still runs, as Select Retrieve without a keep bit does. Returns 1 if it did, and 0
 * when there is no such select or it has ended: its result or reason stays as it is. For hosts that let several of
 * theirs be one controller and have to make room. */
CSD_API int csd_stop_select(csd_device* device, uint32_t controller, uint32_t id);

/* Pages a host asks for. Identify Controller and the lists of namespaces are the caller's. */
enum csd_page {
    /* CNS 00h: compatible answer. 2023 dialect: writes only the vendor area, bytes 3840 to 4095, of
     * the page that the caller made. */
    CSD_PAGE_IDENTIFY_NAMESPACE = 0x00,
    CSD_PAGE_IDENTIFY_KV_NAMESPACE = 0x05,  /* CNS 05h, CSI 01h */
    CSD_PAGE_IDENTIFY_KV_CONTROLLER = 0x06, /* CNS 06h, CSI 01h */
    CSD_PAGE_IDENTIFY_INDEPENDENT = 0x08,   /* CNS 08h */
    CSD_PAGE_IDENTIFY_KV_FORMAT = 0x0A,     /* CNS 0Ah, CSI 01h; index in `argument` */
    CSD_PAGE_IDENTIFY_KV_ALLOCATED = 0x1B,  /* CNS 1Bh, CSI 01h */
    CSD_PAGE_LOG_EFFECTS = 0x105 /* log page 05h. 2023 dialect: adds to the caller's page */
};

/* Fills 4096 bytes. May wait for the index once after csd_open, as NUSE is exact. Returns a status. */
CSD_API uint16_t csd_describe(csd_device* device, uint32_t page, uint32_t argument, void* data);

/* 1 when csd_describe(page) would not have to wait. */
CSD_API int csd_describe_ready(csd_device* device, uint32_t page);

/* Feature 20h, Key Value Configuration: bit 0 EDNEK, kept across restarts. The 2023 dialect answers 3 to
 * Get and refuses Set. Any other fid: Invalid Field. */
CSD_API uint16_t csd_get_feature(csd_device* device, uint8_t fid, uint32_t* dw0);
CSD_API uint16_t csd_set_feature(csd_device* device, uint8_t fid, uint32_t cdw11);

/*
 * The admin commands of the namespace, as they came: Get and Set Features 20h and Format NVM, 64 bytes each. Any other
 * is Invalid Command Opcode, or Invalid Field for another feature.
 *
 * csd_check_admin reads the entry and touches nothing: 0 if csd_admin would carry it out. All of the entry is judged but
 * NSID, PSDT and the data pointer, which are the controller's; in the 2023 dialect the fields of Format that
 * choose a format of blocks are the controller's, too. A host that formats or sets several namespaces at once checks
 * each before it begins. csd_admin checks as well, then does it, and may block; *dw0 is DW0 of the completion.
 */
CSD_API uint16_t csd_check_admin(const csd_device* device, const void* sqe);
CSD_API uint16_t csd_admin(csd_device* device, const void* sqe, uint32_t* dw0);

/* Everything acknowledged before is durable when this returns 0. Blocks. */
CSD_API uint16_t csd_flush(csd_device* device);

/* Format NVM: removes every value. `format_index` must be 0. Returns when the namespace is empty; the files
 * are removed in the background. */
CSD_API uint16_t csd_format(csd_device* device, uint32_t format_index);

/* Figures for health logs and statistics. */
struct csd_statistics {
    size_t struct_size; /* set by the caller */
    uint64_t capacity_bytes, used_bytes, keys;
    uint64_t commands, read_bytes, written_bytes; /* since csd_open */
    uint64_t selects, selects_failed, select_scanned_bytes, select_returned_bytes;
    uint64_t results_held, results_held_bytes;
};
CSD_API void csd_get_statistics(csd_device* device, struct csd_statistics* statistics);

/* "1.0.0": the version of the library. */
CSD_API const char* csd_version(void);

#ifdef __cplusplus
}
#endif
#endif
