// SPDX-License-Identifier: BSD-3-Clause
// Tested by registry_test.cc.
#include "kv/transport/registry.hpp"

#include <algorithm>
#include <filesystem>

#include "kv/transport/emulator.hpp"
#include "kv/transport/linux.hpp"
#include "kv/transport/spdk.hpp"

namespace csd::kv {
namespace {

using Open = Result<std::unique_ptr<Transport>> (*)(std::string_view device,
                                                    const OpenOptions& options);

struct Form {
    std::string_view prefix;
    Open open;
};
constexpr Form kForms[] = {
    {"emulator:", open_emulator}, {"/dev/ng", open_linux}, {"/dev/nvme", open_linux},
    {"pcie:", open_spdk},         {"bdev:", open_spdk},    {"tcp:", open_spdk},
};

std::string all_forms() {
    std::string names;
    for (const Form& form : kForms) names.append(form.prefix).append("..., ");
    return names + "or a path to a directory";
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
        if (device.starts_with(form.prefix)) return form.open(device, options);
    }
    if (looks_like_directory(device)) return open_emulator(device, options);
    std::string sentence = "'";
    sentence.append(device).append("' is neither a device nor a directory; a device is ");
    return Status(Code::kUsage, sentence + all_forms());
}

}  // namespace csd::kv
