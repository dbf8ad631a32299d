// SPDX-License-Identifier: BSD-3-Clause
//
// Whether CSV is so plain that every reader cuts it alike. Where the types are given, this stands in for survey_csv(),
// which is ten times slower: what it does not find plain, survey_csv() has to see.
//
//     CsvCheck check(shape);
//     while (... && check.feed(piece)) ...
//     if (check.finish()) ...  // each record has as many fields as the shape has columns
//
// Plain is: one kind of line end, the shape's; no line end in front; quotes as RFC 4180 has them, right behind and right
// before a delimiter or a line end; no comments, and no escapes but doubled quotes; all records of one width.
//
// Pure; one thread. Tested by csv_test.cc and fuzz/csv.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "device/worker/csv.hpp"

namespace csd::worker {

class CsvCheck {
  public:
    // Of a part of a value, one that begins with a record, when `at_front` is false.
    explicit CsvCheck(const CsvShape& shape, bool at_front = true);

    // False as soon as the value is known not to be plain.
    bool feed(std::string_view piece);
    bool finish();

    // As CsvShape::one_thread.
    bool one_thread() const { return one_thread_; }

    // At least as long as the longest record, to the block.
    uint64_t longest_record() const { return longest_record_; }

  private:
    bool look(const char* bytes, uint64_t valid);
    bool look_at_records(uint64_t delimiters, uint64_t ends, uint64_t empty);

    const Dialect dialect_;
    const std::string line_end_;
    const uint64_t delimiters_a_record_;
    bool plain_;
    bool one_thread_ = false;
    uint64_t open_bytes_ = 0;  // in blocks, since a record ended
    uint64_t longest_record_ = 0;

    std::string rest_;  // less than a block
    bool at_start_;     // a byte order mark may come
    char last_byte_ = '\n';
    // What the block before says of the first byte of this one.
    bool in_quotes_ = false;
    bool behind_boundary_ = true;
    bool behind_closing_ = false;
    bool behind_return_ = false;
    bool behind_end_ = true;
    bool behind_empty_return_ = false;
    bool behind_quoted_delimiter_ = false;
    uint64_t delimiters_ = 0;  // of the record so far
    bool first_record_ = true;
};

}  // namespace csd::worker
