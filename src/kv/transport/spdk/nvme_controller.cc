// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/spdk/nvme_controller.hpp"

#include <array>
#include <cstring>
#include <mutex>
#include <vector>

#include "kv/status.hpp"
#include "kv/transport/spdk/environment.hpp"
#include "kv/transport/spdk/log.hpp"
#include "kv/transport/spdk/patience.hpp"
#include "kv/transport/spdk/socket_deadline.hpp"
#include "kv/transport/spdk/tcp_address.hpp"
#include "kv/transport/spdk_host.hpp"

namespace csd::kv {
namespace {

constexpr uint32_t kReachMs = 10'000;
constexpr uint32_t kAnswerMs = 15'000;  // to a connection, and to one more queue
constexpr uint32_t kLeaveMs = 2'000;
constexpr uint32_t kAdminMs = 300'000;  // Format NVM of a full drive
constexpr uint32_t kQueueEntries = 256;

// SPDK takes equal addresses for one controller, also when it has lost that one. Zeros before the port number make the
// connection that follows a lost one another address to it.
constexpr size_t kMostZeros = 24;

std::mutex g_mutex;
struct Known {
    std::string address;
    size_t zeros = 0;
    std::weak_ptr<NvmeController> controller;
};
std::vector<Known> g_known;  // guarded by g_mutex

std::string address_of(const SpdkSpec& spec) {
    if (spec.form == SpdkSpec::Form::kPcie) return spec.address;
    return spec.address + " " + std::to_string(spec.port) + " " + spec.subnqn;
}

template <size_t kSize>
void put_text(char (&field)[kSize], const std::string& text) {
    const size_t bytes = std::min(text.size(), kSize - 1);
    std::memcpy(field, text.data(), bytes);
    field[bytes] = '\0';
}

spdk_nvme_transport_id transport_id(const SpdkSpec& spec, const TcpAddress& tcp, size_t zeros) {
    spdk_nvme_transport_id id{};
    if (spec.form == SpdkSpec::Form::kPcie) {
        spdk_nvme_trid_populate_transport(&id, SPDK_NVME_TRANSPORT_PCIE);
        put_text(id.traddr, spec.address);
        return id;
    }
    spdk_nvme_trid_populate_transport(&id, SPDK_NVME_TRANSPORT_TCP);
    id.adrfam = tcp.is_ipv6 ? SPDK_NVMF_ADRFAM_IPV6 : SPDK_NVMF_ADRFAM_IPV4;
    put_text(id.traddr, tcp.number);
    put_text(id.trsvcid, std::string(zeros, '0') + std::to_string(spec.port));
    put_text(id.subnqn, spec.subnqn);
    return id;
}

// Why there is no controller.
Status not_connected(const SpdkSpec& spec, const SocketDeadline& deadline,
                     const OpenOptions& options, const std::string& reason) {
    if (options.cancel.cancelled()) return {Code::kAborted, "interrupted"};
    if (spec.form == SpdkSpec::Form::kPcie) {
        return {Code::kTransport,
                "the NVMe controller " + spec.address + " does not start" + reason};
    }
    const std::string target = "the target at " + spec.address;
    if (deadline.is_over() || deadline.is_silent()) {
        return {Code::kTransport, target + " accepts a connection, but then does not answer for " +
                                      std::to_string(kAnswerMs / 1000) +
                                      " s; is an NVMe/TCP target at that port, and at work?"};
    }
    return {Code::kTransport, target + " does not let us in to '" + spec.subnqn +
                                  "'; has it a subsystem of that name?" + reason};
}

Result<spdk_nvme_ctrlr*> connect(const SpdkSpec& spec, size_t zeros, const OpenOptions& with) {
    TcpAddress tcp;
    const bool is_pcie = spec.form == SpdkSpec::Form::kPcie;
    if (is_pcie) {
        if (const Status free = check_pci_device("/sys", spec.address); !free.ok()) return free;
    } else {
        auto reached = reach(spec.address, spec.port, kReachMs);
        if (!reached.ok()) return reached.status();
        tcp = std::move(reached).value();
    }
    const spdk_nvme_transport_id id = transport_id(spec, tcp, zeros);
    spdk_nvme_ctrlr_opts options{};
    spdk_nvme_ctrlr_get_default_ctrlr_opts(&options, sizeof options);
    options.io_queue_size = kQueueEntries;
    options.io_queue_requests = 2 * kQueueEntries;
    options.disable_error_logging = true;
    if (is_pcie) options.command_set = SPDK_NVME_CC_CSS_IOCS;  // all that the controller has
    // Nobody looks at a client that has nothing to do, so nobody could send it in time. A connection that breaks is
    // noticed by the next command.
    options.keep_alive_timeout_ms = 0;
    LogScope said(with.log);
    SocketDeadline deadline(kAnswerMs, with.cancel);
    if (!is_pcie) deadline.be_patient();
    spdk_nvme_ctrlr* const ctrlr = spdk_nvme_connect(&id, &options, sizeof options);
    if (ctrlr != nullptr) return ctrlr;
    return not_connected(spec, deadline, with, said.reason());
}

// With g_mutex. Forgets controllers that are gone.
Known* find(const std::string& address) {
    std::erase_if(g_known, [](const Known& known) { return known.controller.expired(); });
    Known* newest = nullptr;
    for (Known& known : g_known) {
        if (known.address == address) newest = &known;
    }
    return newest;
}

}  // namespace

Result<std::shared_ptr<NvmeController>> NvmeController::open(const SpdkSpec& spec,
                                                             const OpenOptions& options) {
    const std::lock_guard lock(g_mutex);
    const std::string address = address_of(spec);
    size_t zeros = 0;
    if (const Known* known = find(address); known != nullptr) {
        auto shared = known->controller.lock();
        if (shared != nullptr && !shared->is_lost()) return shared;
        if (shared != nullptr && spec.form == SpdkSpec::Form::kPcie) {
            return Status(Code::kTransport, "the controller " + spec.address +
                                                " has failed; it can be opened again when this "
                                                "process has closed what it has open there");
        }
        zeros = (known->zeros + 1) % kMostZeros;
    }
    const auto ctrlr = connect(spec, zeros, options);
    if (!ctrlr.ok()) return ctrlr.status();
    auto made = std::make_shared<NvmeController>(ctrlr.value(), spec);
    g_known.push_back({address, zeros, made});
    return made;
}

// SPDK counts: where another open() has found the same controller meanwhile, it stays. To take its leave it asks the
// controller; one that is behind a lost connection is not asked.
NvmeController::~NvmeController() {
    const SocketDeadline deadline(kLeaveMs);
    if (lost_ && spec_.form == SpdkSpec::Form::kTcp) spdk_nvme_ctrlr_fail(ctrlr_);
    spdk_nvme_detach(ctrlr_);
}

Status NvmeController::check_namespace(uint32_t nsid) const {
    if (spdk_nvme_ctrlr_is_active_ns(ctrlr_, nsid)) return {};
    std::string there;
    for (uint32_t id = spdk_nvme_ctrlr_get_first_active_ns(ctrlr_); id != 0;
         id = spdk_nvme_ctrlr_get_next_active_ns(ctrlr_, id)) {
        there += (there.empty() ? "" : ", ") + std::to_string(id);
    }
    return {Code::kTransport, "'" + spec_.device + "' has no namespace " + std::to_string(nsid) +
                                  "; it has " + (there.empty() ? "none" : there)};
}

uint32_t NvmeController::queue_entries() const {
    spdk_nvme_io_qpair_opts options{};
    spdk_nvme_ctrlr_get_default_io_qpair_opts(ctrlr_, &options, sizeof options);
    return options.io_queue_size;
}

spdk_nvme_qpair* NvmeController::new_queue(const CancelToken& cancel) {
    SocketDeadline deadline(kAnswerMs, cancel);
    if (spec_.form == SpdkSpec::Form::kTcp) deadline.be_patient();
    spdk_nvme_io_qpair_opts options{};
    spdk_nvme_ctrlr_get_default_io_qpair_opts(ctrlr_, &options, sizeof options);
    options.delay_cmd_submit = true;  // one doorbell for all that was submitted since the last poll
    return spdk_nvme_ctrlr_alloc_io_qpair(ctrlr_, &options, sizeof options);
}

namespace {

// A controller that says it has one command set only (CAP.CSS, Base 2.1 section 3.1.4.1) has no pages of others. SPDK's
// target up to 25.01 logs an error for each such question, so it is not sent.
constexpr uint8_t kManyCommandSets = 1u << 6;
constexpr uint8_t kCnsOfCommandSet = 0x05;
constexpr nvme::Cqe kNoSuchPage{.status = nvme::kInvalidField};

bool asks_for_command_set(const nvme::Sqe& sqe) {
    return sqe.opcode() == SPDK_NVME_OPC_IDENTIFY && (sqe.dword(10) & 0xFF) == kCnsOfCommandSet;
}

// An admin command, owned by its completion, which may come later than its sender waits.
struct AdminCommand {
    std::atomic<bool> done = false;
    nvme::Cqe cqe;
    MutableBytes data;
    ~AdminCommand() {
        if (!data.empty()) release_pinned(data);
    }
};
using SharedAdmin = std::shared_ptr<AdminCommand>;

void on_admin(void* owned, const spdk_nvme_cpl* cpl) {
    const std::unique_ptr<SharedAdmin> command(static_cast<SharedAdmin*>(owned));
    (*command)->cqe = completion_of(*cpl);
    (*command)->done = true;
}

}  // namespace

Result<nvme::Cqe> NvmeController::admin(const nvme::Sqe& sqe, MutableBytes data) {
    const Status unreachable(Code::kTransport, "'" + spec_.device + "' cannot be reached any more");
    if (lost_) return unreachable;
    if (asks_for_command_set(sqe) &&
        (spdk_nvme_ctrlr_get_regs_cap(ctrlr_).bits.css & kManyCommandSets) == 0) {
        return kNoSuchPage;
    }
    const auto command = std::make_shared<AdminCommand>();
    if (!data.empty()) {
        auto memory = allocate_pinned(data.size());
        if (!memory.ok()) return memory.status();
        command->data = memory.value();
        std::memcpy(command->data.data(), data.data(), data.size());
    }
    spdk_nvme_cmd cmd;
    static_assert(sizeof cmd == sizeof sqe.bytes);
    std::memcpy(&cmd, sqe.bytes.data(), sizeof cmd);
    auto owned = std::make_unique<SharedAdmin>(command);
    const int refused =
        spdk_nvme_ctrlr_cmd_admin_raw(ctrlr_, &cmd, command->data.data(),
                                      static_cast<uint32_t>(data.size()), on_admin, owned.get());
    if (refused != 0) {
        return Status(Code::kTransport,
                      std::string("SPDK takes no admin command: ") + std::strerror(-refused));
    }
    static_cast<void>(owned.release());
    const Patience patience(kAdminMs);
    while (!command->done) {
        const bool failed = spdk_nvme_ctrlr_process_admin_completions(ctrlr_) < 0;
        if (command->done) break;
        if (failed || !patience.pause()) {
            lost_ = true;
            return unreachable;
        }
    }
    if (!data.empty()) std::memcpy(data.data(), command->data.data(), data.size());
    return command->cqe;
}

nvme::Cqe completion_of(const spdk_nvme_cpl& cpl) {
    uint16_t status = 0;
    std::memcpy(&status, &cpl.status, sizeof status);
    status = static_cast<uint16_t>(status >> 1);  // without the phase
    constexpr uint16_t kQueueDeleted = nvme::make_status(nvme::kSctGeneric, 0x08, false);
    if (nvme::status_kind(status) == kQueueDeleted) return {.status = kPathError};
    return {.dw0 = cpl.cdw0, .dw1 = csd_spdk_cpl_dw1(&cpl), .status = status};
}

}  // namespace csd::kv
