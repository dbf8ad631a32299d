// SPDX-License-Identifier: BSD-3-Clause
//
// The explanation of a history that cannot be linearized. Tested by linearizability_test.cc.
#include "consistency/linearizability.hpp"

#include <cstdio>

namespace csd::consistency {

static std::string when(uint64_t time, uint64_t zero) {
    if (time == kNever) return "     open";
    char text[32];
    std::snprintf(text, sizeof text, "%9.1f", static_cast<double>(time - zero) / 1000.0);
    return text;
}

std::string explain(size_t culprit, std::vector<Line> lines, size_t left_out,
                    const std::vector<std::string>& states) {
    std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
        return a.began != b.began ? a.began < b.began : a.entry < b.entry;
    });
    const uint64_t zero = lines.empty() ? 0 : lines.front().began;
    std::string text = "not linearizable: no order of the operations explains the one marked >\n";
    if (left_out != 0) text += "  (" + std::to_string(left_out) + " earlier operations)\n";
    text += "  began us  ended us  thread  operation\n";
    for (const Line& line : lines) {
        char thread[16];
        std::snprintf(thread, sizeof thread, "%8u", line.thread);
        text += line.entry == culprit ? ">" : " ";
        text += when(line.began, zero) + " " + when(line.ended, zero) + thread + "  " + line.text;
        text += line.completed ? "\n" : "  (no completion yet)\n";
    }
    text += "states that the history allows before it:\n";
    for (const std::string& state : states) text += "  " + state + "\n";
    return text;
}

}  // namespace csd::consistency
