// SPDX-License-Identifier: BSD-3-Clause
// Tested by spdk_host_test.cc.
#include "kv/transport/spdk_host.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

namespace csd::kv {
namespace {

namespace fs = std::filesystem;

std::string first_word(const fs::path& file) {
    std::string word;
    std::ifstream(file) >> word;
    return word;
}

std::string driver_of(const fs::path& device) {
    std::error_code none;
    return fs::read_symlink(device / "driver", none).filename().string();
}

bool is_nvme(const fs::path& device) {
    return first_word(device / "class").starts_with("0x0108");
}

bool gives_to_user_space(const std::string& driver) {
    return driver == "vfio-pci" || driver == "uio_pci_generic" || driver == "igb_uio";
}

// Such as "0000:00:04.0 (nvme), 0000:00:05.0 (vfio-pci)".
std::string nvme_devices(const fs::path& bus) {
    std::vector<std::string> found;
    std::error_code none;
    for (const auto& device : fs::directory_iterator(bus / "devices", none)) {
        if (!is_nvme(device.path())) continue;
        const std::string driver = driver_of(device.path());
        found.push_back(device.path().filename().string() + " (" +
                        (driver.empty() ? "no driver" : driver) + ")");
    }
    std::sort(found.begin(), found.end());
    std::string text;
    for (const std::string& one : found) text += (text.empty() ? "" : ", ") + one;
    return text.empty() ? "none" : text;
}

// vfio protects memory by the IOMMU; where there is none, uio does without.
const char* fitting_driver(const fs::path& device) {
    std::error_code none;
    return fs::exists(device / "iommu_group", none) ? "vfio-pci" : "uio_pci_generic";
}

Status with_the_kernel(const fs::path& device, const std::string& address,
                       const std::string& driver) {
    const std::string wanted = fitting_driver(device);
    const std::string there = "/sys/bus/pci/devices/" + address;
    std::string todo = "modprobe " + wanted;
    if (!driver.empty()) todo += " && echo " + address + " > " + there + "/driver/unbind";
    todo += " && echo " + wanted + " > " + there + "/driver_override && echo " + address +
            " > /sys/bus/pci/drivers_probe";
    const std::string now = driver.empty()
                                ? address + " is with no driver"
                                : address + " is with the kernel's driver '" + driver + "'";
    return {Code::kTransport,
            now + "; SPDK takes it from " + wanted + ", which root arranges by: " + todo};
}

}  // namespace

uint64_t free_huge_page_bytes(const std::string& sysfs) {
    constexpr char kPrefix[] = "hugepages-";  // and then "2048kB"
    uint64_t bytes = 0;
    std::error_code none;
    for (const auto& size : fs::directory_iterator(sysfs + "/kernel/mm/hugepages", none)) {
        const std::string name = size.path().filename().string();
        if (!name.starts_with(kPrefix)) continue;
        const uint64_t kib = std::strtoull(name.c_str() + sizeof kPrefix - 1, nullptr, 10);
        const std::string free = first_word(size.path() / "free_hugepages");
        bytes += std::strtoull(free.c_str(), nullptr, 10) * kib * kKiB;
    }
    return bytes;
}

Status check_huge_pages(const std::string& sysfs, uint64_t least_bytes) {
    const uint64_t free = free_huge_page_bytes(sysfs);
    if (free >= least_bytes) return {};
    return {Code::kTransport, "SPDK needs " + std::to_string(least_bytes / kMiB) +
                                  " MiB of free huge pages for a PCI device, and there are " +
                                  std::to_string(free / kMiB) +
                                  "; root reserves 256 MiB by: echo 128 > "
                                  "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"};
}

Status check_pci_device(const std::string& sysfs, const std::string& address) {
    const fs::path bus = fs::path(sysfs) / "bus" / "pci";
    const fs::path device = bus / "devices" / address;
    std::error_code none;
    if (!fs::exists(device, none)) {
        return {Code::kTransport, "there is no PCI device " + address +
                                      "; NVMe controllers here: " + nvme_devices(bus)};
    }
    if (!is_nvme(device)) {
        return {Code::kTransport,
                address + " is no NVMe controller; those here: " + nvme_devices(bus)};
    }
    const std::string driver = driver_of(device);
    if (gives_to_user_space(driver)) return {};
    return with_the_kernel(device, address, driver);
}

}  // namespace csd::kv
