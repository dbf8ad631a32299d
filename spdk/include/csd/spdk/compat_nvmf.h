/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * csd/spdk/compat_nvmf.h - what compat.h is to SPDK's versions, for programs with an NVMe-oF target inside. Apart, as
 * other programs need none of these headers.
 */
#ifndef CSD_SPDK_COMPAT_NVMF_H
#define CSD_SPDK_COMPAT_NVMF_H

#include "csd/spdk/compat.h"

#ifdef __cplusplus
extern "C" {
#endif

#include "spdk/nvmf.h"
#include "spdk/nvmf_spec.h"
#include "spdk/nvmf_transport.h"

/** The first `bytes` of what a host sent with a request; false if it sent less. 23.05 left only the iovecs. */
static inline bool csd_spdk_nvmf_copy_data(const struct spdk_nvmf_request* request, void* to,
                                           size_t bytes) {
    if (request->length < bytes) {
        return false;
    }
#if SPDK_VERSION >= SPDK_VERSION_NUM(23, 5, 0)
    return spdk_copy_iovs_to_buf(to, bytes, (struct iovec*)(uintptr_t)request->iov,
                                 (int)request->iovcnt),
           true;
#else
    if (request->data == NULL) {  // NOLINT(modernize-use-nullptr): this is C as well
        return false;
    }
    memcpy(to, request->data, bytes);
    return true;
#endif
}

#ifdef __cplusplus
}
#endif

#endif
