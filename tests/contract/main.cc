// SPDX-License-Identifier: BSD-3-Clause
//
// The contract of a drive, over any transport:
//
//     contract_test [--device=DEVICE]... [--format-ok] [GoogleTest's own flags]
//
// DEVICE is as kvcli takes it, or comes from CSD_CONTRACT_DEVICE. Without one, three fresh drives of this
// process are held to it: a Key Value namespace, the same without extensions, and the 2023 dialect. A drive that
// was given keeps what it holds; --format-ok allows the tests that empty it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "contract/contract.hpp"
#include "lib/temp_dir.hpp"

namespace csd::contract {

struct Arguments {
    std::vector<std::string> devices;
    bool format_ok = false;
};

static Arguments read_arguments(int argc, char** argv) {
    Arguments arguments;
    for (int i = 1; i < argc; i++) {
        const std::string_view argument = argv[i];
        static constexpr std::string_view kDevice = "--device=";
        if (argument.starts_with(kDevice)) {
            arguments.devices.emplace_back(argument.substr(kDevice.size()));
        }
        if (argument == "--format-ok") arguments.format_ok = true;
    }
    const char* device = std::getenv("CSD_CONTRACT_DEVICE");
    if (arguments.devices.empty() && device != nullptr) arguments.devices.emplace_back(device);
    return arguments;
}

static void open_drives(const Arguments& arguments, const test::TempDir& directory) {
    auto& all = drives();
    for (const std::string& device : arguments.devices) {
        const std::string name = "Device" + std::to_string(all.size());
        all.push_back(std::make_unique<Drive>(name, device, arguments.format_ok));
    }
    if (!all.empty()) return;
    const std::string fresh = "emulator:" + directory.path();
    all.push_back(std::make_unique<Drive>("KeyValue", fresh + "/kv", true));
    all.push_back(std::make_unique<Drive>("Standard", fresh + "/bare?extensions=off", true));
    all.push_back(std::make_unique<Drive>("Dialect2023", fresh + "/2023?dialect=2023", true));
}

}  // namespace csd::contract

int main(int argc, char** argv) {
    using namespace csd::contract;
    try {
        const csd::test::TempDir directory("contract");
        open_drives(read_arguments(argc, argv), directory);
        ::testing::InitGoogleTest(&argc, argv);
        const int failed = RUN_ALL_TESTS();
        drives().clear();
        return failed;
    } catch (const std::exception& failure) {
        std::cerr << "contract_test: " << failure.what() << "\n";
        return 2;
    }
}
