// SPDX-License-Identifier: BSD-3-Clause
// Tested by progress_test.cc.
#include "cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "cli/units.hpp"

namespace csd::cli {

using std::chrono::milliseconds;

static constexpr milliseconds kPatience{500};  // before a bar appears
static constexpr milliseconds kRedraw{100};
static constexpr size_t kBarWidth = 20;

bool Progress::possible() {
    return isatty(STDERR_FILENO) == 1;
}

Progress::Progress(std::optional<uint64_t> total_bytes)
    : terminal_(possible()), total_(total_bytes), start_(Clock::now()) {}

Progress::~Progress() {
    if (visible_) std::fprintf(stderr, "\r\033[K");
}

void Progress::add(uint64_t bytes) {
    bytes_ += bytes;
    if (!terminal_) return;
    const auto now = Clock::now();
    if (now - start_ < kPatience || now - drawn_ < kRedraw) return;
    drawn_ = now;
    visible_ = true;
    std::fprintf(stderr, "\r\033[K%s", line(bytes_, total_, now - start_).c_str());
}

kv::Source Progress::watch(kv::Source source) {
    return {[this, read = std::move(source.read)](MutableBytes buffer) {
        auto count = read(buffer);
        if (count.ok()) add(count.value());
        return count;
    }};
}

kv::Sink Progress::watch(kv::Sink sink) {
    kv::Sink watched;
    watched.write = [this, write = std::move(sink.write)](Bytes bytes) {
        add(bytes.size());
        return write(bytes);
    };
    if (!sink.restart) return watched;
    watched.restart = [this, restart = std::move(sink.restart)] {
        bytes_ = 0;
        return restart();
    };
    return watched;
}

std::string Progress::line(uint64_t bytes, std::optional<uint64_t> total, Clock::duration elapsed) {
    const double seconds = std::chrono::duration<double>(elapsed).count();
    const double rate = seconds > 0 ? static_cast<double>(bytes) / seconds : 0;
    if (!total || *total == 0) {
        return fmt::format("  {}  {}/s", write_bytes(bytes),
                           write_bytes(static_cast<uint64_t>(rate)));
    }
    const double part = std::min(1.0, static_cast<double>(bytes) / static_cast<double>(*total));
    const auto full = static_cast<size_t>(part * kBarWidth);
    return fmt::format("  {} of {}  {:.0f}%  [{:<{}}]  {}/s", write_bytes(bytes),
                       write_bytes(*total), 100 * part, std::string(full, '#'), kBarWidth,
                       write_bytes(static_cast<uint64_t>(rate)));
}

}  // namespace csd::cli
