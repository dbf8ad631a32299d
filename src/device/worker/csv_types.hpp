// SPDX-License-Identifier: BSD-3-Clause
//
// The types of CSV's columns: what the text of a field may be read as, and which type takes all fields of a column.
//
//     CsvType type = CsvType::kNone;
//     for (...) type = join_types(type, csv_type_of(field));
//     sql_name_of(type)   // "BIGINT"
//
// A type takes a field only if nothing is lost: number_text.hpp says when DOUBLE holds a number, and a column with numbers
// of which no type holds all is text. Pure; any thread. Tested by csv_test.cc and query_number_test.cc.
#pragma once

#include <cstdint>
#include <string_view>

namespace csd::worker {

enum class CsvType : uint8_t {
    kNone,  // no field with a value yet
    kBoolean,
    kBigint,
    kLongBigint,  // BIGINT, with an integer that DOUBLE doesn't hold
    kDouble,
    kNumberWord,  // NaN and infinity: a number if others are, else text
    kDate,
    kTime,
    kTimestamp,
    kText,
};

// The narrowest type that takes the text, which isn't empty. Integers with leading zeros or more than 18 digits are text:
// they are mostly not numbers.
CsvType csv_type_of(std::string_view text);

// The type that takes both. The order in which fields are joined makes no difference.
CsvType join_types(CsvType a, CsvType b);

// "VARCHAR" for kNumberWord; "" for kNone.
std::string_view sql_name_of(CsvType type);

}  // namespace csd::worker
