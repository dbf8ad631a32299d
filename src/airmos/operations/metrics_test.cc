// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/operations/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace csd::airmos {
namespace {

using testing::HasSubstr;

TEST(Metrics, CountRequestsByOperationAndStatus) {
    Metrics metrics;
    metrics.request("GetObject", 200, 0.002, 0, 4096);
    metrics.request("GetObject", 200, 2, 0, 4096);
    metrics.request("PutObject", 403, 0.0001, 10, 0);
    const std::string text = metrics.text({}, {}, true);
    EXPECT_THAT(text,
                HasSubstr("airmos_requests_total{operation=\"GetObject\",status=\"200\"} 2\n"));
    EXPECT_THAT(text,
                HasSubstr("airmos_requests_total{operation=\"PutObject\",status=\"403\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("airmos_sent_bytes_total 8192\n"));
    EXPECT_THAT(text, HasSubstr("airmos_received_bytes_total 10\n"));
    EXPECT_THAT(text, HasSubstr("airmos_ready 1\n"));
}

TEST(Metrics, HistogramsAreCumulative) {
    Metrics metrics;
    metrics.request("GetObject", 200, 0.002, 0, 0);
    metrics.request("GetObject", 200, 2, 0, 0);
    metrics.request("GetObject", 200, 100, 0, 0);
    const std::string text = metrics.text({}, {}, false);
    const std::string name = "airmos_request_seconds_bucket{operation=\"GetObject\",le=";
    EXPECT_THAT(text, HasSubstr(name + "\"0.001\"} 0\n"));
    EXPECT_THAT(text, HasSubstr(name + "\"0.0025\"} 1\n"));
    EXPECT_THAT(text, HasSubstr(name + "\"5\"} 2\n"));
    EXPECT_THAT(text, HasSubstr(name + "\"+Inf\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("airmos_request_seconds_count{operation=\"GetObject\"} 3\n"));
}

TEST(Metrics, SayWhatSelectsReadAndReturned) {
    Metrics metrics;
    metrics.select(1000, 10);
    metrics.select(500, 5);
    const std::string text = metrics.text({}, {}, true);
    EXPECT_THAT(text, HasSubstr("airmos_select_scanned_bytes_total 1500\n"));
    EXPECT_THAT(text, HasSubstr("airmos_select_returned_bytes_total 15\n"));
    EXPECT_THAT(text, HasSubstr("airmos_selects_total 2\n"));
}

TEST(Metrics, ShowEveryDrive) {
    DriveState drive;
    drive.device = "emulator:/a \"b\"\\c";
    drive.reachable = true;
    drive.commands = 9;
    drive.waiting = 3;
    drive.latency_buckets = {1, 2, 3};
    drive.latency_seconds = 0.5;
    const std::string text = Metrics().text({drive}, {0.001, 0.01}, true);
    const std::string name = "{drive=\"emulator:/a \\\"b\\\"\\\\c\"";
    EXPECT_THAT(text, HasSubstr("airmos_drive_up" + name + "} 1\n"));
    EXPECT_THAT(text, HasSubstr("airmos_drive_queue_depth" + name + "} 3\n"));
    EXPECT_THAT(text,
                HasSubstr("airmos_drive_command_seconds_bucket" + name + ",le=\"0.001\"} 1\n"));
    EXPECT_THAT(text,
                HasSubstr("airmos_drive_command_seconds_bucket" + name + ",le=\"0.01\"} 3\n"));
    EXPECT_THAT(text,
                HasSubstr("airmos_drive_command_seconds_bucket" + name + ",le=\"+Inf\"} 6\n"));
    EXPECT_THAT(text, HasSubstr("airmos_drive_command_seconds_sum" + name + "} 0.5\n"));
}

}  // namespace
}  // namespace csd::airmos
