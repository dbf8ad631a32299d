// SPDX-License-Identifier: BSD-3-Clause
// Tested by linux_spec_test.cc.
#include "kv/transport/linux_spec.hpp"

#include <algorithm>
#include <charconv>

namespace csd::kv {
namespace {

constexpr uint32_t kMostSeconds = 24 * 3600;

bool is_number(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](char digit) { return digit >= '0' && digit <= '9'; });
}

// ngXnY is a namespace, nvmeX a controller; nvmeXnY, with or without pX, is what has blocks.
Status read_name(std::string_view name, LinuxSpec& spec) {
    const std::string path(spec.path);
    if (name.starts_with("ng")) {
        const size_t middle = name.find('n', 2);
        const bool whole = middle != name.npos && is_number(name.substr(2, middle - 2)) &&
                           is_number(name.substr(middle + 1));
        if (whole) return {};
    } else if (name.starts_with("nvme")) {
        spec.is_controller = is_number(name.substr(4));
        if (spec.is_controller) return {};
        const size_t middle = name.find('n', 4);
        if (middle != name.npos && is_number(name.substr(4, middle - 4))) {
            const std::string_view rest = name.substr(4);
            const std::string node = "/dev/ng" + std::string(rest.substr(0, rest.find('p')));
            return {Code::kUsage, "'" + path + "' is a block device; the same namespace is '" +
                                      node + "' to passthrough"};
        }
    }
    return {Code::kUsage, "'" + path + "' is no NVMe node: a namespace is /dev/ng0n1, " +
                              "a controller with a single namespace /dev/nvme0"};
}

Status read_parameter(std::string_view text, LinuxSpec& spec) {
    const size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    const std::string_view value = equals == text.npos ? "" : text.substr(equals + 1);
    if (name == "io") {
        spec.io = value == "uring" ? LinuxSpec::Io::kUring : LinuxSpec::Io::kIoctl;
        if (value == "uring" || value == "ioctl") return {};
        return {Code::kUsage,
                "in the device, io is uring or ioctl, not '" + std::string(value) + "'"};
    }
    if (name == "timeout") {
        uint32_t seconds = 0;
        const char* const end = value.data() + value.size();
        const auto [stop, error] = std::from_chars(value.data(), end, seconds);
        const bool read = error == std::errc() && stop == end;
        spec.timeout_ms = seconds * 1000;
        if (read && seconds >= 1 && seconds <= kMostSeconds) return {};
        return {Code::kUsage, "in the device, timeout is a number of seconds from 1 to " +
                                  std::to_string(kMostSeconds) + ", not '" + std::string(value) +
                                  "'"};
    }
    return {Code::kUsage, "Linux passthrough has no parameter '" + std::string(name) +
                              "'; it has io and timeout"};
}

}  // namespace

Result<LinuxSpec> parse_linux_spec(std::string_view device) {
    LinuxSpec spec;
    const size_t question = device.find('?');
    spec.path = device.substr(0, question);
    spec.name = spec.path.substr(spec.path.rfind('/') + 1);
    if (const Status named = read_name(spec.name, spec); !named.ok()) return named;
    std::string_view rest = question == device.npos ? "" : device.substr(question + 1);
    while (!rest.empty()) {
        const size_t end = rest.find('&');
        if (const Status read = read_parameter(rest.substr(0, end), spec); !read.ok()) return read;
        rest = end == rest.npos ? "" : rest.substr(end + 1);
    }
    if (spec.is_controller && spec.io == LinuxSpec::Io::kUring) {
        return Status(Code::kUsage, "Linux has no io_uring on controllers such as '" + spec.path +
                                        "', only on namespaces such as /dev/ng0n1");
    }
    return spec;
}

}  // namespace csd::kv
