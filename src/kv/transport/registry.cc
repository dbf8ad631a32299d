// SPDX-License-Identifier: BSD-3-Clause
// Tested by registry_test.cc.
#include "kv/transport/registry.hpp"

#include <algorithm>
#include <filesystem>

#include "kv/transport/emulator.hpp"
#include "kv/transport/linux.hpp"

namespace csd::kv {
namespace {

using Open = Result<std::unique_ptr<Transport>> (*)(std::string_view device,
                                                    const OpenOptions& options);

// A transport that a build lacks has no `open`, so that its form is recognised and explained.
struct Form {
    std::string_view prefix;
    std::string_view meaning;
    Open open;
};
constexpr Form kForms[] = {
    {"emulator:", "the drive in this process", open_emulator},
    {"/dev/ng", "Linux passthrough", open_linux},
    {"/dev/nvme", "Linux passthrough", open_linux},
    {"pcie:", "the SPDK NVMe driver", nullptr},
    {"bdev:", "the SPDK bdev layer", nullptr},
    {"tcp:", "SPDK NVMe/TCP", nullptr},
};

std::string what_this_build_has() {
    std::string names;
    for (const Form& form : kForms) {
        if (form.open == nullptr) continue;
        if (!names.empty()) names += ", ";
        names += form.prefix;
        names += "...";
    }
    return names + " and a path to a directory";
}

bool looks_like_directory(std::string_view device) {
    if (device.starts_with('/') || device.starts_with("./") || device.starts_with("../"))
        return true;
    std::error_code ignored;
    return std::filesystem::is_directory(std::filesystem::path(device), ignored);
}

}  // namespace

Result<std::unique_ptr<Transport>> open_transport(std::string_view device,
                                                  const OpenOptions& options) {
    if (device.empty()) return Status(Code::kUsage, "no device is named");
    for (const Form& form : kForms) {
        if (!device.starts_with(form.prefix)) continue;
        if (form.open != nullptr) return form.open(device, options);
        return Status(Code::kUnsupported,
                      "'" + std::string(device) + "' needs " + std::string(form.meaning) +
                          ", which this build lacks; it has " + what_this_build_has());
    }
    if (looks_like_directory(device)) return open_emulator(device, options);
    return Status(Code::kUsage, "'" + std::string(device) +
                                    "' is neither a device nor a directory; this build has " +
                                    what_this_build_has());
}

}  // namespace csd::kv
