// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/spdk/log.hpp"

#include <cstdarg>
#include <cstdio>

#include "kv/transport/spdk/said.hpp"
#include "kv/transport/spdk/sdk.hpp"

extern "C" int rte_openlog_stream(FILE* stream);

namespace csd::kv {
namespace {

thread_local LogScope* t_scope = nullptr;

void say(LogLevel level, std::string line) {
    while (!line.empty() && line.back() == '\n') line.pop_back();
    if (t_scope != nullptr && !line.empty()) t_scope->take(level, std::move(line));
}

std::string formatted(const char* format, va_list arguments) {
    char text[1024];
    vsnprintf(text, sizeof text, format, arguments);
    return text;
}

LogLevel level_of(int spdk_level) {
    switch (spdk_level) {
        case SPDK_LOG_ERROR: return LogLevel::kError;
        case SPDK_LOG_WARN: return LogLevel::kWarning;
        case SPDK_LOG_NOTICE:
        case SPDK_LOG_INFO: return LogLevel::kInfo;
        default: return LogLevel::kDebug;
    }
}

void on_spdk_log(int level, const char*, int, const char*, const char* format, va_list arguments) {
    if (t_scope != nullptr) say(level_of(level), formatted(format, arguments));
}

// DPDK tells no level.
ssize_t on_dpdk_log(void*, const char* text, size_t bytes) {
    say(LogLevel::kInfo, std::string(text, bytes));
    return static_cast<ssize_t>(bytes);
}

}  // namespace

void catch_spdk_logs() {
    spdk_log_open(on_spdk_log);
    FILE* const stream = fopencookie(nullptr, "w", {.write = on_dpdk_log});
    if (stream == nullptr) return;
    setvbuf(stream, nullptr, _IOLBF, 1024);
    rte_openlog_stream(stream);
}

LogScope::LogScope(const Log& log) : log_(log), outer_(t_scope) {
    t_scope = this;
}
LogScope::~LogScope() {
    t_scope = outer_;
}

void LogScope::take(LogLevel level, std::string line) {
    if (log_) log_(level == LogLevel::kError ? LogLevel::kInfo : LogLevel::kDebug, line);
    if (level == LogLevel::kError && first_error_.empty()) {
        first_error_ = std::move(line);
    } else {
        last_words_ = std::move(line);
    }
}

std::string LogScope::reason() const {
    const std::string& text = first_error_.empty() ? last_words_ : first_error_;
    return text.empty() ? "" : " (SPDK: " + said_in_short(text) + ")";
}

// What this library and SPDK within it call in place of the functions of libc. Of files only the two that are the
// program's own are special.
static bool is_the_programs(FILE* file) {
    return file == stdout || file == stderr;
}

static int say_formatted(FILE* file, const char* format, va_list arguments) {
    if (!is_the_programs(file)) return vfprintf(file, format, arguments);
    const std::string line = formatted(format, arguments);
    say(file == stderr ? LogLevel::kError : LogLevel::kDebug, line);
    return static_cast<int>(line.size());
}

// NOLINTBEGIN(readability-identifier-naming): the linker makes these names
extern "C" {
int __wrap_printf(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int bytes = say_formatted(stdout, format, arguments);
    va_end(arguments);
    return bytes;
}
int __wrap___printf_chk(int, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int bytes = say_formatted(stdout, format, arguments);
    va_end(arguments);
    return bytes;
}
int __wrap_fprintf(FILE* file, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int bytes = say_formatted(file, format, arguments);
    va_end(arguments);
    return bytes;
}
int __wrap___fprintf_chk(FILE* file, int, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int bytes = say_formatted(file, format, arguments);
    va_end(arguments);
    return bytes;
}
size_t __real_fwrite(const void* data, size_t size, size_t count, FILE* file);
size_t __wrap_fwrite(const void* data, size_t size, size_t count, FILE* file) {
    if (!is_the_programs(file)) return __real_fwrite(data, size, count, file);
    say(file == stderr ? LogLevel::kError : LogLevel::kDebug,
        std::string(static_cast<const char*>(data), size * count));
    return count;
}
int __wrap_puts(const char* line) {
    say(LogLevel::kDebug, line);
    return 0;
}
int __wrap_putchar(int character) {
    return character;
}
}
// NOLINTEND(readability-identifier-naming)

}  // namespace csd::kv
