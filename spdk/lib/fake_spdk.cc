// SPDX-License-Identifier: BSD-3-Clause
//
// The functions of SPDK that this library calls, as fake_spdk.hpp describes them. Used by every test here.
#include "fake_spdk.hpp"

#include <cstdlib>
#include <cstring>

#include "allocations.hpp"
#include "core.hpp"

namespace csd::spdk {
namespace {

FakeSpdk* current = nullptr;

// What a spdk_bdev_io is here.
struct FakeIo {
    uint32_t cdw0;
    int sct;
    int sc;
};

SentCommand made(bool admin, const spdk_nvme_cmd* cmd, void* buffer, size_t bytes, void* argument) {
    const Allocations::Scope ours(false);
    SentCommand command;
    command.admin = admin;
    std::memcpy(command.sqe.bytes.data(), cmd, sizeof(*cmd));
    if (bytes != 0) command.data.push_back({buffer, bytes});
    command.argument = argument;
    return command;
}

}  // namespace

size_t SentCommand::bytes() const {
    size_t sum = 0;
    for (const iovec& part : data) sum += part.iov_len;
    return sum;
}

FakeSpdk::FakeSpdk() {
    current = this;
}
FakeSpdk::~FakeSpdk() {
    current = nullptr;
}
FakeSpdk& FakeSpdk::get() {
    return *current;
}

int FakeSpdk::submit(SentCommand command) {
    const Allocations::Scope ours(false);
    if (failures > 0) {
        failures--;
        if (answers_first) complete(command, nvme::kInvalidField, 0);
        return next_rc;
    }
    sent.push_back(std::move(command));
    if (inline_answers) run_one();
    return 0;
}

void FakeSpdk::answer(uint16_t status, uint32_t cdw0) {
    ASSERT_FALSE(sent.empty());
    const SentCommand command = sent.front();
    sent.pop_front();
    complete(command, status, cdw0);
}

void FakeSpdk::complete(const SentCommand& command, uint16_t status, uint32_t cdw0) {
    const Allocations::Scope of_the_library(Allocations::watched());
    spdk_nvme_cpl completion = completion_of(status);
    completion.cdw0 = cdw0;
    if (command.driver_done != nullptr) return command.driver_done(command.argument, &completion);
    FakeIo io = {cdw0, completion.status.sct, completion.status.sc};
    command.bdev_done(reinterpret_cast<spdk_bdev_io*>(&io), status == 0, command.argument);
}

void FakeSpdk::run_one() {
    const Allocations::Scope ours(false);
    ASSERT_FALSE(sent.empty());
    const SentCommand command = sent.front();
    sent.pop_front();
    command.admin ? run_identify(command) : run(command);
}

void FakeSpdk::run_all() {
    while (!sent.empty()) run_one();
}

void FakeSpdk::run(const SentCommand& command) {
    csd_command decoded;
    const uint16_t refused = csd_decode(drive->device(), command.sqe.bytes.data(), 0, &decoded);
    if (refused != 0) return complete(command, refused, 0);
    csd_completion done;
    csd_execute(drive->device(), &decoded, command.data.data(),
                static_cast<int>(command.data.size()), &done);
    complete(command, done.status, done.dw0);
}

void FakeSpdk::run_identify(const SentCommand& command) {
    const uint8_t cns = command.sqe.dword(10) & 0xFF;
    auto* page = static_cast<uint8_t*>(command.data[0].iov_base);
    if (cns == 0x01) {
        page[77] = mdts;
        return complete(command, 0, 0);
    }
    if (!identifies && cns == 0x00) return complete(command, 0, 0);
    if (!identifies) return complete(command, nvme::kInvalidField, 0);
    complete(command, csd_describe(drive->device(), cns, 0, page), 0);
}

}  // namespace csd::spdk

using csd::spdk::FakeSpdk;
using csd::spdk::made;

