// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by access_log_test.cc.
#include "airmos/access_log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
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

// As JSON writes it. Headers may hold any byte; what is not UTF-8 is replaced. Nearly every text needs no more than quotes,
// and this is done for every request.
std::string json_text(std::string_view text) {
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
        return c >= ' ' && c < '\x7F' && c != '"' && c != '\\';
    });
    if (plain) return fmt::format("\"{}\"", text);
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
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
    return fmt::format(
        "{{\"time\":\"{}\",\"request_id\":{},\"remote\":{},\"method\":{},\"target\":{},\"bucket\":{"
        "},\"key\":{},"
        "\"operation\":{},\"status\":{},\"error\":{},\"seconds\":{:.6f},\"received_bytes\":{},"
        "\"sent_bytes\":{},"
        "\"user_agent\":{}}}\n",
        time_text(time_ms), json_text(served.request_id), json_text(served.remote),
        json_text(served.method), json_text(target), json_text(served.bucket),
        json_text(served.key), json_text(served.operation), served.status, json_text(served.error),
        served.seconds, served.received_bytes, served.sent_bytes, json_text(served.user_agent));
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
