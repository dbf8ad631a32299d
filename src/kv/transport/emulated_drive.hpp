// SPDX-License-Identifier: BSD-3-Clause
//
// EmulatedDrive: one drive in this process, and the part of an NVMe controller that is not the engine's.
//
// Every transport to the same directory and namespace in one process shares one EmulatedDrive, as queue pairs
// share a controller; a second process waits for the first, up to 10 seconds. This and emulator.cc are the one
// bridge from kv/ to the engine, and they use nothing but include/csd/device.h.
//
// Threads: every method from any thread. Tested by emulator_test.cc and emulator_key_value_test.cc.
#pragma once

#include <atomic>
#include <memory>

#include "csd/device.h"
#include "csd/kv.hpp"
#include "csd/log.hpp"
#include "kv/transport/emulator_spec.hpp"
#include "kv/transport/executors.hpp"
#include "nvme/admin.hpp"

namespace csd::kv {

class EmulatedDrive {
  public:
    static constexpr uint32_t kMaxTransferBytes = 2 * kMiB;

    // Opens the drive, or joins those who have it open already. kUsage when they opened it otherwise.
    static Result<std::shared_ptr<EmulatedDrive>> open(const EmulatorSpec& spec,
                                                       const OpenOptions& options);
    EmulatedDrive(const EmulatorSpec& spec, const OpenOptions& options)  // for open()
        : spec_(spec), log_(options.log) {}
    ~EmulatedDrive();
    EmulatedDrive(const EmulatedDrive&) = delete;
    EmulatedDrive& operator=(const EmulatedDrive&) = delete;

    csd_device* device() const { return device_; }
    const EmulatorSpec& spec() const { return spec_; }
    // A controller number of its own for each transport: results and hidden values belong to it.
    uint32_t new_controller() { return next_controller_++; }

    Executors& commands() { return commands_; }
    Executors& queries() { return queries_; }  // so that selects never delay other commands

    // An admin command, as the controller answers it. May block on files.
    nvme::Cqe admin(const nvme::Sqe& sqe, MutableBytes data);

  private:
    static Result<std::shared_ptr<EmulatedDrive>> make(const EmulatorSpec& spec,
                                                       const OpenOptions& options);
    static void log(void* context, int level, const char* message);

    bool takes_namespace(nvme::AdminOpcode opcode, uint32_t nsid) const;
    uint16_t list_namespaces(uint32_t nsid, bool of_command_set, uint8_t csi,
                             MutableBytes page) const;
    uint16_t identify(uint32_t nsid, uint32_t cdw10, uint32_t cdw11, MutableBytes page);
    uint16_t identify_namespace(uint32_t nsid, uint8_t cns, uint8_t csi, MutableBytes page);
    uint8_t command_set() const;
    uint16_t describe(uint32_t page_number, uint32_t argument, MutableBytes page);
    void write_controller(MutableBytes page) const;
    void write_block_namespace(MutableBytes page) const;
    void write_descriptors(MutableBytes page) const;

    const EmulatorSpec spec_;
    const Log log_;
    csd_device* device_ = nullptr;
    std::atomic<uint32_t> next_controller_{1};
    Executors commands_{16};
    Executors queries_{16};
};

}  // namespace csd::kv
