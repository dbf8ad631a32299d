// SPDX-License-Identifier: BSD-3-Clause
//
// The gate on trees made by hand, also such as no parser makes. Through DuckDB it is tested by tests/sql.
#include "device/worker/gate.hpp"

#include <gtest/gtest.h>

#include "device/worker/functions.hpp"
#include "nvme/query_reason.hpp"

namespace csd::worker {
namespace {

Json table(const std::string& name, const std::string& schema = "") {
    return {{"type", "BASE_TABLE"},  {"alias", ""},         {"sample", nullptr},
            {"schema_name", schema}, {"table_name", name},  {"column_name_alias", Json::array()},
            {"catalog_name", ""},    {"at_clause", nullptr}};
}
Json column(const std::string& name) {
    return {
        {"class", "COLUMN_REF"}, {"type", "COLUMN_REF"}, {"alias", ""}, {"column_names", {name}}};
}
Json function(const std::string& name) {
    return {{"class", "FUNCTION"},   {"type", "FUNCTION"}, {"alias", ""},
            {"function_name", name}, {"schema", ""},       {"children", Json::array()},
            {"catalog", ""}};
}
Json select(const Json& from, const Json& item = column("a")) {
    return {{"type", "SELECT_NODE"},
            {"modifiers", Json::array()},
            {"cte_map", {{"map", Json::array()}}},
            {"select_list", Json::array({item})},
            {"from_table", from}};
}
Json join(const Json& left, const Json& right) {
    return {{"type", "JOIN"}, {"left", left}, {"right", right}};
}
std::string statement(const Json& node) {
    Json statements = Json::array({{{"node", node}, {"named_param_map", Json::array()}}});
    return Json{{"error", false}, {"statements", statements}}.dump();
}
Json with(Json node, const std::string& name, const Json& query) {
    node["cte_map"]["map"].push_back({{"key", name}, {"value", {{"query", {{"node", query}}}}}});
    return node;
}

std::string refusal(const std::string& serialized) {
    auto judged = judge(serialized);
    EXPECT_EQ(judged.code(), Code::kQueryRefused) << serialized;
    return judged.status().message();
}
size_t objects(const std::string& serialized) {
    auto judged = judge(serialized);
    EXPECT_TRUE(judged.ok()) << judged.status().message();
    return judged.ok() ? judged.value().objects.size() : 0;
}

TEST(Gate, OneNameIsTheObjectHoweverOften) {
    EXPECT_EQ(objects(statement(select(table("x")))), 1u);
    EXPECT_EQ(objects(statement(select(join(table("x"), table("X"))))), 2u);
    EXPECT_EQ(objects(statement(select(join(table("s3object"), table("s3object[*].0"))))), 2u);
    EXPECT_NE(refusal(statement(select(join(table("x"), table("y"))))).find("two: x and y"),
              std::string::npos);
    refusal(statement(select(table("x", "main"))));
}

TEST(Gate, NamesOfWithAreNoObjects) {
    Json both = with(select(join(table("c"), table("x"))), "C", select(table("x")));
    EXPECT_EQ(objects(statement(both)), 2u);
    // A name shadows the object behind it, not within its own query.
    EXPECT_EQ(objects(statement(with(select(table("x")), "x", select(table("x"))))), 1u);
    // And is gone outside.
    Json inner = {{"type", "SUBQUERY"},
                  {"subquery", {{"node", with(select(table("c")), "c", select(table("x")))}}}};
    refusal(statement(select(join(inner, table("c")))));
}

TEST(Gate, FunctionsAreReviewed) {
    EXPECT_EQ(objects(statement(select(table("x"), function("upper")))), 1u);
    EXPECT_EQ(objects(statement(select(table("x"), function("UPPER")))), 1u);
    EXPECT_NE(
        refusal(statement(select(table("x"), function("current_setting")))).find("not permitted"),
        std::string::npos);
    EXPECT_NE(refusal(statement(select(table("x"), function("nosuch")))).find("no function"),
              std::string::npos);
}

TEST(Gate, TableFunctionsAreFew) {
    auto call = [](const std::string& name) {
        return select({{"type", "TABLE_FUNCTION"}, {"alias", ""}, {"function", function(name)}});
    };
    for (const char* name : {"range", "generate_series", "unnest", "json_each", "json_tree"})
        EXPECT_EQ(objects(statement(call(name))), 0u);
    for (const char* name : {"read_csv", "query", "duckdb_settings", "glob", "enable_logging", ""})
        refusal(statement(call(name)));
}

TEST(Gate, UnknownKindsAreRefused) {
    refusal(statement(select({{"type", "SHOW_REF"}})));
    refusal(statement(select({{"type", "DELIM_GET"}})));
    refusal(statement({{"type", "UPDATE_NODE"}, {"cte_map", {{"map", Json::array()}}}}));
    refusal(statement(select(table("x"), {{"class", "PARAMETER"}, {"type", "VALUE_PARAMETER"}})));
    refusal(statement(select(table("x"), {{"class", "NEW_CLASS"}, {"type", "NEW"}})));
    refusal(statement(select(table("x"), {{"class", 5}})));
}

TEST(Gate, OneStatementAndNoParameters) {
    refusal(R"({"error": false, "statements": []})");
    Json one = {{"node", select(table("x"))}, {"named_param_map", Json::array()}};
    refusal(Json{{"error", false}, {"statements", {one, one}}}.dump());
    one["named_param_map"] = {{{"key", "1"}, {"value", 1}}};
    refusal(Json{{"error", false}, {"statements", Json::array({one})}}.dump());
}

TEST(Gate, WhatIsNoTreeIsRefused) {
    for (const char* text :
         {"", "null", "[]", "{", R"({"error": true, "error_message": "x"})", R"({"error": false})",
          R"({"error": false, "statements": 5})", R"({"error": false, "statements": [5]})",
          R"({"error": "no", "statements": []})"})
        refusal(text);
}

TEST(Gate, ParserErrorsAreOneShortLine) {
    EXPECT_EQ(refusal(R"({"error": true, "error_message": "syntax error at x\nLINE 1: more"})"),
              "the SQL makes no sense: syntax error at x");
    EXPECT_NE(
        refusal(R"({"error": true, "error_message": "Only SELECT statements can be serialized"})")
            .find("PIVOT"),
        std::string::npos);
}

TEST(Gate, AReasonSaysWhereInWhatTheUserWrote) {
    PreparedSql written = prepare_sql("SELECT nosuch(a) FROM S3Object[*].b x, y").value();
    Json call = function("nosuch");
    call["query_location"] = 7;
    const auto refused = judge(statement(select(table("x"), call)), &written);
    ASSERT_NE(refused.status().reason(), nullptr);
    EXPECT_EQ(refused.status().reason()->code, nvme::ReasonCode::kFunctionUnknown);
    EXPECT_EQ(refused.status().reason()->position, 7u);
    EXPECT_EQ(refused.status().reason()->subject(), "nosuch");
    // A position behind what prepare_sql changed, and one that is none: then the name is looked for.
    Json second = table("y");
    second["query_location"] = written.text.find('y');
    const auto several = judge(statement(select(join(table("x"), second))), &written);
    EXPECT_EQ(several.status().reason()->position, written.written.find('y'));
    call["query_location"] = UINT64_MAX;
    EXPECT_EQ(judge(statement(select(table("x"), call)), &written).status().reason()->position, 7u);
}

TEST(Gate, DepthIsBounded) {
    Json deep = column("a");
    for (int i = 0; i < 2000; i++)
        deep = {{"class", "OPERATOR"}, {"type", "NOT"}, {"children", Json::array({deep})}};
    EXPECT_NE(refusal(statement(select(table("x"), deep))).find("deep"), std::string::npos);
}

TEST(Gate, TheRelationOfAStarIsQuoted) {
    Json star = {{"class", "STAR"}, {"type", "STAR"}, {"relation_name", "x, f(), \"y"}};
    auto judged = judge(statement(select(table("x"), star)));
    ASSERT_TRUE(judged.ok());
    EXPECT_EQ(judged.value().tree["statements"][0]["node"]["select_list"][0]["relation_name"],
              R"("x, f(), ""y")");
}

TEST(Gate, PositionsAreNoticed) {
    EXPECT_FALSE(judge(statement(select(table("x")))).value().positions);
    EXPECT_TRUE(judge(statement(select(table("x"), column("_12")))).value().positions);
    EXPECT_FALSE(judge(statement(select(table("x"), column("_a")))).value().positions);
}

TEST(Functions, WhatWasMeantIsSuggested) {
    EXPECT_EQ(nearest_function("lenght"), "length");
    EXPECT_EQ(nearest_function("nvl"), "coalesce");
    EXPECT_EQ(nearest_function("to_char"), "strftime");
    EXPECT_EQ(nearest_function("frobnicate"), "");
}

TEST(Functions, AreEachInOneList) {
    EXPECT_EQ(review_of("sum"), Review::kAllowed);
    EXPECT_EQ(review_of("getvariable"), Review::kDenied);
    EXPECT_EQ(review_of("icu_collate_de"), Review::kDenied);
    EXPECT_EQ(review_of("read_csv"), Review::kUnknown);
    EXPECT_EQ(review_of(""), Review::kUnknown);
}

}  // namespace
}  // namespace csd::worker
