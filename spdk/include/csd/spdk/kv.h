/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * csd/spdk/kv.h - what the driver level (nvme_kv.h) and the bdev level (bdev_kv.h) share: keys, requests, what a
 * drive can do, and the pages it returns.
 *
 * Terms
 *   Drive       a namespace that speaks the NVMe Key Value Command Set (CSI 01h), with the extended commands of
 *               docs/command-set.md or without, or the vendor commands of 2023 on a block namespace.
 *   Request     memory of the caller, one struct csd_kv_request for each command in flight. The library allocates
 *               nothing once a handle is open: all it has to remember of a command is in there.
 *   Buffers     memory that SPDK can give to a device (spdk_dma_malloc). They stay with the command until its
 *               callback, as does the array of a scattered buffer.
 *
 * Errors
 *   A function that takes a callback returns 0 and calls it exactly once, or returns a negated errno and never calls
 *   it. The callback may run before the function returns. It gets the completion of the drive:
 *   status (spdk_nvme_cpl_is_error()), and in cdw0 the result that the table in docs/command-set.md gives.
 *
 *     -EINVAL    an argument the drive would refuse: key length, contradictory flags, more data than one transfer
 *                where the verb is one command
 *     -ENOTSUP   the drive, its dialect or this SPDK cannot do that
 *     -ENOMEM    no request of SPDK is free: wait for a completion and submit again
 *     -EFAULT    the buffer is not memory for devices, or not aligned to four bytes on a drive that needs it
 *     -ENXIO     the queue or the device is gone
 *     -ENODEV    (opening) what answers is not a drive
 *     -EIO       (opening) it does not answer
 *     -EBUSY     (closing) commands are in flight
 *
 * One status, two meanings
 *   The library passes the drive's statuses on as they are, and two of them mean what the verb says:
 *
 *     87h                 after select_retrieve: the result is gone (a controller reset, a free, five idle minutes).
 *                         After compose: a source does not exist. Else: the key does not exist.
 *     SCT 7h SC 08h       after store, and store_extended with an offset or MORE: the pieces that came before are gone (a
 *                         controller reset, ten idle minutes, another store of the key), and nothing was stored. After an
 *                         append: the value has another size. After retrieve: the value kept changing.
 *
 *   A select only reads, so a program whose result is gone may send it again.
 *
 * Large values
 *   What does not fit one transfer (csd_kv_info.max_transfer_bytes) is split. A store travels as pieces that join a
 *   hidden value, so that the drive changes the value at once, with the last of them; the flags of the store are
 *   judged then. A retrieve asks for the version before and after its pieces, and begins again when the value changed
 *   meanwhile; the fourth time it fails with SCT 7h SC 08h. Split stores of one key through one handle follow one
 *   another; through two handles of one controller they disturb each other, and the caller must keep them apart. A store
 *   of one transfer ends a split one of its key that is under way, which then fails with SCT 7h SC 08h.
 *   The 2023 dialect has neither: its large stores are a store and appends, which a reader can see half done, and its
 *   large retrieves notice a change of size only. A drive with the standard commands only gives -ENOTSUP.
 *
 * Threads
 *   A handle belongs to the thread of its qpair or channel. It may be used from callbacks, also to send the request
 *   whose callback it is. struct csd_kv_info does not change and may be read anywhere.
 */
#ifndef CSD_SPDK_KV_H
#define CSD_SPDK_KV_H

#include "csd/spdk/compat.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CSD_KV_MAX_KEY_BYTES 16

/** 1 to 16 bytes of any value. */
struct csd_kv_key {
    uint8_t size;
    uint8_t bytes[CSD_KV_MAX_KEY_BYTES];
};

/**
 * Make a key.
 *
 * \return 0, or -EINVAL unless `size` is 1 to 16.
 */
static inline int csd_kv_key_set(struct csd_kv_key* key, const void* bytes, size_t size) {
    if (size == 0 || size > CSD_KV_MAX_KEY_BYTES) {
        return -EINVAL;
    }
    key->size = (uint8_t)size;
    memset(key->bytes, 0, sizeof(key->bytes));
    memcpy(key->bytes, bytes, size);
    return 0;
}

/** A command in flight. Not to be read, copied or freed between the submission and the callback. */
struct csd_kv_request {
    uint64_t opaque[88];
};

enum csd_kv_dialect {
    CSD_KV_STANDARD = 0, /**< The NVMe Key Value Command Set. */
    CSD_KV_2023 = 1,     /**< Vendor commands on a block namespace. */
};

/** Commands beyond the five of the standard: the bits of byte 3845 of Identify Namespace. */
enum csd_kv_extension {
    CSD_KV_HAS_APPEND = 1 << 0,
    CSD_KV_HAS_OFFSET = 1 << 1, /**< Retrieve at an offset, and describe. */
    CSD_KV_HAS_SELECT = 1 << 2,
    CSD_KV_HAS_ASYNCHRONOUS = 1 << 3,
    CSD_KV_HAS_COMPOSE = 1 << 4,
    CSD_KV_HAS_MORE = 1 << 5, /**< Stores in pieces. */
};

/**
 * What a drive is and can do, found out when the handle was opened. Sizes are in bytes; 0 where the drive does not say.
 * Of get_info; what a field promises, a verb of the handle does.
 */
