// SPDX-License-Identifier: BSD-3-Clause
//
// What a reader must know of the machine behind a number: nothing that names its owner.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace csd::bench {

// processors, processor, kernel, file_system (of `path`), load (of the last minute).
nlohmann::json describe_machine(const std::string& path);

// Private memory of this process that is in RAM.
uint64_t resident_bytes();

}  // namespace csd::bench
