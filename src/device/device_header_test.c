/* SPDX-License-Identifier: BSD-3-Clause */
/* The C header stands alone in C; capi_test.cc includes it in C++. */
#include "csd/device.h"

int device_header_in_c(void);

int device_header_in_c(void) {
    struct csd_options options = CSD_OPTIONS_INIT;
    struct csd_command command = {0};
    struct csd_completion completion = {0};
    (void)command;
    (void)completion;
    return options.struct_size == sizeof(struct csd_options) && options.root == NULL;
}