extern "C" {

// --- The driver ---------------------------------------------------------------------------------------------------

struct spdk_nvme_ctrlr* spdk_nvme_ns_get_ctrlr(struct spdk_nvme_ns* ns) {
    return reinterpret_cast<struct spdk_nvme_ctrlr*>(ns);
}
uint32_t spdk_nvme_ns_get_id(struct spdk_nvme_ns*) {
    return FakeSpdk::get().nsid;
}
const struct spdk_nvme_transport_id* spdk_nvme_ctrlr_get_transport_id(struct spdk_nvme_ctrlr*) {
    static struct spdk_nvme_transport_id id;
    id.trtype = FakeSpdk::get().pcie ? SPDK_NVME_TRANSPORT_PCIE : SPDK_NVME_TRANSPORT_TCP;
    return &id;
}
uint64_t spdk_nvme_ctrlr_get_flags(struct spdk_nvme_ctrlr*) {
    return FakeSpdk::get().sgl ? SPDK_NVME_CTRLR_SGL_SUPPORTED : 0;
}
uint32_t spdk_nvme_ctrlr_get_max_xfer_size(const struct spdk_nvme_ctrlr*) {
    return FakeSpdk::get().max_transfer_bytes;
}
int spdk_nvme_ctrlr_cmd_io_raw(struct spdk_nvme_ctrlr*, struct spdk_nvme_qpair*,
                               struct spdk_nvme_cmd* cmd, void* buf, uint32_t len,
                               spdk_nvme_cmd_cb cb_fn, void* cb_arg) {
    auto command = made(false, cmd, buf, len, cb_arg);
    command.driver_done = cb_fn;
    return FakeSpdk::get().submit(std::move(command));
}
int spdk_nvme_ctrlr_cmd_admin_raw(struct spdk_nvme_ctrlr*, struct spdk_nvme_cmd* cmd, void* buf,
                                  uint32_t len, spdk_nvme_cmd_cb cb_fn, void* cb_arg) {
    auto command = made(true, cmd, buf, len, cb_arg);
    command.driver_done = cb_fn;
    return FakeSpdk::get().submit(std::move(command));
}
#if CSD_SPDK_HAS_IOV
int spdk_nvme_ctrlr_cmd_iov_raw_with_md(struct spdk_nvme_ctrlr*, struct spdk_nvme_qpair*,
                                        struct spdk_nvme_cmd* cmd, uint32_t len, void*,
                                        spdk_nvme_cmd_cb cb_fn, void* cb_arg,
                                        spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
                                        spdk_nvme_req_next_sge_cb next_sge_fn) {
    auto command = made(false, cmd, nullptr, 0, cb_arg);
    command.driver_done = cb_fn;
    command.scattered = true;
    const csd::spdk::Allocations::Scope ours(false);
    // A walk to somewhere in the middle first: the driver may come back.
    reset_sgl_fn(cb_arg, len / 2);
    reset_sgl_fn(cb_arg, 0);
    while (command.bytes() < len) {
        void* address = nullptr;
        uint32_t length = 0;
        next_sge_fn(cb_arg, &address, &length);
        command.data.push_back({address, length});
    }
    return FakeSpdk::get().submit(std::move(command));
}
#endif
int32_t spdk_nvme_qpair_process_completions(struct spdk_nvme_qpair*, uint32_t) {
    FakeSpdk& fake = FakeSpdk::get();
    if (fake.drive != nullptr && !fake.sent.empty() && !fake.sent.front().admin) fake.run_one();
    return fake.poll_rc;
}
int32_t spdk_nvme_ctrlr_process_admin_completions(struct spdk_nvme_ctrlr*) {
    FakeSpdk& fake = FakeSpdk::get();
    if (fake.drive != nullptr && !fake.sent.empty() && fake.sent.front().admin) fake.run_one();
    return 0;
}

// --- The environment ----------------------------------------------------------------------------------------------

void* spdk_dma_zmalloc(size_t size, size_t align, uint64_t*) {
    void* memory = aligned_alloc(align, size);
    memset(memory, 0, size);
    return memory;
}
void spdk_dma_free(void* buf) {
    free(buf);
}
#if SPDK_VERSION >= SPDK_VERSION_NUM(20, 10, 0)
uint64_t spdk_vtophys(const void* buf, uint64_t*) {
#else
uint64_t spdk_vtophys(void* buf, uint64_t*) {
#endif
    return buf == FakeSpdk::get().not_dma ? SPDK_VTOPHYS_ERROR : reinterpret_cast<uint64_t>(buf);
}

// --- The bdev layer -----------------------------------------------------------------------------------------------

struct spdk_bdev* spdk_bdev_desc_get_bdev(struct spdk_bdev_desc* desc) {
    return reinterpret_cast<struct spdk_bdev*>(desc);
}
bool spdk_bdev_io_type_supported(struct spdk_bdev*, enum spdk_bdev_io_type io_type) {
    FakeSpdk& fake = FakeSpdk::get();
    return io_type == SPDK_BDEV_IO_TYPE_NVME_ADMIN ? fake.takes_admin : fake.takes_commands;
}
int spdk_bdev_nvme_io_passthru(struct spdk_bdev_desc*, struct spdk_io_channel*,
                               const struct spdk_nvme_cmd* cmd, void* buf, size_t nbytes,
                               spdk_bdev_io_completion_cb cb, void* cb_arg) {
    auto command = made(false, cmd, buf, nbytes, cb_arg);
    command.bdev_done = cb;
    return FakeSpdk::get().submit(std::move(command));
}
int spdk_bdev_nvme_admin_passthru(struct spdk_bdev_desc*, struct spdk_io_channel*,
                                  const struct spdk_nvme_cmd* cmd, void* buf, size_t nbytes,
                                  spdk_bdev_io_completion_cb cb, void* cb_arg) {
    auto command = made(true, cmd, buf, nbytes, cb_arg);
    command.bdev_done = cb;
    return FakeSpdk::get().submit(std::move(command));
}
#if CSD_SPDK_HAS_IOV
int spdk_bdev_nvme_iov_passthru_md(struct spdk_bdev_desc*, struct spdk_io_channel*,
                                   const struct spdk_nvme_cmd* cmd, struct iovec* iov, int iovcnt,
                                   size_t, void*, size_t, spdk_bdev_io_completion_cb cb,
                                   void* cb_arg) {
    auto command = made(false, cmd, nullptr, 0, cb_arg);
    command.bdev_done = cb;
    command.scattered = true;
    const csd::spdk::Allocations::Scope ours(false);
    command.data.assign(iov, iov + iovcnt);
    return FakeSpdk::get().submit(std::move(command));
}
#endif
void spdk_bdev_io_get_nvme_status(const struct spdk_bdev_io* bdev_io, uint32_t* cdw0, int* sct,
                                  int* sc) {
    const auto* io = reinterpret_cast<const csd::spdk::FakeIo*>(bdev_io);
    *cdw0 = io->cdw0;
    *sct = io->sct;
    *sc = io->sc;
}
void spdk_bdev_free_io(struct spdk_bdev_io*) {
    FakeSpdk::get().freed_ios++;
}
int spdk_bdev_queue_io_wait(struct spdk_bdev*, struct spdk_io_channel*,
                            struct spdk_bdev_io_wait_entry* entry) {
    FakeSpdk& fake = FakeSpdk::get();
    const csd::spdk::Allocations::Scope ours(false);
    if (fake.wait_rc == 0) fake.waiting.push_back(entry);
    return fake.wait_rc;
}

}  // extern "C"
