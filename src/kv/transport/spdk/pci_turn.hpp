// SPDX-License-Identifier: BSD-3-Clause
//
// Whose turn it is with a PCI device: only one process can have it, and one that ends is not quite gone when what it wrote
// is read, as in `kvcli list | while read -r key; do kvcli delete "$key"; done`. So the next one waits a little.
//
// Threads: any. Tested by pci_turn_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "csd/log.hpp"
#include "csd/status.hpp"

namespace csd::kv {

// Where only root writes, as only root takes such a device.
inline constexpr char kTurns[] = "/run";
inline constexpr uint32_t kTurnMs = 10'000;

// Waits until no other process has this turn, then has it until this one ends. Fails when that takes longer than
// `patience_ms`. Without a way to write to `directory` it is everybody's turn. A wait of more than half a second is logged
// once, as a warning, since what else SPDK logs is for those who debug it.
Status take_pci_turn(const std::string& directory, const std::string& address, uint32_t patience_ms,
                     const Log& log = {});

// The PCI devices that a configuration of SPDK takes ("traddr"), as the kernel writes their addresses, each once.
std::vector<std::string> pci_addresses_in(std::string_view configuration);

}  // namespace csd::kv
