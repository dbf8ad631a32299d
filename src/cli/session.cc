// SPDX-License-Identifier: BSD-3-Clause
// Tested by tests/cli.
#include "cli/session.hpp"

#include <cstdio>

#include "cli/files.hpp"
#include "cli/interrupt.hpp"
#include "nvme/status.hpp"

namespace csd::cli {

Result<std::unique_ptr<kv::Client>> Session::connect() const {
    return connect_until(interrupt_token());
}

Result<std::unique_ptr<kv::Client>> Session::connect_to_clean_up() const {
    return connect_until(CancelToken());
}

Result<std::unique_ptr<kv::Client>> Session::connect_until(CancelToken cancel) const {
    if (device.empty()) {
        return Status(Code::kUsage, "no drive is named: use --device or set KVCLI_DEVICE");
    }
    kv::OpenOptions options;
    options.cancel = cancel;
    // What SPDK logs at kInfo is for those who debug it. The drive in this process has two such messages: that it made
    // a new drive, and that it waits for another process.
    const bool by_spdk =
        device.starts_with("pcie:") || device.starts_with("bdev:") || device.starts_with("tcp:");
    options.log = [this, by_spdk](LogLevel level, const std::string& message) {
        if (level >= LogLevel::kWarning) warn(message);
        if (level == LogLevel::kInfo && !by_spdk) note(message);
    };
    return kv::Client::open(device, options);
}

Result<kv::Client*> Session::drive() {
    if (!client_) {
        auto opened = connect();
        // A drive that cannot be opened is a matter of the device, whatever the reason.
        const bool explained = opened.code() == Code::kUsage || opened.code() == Code::kAborted;
        if (!opened.ok() && !explained) return Status(Code::kTransport, opened.status().message());
        if (!opened.ok()) return opened.status();
        client_ = std::move(opened).value();
    }
    return client_.get();
}

std::string to_line(const nlohmann::ordered_json& object) {
    return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Status Session::print_json(const nlohmann::ordered_json& object) const {
    return print_line(to_line(object));
}

Status Session::print_line(std::string_view line) const {
    std::string text(line);
    text += '\n';
    return write_all(STDOUT_FILENO, as_bytes(text), "standard output");
}

// Scripts that asked for JSON get nothing on standard error but the error.
void Session::warn(std::string_view sentence) const {
    if (!json()) note("warning: " + std::string(sentence));
}

void Session::note(std::string_view sentence) const {
    if (json()) return;
    std::fprintf(stderr, "kvcli: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
}

int Session::report(const Status& failure) const {
    const int status = exit_code(failure.code());
    if (reader_has_left()) return kExitFailure;  // whoever read has had enough
    if (!json()) {
        std::fprintf(stderr, "kvcli: %s\n", failure.message().c_str());
        return status;
    }
    nlohmann::ordered_json error = {
        {"error", failure.message()}, {"sct", nullptr}, {"sc", nullptr}};
    const uint16_t nvme_status = client_ ? client_->last_nvme_status() : 0;
    if (nvme_status != 0) {
        error["sct"] = nvme::status_code_type(nvme_status);
        error["sc"] = nvme::status_code(nvme_status);
    }
    if (const nvme::QueryReason* reason = failure.reason(); reason != nullptr) {
        error["reason"] = nvme::reason_name(reason->code);
        error["reason_code"] = static_cast<uint16_t>(reason->code);
        error["position"] = nullptr;
        error["subject"] = nullptr;
        error["record"] = nullptr;
        if (reason->position) error["position"] = *reason->position;
        if (reason->subject_bytes > 0) error["subject"] = reason->subject();
        if (reason->record > 0) error["record"] = reason->record;
    }
    std::fprintf(stderr, "%s\n", to_line(error).c_str());
    return status;
}

}  // namespace csd::cli
