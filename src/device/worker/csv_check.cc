// SPDX-License-Identifier: BSD-3-Clause
// Tested by csv_test.cc and fuzz/csv.cc.
#include "device/worker/csv_check.hpp"

#include <algorithm>

#include "device/worker/byte_block.hpp"

namespace csd::worker {

namespace {

// The places behind those of `bits`; `carry` is the place behind the last.
uint64_t behind(uint64_t bits, bool& carry) {
    uint64_t moved = (bits << 1) | (carry ? 1 : 0);
    carry = (bits >> 63) != 0;
    return moved;
}

}  // namespace

CsvCheck::CsvCheck(const CsvShape& shape, bool at_front)
    : dialect_(shape.dialect),
      line_end_(shape.line_end),
      delimiters_a_record_(shape.columns.size() - 1),
      plain_(dialect_.delimiter.size() == 1 && dialect_.record_delimiter.empty() &&
             !line_end_.empty()),
      at_start_(at_front) {}

bool CsvCheck::feed(std::string_view piece) {
    if (piece.empty() || !plain_) return plain_;
    last_byte_ = piece.back();
    if (!rest_.empty() || at_start_) {
        size_t missing = std::min(piece.size(), kBlockBytes - rest_.size());
        rest_ += piece.substr(0, missing);
        piece.remove_prefix(missing);
        if (at_start_ && rest_.size() >= kByteOrderMark.size()) {
            if (rest_.starts_with(kByteOrderMark)) rest_.erase(0, kByteOrderMark.size());
            at_start_ = false;
            return plain_ = feed(piece);
        }
        if (rest_.size() < kBlockBytes) return plain_;
        plain_ = look(rest_.data(), ~uint64_t{0});
        rest_.clear();
    }
    for (; plain_ && piece.size() >= kBlockBytes; piece.remove_prefix(kBlockBytes))
        plain_ = look(piece.data(), ~uint64_t{0});
    rest_ = piece;
    return plain_;
}

bool CsvCheck::finish() {
    if (!plain_) return false;
    // The last record may go without its line end.
    if (last_byte_ != line_end_.back()) rest_ += line_end_;
    for (size_t at = 0; plain_ && at < rest_.size(); at += kBlockBytes) {
        std::string block = rest_.substr(at, kBlockBytes);
        uint64_t valid = ~uint64_t{0} >> (kBlockBytes - block.size());
        block.resize(kBlockBytes);
        plain_ = look(block.data(), valid);
    }
    return plain_ && !in_quotes_ && !behind_return_;
}

bool CsvCheck::look(const char* bytes, uint64_t valid) {
    const ByteBlock block(bytes);
    const auto mask = [&](char c) { return block.mask(c) & valid; };
    if (dialect_.comment != 0 && mask(dialect_.comment) != 0) return false;
    if (dialect_.escape != 0 && dialect_.escape != dialect_.quote && mask(dialect_.escape) != 0)
        return false;

    uint64_t quotes = dialect_.quote != 0 ? mask(dialect_.quote) : 0;
    uint64_t delimiters = mask(dialect_.delimiter[0]);
    uint64_t feeds = mask('\n'), returns = mask('\r');
    uint64_t quoted = 0;
    if (quotes != 0 || in_quotes_) {
        // Doubled quotes close and open at once, which changes nothing for what lies between them.
        quoted = parity(quotes) ^ (in_quotes_ ? ~uint64_t{0} : 0);
        in_quotes_ = (quoted >> 63) != 0;
        if (((feeds | returns) & quoted) != 0) one_thread_ = true;
        uint64_t traps = delimiters & quoted;
        if (traps != 0 || behind_quoted_delimiter_) {
            uint64_t reached = pass_run(traps << 1, mask(' '), behind_quoted_delimiter_);
            behind_quoted_delimiter_ = behind_quoted_delimiter_ || (traps >> 63) != 0;
            if ((reached & quotes) != 0) one_thread_ = true;
        }
        feeds &= ~quoted;
        returns &= ~quoted;
        delimiters &= ~quoted;
    }
    uint64_t boundaries = delimiters | feeds | returns;
    uint64_t opening = quotes & quoted, closing = quotes & ~quoted;
    uint64_t may_open = behind(boundaries, behind_boundary_);
    uint64_t closed = behind(closing, behind_closing_) & valid;
    bool doubled = dialect_.escape == dialect_.quote;
    if ((opening & ~(may_open | (doubled ? closed : 0))) != 0) return false;
    if ((closed & ~(boundaries | opening)) != 0) return false;

    bool both = line_end_.size() == 2, feeds_end = line_end_.back() == '\n';
    if (both ? feeds != behind(returns, behind_return_) : (feeds_end ? returns : feeds) != 0)
        return false;
    uint64_t ends = feeds_end ? feeds : returns;
    open_bytes_ += kBlockBytes;
    if (open_bytes_ > longest_record_) longest_record_ = open_bytes_;
    if (ends != 0) open_bytes_ = kBlockBytes;
    uint64_t fresh = behind(ends, behind_end_);
    uint64_t empty = both ? behind(returns & fresh, behind_empty_return_) : ends & fresh;
    return look_at_records(delimiters, ends, empty);
}

bool CsvCheck::look_at_records(uint64_t delimiters, uint64_t ends, uint64_t empty) {
    for (; ends != 0; ends &= ends - 1) {
        uint64_t end = ends & (~ends + 1), before = delimiters & (end - 1);
        bool is_empty = (empty & end) != 0;
        if (is_empty ? first_record_ : delimiters_ + count_bits(before) != delimiters_a_record_)
            return false;
        first_record_ = false;
        delimiters_ = 0;
        delimiters &= ~before;
    }
    delimiters_ += count_bits(delimiters);
    return true;
}

}  // namespace csd::worker
