// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/spdk/bdev_transport.hpp"

#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "kv/admin.hpp"
#include "kv/status.hpp"
#include "kv/transport/spdk/bdev_layer.hpp"
#include "kv/transport/spdk/command_slots.hpp"
#include "kv/transport/spdk/environment.hpp"
#include "kv/transport/spdk/nvme_transport.hpp"
#include "kv/transport/spdk/patience.hpp"
#include "kv/transport/spdk/pci_turn.hpp"
#include "kv/transport/spdk/sdk.hpp"
#include "kv/transport/spdk_host.hpp"
#include "nvme/identify.hpp"

namespace csd::kv {
namespace {

using Slot = CommandSlots::Slot;

constexpr uint32_t kQueueDepth = 128;
constexpr uint32_t kAdminMs = 300'000;
constexpr uint32_t kWaitMs = 100;
constexpr uint32_t kMostTransferBytes = 2 * kMiB;
constexpr size_t kMostConfigurationBytes = kMiB;      // that is searched for PCI devices
constexpr uint32_t kLeastTransferBytes = 128 * kKiB;  // of a bdev that does not tell
constexpr std::chrono::milliseconds kOverdueEvery{500};

// SPDK's functions of a bdev are called as one SPDK thread, whichever thread of the system that is.
class AsThread {
  public:
    explicit AsThread(spdk_thread* thread) { spdk_set_thread(thread); }
    ~AsThread() { spdk_set_thread(nullptr); }
    AsThread(const AsThread&) = delete;
    AsThread& operator=(const AsThread&) = delete;
};

nvme::Cqe completion_of(spdk_bdev_io* io, bool success) {
    uint32_t dw0 = 0;
    int sct = 0;
    int sc = 0;
    spdk_bdev_io_get_nvme_status(io, &dw0, &sct, &sc);
    // Without a status of NVMe it is the layer that failed.
    if (!success && io->internal.status != SPDK_BDEV_IO_STATUS_NVME_ERROR)
        return {.status = kPathError};
    const uint16_t status =
        nvme::make_status(static_cast<uint8_t>(sct), static_cast<uint8_t>(sc), false);
    constexpr uint16_t kQueueDeleted = nvme::make_status(nvme::kSctGeneric, 0x08, false);
    if (status == kQueueDeleted) return {.status = kPathError};
    return {.dw0 = dw0, .dw1 = 0, .status = status};
}

class BdevTransport : public Transport {
  public:
    BdevTransport() : slots_(std::make_unique<CommandSlots>(this, kQueueDepth)) {}
    ~BdevTransport() override;

    Status open(const SpdkSpec& spec);

    std::string name() const override { return "spdk bdev"; }
    TransportLimits limits() const override {
        return {.max_transfer_bytes = most_bytes_,
                .queue_depth = kQueueDepth,
                .any_memory = false,
                .result_64 = false,
                .resends = true};  // bdev_nvme does
    }
    uint32_t nsid() const override { return nsid_; }

    Result<MutableBytes> allocate(size_t bytes) override { return allocate_pinned(bytes); }
    // After a command was given up the drive may still write where it was told to.
    void release(MutableBytes buffer) override {
        if (!abandoned_) release_pinned(buffer);
    }

    Status submit(const nvme::Sqe& sqe, MutableBytes data, Done done) override;
    size_t poll(size_t max) override;
    void wait(uint32_t timeout_ms) override;
    Result<nvme::Cqe> admin(const nvme::Sqe& sqe, MutableBytes data) override;

  private:
    static void on_event(spdk_bdev_event_type type, spdk_bdev* bdev, void* self);
    static void on_completion(spdk_bdev_io* io, bool success, void* slot);
    void reap();
    void look_for_overdue();
    void find_limits();
    void close();

