// SPDX-License-Identifier: BSD-3-Clause
// Tested by spdk_spec_test.cc.
#include "kv/transport/spdk_spec.hpp"

#include <algorithm>
#include <charconv>

namespace csd::kv {
namespace {

constexpr size_t kMostNqnBytes = 223;  // Base Specification 2.1, section 4.7
constexpr uint32_t kBroadcastNsid = UINT32_MAX;

template <typename Number>
bool read_number(std::string_view text, int base, Number& number) {
    const auto [stop, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, base);
    return error == std::errc() && stop == text.data() + text.size();
}

Status read_nsid(std::string_view text, SpdkSpec& spec) {
    if (read_number(text, 10, spec.nsid) && spec.nsid != 0 && spec.nsid != kBroadcastNsid)
        return {};
    return {Code::kUsage, "in '" + spec.device + "', '" + std::string(text) +
                              "' is no namespace id; it is a number from 1"};
}

// One part of DDDD:BB:DD.F.
bool is_hex(std::string_view text, size_t digits, uint32_t most) {
    uint32_t value = 0;
    return text.size() == digits && read_number(text, 16, value) && value <= most;
}

// The domain may be left out, as lspci does.
bool read_pci_address(std::string_view text, std::string& address) {
    address = text.size() == 7 ? "0000:" + std::string(text) : std::string(text);
    std::transform(address.begin(), address.end(), address.begin(),
                   [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
    const std::string_view full = address;
    return full.size() == 12 && full[4] == ':' && full[7] == ':' && full[10] == '.' &&
           is_hex(full.substr(0, 4), 4, 0xFFFF) && is_hex(full.substr(5, 2), 2, 0xFF) &&
           is_hex(full.substr(8, 2), 2, 0x1F) && is_hex(full.substr(11), 1, 7);
}

Status read_pcie(std::string_view text, SpdkSpec& spec) {
    const size_t slash = text.find('/');
    if (!read_pci_address(text.substr(0, slash), spec.address)) {
        return {Code::kUsage, "'" + spec.device +
                                  "' names no PCI device; one is pcie:0000:00:04.0, or "
                                  "pcie:0000:00:04.0/2 for its namespace 2 (see lspci)"};
    }
    return slash == text.npos ? Status() : read_nsid(text.substr(slash + 1), spec);
}

bool unescape(std::string_view text, std::string& plain) {
    plain.clear();
    for (size_t at = 0; at < text.size(); at++) {
        uint8_t byte = static_cast<uint8_t>(text[at]);
        if (text[at] == '%') {
            const std::string_view digits = text.substr(at + 1, 2);
            if (digits.size() != 2 || !read_number(digits, 16, byte) || byte == 0) return false;
            at += 2;
        }
        plain += static_cast<char>(byte);
    }
    return true;
}

Status usage_of_tcp(const SpdkSpec& spec) {
    return {Code::kUsage, "'" + spec.device +
                              "' is no NVMe/TCP address; one is tcp:192.0.2.1:4420/NQN or "
                              "tcp:[2001:db8::1]:4420/NQN, with /NSID behind it if that is not 1"};
}

// HOST:PORT, up to the first slash.
bool read_endpoint(std::string_view text, SpdkSpec& spec) {
    std::string_view host = text.substr(0, text.rfind(':'));
    if (host.size() == text.size()) return false;
    const std::string_view port = text.substr(host.size() + 1);
    if (host.starts_with('[') != host.ends_with(']')) return false;
    if (host.starts_with('[')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != host.npos) {
        return false;
    }
    spec.address = host;
    return !host.empty() && read_number(port, 10, spec.port) && spec.port != 0;
}

Status read_tcp(std::string_view text, SpdkSpec& spec) {
    const size_t slash = text.find('/');
    if (slash == text.npos || !read_endpoint(text.substr(0, slash), spec))
        return usage_of_tcp(spec);
    const std::string_view rest = text.substr(slash + 1);
    const size_t second = rest.find('/');
    if (!unescape(rest.substr(0, second), spec.subnqn) || spec.subnqn.empty())
        return usage_of_tcp(spec);
    if (spec.subnqn.size() > kMostNqnBytes) {
        return {Code::kUsage, "in '" + spec.device + "', the subsystem's name is longer than " +
                                  std::to_string(kMostNqnBytes) + " bytes"};
    }
    return second == rest.npos ? Status() : read_nsid(rest.substr(second + 1), spec);
}

Status read_bdev(std::string_view text, SpdkSpec& spec) {
    const size_t at = text.find('@');
    spec.bdev = text.substr(0, at);
    spec.config = at == text.npos ? "" : text.substr(at + 1);
    if (!spec.bdev.empty() && !spec.config.empty()) return {};
    return {Code::kUsage, "'" + spec.device +
                              "' names no bdev; one is bdev:NAME@CONFIG.json, where the file is "
                              "SPDK's JSON configuration that makes the bdev NAME"};
}

}  // namespace

Result<SpdkSpec> parse_spdk_spec(std::string_view device) {
    SpdkSpec spec;
    spec.device = device;
    Status read = Status(Code::kUsage, "'" + spec.device + "' is no device of SPDK");
    const std::string_view rest = device.substr(std::min(device.find(':'), device.size() - 1) + 1);
    if (device.starts_with("pcie:")) {
        spec.form = SpdkSpec::Form::kPcie;
        read = read_pcie(rest, spec);
    } else if (device.starts_with("tcp:")) {
        spec.form = SpdkSpec::Form::kTcp;
        read = read_tcp(rest, spec);
    } else if (device.starts_with("bdev:")) {
        spec.form = SpdkSpec::Form::kBdev;
        read = read_bdev(rest, spec);
    }
    if (!read.ok()) return read;
    return spec;
}

}  // namespace csd::kv
