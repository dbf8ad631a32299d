// SPDX-License-Identifier: BSD-3-Clause
// Tested by emulator_test.cc and emulator_key_value_test.cc.
#include "kv/transport/emulated_drive.hpp"

#include <cerrno>
#include <filesystem>
#include <map>
#include <mutex>
#include <tuple>

namespace csd::kv {
namespace {

constexpr uint32_t kLockWaitMs = 10'000;
constexpr uint32_t kLockSliceMs = 100;
// The programs of one pipeline overlap for an instant. A longer wait is logged, so that the user knows its reason.
constexpr uint32_t kSilentWaitMs = 500;

// What names a drive in this process.
using Name = std::tuple<std::string, uint32_t, uint32_t>;

// The drives that are open, so that a second transport joins instead of waiting for the first. A drive that is
// being closed is no longer found here and is waited for through its lock.
struct OpenDrives {
    std::mutex mutex;
    std::map<Name, std::weak_ptr<EmulatedDrive>> drives;  // guarded by mutex
};
OpenDrives& open_drives() {
    static OpenDrives drives;
    return drives;
}

Name name_of(const EmulatorSpec& spec) {
    std::error_code ignored;
    auto path = std::filesystem::weakly_canonical(spec.root, ignored);
    if (path.filename().empty()) path = path.parent_path();  // DIR/ is DIR
    return {path.string(), spec.bus, spec.nsid};
}

bool same_drive(EmulatorSpec a, const EmulatorSpec& b) {
    a.root = b.root;
    return a == b;
}

uint32_t flags_of(const EmulatorSpec& spec) {
    return (spec.sync_always ? CSD_SYNC_ALWAYS : 0) | (spec.extensions ? 0 : CSD_NO_EXTENSIONS);
}

}  // namespace

Result<std::shared_ptr<EmulatedDrive>> EmulatedDrive::open(const EmulatorSpec& spec,
                                                           const OpenOptions& options) {
    OpenDrives& all = open_drives();
    const Name name = name_of(spec);
    const std::lock_guard lock(all.mutex);
    std::erase_if(all.drives, [](const auto& entry) { return entry.second.expired(); });
    if (const auto found = all.drives.find(name); found != all.drives.end()) {
        if (auto drive = found->second.lock()) {
            if (same_drive(drive->spec_, spec)) return drive;
            return Status(Code::kUsage, "the drive in '" + spec.root +
                                            "' is open in this process in another way");
        }
    }
    auto made = make(spec, options);
    if (made.ok()) all.drives[name] = made.value();
    return made;
}

Result<std::shared_ptr<EmulatedDrive>> EmulatedDrive::make(const EmulatorSpec& spec,
                                                           const OpenOptions& options) {
    const auto drive = std::make_shared<EmulatedDrive>(spec, options);
    csd_options wanted = CSD_OPTIONS_INIT;
    wanted.root = spec.root.c_str();
    wanted.bus_number = spec.bus;
    wanted.nsid = spec.nsid;
    wanted.dialect = spec.dialect_2023 ? CSD_DIALECT_2023 : CSD_DIALECT_KEY_VALUE;
    wanted.flags = flags_of(spec);
    wanted.size_bytes = spec.size_bytes;
    wanted.max_transfer_bytes = kMaxTransferBytes;
    wanted.lock_wait_ms = kLockSliceMs;
    wanted.worker_path = options.worker_path.empty() ? nullptr : options.worker_path.c_str();
    wanted.log = drive->log_ ? &EmulatedDrive::log : nullptr;
    wanted.log_context = drive.get();
    // In slices, so that a user who has waited enough can interrupt.
    for (uint32_t waited_ms = 0;; waited_ms += kLockSliceMs) {
        char* error = nullptr;
        const int failed = csd_open(&wanted, &drive->device_, &error);
        if (failed == 0) return drive;
        const std::string why = error != nullptr ? error : "the drive cannot be opened";
        csd_free(error);
        if (options.while_waiting) options.while_waiting();
        if (options.cancel.cancelled()) return Status(Code::kAborted, "interrupted");
        if (failed == EBUSY && waited_ms < kLockWaitMs) {
            if (waited_ms == kSilentWaitMs && drive->log_) {
                drive->log_(LogLevel::kInfo, why + "; waiting up to " +
                                                 std::to_string(kLockWaitMs / 1000) + " s for it");
            }
            continue;
        }
        return Status(failed == EINVAL ? Code::kUsage : Code::kTransport, why);
    }
}

// By now no transport is left, so no command runs; the executors end after the engine's close.
EmulatedDrive::~EmulatedDrive() {
    csd_close(device_);
}

void EmulatedDrive::log(void* context, int level, const char* message) {
    static_cast<EmulatedDrive*>(context)->log_(static_cast<LogLevel>(level), message);
}

}  // namespace csd::kv
