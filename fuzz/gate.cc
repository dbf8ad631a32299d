// SPDX-License-Identifier: BSD-3-Clause
//
// The SQL gate with DuckDB's real parser: any text is refused with a sentence, or is a tree in which, by a
// second and simpler reading, every function is on the allow-list and no table has a schema.
//
// Table functions are named apart, so they are looked up here too. Nothing is executed but the parser.
// Input: the SQL.
#include "device/worker/gate.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>

#include "device/worker/duckdb_api.hpp"
#include "device/worker/functions.hpp"
#include "device/worker/sql_text.hpp"

using namespace csd::worker;

static Database& parser() {
    static const std::unique_ptr<Database> database = [] {
        const auto api = load_duckdb();
        if (!api.ok()) abort();
        auto opened = Database::open(api.value(), {{"threads", "1"}});
        if (!opened.ok()) abort();
        return std::move(opened).value();
    }();
    return *database;
}

static std::optional<std::string> one_text(const char* sql, const std::string& argument) {
    const Rows rows = parser().query(sql, argument);
    if (rows.error || rows.rows.size() != 1) return std::nullopt;
    return rows.rows[0][0];
}

static bool is_allowed(const std::string& function) {
    static constexpr std::array<std::string_view, 5> kOfTables = {
        "range", "generate_series", "unnest", "json_each", "json_tree"};
    return review_of(function) == Review::kAllowed ||
           std::find(kOfTables.begin(), kOfTables.end(), function) != kOfTables.end();
}

static void require_harmless(const Json& node) {
    if (node.is_object()) {
        if (const auto name = node.find("function_name"); name != node.end()) {
            if (!name->is_string() || !is_allowed(lower(name->get<std::string>()))) abort();
        }
        if (node.contains("table_name") && text_of(node, "type") == "BASE_TABLE") {
            if (!text_of(node, "schema_name").empty() && text_of(node, "schema_name") != "main")
                abort();
        }
        if (text_of(node, "type") == "SHOW_REF") abort();
    }
    if (node.is_structured()) {
        for (const Json& child : node) require_harmless(child);
    }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size > 4096) return 0;
    const auto text = prepare_sql({reinterpret_cast<const char*>(data), size});
    if (!text.ok()) {
        if (text.status().message().empty()) abort();
        return 0;
    }
    const auto tree = one_text("SELECT json_serialize_sql($1::VARCHAR)", text.value().text);
    if (!tree) return 0;
    const auto judged = judge(*tree);
    if (!judged.ok()) {
        if (judged.status().message().empty()) abort();
        return 0;
    }
    require_harmless(judged.value().tree);
    // What would run is the tree as it is printed: that must read as harmless too.
    const auto printed =
        one_text("SELECT json_deserialize_sql($1::JSON)", judged.value().tree.dump());
    const auto again =
        printed ? one_text("SELECT json_serialize_sql($1::VARCHAR)", *printed) : std::nullopt;
    if (again) require_harmless(Json::parse(*again));
    return 0;
}
