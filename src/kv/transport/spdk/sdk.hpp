// SPDX-License-Identifier: BSD-3-Clause
//
// SPDK's headers as C++ can take them. What differs between versions of SPDK is in csd/spdk/compat.h.
#pragma once

#include "csd/spdk/compat.h"

extern "C" {
#include "spdk/bdev_module.h"
#include "spdk/thread.h"
}