struct csd_kv_info {
    enum csd_kv_dialect dialect;
    uint32_t extensions; /**< enum csd_kv_extension, or-ed. */
    uint32_t formats;    /**< Bit per enum csd_kv_format. */
    uint32_t max_key_bytes;
    uint32_t max_transfer_bytes; /**< Of one command, a multiple of 4; larger values are split. */
    uint32_t max_sql_bytes;
    uint32_t max_results;   /**< Held at once. */
    bool standard_opcodes;  /**< 01h and 02h reach the drive; else 81h and 82h are used. */
    bool scattered_buffers; /**< This SPDK has them. */
    uint64_t max_value_bytes;
    uint64_t max_result_bytes;
    uint64_t max_results_bytes; /**< Of all held results together. */
    uint64_t capacity_bytes;    /**< When the handle was opened, as the next. */
    uint64_t used_bytes;
};

/** Options of opening. Zero means the default. */
struct csd_kv_opts {
    uint32_t max_transfer_bytes; /**< Split at less than the drive allows; rounded down to 4. */
    uint32_t nsid;               /**< Of a bdev whose drive has no extensions; default 1. */
};

/**
 * The end of opening.
 *
 * \param rc 0, or a negated errno: -ENODEV, -EIO. The handle must be closed then.
 */
typedef void (*csd_kv_open_cb)(void* cb_arg, int rc);

/** Flags of store, extended store and compose. */
enum csd_kv_store_flag {
    CSD_KV_MUST_EXIST = 1 << 0,     /**< Else 87h. */
    CSD_KV_MUST_NOT_EXIST = 1 << 1, /**< Else 89h. */
    CSD_KV_APPEND = 1 << 2,         /**< Extended store: at the end of the value. */
    CSD_KV_AT_OFFSET = 1 << 3, /**< With APPEND: only if `offset` is the end, else SCT 7h SC 08h. */
    CSD_KV_MORE = 1 << 4,      /**< Extended store: a piece, not the last. */
    CSD_KV_DELETE_SOURCES = 1 << 5, /**< Compose. */
};

enum csd_kv_retrieve_flag {
    CSD_KV_DESCRIBE = 1 << 0, /**< 64 bytes about the value instead of the value. */
};

enum csd_kv_format {
    CSD_KV_CSV = 0,
    CSD_KV_JSON = 1,
    CSD_KV_PARQUET = 2,
};

enum csd_kv_select_flag {
    CSD_KV_INPUT_HEADER = 1 << 0, /**< The first line of the CSV names its columns. */
    CSD_KV_OUTPUT_HEADER = 1 << 1,
    CSD_KV_ASYNCHRONOUS = 1 << 2, /**< The completion only says that the query has begun. */
};

/** How a value is queried. The data is options, one JSON object, and then SQL. */
struct csd_kv_select {
    enum csd_kv_format input;
    enum csd_kv_format output;
    uint32_t flags;        /**< enum csd_kv_select_flag, or-ed. */
    uint32_t option_bytes; /**< At the front of the data; 0: it is all SQL. */
};

enum csd_kv_result_flag {
    CSD_KV_KEEP = 1 << 0,
    CSD_KV_KEEP_UNLESS_ALL = 1 << 1, /**< Free it when its last byte was fetched. */
    CSD_KV_DESCRIBE_RESULT = 1 << 2, /**< 64 bytes about the result instead of it. */
};

/** What describe returns of a value, and of a result. */
#define CSD_KV_DESCRIPTION_BYTES 64
struct csd_kv_value {
    uint64_t size;
    uint64_t version; /**< Changes whenever the value does. */
};
struct csd_kv_result {
    uint64_t size;
    uint32_t state; /**< 0 done, 1 running, 2 failed. */
    /** Why it failed: a reason code of docs/command-set.md. 0: the drive tells it by the text only. */
    uint32_t reason;
    uint32_t position;                      /**< Byte offset in the SQL; UINT32_MAX: none. */
    uint32_t subject_offset, subject_bytes; /**< Of the name within the text; 0 bytes: none. */
    uint64_t record;                        /**< Of the value, from 1; 0: none. */
};

/**
 * Read what Extended Retrieve with CSD_KV_DESCRIBE returned.
 *
 * \param description CSD_KV_DESCRIPTION_BYTES, in memory of any kind.
 */
void csd_kv_read_value(const void* description, struct csd_kv_value* value);

/** The same of Select Retrieve with CSD_KV_DESCRIBE_RESULT. */
void csd_kv_read_result(const void* description, struct csd_kv_result* result);

/** A walk over the keys that list returned. */
struct csd_kv_list {
    const uint8_t* next;
    size_t bytes_left;
    uint32_t keys_left;
    enum csd_kv_dialect dialect;
};

/**
 * Begin a walk.
 *
 * \param page What list returned; `bytes` of it, as given to list.
 * \return the number of keys it says it has, or -EINVAL if it cannot be a list.
 */
int64_t csd_kv_list_begin(struct csd_kv_list* list, const struct csd_kv_info* info,
                          const void* page, size_t bytes);

/**
 * Get the next key.
 *
 * \return 1; 0 at the end; -EINVAL if the page is damaged.
 */
int csd_kv_list_next(struct csd_kv_list* list, struct csd_kv_key* key);

/**
 * Write the data of compose.
 *
 * \param data At least 4 + 20 * count bytes are always enough.
 * \return the bytes to give to compose; -EINVAL if they do not fit or a key is bad.
 */
int64_t csd_kv_write_sources(void* data, size_t bytes, const struct csd_kv_key* sources,
                             uint32_t count);

#ifdef __cplusplus
}
#endif
#endif
