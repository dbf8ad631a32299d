// SPDX-License-Identifier: BSD-3-Clause
//
// Counting, and the text that Prometheus scrapes. Tested by metrics_test.cc.
#include "airmos/operations/metrics.hpp"

#include <fmt/format.h>

#include <iterator>

#include "base/version.hpp"

namespace csd::airmos {
namespace {

class Page {
  public:
    void family(std::string_view name, std::string_view type, std::string_view help) {
        fmt::format_to(out(), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
    }
    template <typename Number>
    void sample(std::string_view name, std::string_view labels, Number number) {
        if (labels.empty()) {
            fmt::format_to(out(), "{} {}\n", name, number);
        } else {
            fmt::format_to(out(), "{}{{{}}} {}\n", name, labels, number);
        }
    }
    template <typename Number>
    void single(std::string_view name, std::string_view type, std::string_view help,
                Number number) {
        family(name, type, help);
        sample(name, {}, number);
    }
    std::string take() { return std::move(text_); }

  private:
    std::back_insert_iterator<std::string> out() { return std::back_inserter(text_); }
    std::string text_;
};

std::string label(std::string_view name, std::string_view value) {
    std::string text = std::string(name) + "=\"";
    for (const char c : value) {
        if (c == '\n') {
            text += "\\n";
            continue;
        }
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text + '"';
}

// One counter or gauge of every drive.
struct DriveSeries {
    std::string_view name, type, help;
    uint64_t (*of)(const DriveState&);
};
constexpr DriveSeries kDriveSeries[] = {
    {"airmos_drive_up", "gauge", "1 while the drive answers.",
     [](const DriveState& drive) { return uint64_t{drive.reachable ? 1U : 0U}; }},
    {"airmos_drive_capacity_bytes", "gauge", "Size of the drive.",
     [](const DriveState& drive) { return drive.capacity_bytes; }},
    {"airmos_drive_used_bytes", "gauge", "Bytes in use on the drive.",
     [](const DriveState& drive) { return drive.used_bytes; }},
    {"airmos_drive_commands_total", "counter", "Commands sent to the drive.",
     [](const DriveState& drive) { return drive.commands; }},
    {"airmos_drive_errors_total", "counter", "Commands that failed.",
     [](const DriveState& drive) { return drive.errors; }},
    {"airmos_drive_written_bytes_total", "counter", "Bytes sent to the drive.",
     [](const DriveState& drive) { return drive.bytes_in; }},
    {"airmos_drive_read_bytes_total", "counter", "Bytes that left the drive.",
     [](const DriveState& drive) { return drive.bytes_out; }},
    {"airmos_drive_select_scanned_bytes_total", "counter", "Bytes that queries read in the drive.",
     [](const DriveState& drive) { return drive.select_bytes_scanned; }},
    {"airmos_drive_select_returned_bytes_total", "counter", "Bytes of answers that left the drive.",
     [](const DriveState& drive) { return drive.select_bytes_returned; }},
    {"airmos_drive_selects_running", "gauge", "Queries that run in the drive now.",
     [](const DriveState& drive) { return uint64_t{drive.selects}; }},
    {"airmos_drive_in_flight", "gauge", "Commands at the drive now.",
     [](const DriveState& drive) { return uint64_t{drive.in_flight}; }},
    {"airmos_drive_queue_depth", "gauge", "Commands that wait for the drive.",
     [](const DriveState& drive) { return uint64_t{drive.waiting}; }},
};

void write_drives(Page& page, const std::vector<DriveState>& drives,
                  const std::vector<double>& bounds) {
    for (const DriveSeries& series : kDriveSeries) {
        page.family(series.name, series.type, series.help);
        for (const DriveState& drive : drives) {
            page.sample(series.name, label("drive", drive.device), series.of(drive));
        }
    }
    constexpr std::string_view kName = "airmos_drive_command_seconds";
    page.family(kName, "histogram", "Time from a command's start to its end.");
    for (const DriveState& drive : drives) {
        const std::string name = label("drive", drive.device);
        uint64_t count = 0;
        for (size_t i = 0; i < drive.latency_buckets.size(); i++) {
            count += drive.latency_buckets[i];
            if (i >= bounds.size()) continue;  // part of +Inf
            page.sample(fmt::format("{}_bucket", kName),
                        name + "," + label("le", fmt::format("{}", bounds[i])), count);
        }
        page.sample(fmt::format("{}_bucket", kName), name + ",le=\"+Inf\"", count);
        page.sample(fmt::format("{}_sum", kName), name, drive.latency_seconds);
        page.sample(fmt::format("{}_count", kName), name, count);
    }
}

}  // namespace

void Metrics::request(std::string_view operation, int status, double seconds,
                      uint64_t received_bytes, uint64_t sent_bytes) {
    received_bytes_ += received_bytes;
    sent_bytes_ += sent_bytes;
    const std::lock_guard lock(mutex_);
    requests_[{std::string(operation), status}]++;
    auto found = latencies_.find(operation);
    if (found == latencies_.end()) found = latencies_.emplace(operation, Latency()).first;
    Latency& latency = found->second;
    latency.count++;
    latency.seconds += seconds;
    for (size_t i = 0; i < kBounds.size(); i++) {
        if (seconds <= kBounds[i]) latency.at_most[i]++;
    }
}

void Metrics::select(uint64_t scanned_bytes, uint64_t returned_bytes) {
    selects_++;
    scanned_bytes_ += scanned_bytes;
    returned_bytes_ += returned_bytes;
}

std::string Metrics::text(const std::vector<DriveState>& drives, const std::vector<double>& bounds,
                          bool ready) const {
    Page page;
    page.family("airmos_build_info", "gauge", "The version that runs.");
    page.sample("airmos_build_info", label("version", kVersion), 1);
    page.single("airmos_ready", "gauge", "1 when requests can be served.", ready ? 1 : 0);
    page.single("airmos_connections", "gauge", "Open connections.", connections_.load());
    page.single("airmos_received_bytes_total", "counter", "Bytes of request bodies.",
                received_bytes_.load());
    page.single("airmos_sent_bytes_total", "counter", "Bytes of answers' bodies.",
                sent_bytes_.load());
    page.single("airmos_selects_total", "counter", "SELECTs that ran to their end.",
                selects_.load());
    page.single("airmos_select_scanned_bytes_total", "counter",
                "Bytes of objects that SELECTs read inside drives.", scanned_bytes_.load());
    page.single("airmos_select_returned_bytes_total", "counter", "Bytes of SELECTs' answers.",
                returned_bytes_.load());
    {
        const std::lock_guard lock(mutex_);
        page.family("airmos_requests_total", "counter", "Requests by operation and HTTP status.");
        for (const auto& [what, count] : requests_) {
            page.sample("airmos_requests_total",
                        label("operation", what.first) + fmt::format(",status=\"{}\"", what.second),
                        count);
        }
        page.family("airmos_request_seconds", "histogram", "Time from a head to its answer's end.");
        for (const auto& [operation, latency] : latencies_) {
            const std::string name = label("operation", operation);
            for (size_t i = 0; i < kBounds.size(); i++) {
                page.sample("airmos_request_seconds_bucket",
                            fmt::format("{},le=\"{}\"", name, kBounds[i]), latency.at_most[i]);
            }
            page.sample("airmos_request_seconds_bucket", name + ",le=\"+Inf\"", latency.count);
            page.sample("airmos_request_seconds_sum", name, latency.seconds);
            page.sample("airmos_request_seconds_count", name, latency.count);
        }
    }
    write_drives(page, drives, bounds);
    return page.take();
}

}  // namespace csd::airmos
