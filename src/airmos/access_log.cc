// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by access_log_test.cc.
#include "airmos/access_log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>

namespace csd::airmos {
namespace {

constexpr std::string_view kSignature = "X-Amz-Signature=";

std::string time_text(int64_t time_ms) {
    const time_t seconds = time_ms / 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[32];
    const size_t length = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
    return fmt::format("{}.{:03}Z", std::string_view(text, length), time_ms % 1000);
}

std::string without_signature(std::string_view target) {
    std::string text(target);
    const size_t at = text.find(kSignature);
    if (at == std::string::npos) return text;
    const size_t start = at + kSignature.size();
    return text.replace(start, text.find('&', start) - start, "-");
}

}  // namespace

std::string AccessLog::line(Form form, const Served& served, int64_t time_ms) {
    const std::string target = without_signature(served.target);
    if (form == Form::kText) {
        // The target is what a client sent, but its grammar has no blanks or control characters.
        return fmt::format("{} {} {} {} {} {} {} {:.6f}s in {} out {}{}{}\n", time_text(time_ms),
                           served.request_id, served.remote,
                           served.method.empty() ? "-" : served.method,
                           target.empty() ? "-" : target, served.operation, served.status,
                           served.seconds, served.received_bytes, served.sent_bytes,
                           served.error.empty() ? "" : " ", served.error);
    }
    const nlohmann::ordered_json object = {{"time", time_text(time_ms)},
                                           {"request_id", served.request_id},
                                           {"remote", served.remote},
                                           {"method", served.method},
                                           {"target", target},
                                           {"bucket", served.bucket},
                                           {"key", served.key},
                                           {"operation", served.operation},
                                           {"status", served.status},
                                           {"error", served.error},
                                           {"seconds", served.seconds},
                                           {"received_bytes", served.received_bytes},
                                           {"sent_bytes", served.sent_bytes},
                                           {"user_agent", served.user_agent}};
    // Headers may hold any byte; what is not UTF-8 is replaced.
    return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

void AccessLog::write(const Served& served) const {
    if (form_ == Form::kNone) return;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const std::string text =
        line(form_, served, std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
    // A log that cannot be written must not stop the node.
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    (void)written;
}

}  // namespace csd::airmos
