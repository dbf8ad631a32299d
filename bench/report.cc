// SPDX-License-Identifier: BSD-3-Clause
//
// report.hpp, done: JSON in between, a table for people at the end.
#include "report.hpp"

#include <fmt/core.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "machine.hpp"

namespace csd::bench {

namespace {

using nlohmann::json;

// The unit of the numbers in the JSON file.
const char* name_of(Unit unit) {
    switch (unit) {
        case Unit::kPerSecond: return "1/s";
        case Unit::kMegabytesPerSecond: return "MB/s";
        case Unit::kMilliseconds: return "ms";
        case Unit::kBytes: return "B";
    }
    return "";
}

std::string in_words(double value, Unit unit) {
    switch (unit) {
        case Unit::kPerSecond:
            if (value >= 1e6) return fmt::format("{:.3g} M/s", value / 1e6);
            if (value >= 1e4) return fmt::format("{:.0f} k/s", value / 1e3);
            return fmt::format("{:.0f} /s", value);
        case Unit::kMegabytesPerSecond: return fmt::format("{:.0f} MB/s", value);
        case Unit::kMilliseconds:
            if (value >= 1e3) return fmt::format("{:.2f} s", value / 1e3);
            return fmt::format("{:.{}f} ms", value, value < 10 ? 2 : 1);
        case Unit::kBytes: return fmt::format("{:.0f} B", value);
    }
    return "";
}

// The median of the ratios round by round: what both sides suffered in a round cancels out.
std::optional<double> ratio_of(const Samples& samples) {
    if (samples.yardstick.empty()) return std::nullopt;
    std::vector<double> ratios;
    for (size_t i = 0; i < samples.ours.size(); ++i) {
        ratios.push_back(samples.ours[i] / samples.yardstick[i]);
    }
    return median(ratios);
}

std::string in_words(const Target& target, Unit unit) {
    switch (target.kind) {
        case Target::Kind::kNone: return "";
        case Target::Kind::kRatioAtLeast: return fmt::format(">= {:g} x", target.bound);
        case Target::Kind::kRatioAtMost: return fmt::format("<= {:g} x", target.bound);
        case Target::Kind::kAtLeast: return ">= " + in_words(target.bound, unit);
        case Target::Kind::kAtMost: return "<= " + in_words(target.bound, unit);
    }
    return "";
}

std::string verdict_on(const Target& target, double ours, double ratio) {
    bool met = true;
    switch (target.kind) {
        case Target::Kind::kNone: return "";
        case Target::Kind::kRatioAtLeast: met = ratio >= target.bound; break;
        case Target::Kind::kRatioAtMost: met = ratio <= target.bound; break;
        case Target::Kind::kAtLeast: met = ours >= target.bound; break;
        case Target::Kind::kAtMost: met = ours <= target.bound; break;
    }
    return met ? "met" : "MISSED";
}

json to_json(const Row& row) {
    const double ours = median(row.samples.ours);
    const auto ratio = ratio_of(row.samples);
    json object = {{"work", row.work},
                   {"ours", in_words(ours, row.unit)},
                   {"median", ours},
                   {"unit", name_of(row.unit)},
                   {"yardstick", row.yardstick},
                   {"target", in_words(row.target, row.unit)},
                   {"verdict", verdict_on(row.target, ours, ratio.value_or(0))},
                   {"samples", row.samples.ours},
                   {"yardstick_samples", row.samples.yardstick}};
    if (ratio) {
        object["ratio"] = *ratio;
        object["yardstick_value"] = in_words(median(row.samples.yardstick), row.unit);
    }
    return object;
}

void print_line(const std::string& work, const std::string& ours, const std::string& yardstick,
                const std::string& ratio, const std::string& target, const std::string& verdict) {
    fmt::print("{:<44} {:>11} {:>11} {:>8} {:>10}  {}\n", work, ours, yardstick, ratio, target,
               verdict);
}

}  // namespace

void report(const Setting& setting, const Row& row) {
    const json object = to_json(row);
    std::ofstream(setting.rows, std::ios::app) << object.dump() << "\n";
    fmt::print(stderr, "{}: {}\n", row.work, object["ours"].get<std::string>());
}

void print_table(const std::string& rows_file, const std::string& json_file) {
    json rows = json::array();
    std::ifstream lines(rows_file);
    for (std::string line; std::getline(lines, line);) rows.push_back(json::parse(line));

    const json machine = describe_machine(rows_file);
    fmt::print("{} processors ({}), Linux {}, {}, load {:.1f} at the end\n\n",
               machine["processors"].get<int>(), machine["processor"].get<std::string>(),
               machine["kernel"].get<std::string>(), machine["file_system"].get<std::string>(),
               machine["load"].get<double>());
    print_line("work", "ours", "yardstick", "ratio", "target", "verdict");
    int missed = 0;
    for (const json& row : rows) {
        const std::string ratio =
            row.contains("ratio") ? fmt::format("{:.2f} x", row["ratio"].get<double>()) : "";
        print_line(row["work"], row["ours"], row.value("yardstick_value", ""), ratio, row["target"],
                   row["verdict"]);
        missed += row["verdict"] == "MISSED";
    }
    fmt::print("\n{}\n", missed == 0 ? "every target was met" : fmt::format("{} missed", missed));
    std::ofstream(json_file) << json{{"machine", machine}, {"rows", rows}}.dump(2) << "\n";
}

}  // namespace csd::bench
