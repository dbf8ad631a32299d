// SPDX-License-Identifier: BSD-3-Clause
// Tested by linux_node_test.cc.
#include "kv/transport/linux_node.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include "kv/admin.hpp"
#include "kv/transport/linux_command.hpp"
#include "kv/transport/linux_memory.hpp"

namespace csd::kv {
namespace {

constexpr uint8_t kCnsActiveNamespaces = 0x02;
constexpr size_t kMdtsByte = 77;
constexpr uint32_t kPageBytes = 4096;
// What Linux 6.1 has, where sysfs does not tell.
constexpr uint32_t kUsualSegments = 127;

constexpr const char* kPrivilege = "NVMe passthrough needs CAP_SYS_ADMIN, which root has";
constexpr const char* kNoPath =
    "Linux has no path to the drive now, and may be connecting again; "
    "/sys/class/nvme/nvme*/state tells";

bool is_refusal(int error) {
    return error == EACCES || error == EPERM;
}

Status cannot_open(const std::string& path, int error) {
    const std::string begin = "'" + path + "' cannot be opened: ";
    if (error == ENOENT) {
        return {Code::kTransport, begin + "it does not exist; Linux 6.0 or later makes it when " +
                                      "it finds the drive's namespace"};
    }
    if (is_refusal(error)) return {Code::kTransport, begin + "permission denied; " + kPrivilege};
    if (error == EAGAIN) return {Code::kTransport, begin + kNoPath};
    return {Code::kTransport, begin + std::strerror(error)};
}

// Reading is enough to retrieve, should somebody have been allowed no more.
int open_file(LinuxKernel& kernel, const std::string& path) {
    const int fd = kernel.open(path, O_RDWR);
    return is_refusal(-fd) || fd == -EROFS ? kernel.open(path, O_RDONLY) : fd;
}

std::optional<uint32_t> read_number(const std::filesystem::path& path) {
    std::ifstream file(path);
    uint32_t number = 0;
    if (file >> number) return number;
    return std::nullopt;
}

}  // namespace

Result<LinuxNode> LinuxNode::open(LinuxKernel& kernel, const LinuxSpec& spec) {
    const int fd = open_file(kernel, spec.path);
    if (fd < 0) return cannot_open(spec.path, -fd);
    LinuxNode node(kernel, spec, UniqueFd(fd));
    const Status found = spec.is_controller ? node.find_only_namespace() : node.find_namespace();
    if (!found.ok()) return found;
    node.find_sizes();
    return node;
}

Status LinuxNode::find_namespace() {
    const int nsid = kernel_->ioctl(fd(), NVME_IOCTL_ID, nullptr);
    if (nsid == -ENOTTY) {
        return {Code::kTransport, "'" + spec_.path + "' is no node of an NVMe namespace"};
    }
    if (nsid <= 0) return cannot_open(spec_.path, -nsid);
    nsid_ = static_cast<uint32_t>(nsid);
    return {};
}

Status LinuxNode::find_only_namespace() {
    alignas(kPageBytes) std::array<uint8_t, kPageBytes> page{};
    const auto answer = admin(identify_command(kCnsActiveNamespaces, 0, 0), page);
    if (!answer.ok()) {
        return {Code::kTransport, "'" + spec_.path + "': " + answer.status().message()};
    }
    nsid_ = load_le<uint32_t>(page, 0);
    if (answer.value().status != nvme::kSuccess || nsid_ == 0) {
        return {Code::kTransport, "'" + spec_.path + "' has no namespace"};
    }
    if (load_le<uint32_t>(page, 4) == 0) return {};
    return {Code::kTransport, "'" + spec_.path + "' has more than one namespace, and Linux takes " +
                                  "commands on a controller only when there is one; name a " +
                                  "namespace, such as /dev/ng" + spec_.name.substr(4) + "n1"};
}

// A controller needs no path; whatever is wrong with it, its commands tell.
bool LinuxNode::has_path() const {
    return spec_.is_controller || kernel_->ioctl(fd(), NVME_IOCTL_ID, nullptr) > 0;
}

// Without any privilege, sysfs tells what the drive and the driver allow together. Where it does not, the drive is
// asked for MDTS.
void LinuxNode::find_sizes() {
    const std::filesystem::path queue = queue_directory();
    const uint32_t segments = read_number(queue / "max_segments").value_or(kUsualSegments);
    // Memory that does not begin on a page takes one page more.
    sizes_.scattered_bytes = (std::max(segments, 2u) - 1) * kPageBytes;
    uint64_t most = sizes_.scattered_bytes;
    if (const auto kilobytes = read_number(queue / "max_hw_sectors_kb")) {
        most = *kilobytes * kKiB;
    } else {
        alignas(kPageBytes) std::array<uint8_t, kPageBytes> page{};
        const auto answer = admin(identify_command(kCnsController, 0, 0), page);
        const bool tells = answer.ok() && answer.value().status == nvme::kSuccess;
        if (tells && page[kMdtsByte] != 0) {
            most = uint64_t{kPageBytes} << std::min<uint8_t>(page[kMdtsByte], 32);
        }
    }
    most = std::min<uint64_t>(most, TransferMemory::kHugePageBytes);
    sizes_.most_bytes = std::max(static_cast<uint32_t>(most), kPageBytes) & ~(kPageBytes - 1);
    sizes_.scattered_bytes = std::min(sizes_.scattered_bytes, sizes_.most_bytes);
}

// The limits are those of the request queue that the block layer keeps for every namespace, even for one without
// blocks.
std::string LinuxNode::queue_directory() const {
    namespace fs = std::filesystem;
    if (!spec_.is_controller) {
        return kernel_->sysfs() + "/class/block/nvme" + spec_.name.substr(2) + "/queue";
    }
    std::error_code none;
    const fs::path controller = kernel_->sysfs() + "/class/nvme/" + spec_.name;
    for (const auto& entry : fs::directory_iterator(controller, none)) {
        if (fs::exists(entry.path() / "queue/max_segments", none)) return entry.path() / "queue";
    }
    return controller / "queue";
}

Result<nvme::Cqe> LinuxNode::admin(const nvme::Sqe& sqe, MutableBytes data) const {
    auto command = with_64_bit_result(passthrough_command(sqe, data, spec_.timeout_ms));
    const int outcome = kernel_->ioctl(fd(), NVME_IOCTL_ADMIN64_CMD, &command);
    if (outcome >= 0) {
        return nvme::Cqe{.dw0 = static_cast<uint32_t>(command.result),
                         .dw1 = static_cast<uint32_t>(command.result >> 32),
                         .status = static_cast<uint16_t>(outcome)};
    }
    if (is_refusal(-outcome)) {
        return Status(Code::kUnsupported,
                      std::string("the kernel refused an admin command; ") + kPrivilege);
    }
    const Code code = outcome == -ENOTTY || outcome == -EINVAL || outcome == -EOPNOTSUPP
                          ? Code::kUnsupported
                          : Code::kTransport;
    return Status(code, std::string("an admin command failed: ") +
                            (outcome == -EAGAIN ? kNoPath : std::strerror(-outcome)));
}

}  // namespace csd::kv
