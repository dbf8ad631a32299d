/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * csd/spdk/nvme_kv.h - Key Value commands and SQL select for SPDK's NVMe driver, beside an unmodified SPDK.
 *
 *     csd_nvme_kv_open(ns, qpair, NULL, opened, &state, &kv);
 *     while (!state.opened) csd_nvme_kv_poll(kv, 0);
 *     csd_kv_key_set(&key, "greeting", 8);
 *     csd_nvme_kv_store(kv, &request, &key, buffer, 5, 0, stored, &state);
 *     while (!state.stored) csd_nvme_kv_poll(kv, 0);
 *
 * A handle is one namespace seen through one I/O qpair, over PCIe or fabrics. Several handles may share a qpair, and
 * the qpair may carry other commands. csd/spdk/kv.h has what all verbs share: requests, buffers, errno, large values,
 * threads. docs/command-set.md has the commands, those of NVMe Key Value Command Set 1.0d and those beyond it.
 *
 * No name here begins with spdk_nvme_kv_, which SPDK has from 26.05.
 */
#ifndef CSD_SPDK_NVME_KV_H
#define CSD_SPDK_NVME_KV_H

#include "csd/spdk/kv.h"

#ifdef __cplusplus
extern "C" {
#endif

struct csd_nvme_kv;

/**
 * Find out what a namespace is: by Identify, or, behind a target that answers Identify itself, by asking the drive.
 *
 * \param ns Active namespace; Identify CNS 00h of a Key Value drive of this project makes it so on every SPDK.
 * \param qpair I/O qpair of its controller. Close the handle before the qpair is freed; only a lost qpair is freed
 * first, which ends what is in flight, and then the handle is closed.
 * \param opts Or NULL.
 * \param cb_fn Called from csd_nvme_kv_poll(), or whatever else polls the qpair and the admin queue; until then no other
 * thread may poll the latter.
 * \param kv Valid at once; until cb_fn with rc 0 it may only be polled or closed.
 * \return 0, or -EINVAL, -ENOMEM, or what submitting the first command returned.
 */
int csd_nvme_kv_open(struct spdk_nvme_ns* ns, struct spdk_nvme_qpair* qpair,
                     const struct csd_kv_opts* opts, csd_kv_open_cb cb_fn, void* cb_arg,
                     struct csd_nvme_kv** kv);

/**
 * \return 0, or -EBUSY while commands are in flight; then nothing happened. NULL is ignored. May be called from the
 * callback of the last command.
 */
int csd_nvme_kv_close(struct csd_nvme_kv* kv);

/**
 * \return what the drive is and can do. It belongs to the handle: the pointer is good until the handle is closed, the
 * content from the callback of opening on, and any thread may read it.
 */
const struct csd_kv_info* csd_nvme_kv_get_info(const struct csd_nvme_kv* kv);

/**
 * Process completions of the qpair, and go on with large values for which there was no free request. In place of
 * spdk_nvme_qpair_process_completions(), or now and then beside it. Negative: the qpair is lost. Then the values that
 * waited have failed too (SCT 3h SC 70h), so poll once more until it is negative before you free a lost qpair.
 *
 * \param max_completions 0: all there are.
 * \return as spdk_nvme_qpair_process_completions().
 */
int32_t csd_nvme_kv_poll(struct csd_nvme_kv* kv, uint32_t max_completions);

/**
 * Store a value of any size: 01h, Key Value Command Set 1.0d section 3.2.5, or 81h where 01h would not arrive.
 *
 * \param flags CSD_KV_MUST_EXIST, CSD_KV_MUST_NOT_EXIST.
 */
int csd_nvme_kv_store(struct csd_nvme_kv* kv, struct csd_kv_request* request,
                      const struct csd_kv_key* key, const void* buffer, uint64_t bytes,
                      uint32_t flags, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** The same, gathered; -ENOTSUP before SPDK 24.01 unless iovcnt is 1. */
int csd_nvme_kv_storev(struct csd_nvme_kv* kv, struct csd_kv_request* request,
                       const struct csd_kv_key* key, const struct iovec* iov, int iovcnt,
                       uint32_t flags, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/**
 * Retrieve a value, or what of it lies from `offset` on: 02h, Key Value Command Set 1.0d section 3.2.3, or 82h for an
 * offset or where 02h would not arrive.
 *
 * On success cdw0 is the size of the whole value, FFFFFFFFh when that needs more than 32 bits, and the buffer holds as
 * much of the value as there is from the offset on. Over fabrics `bytes` must not be 0.
 *
 * A value of such a size has at least 4 GiB - 1 bytes. Whether it has more, and how much of a buffer that reaches further
 * it fills, only describe tells, and the value may change in between: describe before and after, and retrieve again when
 * the versions differ.
 */
int csd_nvme_kv_retrieve(struct csd_nvme_kv* kv, struct csd_kv_request* request,
                         const struct csd_kv_key* key, void* buffer, uint64_t bytes,
                         uint64_t offset, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** The same, scattered; -ENOTSUP before SPDK 24.01 unless iovcnt is 1. */
int csd_nvme_kv_retrievev(struct csd_nvme_kv* kv, struct csd_kv_request* request,
                          const struct csd_kv_key* key, const struct iovec* iov, int iovcnt,
                          uint64_t offset, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/**
 * List keys in their order: 06h, Key Value Command Set 1.0d section 3.2.2, one command. csd_kv_list_begin() walks over
 * the answer.
 *
 * \param start The first key wanted, or NULL. To go on, give the last key and skip it.
 * \param bytes 4 at least.
 */
int csd_nvme_kv_list(struct csd_nvme_kv* kv, struct csd_kv_request* request,
                     const struct csd_kv_key* start, void* buffer, uint32_t bytes,
                     spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** Ask whether a key exists: 14h, Key Value Command Set 1.0d section 3.2.4. Success, or 87h. */
int csd_nvme_kv_exist(struct csd_nvme_kv* kv, struct csd_kv_request* request,
                      const struct csd_kv_key* key, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/**
 * Delete a value: 10h, Key Value Command Set 1.0d section 3.2.1. A missing key is a success unless the feature EDNEK is
 * set; always 87h on the 2023 dialect.
 */
int csd_nvme_kv_delete(struct csd_nvme_kv* kv, struct csd_kv_request* request,
                       const struct csd_kv_key* key, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/**
 * Extended Store (81h), one command: append, guarded or not, and pieces of a value under the caller's own control.
 *
 * \param offset With CSD_KV_AT_OFFSET, with CSD_KV_MORE, or, without flags, that of the last piece; else 0.
 * \param flags enum csd_kv_store_flag without DELETE_SOURCES. An append that may be sent twice (a retry below this
 * library) must have CSD_KV_AT_OFFSET. The 2023 dialect has MUST_EXIST, MUST_NOT_EXIST and APPEND.
 */
int csd_nvme_kv_store_ext(struct csd_nvme_kv* kv, struct csd_kv_request* request,
                          const struct csd_kv_key* key, const void* buffer, uint32_t bytes,
                          uint64_t offset, uint32_t flags, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** The same, gathered. */
int csd_nvme_kv_store_extv(struct csd_nvme_kv* kv, struct csd_kv_request* request,
                           const struct csd_kv_key* key, const struct iovec* iov, int iovcnt,
                           uint64_t offset, uint32_t flags, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/**
 * Extended Retrieve (82h), one command.
 *
 * \param flags CSD_KV_DESCRIBE: the buffer gets CSD_KV_DESCRIPTION_BYTES for csd_kv_read_value().
 */
int csd_nvme_kv_retrieve_ext(struct csd_nvme_kv* kv, struct csd_kv_request* request,
                             const struct csd_kv_key* key, void* buffer, uint32_t bytes,
                             uint64_t offset, uint32_t flags, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/** The same, scattered. */
int csd_nvme_kv_retrieve_extv(struct csd_nvme_kv* kv, struct csd_kv_request* request,
                              const struct csd_kv_key* key, const struct iovec* iov, int iovcnt,
                              uint64_t offset, uint32_t flags, spdk_nvme_cmd_cb cb_fn,
                              void* cb_arg);

/**
 * Compose (8Dh): the value becomes the concatenation of others, inside the drive, all at once.
 *
 * \param sources As csd_kv_write_sources() makes them.
 * \param flags MUST_EXIST, MUST_NOT_EXIST, DELETE_SOURCES.
 */
int csd_nvme_kv_compose(struct csd_nvme_kv* kv, struct csd_kv_request* request,
                        const struct csd_kv_key* key, const void* sources, uint32_t bytes,
                        uint32_t flags, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/**
 * Select Send (85h): run SQL on the value. On success cdw0 is the id of the result. On failure with SCT 7h it is an id
 * too, under which csd_nvme_kv_select_retrieve() gives the reason as text.
 */
int csd_nvme_kv_select_send(struct csd_nvme_kv* kv, struct csd_kv_request* request,
                            const struct csd_kv_key* key, const struct csd_kv_select* select,
                            const void* data, uint32_t bytes, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/**
 * Select Retrieve (86h): fetch a result, or a part of it. On success cdw0 is its size.
 *
 * \param id As Select Send gave it. 0: the reason of this controller's last failed select.
 * \param flags enum csd_kv_result_flag, or-ed. Without KEEP the result is gone afterwards.
 */
int csd_nvme_kv_select_retrieve(struct csd_nvme_kv* kv, struct csd_kv_request* request, uint32_t id,
                                void* buffer, uint32_t bytes, uint64_t offset, uint32_t flags,
                                spdk_nvme_cmd_cb cb_fn, void* cb_arg);

/**
 * Free a result, or cancel its query if that still runs.
 *
 * \param buffer 4 bytes that a device may write; fabrics have no command without data that would do.
 */
int csd_nvme_kv_select_free(struct csd_nvme_kv* kv, struct csd_kv_request* request, uint32_t id,
                            void* buffer, spdk_nvme_cmd_cb cb_fn, void* cb_arg);

#ifdef __cplusplus
}
#endif
#endif