    uint32_t nsid_ = 1;
    uint32_t most_bytes_ = kLeastTransferBytes;
    spdk_thread* thread_ = nullptr;
    spdk_bdev_desc* desc_ = nullptr;
    spdk_io_channel* channel_ = nullptr;
    bool lost_ = false;
    bool abandoned_ = false;  // commands of a drive that did not answer are still with SPDK
    std::unique_ptr<CommandSlots> slots_;
    CommandSlots::Clock::time_point next_overdue_look_ = CommandSlots::Clock::now();
};

// With a thread.
std::string names_of_bdevs() {
    std::string names;
    for (spdk_bdev* bdev = spdk_bdev_first(); bdev != nullptr; bdev = spdk_bdev_next(bdev))
        names += (names.empty() ? "" : ", ") + std::string(spdk_bdev_get_name(bdev));
    return names.empty() ? "none" : names;
}

// SPDK names the bdev of an NVMe namespace by its controller's name, an n, and the namespace's id. The product is an "NVMe
// disk", or with a command set that SPDK does not know as blocks an "NVMe Passthrough disk".
uint32_t nsid_of(const spdk_bdev& bdev) {
    const std::string_view name = spdk_bdev_get_name(&bdev);
    const std::string_view digits = name.substr(name.rfind('n') + 1);
    uint32_t nsid = 1;
    if (std::string_view(spdk_bdev_get_product_name(&bdev)).starts_with("NVMe "))
        std::from_chars(digits.data(), digits.data() + digits.size(), nsid);
    return nsid;
}

Status BdevTransport::open(const SpdkSpec& spec) {
    thread_ = spdk_thread_create("csd-bdev", nullptr);
    if (thread_ == nullptr) return {Code::kTransport, "SPDK has no memory for a thread"};
    {
        const AsThread as(thread_);
        const int failed = spdk_bdev_open_ext(spec.bdev.c_str(), true, on_event, this, &desc_);
        if (failed != 0) {
            desc_ = nullptr;
            const bool is_unknown =
                failed == -ENODEV || failed == -EINVAL;  // 20.07 says the latter
            const std::string why =
                is_unknown ? "makes no bdev '" + spec.bdev + "'; it makes: " + names_of_bdevs()
                           : "has a bdev '" + spec.bdev + "' that cannot be opened (" +
                                 std::strerror(-failed) + ")";
            return {Code::kTransport, "the configuration " + spec.config + " " + why};
        }
        spdk_bdev* const bdev = spdk_bdev_desc_get_bdev(desc_);
        if (!spdk_bdev_io_type_supported(bdev, SPDK_BDEV_IO_TYPE_NVME_IO)) {
            return {Code::kTransport, "the bdev '" + spec.bdev + "' is no NVMe namespace, but a " +
                                          spdk_bdev_get_product_name(bdev)};
        }
        nsid_ = nsid_of(*bdev);
        channel_ = spdk_bdev_get_io_channel(desc_);
        if (channel_ == nullptr) {
            return {Code::kTransport, "the bdev '" + spec.bdev + "' gives no channel"};
        }
    }
    find_limits();
    return {};
}

// Identify Controller, byte 77: MDTS, in pages that are 4 KiB or more.
void BdevTransport::find_limits() {
    auto page = allocate_pinned(nvme::kPageBytes);
    if (!page.ok()) return;
    const auto told = admin(identify_command(kCnsController, 0, 0), page.value());
    if (told.ok() && told.value().status == nvme::kSuccess) {
        const uint8_t mdts = page.value()[77];
        const bool unlimited = mdts == 0 || mdts > 9;
        most_bytes_ = unlimited ? kMostTransferBytes : nvme::kPageBytes << mdts;
    }
    release_pinned(page.value());
}

void BdevTransport::on_event(spdk_bdev_event_type type, spdk_bdev*, void* self) {
    if (type == SPDK_BDEV_EVENT_REMOVE) static_cast<BdevTransport*>(self)->lost_ = true;
}

Status BdevTransport::submit(const nvme::Sqe& sqe, MutableBytes data, Done done) {
    if (sqe.nsid() != nsid_) return {Code::kInvalidField, "a bdev is one namespace"};
    if (data.size() > most_bytes_) {
        return {Code::kInvalidField,
                "one command moves at most " + std::to_string(most_bytes_) + " bytes here"};
    }
    if (is_short_of_memory(sqe, data)) {
        return {Code::kInvalidField, "the command moves more than the memory given"};
    }
    Slot* const slot = slots_->take(std::move(done), time_for(sqe.opcode()));
    if (slot == nullptr) return {Code::kNotReady, "the queue is full"};
    if (lost_) {
        slots_->finish(*slot, {.status = kPathError});
        return {};
    }
    spdk_nvme_cmd cmd;
    static_assert(sizeof cmd == sizeof sqe.bytes);
    std::memcpy(&cmd, sqe.bytes.data(), sizeof cmd);
    const AsThread as(thread_);
    const int refused =
        spdk_bdev_nvme_io_passthru(desc_, channel_, &cmd, data.empty() ? nullptr : data.data(),
                                   data.size(), on_completion, slot);
    if (refused == 0) return {};
    slots_->give_back(*slot);
    if (refused == -ENOMEM) return {Code::kNotReady, "the queue is full"};
    return {Code::kInvalidField,
            std::string("SPDK does not take the command: ") + std::strerror(-refused)};
}

void BdevTransport::on_completion(spdk_bdev_io* io, bool success, void* context) {
    Slot& slot = *static_cast<Slot*>(context);
    const nvme::Cqe cqe = completion_of(io, success);
    spdk_bdev_free_io(io);
    static_cast<BdevTransport*>(slot.owner)->slots_->finish(slot, cqe);
}

size_t BdevTransport::poll(size_t max) {
    if (!slots_->any_finished()) reap();
    return slots_->run(max);
}

void BdevTransport::wait(uint32_t timeout_ms) {
    const Patience patience(timeout_ms);
    while (!slots_->any_finished()) {
        reap();
        if (slots_->any_finished() || !patience.pause()) return;
    }
}

void BdevTransport::reap() {
    if (abandoned_) return;
    spdk_thread_poll(thread_, 0, 0);
    if (!slots_->any_finished()) look_for_overdue();
}

void BdevTransport::look_for_overdue() {
    const auto now = CommandSlots::Clock::now();
    if (now < next_overdue_look_) return;
    next_overdue_look_ = now + kOverdueEvery;
    if (!slots_->any_overdue()) return;
    lost_ = abandoned_ = true;
    slots_->finish_all(kPathError);
}

// An admin command, owned by its completion, which may come later than its sender waits.
struct AdminCommand {
    bool done = false;
    nvme::Cqe cqe;
    MutableBytes data;
    ~AdminCommand() {
        if (!data.empty()) release_pinned(data);
    }
};
using SharedAdmin = std::shared_ptr<AdminCommand>;

void on_admin(spdk_bdev_io* io, bool success, void* owned) {
    const std::unique_ptr<SharedAdmin> command(static_cast<SharedAdmin*>(owned));
    (*command)->cqe = completion_of(io, success);
    (*command)->done = true;
    spdk_bdev_free_io(io);
}

Result<nvme::Cqe> BdevTransport::admin(const nvme::Sqe& sqe, MutableBytes data) {
    if (lost_) return Status(Code::kTransport, "the bdev is gone");
    if (!spdk_bdev_io_type_supported(spdk_bdev_desc_get_bdev(desc_),
                                     SPDK_BDEV_IO_TYPE_NVME_ADMIN)) {
        return Status(Code::kUnsupported, "this bdev passes no admin commands");
    }
    const auto command = std::make_shared<AdminCommand>();
    if (!data.empty()) {
        auto memory = allocate_pinned(data.size());
        if (!memory.ok()) return memory.status();
        command->data = memory.value();
        std::memcpy(command->data.data(), data.data(), data.size());
    }
    spdk_nvme_cmd cmd;
    std::memcpy(&cmd, sqe.bytes.data(), sizeof cmd);
    auto owned = std::make_unique<SharedAdmin>(command);
    {
        const AsThread as(thread_);
        const int refused = spdk_bdev_nvme_admin_passthru(
            desc_, channel_, &cmd, command->data.data(), data.size(), on_admin, owned.get());
        if (refused != 0) {
            return Status(Code::kTransport,
                          std::string("SPDK takes no admin command: ") + std::strerror(-refused));
        }
        static_cast<void>(owned.release());
    }
    for (const Patience patience(kAdminMs); !command->done;) {
        spdk_thread_poll(thread_, 0, 0);
        if (command->done) break;
        if (!patience.pause()) {
            lost_ = abandoned_ = true;
            return Status(Code::kTransport, "the bdev does not answer");
        }
    }
    if (!data.empty()) std::memcpy(data.data(), command->data.data(), data.size());
    return command->cqe;
}

BdevTransport::~BdevTransport() {
    while (slots_->in_flight() > 0 && !abandoned_) {
        const Patience patience(kWaitMs);
        do reap();
        while (slots_->in_flight() > 0 && patience.pause());
    }
    if (abandoned_) {
        static_cast<void>(slots_.release());  // SPDK has their addresses
    } else {
        close();
    }
}

void BdevTransport::close() {
    if (thread_ == nullptr) return;
    {
        const AsThread as(thread_);
        if (channel_ != nullptr) spdk_put_io_channel(channel_);
        if (desc_ != nullptr) spdk_bdev_close(desc_);
        spdk_thread_exit(thread_);
    }
    while (!spdk_thread_is_exited(thread_)) spdk_thread_poll(thread_, 0, 0);
    spdk_thread_destroy(thread_);
}

// The devices that the configuration takes from the kernel. False: there are none.
Result<bool> take_pci_devices(const std::string& config, const Log& log) {
    std::error_code none;
    if (!std::filesystem::is_regular_file(config, none))
        return false;  // its bytes are there but once
    std::string text(kMostConfigurationBytes, '\0');
    std::ifstream file(config, std::ios::binary);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(file.gcount()));
    const std::vector<std::string> addresses = pci_addresses_in(text);
    for (const std::string& address : addresses) {
        if (const Status free = check_pci_device("/sys", address); !free.ok()) return free;
        if (const Status mine = take_pci_turn(kTurns, address, kTurnMs, log); !mine.ok())
            return mine;
    }
    return !addresses.empty();
}

}  // namespace

Result<std::unique_ptr<Transport>> open_bdev(const SpdkSpec& spec, const OpenOptions& options) {
    // First, as who had the device may not have given its memory back.
    const Result<bool> taken = take_pci_devices(spec.config, options.log);
    if (!taken.ok()) return taken.status();
    const auto memory = taken.value() ? SpdkMemory::kPinned : SpdkMemory::kAny;
    if (const Status started = start_environment(memory, kHugeBytesOfBdevs, options.log);
        !started.ok()) {
        return started;
    }
    if (const Status made = configure_bdevs(spec.config, options); !made.ok()) return made;
    auto transport = std::make_unique<BdevTransport>();
    if (const Status opened = transport->open(spec); !opened.ok()) return opened;
    return std::unique_ptr<Transport>(std::move(transport));
}

}  // namespace csd::kv
