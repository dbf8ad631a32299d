// SPDX-License-Identifier: BSD-3-Clause
//
// Whether a drive, opened again, shows what it must: every acknowledged value whole, every interrupted
// operation either not begun or done, and in its directory nothing else.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "crash/journal.hpp"
#include "crash/operation.hpp"
#include "lib/host.hpp"

namespace csd::crash {

// What the parent knows before the drive is opened again.
struct Knowledge {
    State state;                        // after all that was acknowledged
    std::vector<Operation> operations;  // that were interrupted, at most one of each lane
};

// What is wrong, or nothing. `chosen` gets the outcome that each interrupted operation had.
std::string verify(const test::Host& host, const std::string& root, const Knowledge& knowledge,
                   std::array<uint32_t, kMostLanes>& chosen);

}  // namespace csd::crash
