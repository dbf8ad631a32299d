// SPDX-License-Identifier: BSD-3-Clause
//
// The restart of a node: how long until it serves what its drives hold.
#include <fmt/core.h>

#include <chrono>
#include <thread>

#include "airmos/rows.hpp"
#include "report.hpp"

namespace csd::bench {

namespace {

constexpr auto kAskAgain = std::chrono::milliseconds(100);
constexpr double kMostSeconds = 600;

bool is_ready(const S3& node) {
    try {
        const HttpRequest question{
            "GET /health/ready HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n", {}};
        (void)put_under_load(node.endpoint(), 1, {question});
        return true;
    } catch (const std::exception&) {  // it does not listen yet, or answers 503
        return false;
    }
}

}  // namespace

void row_ready(const Setting& setting, const S3& node, const std::string& work) {
    const Stopwatch watch;
    while (!is_ready(node)) {
        if (watch.seconds() > kMostSeconds)
            throw Failure(fmt::format("the node is not ready after {:.0f} s", kMostSeconds));
        std::this_thread::sleep_for(kAskAgain);
    }
    report(setting, {.work = work,
                     .unit = Unit::kMilliseconds,
                     .samples = {{watch.seconds() * 1e3}, {}},
                     .yardstick = {},
                     .target = Target::at_most(60'000)});
}

}  // namespace csd::bench
