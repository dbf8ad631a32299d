// SPDX-License-Identifier: BSD-3-Clause
//
// Whether a JSON value is whole, before any query reads it, and how its records lie. DuckDB parses each record strictly
// but for commas before closing brackets, and does not mind where an array or the value ends: what was torn in an
// upload would look whole. This looks at quotes, brackets and commas only; a record's inside is DuckDB's.
//
//     JsonCheck check(in_array);
//     while (... && check.feed(piece).ok()) ...
//     Status whole = check.finish();
//     check.one_a_line();
//
// Pure; one thread. Tested by json_check_test.cc and tests/sql/records_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "csd/status.hpp"

namespace csd::worker {

class JsonCheck {
  public:
    // The records are the elements of one array, or stand one behind the other. No byte order mark in front.
    explicit JsonCheck(bool in_array) : in_array_(in_array) {}

    // kQueryData, with the offset, when the value is no JSON.
    Status feed(std::string_view piece);
    Status finish();

    // No record goes over a line's end, and no line has two. Scalars are not looked at.
    bool one_a_line() const { return one_a_line_; }

    // The text that follows the array, where that is the fault, is another array.
    bool array_follows() const { return array_follows_; }
    // Of the longest object or array that is a record.
    uint64_t longest_record() const { return longest_record_; }

  private:
    bool look(const char* bytes);
    bool look_at_brackets(const char* bytes, uint64_t opening, uint64_t closing, uint64_t line_ends,
                          uint64_t spaces);
    bool blame(const char* what, int bit);
    bool blame_what_follows(const char* bytes, uint64_t spaces, int from);

    const bool in_array_;
    std::string rest_;     // less than a block
    uint64_t offset_ = 0;  // of the block
    int64_t depth_ = 0;
    bool in_string_ = false;
    bool escaped_ = false;  // the block before ended in a backslash that counts
    bool behind_comma_ = false;
    bool array_ended_ = false;
    bool line_has_record_ = false;
    bool one_a_line_ = true;
    bool array_follows_ = false;
    uint64_t record_at_ = 0;  // where the record began that is open
    uint64_t longest_record_ = 0;
    Status fault_;
};

// Whether no comma stands before a closing bracket or the end, as quickly as it can be told: strings are not told from the rest,
// so that what is found may be within one.
class JsonCommaCheck {
  public:
    bool feed(std::string_view piece);
    bool finish();

  private:
    bool look(const char* bytes);

    std::string rest_;  // less than a block
    bool behind_comma_ = false;
};

}  // namespace csd::worker
