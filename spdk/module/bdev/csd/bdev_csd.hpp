// SPDX-License-Identifier: BSD-3-Clause
//
// bdev_csd: a drive of the engine in this process as an SPDK bdev, which whatever sits on the bdev layer can use; SPDK's
// NVMe-oF target serves it to hosts.
//
//   bdev_csd_rpc.cc     JSON-RPC: create, delete, get
//   caller.cc           who waits for an answer of JSON-RPC
//   lifecycle.cc        opens and closes drives beside the reactors; the module itself; its configuration
//   bdev_csd.cc         what happens to one I/O
//   admin.cc            the admin commands
//   drive.cc            the drive and its threads, without SPDK
//   waiting_selects.cc  the selects that run for a later fetch
//   hosts.cc            which host of a target is behind a queue
//   nvmf_hosts.cc       the same asked of SPDK's target, in programs that have one
//
// Threads, as SPDK has it: create, delete and the lists on the application's thread; I/O on the thread of its channel. No
// call here blocks. Tested by drive_test.cc, admin_test.cc, bdev_io_test.cc and tests/spdk.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "csd/spdk/compat.h"
#include "csd/status.hpp"
#include "drive.hpp"

namespace csd::spdk {

struct CsdBdev {
    std::string name;
    std::string uuid;  // as text when the user gave one
    std::unique_ptr<Drive> drive;
    spdk_bdev bdev{};
};

// `done` comes later on this thread, with the bdev or the reason why there is none.
using Created = std::function<void(Result<CsdBdev*>)>;
void create_bdev(const std::string& name, const std::string& uuid, const DriveOptions& options,
                 const Created& done);

// -ENODEV: there is no bdev of this module with that name. Else 0, and `done` comes later on this thread with 0 or a
// negative errno value: when every user closed it and the drive's directory is free again.
using Deleted = std::function<void(int error)>;
int delete_bdev(const std::string& name, Deleted done);

const std::list<CsdBdev*>& all_bdevs();

// nvmf_hosts.cc: which host sent the command of an I/O, as a number for the engine, and nothing if it came from no host of
// a target. Without such a function, every user of a bdev is the same controller to the engine.
using HostLookup = std::optional<uint32_t> (*)(const spdk_bdev_io* bio);
void set_host_lookup(HostLookup lookup);  // before main

// From any thread: the last controller of that host is gone. What the drives held for it ends.
void host_ended(uint32_t number);

// bdev_csd.cc, for the module
extern const spdk_bdev_fn_table kFunctions;
int context_bytes();  // that this module keeps in an I/O

// lifecycle.cc and bdev_csd_rpc.cc, for the function table
int destruct(void* context);
spdk_io_channel* get_io_channel(void* context);
int dump_info(void* context, spdk_json_write_ctx* json);
void write_config(spdk_bdev* bdev, spdk_json_write_ctx* json);

// From any thread: `function` runs on `thread` with `argument`, certainly.
void send(spdk_thread* thread, spdk_msg_fn function, void* argument);

}  // namespace csd::spdk
