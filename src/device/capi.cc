// SPDX-License-Identifier: BSD-3-Clause
//
// include/csd/device.h over Device. No exception and no C++ type crosses this file.
// Tested by capi_test.cc and device_header_test.c.
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/version.hpp"
#include "csd/device.h"
#include "device/device.hpp"
#include "device/limits.hpp"
#include "device/option_bounds.hpp"
#include "nvme/admin.hpp"

using csd::CancelToken;
using csd::Code;
using csd::Status;
using csd::device::Call;
using csd::device::Completion;
using csd::device::Device;
using csd::device::DeviceOptions;

struct csd_device {
    std::unique_ptr<Device> device;
};

namespace {

namespace limits = csd::device;
namespace nvme = csd::nvme;

// What lies in csd_command::opaque between decode and completion.
struct Slot {
    nvme::Command command;
    std::atomic<uint32_t> cancelled{0};
};
static_assert(sizeof(Slot) <= sizeof(csd_command::opaque));
static_assert(alignof(Slot) <= alignof(csd_command));
static_assert(std::is_trivially_destructible_v<Slot>, "a host drops commands without telling us");

Slot& slot_of(csd_command* command) {
    return *std::launder(reinterpret_cast<Slot*>(command->opaque));
}

// The caller's struct may be older (shorter) or newer (longer) than ours: take what both know.
csd_options known_options(const csd_options& given) {
    csd_options known{};
    std::memcpy(&known, &given, std::min(given.struct_size, sizeof known));
    return known;
}

template <typename T>
T or_default(T value, T fallback) {
    return value != 0 ? value : fallback;
}

csd::Log make_log(const csd_options& options) {
    if (options.log == nullptr) return {};
    return [log = options.log, context = options.log_context](csd::LogLevel level,
                                                              const std::string& message) {
        log(context, static_cast<int>(level), message.c_str());
    };
}

DeviceOptions device_options(const csd_options& o) {
    using std::chrono::milliseconds;
    const bool has_extensions = (o.flags & CSD_NO_EXTENSIONS) == 0;
    DeviceOptions device;

    device.store.root = o.root;
    device.store.bus_number = o.bus_number;
    device.store.nsid = or_default(o.nsid, 1u);
    device.store.capacity_bytes = o.size_bytes;
    device.store.sync = (o.flags & CSD_SYNC_ALWAYS) != 0 ? csd::store::SyncMode::kAlways
                                                         : csd::store::SyncMode::kFlush;
    device.store.lock_wait = milliseconds(o.lock_wait_ms);
    device.store.staged_idle =
        milliseconds(or_default(o.staged_idle_ms, limits::kDefaultStagedIdleMs));
    device.store.log = make_log(o);

    device.query.worker_path = o.worker_path != nullptr ? o.worker_path : "";
    device.query.threads = or_default(o.query_threads, limits::kDefaultQueryThreads);
    device.query.deadline_ms = or_default(o.query_deadline_ms, limits::kDefaultQueryDeadlineMs);
    device.query.memory_bytes = or_default(o.query_memory_bytes, limits::kDefaultQueryMemoryBytes);
    device.results.bytes = or_default(o.results_bytes, limits::kDefaultResultsBytes);
    device.query.result_bytes =
        or_default(o.result_bytes, std::min(limits::kDefaultResultBytes, device.results.bytes));
    device.query.sql_bytes = or_default(o.sql_bytes, limits::kDefaultSqlBytes);
    device.query.concurrent = or_default(o.query_concurrent, limits::kDefaultQueriesAtOnce);
    device.query.normal_priority = (o.flags & CSD_NORMAL_PRIORITY) != 0;
    device.query.allow_without_landlock = (o.flags & CSD_UNSAFE_QUERY) != 0;
    device.query.log = device.store.log;

    device.results.held = or_default(o.results_held, limits::kDefaultResultsHeld);
    device.results.idle = milliseconds(or_default(o.result_idle_ms, limits::kDefaultResultIdleMs));

    device.rules.dialect =
        o.dialect == CSD_DIALECT_2023 ? nvme::Dialect::k2023 : nvme::Dialect::kKeyValue;
    device.rules.extensions = has_extensions;
    device.rules.max_transfer_bytes =
        or_default(o.max_transfer_bytes, limits::kDefaultTransferBytes);
    device.rules.max_sql_bytes = device.query.sql_bytes;
    return device;
}

// What is wrong with the options, as a sentence; empty when nothing is.
std::string judge(const csd_options& o) {
    if (o.root == nullptr || *o.root == '\0') return "no root directory was given for the drive";
    if (o.dialect > CSD_DIALECT_2023) return "the dialect must be CSD_DIALECT_KEY_VALUE or _2023";
    if (o.dialect == CSD_DIALECT_2023 && (o.flags & CSD_NO_EXTENSIONS) != 0) {
        return "the 2023 dialect consists of extensions: it cannot be opened without them";
    }
    return limits::check_numbers(o);
}

int errno_of(const Status& status) {
    switch (status.code()) {
        case Code::kNotReady: return EBUSY;  // another drive uses the directory
        case Code::kNoSpace: return ENOSPC;
        case Code::kInvalidField:
        case Code::kUsage: return EINVAL;
        default: return EIO;
    }
}

int refuse(int error_number, const std::string& sentence, char** error) {
    if (error != nullptr) *error = strdup(sentence.c_str());
    return error_number;
}

csd::device::HostMemory memory_of(const iovec* iov, int iovcnt) {
    return {iov, iovcnt > 0 ? static_cast<size_t>(iovcnt) : 0};
}

// Whether the host brought the data that the command says it has.
bool has_its_data(const csd_command& command, csd::device::HostMemory memory) {
    if (command.direction != CSD_HOST_TO_DEVICE) return true;
    uint64_t bytes = 0;
    for (const iovec& piece : memory) bytes += piece.iov_len;
    return bytes >= command.data_bytes;
}

void write_completion(const Completion& from, csd_completion* to) {
    to->dw0 = from.dw0;
    to->dw1 = from.dw1;
    to->status = from.status;
    to->data_bytes = from.data_bytes;
}

uint32_t pace_of(const nvme::Decoded& decoded) {
    if (std::holds_alternative<nvme::SelectSend>(decoded.command)) return CSD_PACE_QUERY;
    const bool bulk = decoded.data_bytes > limits::kBulkBytes ||
                      std::holds_alternative<nvme::Flush>(decoded.command) ||
                      std::holds_alternative<nvme::Compose>(decoded.command);
    return bulk ? CSD_PACE_BULK : CSD_PACE_QUICK;
}

nvme::Sqe entry_of(const void* sqe) {
    nvme::Sqe entry;
    std::memcpy(entry.bytes.data(), sqe, entry.bytes.size());
    return entry;
}

// Runs `body`; whatever it throws (memory is what can run out here) becomes Internal Error.
template <typename Body>
uint16_t guarded(Body body) {
    try {
        return body();
    } catch (...) {
        return nvme::kInternalError;
    }
}

}  // namespace

