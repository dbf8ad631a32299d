// SPDX-License-Identifier: BSD-3-Clause
//
// What all of a JSON value looks like, record by record, so that no late record is read wrongly: DuckDB infers
// types from a sample and then reads 1.5 as 2. To look at every record is several times faster here than there.
//
//     JsonSurvey survey(in_array, max_depth);
//     while (... && survey.feed(piece)) ...
//     survey.finish();
//     survey.columns();          the types, when strings are to stay strings
//     survey.telling_records();  otherwise: how many records from the front DuckDB has to see
//
// Pure; one thread. Tested by json_survey_test.cc and query_value_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "device/worker/select_options.hpp"

namespace csd::worker {

class JsonSurvey {
  public:
    // The records are the elements of one array, or stand one behind the other.
    JsonSurvey(bool in_array, size_t max_depth);
    JsonSurvey(JsonSurvey&&) noexcept;
    ~JsonSurvey();

    // False when nothing further can help: what was seen is for DuckDB to judge.
    bool feed(std::string_view piece);
    void finish();

    // The columns of the records, every string VARCHAR; none when only DuckDB can tell, by all the records.
    std::vector<ColumnSpec> columns() const;
    // Records behind these add nothing to what DuckDB infers. Nothing when that cannot be told.
    std::optional<uint64_t> telling_records() const;

  private:
    struct Node;
    class Parser;

    bool take_records(bool last);
    static std::string type_of(const Node& node);
    static bool has_clear_types(const Node& node);
    static bool has_clear_names(const Node& node);

    const bool in_array_;
    const size_t max_depth_;
    std::unique_ptr<Node> root_;
    std::string pending_;  // what no record's end has been seen of
    size_t nodes_ = 0;
    uint64_t records_ = 0;  // and line ends between them: at least as many as DuckDB counts
    uint64_t told_ = 0;     // the last record that showed something new
    bool array_begun_ = false;
    bool array_ended_ = false;
    bool strange_ = false;
};

}  // namespace csd::worker
