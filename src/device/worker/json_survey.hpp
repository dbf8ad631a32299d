// SPDX-License-Identifier: BSD-3-Clause
//
// Schema inference for JSON: reads every record of a value and finds the columns and the types that hold all of them
// exactly. DuckDB is told the result. It would infer types from a sample, read numbers as DOUBLE that DOUBLE doesn't
// hold, and turn an object with many members into a map of DOUBLE.
//
//     JsonSurvey survey(in_array, max_depth);
//     while (... && survey.feed(piece)) ...
//     survey.finish();
//     if (survey.fault()) ...
//     survey.columns(false);
//
// Pure; one thread. Tested by json_survey_test.cc and query_number_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "device/limits.hpp"
#include "device/worker/select_options.hpp"

namespace csd::worker {

struct JsonColumns {
    std::vector<ColumnSpec> columns;  // named as in the records
    bool objects = true;  // false: the records aren't all objects, and are one column called json
    bool by_name = true;  // false: SQL can't tell the names apart, or one is empty
};

class JsonSurvey {
  public:
    enum class Fault : uint8_t {
        kMalformed,
        kLongNumber,   // DuckDB's reader would round it, whatever its type
        kLongRecord,   // longer than device::kMaxRecordBytes
        kManyMembers,  // more different members than a table may have columns
    };

    // The records are the elements of one array, or stand one behind the other.
    JsonSurvey(bool in_array, size_t max_depth,
               uint64_t max_record_bytes = device::kMaxRecordBytes);
    JsonSurvey(JsonSurvey&&) noexcept;
    ~JsonSurvey();

    // False after a fault.
    bool feed(std::string_view piece);
    void finish();

    std::optional<Fault> fault() const { return fault_; }
    // Of the byte at which the fault was found, in the value.
    uint64_t fault_at() const { return fault_at_; }
    // Of the longest record.
    uint64_t longest_record() const { return longest_record_; }

    // `text`: strings stay VARCHAR, whatever they look like. No columns: there are no records.
    JsonColumns columns(bool text) const;

  private:
    struct Node;
    class Parser;

    void take_records(bool last);
    bool begin_element(size_t& at);
    void blame(Fault fault, size_t at);

    const bool in_array_;
    const size_t max_depth_;
    const uint64_t max_record_bytes_;
    std::unique_ptr<Node> root_;
    std::string pending_;  // what no record's end has been seen of
    size_t parse_at_bytes_ =
        0;                 // of pending_: parsing less of it again would find the record cut again
    uint64_t offset_ = 0;  // of pending_ in the value
    size_t nodes_ = 0;
    uint64_t longest_record_ = 0;
    bool array_begun_ = false;
    bool array_ended_ = false;
    bool line_has_record_ = false;
    bool line_has_scalar_ = false;
    std::optional<Fault> fault_;
    uint64_t fault_at_ = 0;
};

}  // namespace csd::worker