extern "C" {

int csd_open(const csd_options* options, csd_device** device, char** error) {
    *device = nullptr;
    try {
        if (options->struct_size < offsetof(csd_options, bus_number)) {
            return refuse(EINVAL, "csd_options.struct_size is not set", error);
        }
        const csd_options known = known_options(*options);
        if (const std::string wrong = judge(known); !wrong.empty()) {
            return refuse(EINVAL, wrong, error);
        }
        auto opened = Device::open(device_options(known));
        if (!opened.ok()) {
            return refuse(errno_of(opened.status()), opened.status().message(), error);
        }
        *device = new csd_device{std::move(opened).value()};
        return 0;
    } catch (const std::exception& failure) {
        return refuse(ENOMEM, failure.what(), error);
    }
}

void csd_close(csd_device* device) {
    delete device;
}

void csd_free(void* pointer) {
    free(pointer);
}

int csd_claims(const csd_device* device, uint8_t opcode) {
    nvme::Sqe probe;
    probe.bytes[0] = opcode;
    return nvme::decode(probe, device->device->rules()).status != nvme::kInvalidOpcode ? 1 : 0;
}

uint16_t csd_decode(const csd_device* device, const void* sqe, uint32_t controller,
                    csd_command* command) {
    const nvme::Decoded decoded = nvme::decode(entry_of(sqe), device->device->rules());
    if (decoded.status != 0) return decoded.status;
    command->direction = static_cast<uint32_t>(decoded.direction);
    command->data_bytes = decoded.data_bytes;
    command->pace = pace_of(decoded);
    command->controller = controller;
    new (command->opaque) Slot{decoded.command};
    return 0;
}

int csd_try(csd_device* device, csd_command* command, const iovec* iov, int iovcnt,
            csd_completion* done) {
    try {
        Slot& slot = slot_of(command);
        const Call call{command->controller, memory_of(iov, iovcnt), CancelToken(&slot.cancelled)};
        const auto completion = device->device->try_execute(slot.command, call);
        if (!completion) return 0;
        write_completion(*completion, done);
        return 1;
    } catch (...) {
        return 0;
    }
}

void csd_execute(csd_device* device, csd_command* command, const iovec* iov, int iovcnt,
                 csd_completion* done) {
    Completion completion;
    completion.status = guarded([&] {
        Slot& slot = slot_of(command);
        const Call call{command->controller, memory_of(iov, iovcnt), CancelToken(&slot.cancelled)};
        if (!has_its_data(*command, call.memory)) return nvme::kDataTransferError;
        completion = device->device->execute(slot.command, call);
        return completion.status;
    });
    if (completion.status != 0) completion.data_bytes = 0;
    write_completion(completion, done);
}

void csd_cancel(csd_device* device, csd_command* command) {
    slot_of(command).cancelled.store(1, std::memory_order_release);
    device->device->wake_cancelled();
}

void csd_reset(csd_device* device, uint32_t controller) {
    guarded([&] {
        device->device->reset(controller);
        return nvme::kSuccess;
    });
}

int csd_stop_select(csd_device* device, uint32_t controller, uint32_t id) {
    bool ended = false;
    guarded([&] {
        ended = device->device->end_running(controller, id);
        return nvme::kSuccess;
    });
    return ended ? 1 : 0;
}

uint16_t csd_describe(csd_device* device, uint32_t page, uint32_t argument, void* data) {
    return guarded([&] {
        return device->device->describe(page, argument,
                                        {static_cast<uint8_t*>(data), nvme::kPageBytes});
    });
}

int csd_describe_ready(csd_device* device, uint32_t page) {
    return device->device->describe_ready(page) ? 1 : 0;
}

uint16_t csd_get_feature(csd_device* device, uint8_t fid, uint32_t* dw0) {
    return guarded([&] { return device->device->get_feature(fid, dw0); });
}

uint16_t csd_set_feature(csd_device* device, uint8_t fid, uint32_t cdw11) {
    return guarded([&] { return device->device->set_feature(fid, cdw11); });
}

uint16_t csd_check_admin(const csd_device* device, const void* sqe) {
    return nvme::decode_admin(entry_of(sqe), device->device->rules().dialect).status;
}

uint16_t csd_admin(csd_device* device, const void* sqe, uint32_t* dw0) {
    *dw0 = 0;
    return guarded([&] { return device->device->admin(entry_of(sqe), dw0); });
}

uint16_t csd_flush(csd_device* device) {
    return guarded([&] { return device->device->flush(); });
}

uint16_t csd_format(csd_device* device, uint32_t format_index) {
    return guarded([&] { return device->device->format(format_index); });
}

void csd_get_statistics(csd_device* device, csd_statistics* out) {
    guarded([&] {
        const auto usage = device->device->usage();
        const auto results = device->device->result_counts();
        const auto& counters = device->device->statistics();
        csd_statistics all{};
        all.struct_size = out->struct_size;
        all.capacity_bytes = usage.capacity_bytes;
        all.used_bytes = usage.used_bytes;
        all.keys = usage.keys;
        all.commands = counters.commands;
        all.read_bytes = counters.read_bytes;
        all.written_bytes = counters.written_bytes;
        all.selects = counters.selects;
        all.selects_failed = counters.selects_failed;
        all.select_scanned_bytes = counters.select_scanned_bytes;
        all.select_returned_bytes = counters.select_returned_bytes;
        all.results_held = results.held;
        all.results_held_bytes = results.bytes;
        std::memcpy(out, &all, std::min(out->struct_size, sizeof all));
        return nvme::kSuccess;
    });
}

const char* csd_version(void) {
    return csd::kVersion;
}

}  // extern "C"
