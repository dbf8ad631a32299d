// SPDX-License-Identifier: BSD-3-Clause
// Tested by worker_test.cc.
#include "device/worker/duckdb_api.hpp"

#include <dlfcn.h>

#include <charconv>

#include "device/worker/json_tree.hpp"

namespace csd::worker {

namespace {

// With the setting errors_as_json an error is one JSON object, which has the position as a number. The text becomes what it
// would be without the setting: "Binder Error: ...".
EngineError error_of(duckdb_error_type type, const char* said) {
    EngineError error{type, said == nullptr ? "" : said, std::nullopt};
    const Json json = Json::parse(error.text, nullptr, false);
    if (!json.is_object() || !json.contains("exception_message")) return error;
    error.text = text_of(json, "exception_type") + " Error: " + text_of(json, "exception_message");
    const std::string digits = text_of(json, "position");
    size_t position = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), position).ec == std::errc())
        error.position = position;
    return error;
}

}  // namespace

Result<Api> load_duckdb() {
    void* library = dlopen("libduckdb.so", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        return Status(Code::kQueryEngine,
                      "libduckdb.so could not be loaded; it belongs beside csd-query-worker");
    Api api;
    const char* missing = nullptr;
#define CSD_FIND(name)                                                                \
    api.name = reinterpret_cast<decltype(api.name)>(dlsym(library, "duckdb_" #name)); \
    if (api.name == nullptr) missing = "duckdb_" #name;
    CSD_DUCKDB_FUNCTIONS(CSD_FIND)
#undef CSD_FIND
    if (missing != nullptr)
        return Status(Code::kQueryEngine, std::string("libduckdb.so lacks ") + missing);
    return api;
}

Result<std::unique_ptr<Database>> Database::open(const Api& api,
                                                 const std::vector<Setting>& settings) {
    duckdb_config config = nullptr;
    api.create_config(&config);
    const char* refused = nullptr;
    for (const Setting& setting : settings)
        if (api.set_config(config, setting.name, setting.value.c_str()) != DuckDBSuccess)
            refused = setting.name;
    if (api.set_config(config, "errors_as_json", "true") != DuckDBSuccess)
        refused = "errors_as_json";
    std::unique_ptr<Database> opened(new Database(api));
    char* text = nullptr;
    duckdb_state state = api.open_ext(":memory:", &opened->database_, config, &text);
    std::string why = text == nullptr ? "" : text;
    if (text != nullptr) api.free(text);
    api.destroy_config(&config);
    if (refused != nullptr)
        return Status(Code::kQueryEngine,
                      std::string("DuckDB does not know the setting ") + refused);
    if (state != DuckDBSuccess) return Status(Code::kQueryEngine, "DuckDB did not open: " + why);
    if (api.connect(opened->database_, &opened->connection_) != DuckDBSuccess)
        return Status(Code::kQueryEngine, "DuckDB did not connect");
    return opened;
}

Database::~Database() {
    if (connection_ != nullptr) api_.disconnect(&connection_);
    if (database_ != nullptr) api_.close(&database_);
}

Rows Database::take(duckdb_state state, duckdb_result& result) {
    Rows taken;
    if (state != DuckDBSuccess) {
        taken.error = error_of(api_.result_error_type(&result), api_.result_error(&result));
    } else {
        idx_t rows = api_.row_count(&result), columns = api_.column_count(&result);
        for (idx_t r = 0; r < rows; r++) {
            Row& row = taken.rows.emplace_back();
            for (idx_t c = 0; c < columns; c++) {
                char* value = api_.value_varchar(&result, c, r);
                row.push_back(value == nullptr ? std::nullopt : std::optional<std::string>(value));
                if (value != nullptr) api_.free(value);
            }
        }
    }
    api_.destroy_result(&result);
    return taken;
}

Rows Database::query(const std::string& sql) {
    duckdb_result result{};  // a failed query may leave it unwritten
    return take(api_.query(connection_, sql.c_str(), &result), result);
}

std::optional<EngineError> Database::execute(const std::string& sql) {
    return query(sql).error;
}

Rows Database::query(const std::string& sql, std::string_view text) {
    duckdb_prepared_statement statement = nullptr;
    Rows rows;
    if (api_.prepare(connection_, sql.c_str(), &statement) != DuckDBSuccess) {
        rows.error = error_of(DUCKDB_ERROR_INVALID, api_.prepare_error(statement));
    } else {
        if (api_.bind_varchar_length(statement, 1, text.data(), text.size()) != DuckDBSuccess) {
            rows.error = EngineError{DUCKDB_ERROR_INVALID, "Invalid Input Error: not UTF-8 text",
                                     std::nullopt};
        } else {
            duckdb_result result{};
            rows = take(api_.execute_prepared(statement, &result), result);
        }
    }
    api_.destroy_prepare(&statement);
    return rows;
}

Shape Database::shape_of(duckdb_logical_type type) {
    switch (api_.get_type_id(type)) {
        case DUCKDB_TYPE_STRUCT: return Shape::kStruct;
        case DUCKDB_TYPE_LIST: {
            duckdb_logical_type child = api_.list_type_child_type(type);
            bool structs = api_.get_type_id(child) == DUCKDB_TYPE_STRUCT;
            api_.destroy_logical_type(&child);
            return structs ? Shape::kListOfStructs : Shape::kList;
        }
        case DUCKDB_TYPE_ARRAY:
        case DUCKDB_TYPE_MAP:
        case DUCKDB_TYPE_UNION: return Shape::kOtherNested;
        default: return Shape::kScalar;
    }
}

bool Database::is_json(duckdb_logical_type type) {
    char* alias = api_.logical_type_get_alias(type);
    const bool json = alias != nullptr && std::string_view(alias) == "JSON";
    if (alias != nullptr) api_.free(alias);
    return json;
}

Columns Database::describe(const std::string& sql) {
    duckdb_prepared_statement statement = nullptr;
    Columns described;
    if (api_.prepare(connection_, sql.c_str(), &statement) != DuckDBSuccess) {
        described.error = error_of(DUCKDB_ERROR_INVALID, api_.prepare_error(statement));
    } else {
        idx_t count = api_.prepared_statement_column_count(statement);
        for (idx_t i = 0; i < count; i++) {
            const char* name = api_.prepared_statement_column_name(statement, i);
            duckdb_logical_type type = api_.prepared_statement_column_logical_type(statement, i);
            described.columns.push_back(
                {name == nullptr ? "" : name, shape_of(type), is_json(type)});
            if (name != nullptr) api_.free(const_cast<char*>(name));
            api_.destroy_logical_type(&type);
        }
    }
    api_.destroy_prepare(&statement);
    return described;
}

}  // namespace csd::worker
