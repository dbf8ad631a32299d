// SPDX-License-Identifier: BSD-3-Clause
// Tested by units_test.cc.
#include "cli/units.hpp"

#include <fmt/format.h>

#include <cctype>
#include <charconv>

namespace csd::cli {

std::string write_bytes(uint64_t bytes) {
    static constexpr std::string_view kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) return fmt::format("{} B", bytes);
    double amount = static_cast<double>(bytes) / 1024;
    size_t unit = 0;
    for (; amount >= 1023.95 && unit + 1 < std::size(kUnits); unit++) amount /= 1024;
    return fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

Result<uint64_t> parse_bytes(std::string_view text) {
    static constexpr std::string_view kSuffixes = "kmgt";
    const Status wrong(Code::kUsage, "'" + std::string(text) +
                                         "' is not a number of bytes, such as 4096, 64k or 3m");
    uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc()) return wrong;
    if (stop == end) return number;
    const size_t power =
        kSuffixes.find(static_cast<char>(std::tolower(static_cast<unsigned char>(*stop))));
    if (stop + 1 != end || power == kSuffixes.npos) return wrong;
    const auto shift = static_cast<unsigned>(10 * (power + 1));
    if (number > UINT64_MAX >> shift) return wrong;
    return number << shift;
}

}  // namespace csd::cli
