// SPDX-License-Identifier: BSD-3-Clause
// Tested by emulator_spec_test.cc.
#include "kv/transport/emulator_spec.hpp"

#include <charconv>

namespace csd::kv {
namespace {

template <typename T>
bool read_number(std::string_view text, T& number) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end;
}

// Which numbers make sense is for csd_open to say, as for every host of the engine.

// One word of two, such as sync=flush or sync=always.
bool read_choice(std::string_view text, std::string_view no, std::string_view yes, bool& chosen) {
    chosen = text == yes;
    return text == no || text == yes;
}

struct Parameter {
    std::string_view name;
    std::string_view form;
    bool (*read)(std::string_view value, EmulatorSpec& spec);
};
constexpr Parameter kParameters[] = {
    {"nsid", "a number from 1 on",
     [](std::string_view value, EmulatorSpec& spec) {
         return read_number(value, spec.nsid) && spec.nsid != 0;
     }},
    {"bus", "a number from 0 to 255",
     [](std::string_view value, EmulatorSpec& spec) { return read_number(value, spec.bus); }},
    {"size", "a number of bytes",
     [](std::string_view value, EmulatorSpec& spec) {
         return read_number(value, spec.size_bytes) && spec.size_bytes != 0;
     }},
    {"sync", "flush or always",
     [](std::string_view value, EmulatorSpec& spec) {
         return read_choice(value, "flush", "always", spec.sync_always);
     }},
    {"dialect", "kv or 2023",
     [](std::string_view value, EmulatorSpec& spec) {
         return read_choice(value, "kv", "2023", spec.dialect_2023);
     }},
    {"extensions", "on or off",
     [](std::string_view value, EmulatorSpec& spec) {
         return read_choice(value, "off", "on", spec.extensions);
     }},
};

Status read_parameter(std::string_view text, EmulatorSpec& spec) {
    const size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    const std::string_view value = equals == text.npos ? "" : text.substr(equals + 1);
    for (const Parameter& parameter : kParameters) {
        if (parameter.name != name) continue;
        if (parameter.read(value, spec)) return {};
        return {Code::kUsage, "in the device, " + std::string(name) + " is " +
                                  std::string(parameter.form) + ", not '" + std::string(value) +
                                  "'"};
    }
    return {Code::kUsage, "an emulator has no parameter '" + std::string(name) +
                              "'; it has nsid, bus, size, sync, dialect and extensions"};
}

}  // namespace

Result<EmulatorSpec> parse_emulator_spec(std::string_view device) {
    static constexpr std::string_view kPrefix = "emulator:";
    EmulatorSpec spec;
    if (!device.starts_with(kPrefix)) {
        spec.root = device;
        return spec;
    }
    device.remove_prefix(kPrefix.size());
    const size_t question = device.find('?');
    spec.root = device.substr(0, question);
    if (spec.root.empty())
        return Status(Code::kUsage, "emulator: needs the directory of the drive");
    std::string_view rest = question == device.npos ? "" : device.substr(question + 1);
    while (!rest.empty()) {
        const size_t end = rest.find('&');
        if (const Status read = read_parameter(rest.substr(0, end), spec); !read.ok()) return read;
        rest = end == rest.npos ? "" : rest.substr(end + 1);
    }
    if (spec.dialect_2023 && !spec.extensions) {
        return Status(Code::kUsage,
                      "extensions=off is for Key Value namespaces, not for dialect=2023");
    }
    return spec;
}

}  // namespace csd::kv
