// SPDX-License-Identifier: BSD-3-Clause
//
// DuckDB's errors as ours: a reason, and a sentence that tells the user's mistake.
//
// errors.cc, with the table that it includes, is the only place that knows DuckDB's texts. What they say is recognised by patterns and told anew; a text that
// no pattern fits keeps its first lines, without paths, without our own SQL and without advice about settings that the user does
// not have, under the general reason of its kind. duckdb_texts_test.cc pins the patterns to the DuckDB in use: with
// another version it fails, and whoever moves to it sees which texts have changed.
// Pure; any thread. Tested by errors_test.cc and, through DuckDB, by duckdb_texts_test.cc and tests/sql.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "csd/status.hpp"
#include "device/worker/sql_text.hpp"
#include "nvme/query_reason.hpp"

namespace csd::worker {

// When it happened decides what an error means: a conversion that fails in the value is kQueryData.
enum class Stage : uint8_t {
    kParse,   // of the SQL
    kSchema,  // looking at the value
    kRun,     // binding and running the query
};

// What is known beside DuckDB's text.
struct Asked {
    const PreparedSql* sql = nullptr;                   // for positions
    const std::vector<std::string>* columns = nullptr;  // of the value, where they are known
    std::optional<uint32_t> place;                      // in the user's SQL, where DuckDB told it
};

// `told` gets what filled the sentence, for one that says more.
Status explain(std::string_view duckdb_text, Stage stage, const Asked& asked = {},
               nvme::ReasonParts* told = nullptr);

// The parser's refusal: its text, and the position in the prepared SQL.
Status explain_syntax(std::string_view duckdb_text, std::optional<size_t> position,
                      const PreparedSql* sql);

// Whether a result in this form failed only because two columns have one name.
bool is_duplicate_name(std::string_view duckdb_text);

// The patterns of the texts that are recognised, for the test that pins them.
std::vector<std::string_view> duckdb_patterns();
// Whether a text fits a pattern: % stands for anything. The parts are what stood for each %.
bool fits_pattern(std::string_view text, std::string_view pattern,
                  std::vector<std::string_view>& parts);

}  // namespace csd::worker
