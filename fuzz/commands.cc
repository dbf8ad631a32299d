// SPDX-License-Identifier: BSD-3-Clause
//
// Sequences of commands, well formed and not, against the whole engine through its C interface.
//
// The input is read as a script: each step picks an opcode, a key out of few (so that commands meet), fields and
// data. The engine must answer each step, fill no more than it says, and hold a retrieved value to its size.
// Selects stop at the missing worker program: the worker's own fuzzers cover what lies behind.
#include <fuzzer/FuzzedDataProvider.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "csd/device.h"
#include "nvme/command.hpp"

namespace {

using namespace csd;

constexpr size_t kMostSteps = 40;
constexpr uint32_t kRoomBytes = 8192;

// One drive for all inputs, emptied before each; it goes with the process.
class Drive {
  public:
    explicit Drive(uint32_t dialect) : dialect_(dialect) {
        std::string name = (std::filesystem::temp_directory_path() / "csd-fuzz-XXXXXX").string();
        root_ = mkdtemp(name.data());
        csd_options options = CSD_OPTIONS_INIT;
        options.root = root_.c_str();
        options.dialect = dialect;
        options.size_bytes = 1 << 20;
        options.max_transfer_bytes = kRoomBytes;
        options.worker_path = "/nonexistent";
        if (csd_open(&options, &device_, nullptr) != 0) abort();
    }
    ~Drive() {
        csd_close(device_);
        std::filesystem::remove_all(root_);
    }
    Drive(const Drive&) = delete;
    Drive& operator=(const Drive&) = delete;

    void empty() {
        if (csd_format(device_, 0) != 0) abort();
        for (uint32_t controller = 0; controller < 2; controller++) csd_reset(device_, controller);
    }
    void step(FuzzedDataProvider& script);

  private:
    nvme::Sqe entry(FuzzedDataProvider& script) const;

    uint32_t dialect_;
    std::string root_;
    csd_device* device_ = nullptr;
};

nvme::Sqe Drive::entry(FuzzedDataProvider& script) const {
    static constexpr std::array<uint8_t, 12> kOpcodes = {0x00, 0x01, 0x02, 0x06, 0x10, 0x14,
                                                         0x81, 0x82, 0x85, 0x86, 0x8D, 0x03};
    nvme::Sqe sqe;
    sqe.bytes[0] = script.PickValueInArray(kOpcodes);
    sqe.set_dword(1, 1);
    const auto text = script.ConsumeIntegralInRange<uint8_t>('a', 'c');
    const auto length = script.ConsumeIntegralInRange<uint8_t>(0, 3);
    const std::array<uint8_t, 3> bytes = {text, text, text};
    nvme::pack_key(*Key::from_bytes(Bytes(bytes).first(length)),
                   dialect_ == CSD_DIALECT_2023 ? nvme::Dialect::k2023 : nvme::Dialect::kKeyValue,
                   sqe);
    sqe.set_dword(10, script.ConsumeIntegralInRange<uint32_t>(0, kRoomBytes + 1));
    sqe.set_dword(11, script.ConsumeIntegral<uint16_t>() << 8 | length);
    if (script.ConsumeBool()) sqe.set_dword(12, script.ConsumeIntegralInRange<uint32_t>(0, 9000));
    if (script.ConsumeBool()) sqe.set_dword(13, script.ConsumeIntegralInRange<uint32_t>(0, 4));
    if (script.ConsumeIntegralInRange<int>(0, 15) == 0) {
        const auto at = script.ConsumeIntegralInRange<size_t>(0, sqe.bytes.size() - 1);
        sqe.bytes[at] = script.ConsumeIntegral<uint8_t>();
    }
    return sqe;
}

void Drive::step(FuzzedDataProvider& script) {
    const nvme::Sqe sqe = entry(script);
    csd_command command;
    const auto controller = script.ConsumeIntegralInRange<uint32_t>(0, 1);
    if (csd_decode(device_, sqe.bytes.data(), controller, &command) != 0) return;
    if (command.data_bytes > kRoomBytes) abort();

    // Exactly as many bytes as the command asked for, so that AddressSanitizer sees one too many.
    std::vector<uint8_t> memory(command.data_bytes, 0x5A);
    if (command.direction == CSD_HOST_TO_DEVICE) {
        const std::string data = script.ConsumeRandomLengthString(256);
        std::copy_n(data.begin(), std::min(data.size(), memory.size()), memory.begin());
    }
    const size_t cut = memory.size() / 3;
    const iovec iov[2] = {{memory.data(), cut}, {memory.data() + cut, memory.size() - cut}};
    csd_completion done;
    if (!csd_try(device_, &command, iov, 2, &done)) {
        csd_execute(device_, &command, iov, 2, &done);
    }
    if (done.data_bytes > command.data_bytes) abort();
    if (done.status != 0 && done.data_bytes != 0) abort();
    if (done.status == nvme::kInternalError) abort();
    for (size_t i = done.data_bytes; command.direction == CSD_DEVICE_TO_HOST && i < memory.size();
         i++) {
        if (memory[i] != 0x5A) abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static Drive key_value(CSD_DIALECT_KEY_VALUE);
    static Drive old(CSD_DIALECT_2023);
    FuzzedDataProvider script(data, size);
    Drive& drive = script.ConsumeBool() ? old : key_value;
    drive.empty();
    for (size_t i = 0; i < kMostSteps && script.remaining_bytes() > 0; i++) drive.step(script);
    return 0;
}
