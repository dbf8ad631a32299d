// SPDX-License-Identifier: BSD-3-Clause
// Tested by words_test.cc.
#include "device/worker/words.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace csd::worker {

namespace {

constexpr size_t kMaxWordBytes = 64;  // of those that are compared: the work grows with the square

bool same_letter(char left, char right) {
    return std::tolower(static_cast<unsigned char>(left)) ==
           std::tolower(static_cast<unsigned char>(right));
}

}  // namespace

size_t edits_between(std::string_view left, std::string_view right) {
    // Row i has the edits from the first i letters of `left` to each beginning of `right`.
    std::vector<size_t> before(right.size() + 1), row(right.size() + 1), next(right.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (size_t i = 1; i <= left.size(); i++) {
        next[0] = i;
        for (size_t j = 1; j <= right.size(); j++) {
            const size_t changed = row[j - 1] + (same_letter(left[i - 1], right[j - 1]) ? 0 : 1);
            next[j] = std::min({row[j] + 1, next[j - 1] + 1, changed});
            if (i > 1 && j > 1 && same_letter(left[i - 1], right[j - 2]) &&
                same_letter(left[i - 2], right[j - 1]))
                next[j] = std::min(next[j], before[j - 2] + 1);
        }
        before.swap(row);
        row.swap(next);
    }
    return row[right.size()];
}

std::string nearest_word(std::string_view word, const std::vector<std::string_view>& words) {
    if (word.size() < 3 || word.size() > kMaxWordBytes) return {};
    // One letter of four may be wrong, and two of more than that.
    size_t best = std::min<size_t>(word.size() / 3, 2) + 1;
    std::string_view found;
    for (std::string_view candidate : words) {
        if (candidate.size() > kMaxWordBytes) continue;
        const size_t edits = edits_between(word, candidate);
        if (edits == 0 || edits >= best) continue;
        best = edits;
        found = candidate;
    }
    return std::string(found);
}

std::string quoted_list(const std::vector<std::string>& names, size_t max) {
    std::string out;
    for (size_t i = 0; i < std::min(max, names.size()); i++)
        out += (i > 0 ? ", \"" : "\"") + names[i] + '"';
    return names.size() > max ? out + ", ..." : out;
}

}  // namespace csd::worker
