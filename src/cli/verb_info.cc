// SPDX-License-Identifier: BSD-3-Clause
// Tested by tests/cli.
#include <fmt/format.h>

#include "cli/units.hpp"
#include "cli/verbs.hpp"
#include "nvme/command.hpp"

namespace csd::cli {
namespace {

using nvme::Dialect;
using nvme::Extensions;
using Json = nlohmann::ordered_json;

constexpr const char* kFormatNames[] = {"csv", "json", "parquet"};
static_assert(std::size(kFormatNames) == nvme::kDataFormats);

std::vector<std::string> extension_names(const Extensions& extensions) {
    const std::pair<bool, const char*> all[] = {
        {extensions.append, "append"},
        {extensions.offset, "offset"},
        {extensions.more, "more"},
        {extensions.reasons, "reasons"},
        {extensions.compose, "compose"},
        {extensions.select, "select"},
        {extensions.asynchronous, "asynchronous"},
    };
    std::vector<std::string> names;
    for (const auto& [has, name] : all) {
        if (has) names.emplace_back(name);
    }
    return names;
}

std::vector<std::string> format_names(const Extensions& extensions) {
    std::vector<std::string> names;
    for (size_t i = 0; i < nvme::kDataFormats; i++) {
        if (extensions.formats >> i & 1) names.emplace_back(kFormatNames[i]);
    }
    return names;
}

Json to_json(const kv::DriveInfo& info, bool delete_missing_is_error) {
    Json object = {{"transport", info.transport},
                   {"model", info.model},
                   {"serial", info.serial},
                   {"firmware", info.firmware},
                   {"nsid", info.nsid},
                   {"dialect", info.dialect == Dialect::k2023 ? "2023" : "kv"},
                   {"capacity_bytes", info.capacity_bytes},
                   {"used_bytes", info.used_bytes},
                   {"max_key_bytes", info.max_key_bytes},
                   {"max_value_bytes", info.max_value_bytes},
                   {"max_transfer_bytes", info.max_transfer_bytes},
                   {"queue_depth", info.queue_depth},
                   {"delete_missing_is_error", delete_missing_is_error},
                   {"extensions", nullptr}};
    if (info.extensions) {
        const Extensions& extensions = *info.extensions;
        object["extensions"] = {{"names", extension_names(extensions)},
                                {"formats", format_names(extensions)},
                                {"max_result_bytes", extensions.max_result_bytes},
                                {"max_sql_bytes", extensions.max_sql_bytes},
                                {"max_results", extensions.max_results},
                                {"max_results_bytes", extensions.max_results_bytes},
                                {"max_record_bytes", extensions.max_record_bytes}};
    }
    return object;
}

std::string to_table(const kv::DriveInfo& info, bool delete_missing_is_error) {
    std::string table;
    const auto row = [&table](std::string_view name, const std::string& value) {
        table += fmt::format("{:<16}{}\n", name, value);
    };
    row("Drive", fmt::format("{} ({}), firmware {}", info.model, info.serial, info.firmware));
    row("Transport", fmt::format("{}, up to {} a command, {} at once", info.transport,
                                 write_bytes(info.max_transfer_bytes), info.queue_depth));
    row("Namespace",
        fmt::format("{}, {}", info.nsid,
                    info.dialect == Dialect::k2023 ? "the 2023 dialect" : "NVMe Key Value"));
    if (info.capacity_bytes != 0) {
        row("Capacity", fmt::format("{} used of {}", write_bytes(info.used_bytes),
                                    write_bytes(info.capacity_bytes)));
    }
    row("Keys", fmt::format("up to {} bytes", info.max_key_bytes));
    row("Values", fmt::format("up to {}", write_bytes(info.max_value_bytes)));
    row("Delete missing", delete_missing_is_error ? "an error" : "no error");
    if (!info.extensions) {
        row("Extensions", "none");
    } else {
        const Extensions& extensions = *info.extensions;
        row("Extensions", fmt::format("{}", fmt::join(extension_names(extensions), ", ")));
        row("Select",
            fmt::format("{}; SQL up to {}, records up to {}, results up to {}, {} held",
                        fmt::join(format_names(extensions), ", "),
                        write_bytes(extensions.max_sql_bytes),
                        write_bytes(extensions.max_record_bytes),
                        write_bytes(extensions.max_result_bytes), extensions.max_results));
    }
    table.pop_back();
    return table;
}

class InfoVerb : public Verb {
  public:
    void declare(CLI::App&) override {}

    Result<int> run(Session& session) override {
        const auto drive = session.drive();
        if (!drive.ok()) return drive.status();
        const auto info = drive.value()->info();
        if (!info.ok()) return info.status();
        const auto strict = drive.value()->delete_missing_is_error();
        if (!strict.ok() && strict.code() == Code::kTransport) return strict.status();
        const bool is_error = strict.ok() && strict.value();
        const Status told = session.json() ? session.print_json(to_json(info.value(), is_error))
                                           : session.print_line(to_table(info.value(), is_error));
        if (!told.ok()) return told;
        return kExitDone;
    }
};

}  // namespace

std::unique_ptr<Verb> make_info() {
    return std::make_unique<InfoVerb>();
}

}  // namespace csd::cli
