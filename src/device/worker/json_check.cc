// SPDX-License-Identifier: BSD-3-Clause
// Tested by json_check_test.cc.
#include "device/worker/json_check.hpp"

#include <algorithm>

#include "device/worker/byte_block.hpp"
#include "nvme/query_reason.hpp"

namespace csd::worker {

namespace {

// The bytes that a backslash escapes: those behind an odd number of backslashes. In a run of backslashes every second is
// escaped itself; the carry of the addition walks each run to its end, and its parity tells which runs are odd.
uint64_t escaped_bytes(uint64_t backslashes, bool& carry) {
    uint64_t first = carry ? 1 : 0;
    if (backslashes == 0) {
        carry = false;
        return first;
    }
    constexpr uint64_t kEven = 0x5555555555555555;
    backslashes &= ~first;
    uint64_t follows = (backslashes << 1) | first;
    uint64_t odd_starts = backslashes & ~kEven & ~follows;
    uint64_t even_runs = odd_starts + backslashes;
    carry = even_runs < backslashes;
    return (kEven ^ (even_runs << 1)) & follows;
}

// Gives `look` all blocks that are whole, as long as it returns true. `rest` is what no block is full of.
template <typename Look>
bool feed_blocks(std::string_view piece, std::string& rest, const Look& look) {
    if (!rest.empty()) {
        size_t missing = std::min(piece.size(), kBlockBytes - rest.size());
        rest += piece.substr(0, missing);
        piece.remove_prefix(missing);
        if (rest.size() < kBlockBytes) return true;
        if (!look(rest.data())) return false;
    }
    for (; piece.size() >= kBlockBytes; piece.remove_prefix(kBlockBytes))
        if (!look(piece.data())) return false;
    rest = piece;
    return true;
}

}  // namespace

bool JsonCommaCheck::feed(std::string_view piece) {
    return feed_blocks(piece, rest_, [this](const char* bytes) { return look(bytes); });
}

bool JsonCommaCheck::finish() {
    rest_.resize(kBlockBytes, ' ');
    return look(rest_.data()) && !behind_comma_;
}

bool JsonCommaCheck::look(const char* bytes) {
    const ByteBlock block(bytes);
    uint64_t commas = block.mask(',');
    uint64_t behind = pass_run(commas << 1, block.mask_up_to_space(), behind_comma_);
    behind_comma_ = behind_comma_ || (commas >> 63) != 0;
    return (behind & block.mask_lower('}')) == 0;
}

Status JsonCheck::feed(std::string_view piece) {
    bool good = feed_blocks(piece, rest_, [this](const char* bytes) { return look(bytes); });
    return good ? Status() : fault_;
}

Status JsonCheck::finish() {
    uint64_t end = offset_ + rest_.size();
    // Spaces say nothing.
    rest_.resize(kBlockBytes, ' ');
    if (!look(rest_.data())) return fault_;
    const std::string at = std::to_string(end);
    if (in_string_)
        return nvme::query_failure(
            nvme::ReasonCode::kTruncated,
            "the JSON ends too early, at byte offset {1}: a string is open; store the value whole",
            {.details = {at}});
    if (depth_ > 0)
        return nvme::query_failure(
            nvme::ReasonCode::kTruncated,
            "the JSON ends too early, at byte offset {1}: {2} open; store the value whole",
            {.details = {
                 at, std::to_string(depth_) + (depth_ == 1 ? " bracket is" : " brackets are")}});
    return {};
}

bool JsonCheck::blame(const char* what, int bit) {
    fault_ = nvme::query_failure(
        nvme::ReasonCode::kJsonMalformed,
        "the JSON is malformed at byte offset {1}: {2}; correct the value",
        {.details = {std::to_string(offset_ + static_cast<uint64_t>(bit)), what}});
    return false;
}

bool JsonCheck::look(const char* bytes) {
    const ByteBlock block(bytes);
    uint64_t quotes = block.mask('"') & ~escaped_bytes(block.mask('\\'), escaped_);
    uint64_t in_string = parity(quotes) ^ (in_string_ ? ~uint64_t{0} : 0);
    in_string_ = (in_string >> 63) != 0;
    uint64_t outside = ~in_string;
    uint64_t line_ends = block.mask('\n');
    if ((line_ends & in_string) != 0)
        return blame("a line ends within a string", std::countr_zero(line_ends & in_string));
    // Other control characters have no place between tokens, so they need not be told from spaces.
    uint64_t spaces = block.mask_up_to_space() & outside;
    uint64_t opening = block.mask_lower('{') & outside;
    uint64_t closing = block.mask_lower('}') & outside;
    uint64_t commas = block.mask(',') & outside;

    uint64_t behind_commas = pass_run(commas << 1, spaces, behind_comma_);
    behind_comma_ = behind_comma_ || (commas >> 63) != 0;
    if (uint64_t bad = behind_commas & closing; bad != 0)
        return blame("a closing bracket follows a comma", std::countr_zero(bad));

    auto closings = static_cast<int64_t>(count_bits(closing));
    const int64_t records_level = in_array_ ? 1 : 0;
    if (depth_ > closings + records_level) {
        // None of them reaches the records' level.
        depth_ += static_cast<int64_t>(count_bits(opening)) - closings;
        if (line_ends != 0) one_a_line_ = false;
    } else if (!look_at_brackets(bytes, opening, closing, line_ends, spaces)) {
        return false;
    }
    offset_ += kBlockBytes;
    return true;
}

bool JsonCheck::blame_what_follows(const char* bytes, uint64_t spaces, int from) {
    const uint64_t before = from == 0 ? 0 : ~uint64_t{0} >> (64 - from);
    const int at = std::countr_one(spaces | before);
    array_follows_ = bytes[at] == '[';
    return blame("text follows the array", at);
}

bool JsonCheck::look_at_brackets(const char* bytes, uint64_t opening, uint64_t closing,
                                 uint64_t line_ends, uint64_t spaces) {
    if (array_ended_ && spaces != ~uint64_t{0}) return blame_what_follows(bytes, spaces, 0);
    const int64_t records_level = in_array_ ? 1 : 0;
    for (uint64_t bits = opening | closing | line_ends; bits != 0; bits &= bits - 1) {
        int at = std::countr_zero(bits);
        uint64_t bit = bits & (~bits + 1);
        if ((line_ends & bit) != 0) {
            if (depth_ > 0) one_a_line_ = false;
            line_has_record_ = false;
        } else if ((opening & bit) != 0) {
            if (depth_ == 0 && line_has_record_) one_a_line_ = false;
            if (depth_ == records_level) record_at_ = offset_ + static_cast<uint64_t>(at);
            if (depth_++ == 0) line_has_record_ = true;
        } else if (--depth_ < 0) {
            return blame("a bracket closes that was not open", at);
        } else {
            if (depth_ == records_level)
                longest_record_ =
                    std::max(longest_record_, offset_ + static_cast<uint64_t>(at) + 1 - record_at_);
            if (depth_ > 0 || !in_array_) continue;
            array_ended_ = true;
            // Nothing but spaces to the block's end.
            if ((~spaces & ~(bit | (bit - 1))) != 0)
                return blame_what_follows(bytes, spaces, at + 1);
        }
    }
    return true;
}

}  // namespace csd::worker
