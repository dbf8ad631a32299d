// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by access_log_test.cc.
#include "airmos/access_log.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "base/bytes.hpp"
#include "base/signals.hpp"

namespace csd::airmos {
namespace {

constexpr std::string_view kSignature = "X-Amz-Signature=";

int64_t now_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

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
        return fmt::format(
            "{} {} {} {} {} {} {} {:.6f}s in {} out {}{}{}{}\n", time_text(time_ms),
            served.request_id, served.remote, served.method.empty() ? "-" : served.method,
            target.empty() ? "-" : target, served.operation, served.status, served.seconds,
            served.received_bytes, served.sent_bytes, served.error.empty() ? "" : " ", served.error,
            served.cause.empty() ? "" : ": " + json_text(served.cause));
    }
    return fmt::format(
        "{{\"time\":\"{}\",\"request_id\":{},\"remote\":{},\"method\":{},\"target\":{},\"bucket\":{"
        "},\"key\":{},"
        "\"operation\":{},\"status\":{},\"error\":{},\"seconds\":{:.6f},\"received_bytes\":{},"
        "\"sent_bytes\":{},"
        "\"user_agent\":{}{}}}\n",
        time_text(time_ms), json_text(served.request_id), json_text(served.remote),
        json_text(served.method), json_text(target), json_text(served.bucket),
        json_text(served.key), json_text(served.operation), served.status, json_text(served.error),
        served.seconds, served.received_bytes, served.sent_bytes, json_text(served.user_agent),
        served.cause.empty() ? "" : ",\"cause\":" + json_text(served.cause));
}

// Bytes in order to a descriptor whose reader may be slow.
class AccessLog::Writer : public std::enable_shared_from_this<Writer> {
  public:
    Writer(Form form, int descriptor) : form_(form), descriptor_(descriptor) {}

    void write(std::string_view text) {
        const std::lock_guard lock(mutex_);
        if (!busy_) text.remove_prefix(write_some(text, 0));
        if (text.empty()) return;
        if (waiting_.size() + text.size() > kMostWaiting) {
            lost_++;
            return;
        }
        waiting_ += text;
        if (std::exchange(busy_, true)) return;
        // Rare, and over when the reader has caught up.
        const AllSignalsBlocked blocked;
        std::thread([self = shared_from_this()] { self->catch_up(); }).detach();
    }

    void finish(std::chrono::milliseconds most) {
        std::unique_lock lock(mutex_);
        idle_.wait_for(lock, most, [this] { return !busy_; });
        ended_ = true;
    }

  private:
    static constexpr size_t kMostWaiting = 4 * kMiB;
    // What a pipe that has room takes without waiting.
    static constexpr size_t kPiece = PIPE_BUF;

    // How much was taken. A descriptor that cannot be written at all takes everything.
    size_t write_some(std::string_view text, int timeout_ms) const {
        size_t taken = 0;
        while (taken < text.size()) {
            pollfd ready{descriptor_, POLLOUT, 0};
            if (::poll(&ready, 1, timeout_ms) != 1 || ended_) break;
            const ssize_t count =
                ::write(descriptor_, text.data() + taken, std::min(kPiece, text.size() - taken));
            if (count < 0 && errno != EINTR && errno != EAGAIN) return text.size();
            taken += count < 0 ? 0 : static_cast<size_t>(count);
        }
        return taken;
    }

    void catch_up() {
        std::unique_lock lock(mutex_);
        while (!waiting_.empty() && !ended_) {
            const std::string text = std::exchange(waiting_, {});
            if (lost_ > 0) waiting_ = lost_line(std::exchange(lost_, 0));
            lock.unlock();
            size_t taken = 0;
            while (taken < text.size() && !ended_) {
                taken += write_some(std::string_view(text).substr(taken), kPatienceMs);
            }
            lock.lock();
        }
        busy_ = false;
        idle_.notify_all();
    }

    std::string lost_line(uint64_t count) const {
        const std::string time = time_text(now_ms());
        return form_ == Form::kText
                   ? fmt::format("{} - {} lines of this log were lost\n", time, count)
                   : fmt::format("{{\"time\":\"{}\",\"lost_lines\":{}}}\n", time, count);
    }

    static constexpr int kPatienceMs = 100;
    const Form form_;
    const int descriptor_;
    std::atomic<bool> ended_{false};
    std::mutex mutex_;
    std::condition_variable idle_;
    // Guarded by mutex_.
    std::string waiting_;
    bool busy_ = false;  // a thread writes; nobody else does
    uint64_t lost_ = 0;
};

AccessLog::AccessLog(Form form, int descriptor)
    : form_(form), writer_(std::make_shared<Writer>(form, descriptor)) {}

AccessLog::~AccessLog() {
    writer_->finish(std::chrono::seconds(1));
}

void AccessLog::write(const Served& served) {
    if (form_ != Form::kNone) writer_->write(line(form_, served, now_ms()));
}

}  // namespace csd::airmos
