// SPDX-License-Identifier: BSD-3-Clause
#include "device/worker/attack.hpp"

namespace csd::worker {

void run_attack_if_built_in(std::string_view) {}

}  // namespace csd::worker
