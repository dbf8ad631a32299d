// SPDX-License-Identifier: BSD-3-Clause
//
// The numeric options of a drive and what each may be. Every host of the engine (QEMU, the emulator, bdev_csd) passes
// its options to csd_open, which checks them here, so that one table decides for all of them.
//
// Tested by option_bounds_test.cc.
#pragma once

#include <span>
#include <string>

#include "csd/device.h"

namespace csd::device {

struct OptionBounds {
    const char* name;  // as hosts spell it for their users
    uint64_t (*value)(const csd_options& options);
    void (*set)(csd_options& options, uint64_t value);
    uint64_t least;  // 0 stands for the default and is always allowed
    uint64_t most;
};

std::span<const OptionBounds> option_bounds();

// What is wrong with a number among the options, as a sentence; empty when nothing is.
std::string check_numbers(const csd_options& options);

}  // namespace csd::device
