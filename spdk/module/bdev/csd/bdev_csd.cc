// SPDX-License-Identifier: BSD-3-Clause
//
// One I/O of a bdev_csd: decoded, done at once where nothing has to be waited for, else a job of the drive, and
// completed on the thread it came from with the drive's own status and DW0. Tested by tests/spdk.
#include "bdev_csd.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "admin.hpp"
#include "nvme/command.hpp"
#include "nvme/status.hpp"

namespace csd::spdk {
namespace {

// What this module keeps in an I/O.
struct Io {
    Job job;
    iovec data{};  // of commands with one buffer
    spdk_bdev_io* self = nullptr;
    spdk_bdev_io* abort = nullptr;  // the I/O that asks for this one's end
    bool in_drive = false;
};
static_assert(std::is_trivially_destructible_v<Io>);
static_assert(offsetof(spdk_bdev_io, driver_ctx) % alignof(Io) == 0);

Io& io_of(spdk_bdev_io* bio) {
    return *reinterpret_cast<Io*>(bio->driver_ctx);
}
Io& io_of(Job& job) {
    return reinterpret_cast<Io&>(job);  // its first member
}
static_assert(offsetof(Io, job) == 0);

HostLookup host_lookup = nullptr;

uint32_t controller_of(const spdk_bdev_io* bio) {
    const auto host = host_lookup != nullptr ? host_lookup(bio) : std::nullopt;
    return host.value_or(Drive::kController);
}

Drive& drive_of(spdk_bdev_io* bio) {
    return *static_cast<CsdBdev*>(bio->bdev->ctxt)->drive;
}

void complete(spdk_bdev_io* bio, uint16_t status, uint32_t dw0) {
    spdk_bdev_io_complete_nvme_status(bio, dw0, nvme::status_code_type(status),
                                      nvme::status_code(status));
}

// The buffer may be a target's, with what another host read before.
void clear_tail(const Job& job) {
    if (job.done.status != nvme::kSuccess) return;
    size_t kept = job.done.data_bytes;
    for (int i = 0; i < job.iovcnt; i++) {
        const iovec& part = job.iov[i];
        const size_t keep = std::min(kept, part.iov_len);
        if (keep < part.iov_len)
            memset(static_cast<char*>(part.iov_base) + keep, 0, part.iov_len - keep);
        kept -= keep;
    }
}

// On the thread of the I/O.
void finish_here(void* argument) {
    Io& io = *static_cast<Io*>(argument);
    const csd_completion done = io.job.done;
    spdk_bdev_io* const abort = io.abort;
    io.in_drive = false;
    complete(io.self, done.status, done.dw0);
    if (abort == nullptr) return;
    const bool aborted = nvme::status_kind(done.status) == nvme::status_kind(nvme::kAbortRequested);
    spdk_bdev_io_complete(abort,
                          aborted ? SPDK_BDEV_IO_STATUS_SUCCESS : SPDK_BDEV_IO_STATUS_FAILED);
}

// On a thread of the drive.
void finish(Job& job) {
    if (job.command.direction == CSD_DEVICE_TO_HOST) clear_tail(job);
    Io& io = io_of(job);
    send(spdk_bdev_io_get_thread(io.self), finish_here, &io);
}

void give_to_drive(spdk_bdev_io* bio) {
    Io& io = io_of(bio);
    io.in_drive = true;
    io.job.finish = finish;
    drive_of(bio).submit(io.job);
}

void give_work(spdk_bdev_io* bio, void (*work)(csd_device*, Job&)) {
    Io& io = io_of(bio);
    io.job.work = work;
    io.job.command.pace = CSD_PACE_BULK;
    give_to_drive(bio);
}

void flush(csd_device* device, Job& job) {
    job.done.status = csd_flush(device);
}

void reset(csd_device* device, Job&) {
    csd_reset(device, Drive::kController);
}

void admin(csd_device* device, Job& job) {
    spdk_bdev_io* const bio = io_of(job).self;
    const spdk_nvme_cmd& command = bio->u.nvme_passthru.cmd;
    const bool is_2023 = drive_of(bio).options().dialect_2023;
    const Identity identity{bio->bdev->uuid, is_2023 ? nvme::kCsiNvm : nvme::kCsiKeyValue,
                            host_lookup != nullptr};
    job.done = run_admin(device, identity, command, *job.iov);
    job.command.direction = static_cast<uint32_t>(nvme::direction_of(command.opc));
}

void use_buffer(Io& io) {
    io.data = {io.self->u.nvme_passthru.buf, io.self->u.nvme_passthru.nbytes};
    io.job.iov = &io.data;
    io.job.iovcnt = 1;
}

void run_command(spdk_bdev_io* bio) {
    Io& io = io_of(bio);
    Drive& drive = drive_of(bio);
    const spdk_nvme_cmd& command = bio->u.nvme_passthru.cmd;
    if (csd_claims(drive.device(), command.opc) == 0 && command.opc == SPDK_NVME_OPC_FLUSH) {
        give_work(bio, flush);  // Flush of the 2023 dialect is the host's to pass on
        return;
    }
    const uint16_t status =
        csd_decode(drive.device(), &command, controller_of(bio), &io.job.command);
    io.job.sqe = &command;
    if (status != nvme::kSuccess) {
        complete(bio, status, 0);
        return;
    }
    if (csd_try(drive.device(), &io.job.command, io.job.iov, io.job.iovcnt, &io.job.done) == 0) {
        give_to_drive(bio);
        return;
    }
    if (io.job.command.direction == CSD_DEVICE_TO_HOST) clear_tail(io.job);
    complete(bio, io.job.done.status, io.job.done.dw0);
}

void abort(spdk_bdev_io* bio) {
    spdk_bdev_io* const wanted = bio->u.abort.bio_to_abort;
    Io& io = io_of(wanted);
    if (!io.in_drive || io.abort != nullptr) {
        spdk_bdev_io_complete(bio, SPDK_BDEV_IO_STATUS_FAILED);
        return;
    }
    io.abort = bio;
    drive_of(wanted).cancel(io.job);
}

void submit_request(spdk_io_channel*, spdk_bdev_io* bio) {
    Io& io = *new (bio->driver_ctx) Io{};
    io.self = bio;
    switch (bio->type) {
#ifdef CSD_SPDK_BDEV_IO_TYPE_NVME_IOV_MD
        case CSD_SPDK_BDEV_IO_TYPE_NVME_IOV_MD:
            io.job.iov = bio->u.nvme_passthru.iovs;
            io.job.iovcnt = bio->u.nvme_passthru.iovcnt;
            run_command(bio);
            return;
#endif
        case SPDK_BDEV_IO_TYPE_NVME_IO:
            use_buffer(io);
            run_command(bio);
            return;
        case SPDK_BDEV_IO_TYPE_NVME_ADMIN:
            use_buffer(io);
            give_work(bio, admin);
            return;
        case SPDK_BDEV_IO_TYPE_FLUSH: give_work(bio, flush); return;
        case SPDK_BDEV_IO_TYPE_RESET:
            // What is cancelled may still change a value, so it has to end before the reset does.
            drive_of(bio).cancel_all();
            io.job.waits_for_others = true;
            give_work(bio, reset);
            return;
        case SPDK_BDEV_IO_TYPE_ABORT: abort(bio); return;
        default: complete(bio, nvme::kInvalidOpcode, 0);  // blocks: the drive has none
    }
}

bool io_type_supported(void*, spdk_bdev_io_type type) {
    switch (type) {
#ifdef CSD_SPDK_BDEV_IO_TYPE_NVME_IOV_MD
        case CSD_SPDK_BDEV_IO_TYPE_NVME_IOV_MD:
#endif
        case SPDK_BDEV_IO_TYPE_NVME_IO:
        case SPDK_BDEV_IO_TYPE_NVME_ADMIN:
        case SPDK_BDEV_IO_TYPE_FLUSH:
        case SPDK_BDEV_IO_TYPE_RESET:
        case SPDK_BDEV_IO_TYPE_ABORT: return true;
        default: return false;
    }
}

}  // namespace

const spdk_bdev_fn_table kFunctions = {
    .destruct = destruct,
    .submit_request = submit_request,
    .io_type_supported = io_type_supported,
    .get_io_channel = get_io_channel,
    .dump_info_json = dump_info,
    .write_config_json = write_config,
};

void set_host_lookup(HostLookup lookup) {
    host_lookup = lookup;
}

int context_bytes() {
    return sizeof(Io);
}

}  // namespace csd::spdk
