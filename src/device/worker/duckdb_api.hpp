// SPDX-License-Identifier: BSD-3-Clause
//
// DuckDB: the few functions of its C API that we use, found at run time, and owners for its handles.
//
// The library is loaded by dlopen at the first select, so that a drive that is never queried does not pay
// for it, and so that a missing library is a sentence and not a program that does not start.
// One thread. Tested by worker_test.cc.
#pragma once

#include <duckdb.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "csd/status.hpp"

namespace csd::worker {

// clang-format off
#define CSD_DUCKDB_FUNCTIONS(X) \
    X(create_config) X(set_config) X(destroy_config) X(open_ext) X(connect) X(disconnect) \
    X(close) X(free) X(query) X(result_error) X(result_error_type) X(destroy_result) \
    X(row_count) X(column_count) X(value_varchar) X(prepare) X(prepare_error) \
    X(bind_varchar_length) X(execute_prepared) X(destroy_prepare) \
    X(prepared_statement_column_count) X(prepared_statement_column_name) \
    X(prepared_statement_column_logical_type) X(get_type_id) X(list_type_child_type) \
    X(destroy_logical_type) X(logical_type_get_alias) X(library_version)
// clang-format on

struct Api {
#define CSD_DECLARE(name) decltype(&::duckdb_##name) name = nullptr;
    CSD_DUCKDB_FUNCTIONS(CSD_DECLARE)
#undef CSD_DECLARE
};

// Beside the program, by its run path. The library stays loaded.
Result<Api> load_duckdb();

// What DuckDB says when it fails. The text is for errors.hpp; it may name host paths.
struct EngineError {
    duckdb_error_type type = DUCKDB_ERROR_INVALID;
    std::string text;
    std::optional<size_t> position;  // in the SQL that ran, where DuckDB says so
};

using Row = std::vector<std::optional<std::string>>;

struct Rows {
    std::optional<EngineError> error;
    std::vector<Row> rows;
};

enum class Shape : uint8_t { kScalar, kStruct, kList, kListOfStructs, kOtherNested };

struct Column {
    std::string name;
    Shape shape = Shape::kScalar;
    bool json = false;  // of DuckDB's type JSON, which is text
};

struct Columns {
    std::optional<EngineError> error;
    std::vector<Column> columns;
};

// One in-memory database with one connection.
class Database {
  public:
    struct Setting {
        const char* name;
        std::string value;
    };
    static Result<std::unique_ptr<Database>> open(const Api& api,
                                                  const std::vector<Setting>& settings);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    std::optional<EngineError> execute(const std::string& sql);
    Rows query(const std::string& sql);
    // `text` is bound to the statement's one parameter.
    Rows query(const std::string& sql, std::string_view text);
    // Binds the statement and tells its columns without running it.
    Columns describe(const std::string& sql);

  private:
    explicit Database(const Api& api) : api_(api) {}
    Rows take(duckdb_state state, duckdb_result& result);
    Shape shape_of(duckdb_logical_type type);
    bool is_json(duckdb_logical_type type);

    const Api api_;
    duckdb_database database_ = nullptr;
    duckdb_connection connection_ = nullptr;
};

}  // namespace csd::worker
