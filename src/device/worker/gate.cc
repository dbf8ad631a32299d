// SPDX-License-Identifier: BSD-3-Clause
// Tested by gate_test.cc.
#include "device/worker/gate.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "device/worker/errors.hpp"
#include "device/worker/functions.hpp"
#include "nvme/query_reason.hpp"

namespace csd::worker {

namespace {

// A thousand nested operators are two thousand levels of JSON; DuckDB itself stops there.
constexpr size_t kMaxDepth = 2500;

using nvme::query_failure;
using nvme::ReasonCode;

Status no_parameters(const PreparedSql* written) {
    constexpr std::string_view kText =
        "parameters such as ? and $1 are not permitted; write the value into the SQL";
    if (written == nullptr) return query_failure(ReasonCode::kParameter, kText);
    return query_failure(ReasonCode::kParameter, kText,
                         {.position = find_parameter(written->written)}, written->written);
}

using Names = std::set<std::string, std::less<>>;

const Names kExpressions = {"BETWEEN",    "CASE",       "CAST",        "COLLATE",
                            "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT",
                            "FUNCTION",   "LAMBDA",     "OPERATOR",    "POSITIONAL_REFERENCE",
                            "STAR",       "SUBQUERY",   "TYPE",        "WINDOW"};

// Objects of the tree that are no expressions: query nodes, tables, modifiers, the inside of types.
const Names kOthers = {"SELECT_NODE",
                       "SET_OPERATION_NODE",
                       "RECURSIVE_CTE_NODE",
                       "CTE_NODE",
                       "BASE_TABLE",
                       "SUBQUERY",
                       "JOIN",
                       "TABLE_FUNCTION",
                       "EXPRESSION_LIST",
                       "EMPTY",
                       "PIVOT",
                       "LIMIT_MODIFIER",
                       "LIMIT_PERCENT_MODIFIER",
                       "ORDER_MODIFIER",
                       "DISTINCT_MODIFIER",
                       "ORDER_DEFAULT",
                       "ASCENDING",
                       "DESCENDING",
                       "UNBOUND_TYPE_INFO",
                       "DECIMAL_TYPE_INFO",
                       "LIST_TYPE_INFO",
                       "STRUCT_TYPE_INFO",
                       "ARRAY_TYPE_INFO",
                       "ENUM_TYPE_INFO",
                       "STRING_TYPE_INFO",
                       "GENERIC_TYPE_INFO",
                       "INTEGER_LITERAL_TYPE_INFO"};

const Names kTableFunctions = {"range", "generate_series", "unnest", "json_each", "json_tree"};

bool is_position(std::string_view name) {
    return name.size() > 1 && name[0] == '_' &&
           std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

class Walk {
  public:
    Walk(Judged& judged, const PreparedSql* written) : judged_(judged), written_(written) {}

    bool visit(Json& node) {
        if (++depth_ > kMaxDepth)
            return refuse(ReasonCode::kTooDeep, "the SQL is nested too deeply; simplify it");
        bool good = true;
        if (node.is_object())
            good = visit_object(node);
        else if (node.is_array())
            good =
                std::all_of(node.begin(), node.end(), [this](Json& child) { return visit(child); });
        else if (node.is_string() && is_position(node.get_ref<const std::string&>()))
            judged_.positions = true;
        depth_--;
        return good;
    }

    const Status& why() const { return why_; }

  private:
    // `node` is what the reason is about: the parser notes where it stands in the SQL.
    bool refuse(ReasonCode code, std::string_view why, nvme::ReasonParts parts = {},
                const Json* node = nullptr) {
        if (!why_.ok()) return false;
        if (written_ != nullptr && node != nullptr) {
            const auto at = node->find("query_location");
            if (at != node->end() && at->is_number_unsigned() &&
                at->get<uint64_t>() <= written_->text.size())
                parts.position = written_->position_of(at->get<size_t>());
        }
        if (written_ != nullptr && !parts.position && !parts.subject.empty())
            if (auto place = find_name(written_->written, parts.subject))
                parts.position = place->position;
        why_ = query_failure(code, why, parts,
                             written_ == nullptr ? std::string_view() : written_->written);
        return false;
    }

    std::optional<uint32_t> place_of_show() const {
        if (written_ == nullptr) return std::nullopt;
        for (const char* word : {"show", "describe", "summarize", "desc"})
            if (auto place = find_word(written_->written, word)) return place;
        return std::nullopt;
    }

    bool visit_object(Json& node) {
        std::string type = text_of(node, "type");
        if (node.contains("class")) return visit_expression(node);
        if (!type.empty()) {
            if (type == "SHOW_REF")
                return refuse(ReasonCode::kNotSelect,
                              "SHOW, DESCRIBE and SUMMARIZE are not permitted; write a SELECT",
                              {.position = place_of_show()}, &node);
            if (!kOthers.contains(type))
                return refuse(ReasonCode::kConstructForbidden,
                              "this kind of SELECT is not permitted ({subject})",
                              {.subject = lower(type)}, &node);
            if (type == "BASE_TABLE") return visit_table(node);
            if (type == "TABLE_FUNCTION") return visit_table_function(node);
        }
        if (node.contains("cte_map")) return visit_query(node, type);
        return visit_members(node);
    }

    bool visit_members(Json& node, std::string_view except = {}) {
        for (auto& [key, child] : node.items())
            if (key != except && !visit(child)) return false;
        return true;
    }

    bool visit_expression(Json& node) {
        std::string kind = text_of(node, "class");
        if (kind == "PARAMETER") {
            why_ = no_parameters(written_);
            return false;
        }
        if (!kExpressions.contains(kind))
            return refuse(ReasonCode::kConstructForbidden,
                          "this kind of expression is not permitted ({subject})",
                          {.subject = lower(kind)}, &node);
        if ((kind == "FUNCTION" || kind == "WINDOW") && !visit_function_name(node)) return false;
        if (kind == "STAR") quote_relation(node);
        return visit_members(node);
    }

    // json_deserialize_sql writes the x of x.* as it stands, though it may be any SQL: "x, f(), y".*
    static void quote_relation(Json& star) {
        Json& relation = member_of(star, "relation_name");
        std::string name = text_of(star, "relation_name");
        if (!name.empty()) relation = sql_name(name);
    }

    // The name alone decides, whatever schema stands before it: x.upper() is written like a schema's function.
    bool visit_function_name(const Json& node) {
        std::string name = lower(text_of(node, "function_name"));
        switch (review_of(name)) {
            case Review::kAllowed: return true;
            case Review::kDenied:
                return refuse(ReasonCode::kFunctionForbidden,
                              "the function {subject} is not permitted; only those that compute on "
                              "their arguments are",
                              {.subject = name}, &node);
            case Review::kUnknown: break;
        }
        const std::string meant = nearest_function(name);
        return refuse(ReasonCode::kFunctionUnknown,
                      meant.empty() ? "there is no function {subject}, or it is not permitted"
                                    : "there is no function {subject}; write {1} for it",
                      {.subject = name, .details = {meant}}, &node);
    }

    bool visit_table_function(Json& node) {
        Json& function = member_of(node, "function");
        std::string name = lower(text_of(function, "function_name"));
        bool plain = text_of(function, "schema").empty() && text_of(function, "catalog").empty();
        if (!plain || !kTableFunctions.contains(name))
            return refuse(ReasonCode::kTableFunctionForbidden,
                          "the table function {subject} is not permitted; the only table is the "
                          "value: write FROM s3object",
                          {.subject = name}, &node);
        return visit_members(function) && visit_members(node, "function");
    }

    bool visit_table(Json& node) {
        std::string name = text_of(node, "table_name");
        if (!text_of(node, "schema_name").empty() || !text_of(node, "catalog_name").empty())
            return refuse(
                ReasonCode::kTableQualified,
                "a table has a plain name here, without schema or catalog: write {subject}",
                {.subject = name}, &node);
        if (!node.value("at_clause", Json()).is_null())
            return refuse(ReasonCode::kConstructForbidden,
                          "{subject} (...) is not permitted; a value has no other versions",
                          {.subject = "AT"}, &node);
        std::string key = lower(name);
        if (visible(key)) return visit_members(node);
        // The object with a path is the object.
        key = key.substr(0, key.find(kPathMark));
        if (object_name_ && *object_name_ != key)
            return refuse(ReasonCode::kSeveralTables,
                          "there is one table, the value, and the query names two: {1} and "
                          "{subject}; use one name for both",
                          {.subject = key, .details = {*object_name_}}, &node);
        object_name_ = key;
        judged_.objects.push_back(&node);
        return visit_members(node);
    }

    bool visible(const std::string& name) const {
        return std::find(scope_.begin(), scope_.end(), name) != scope_.end();
    }

    // A name made by WITH is visible in what follows it, and in its own query only if that is recursive.
    bool visit_query(Json& node, const std::string& type) {
        size_t before = scope_.size();
        bool good = true;
        Json& map = member_of(member_of(node, "cte_map"), "map");
        if (!map.is_array())
            return refuse(ReasonCode::kConstructForbidden,
                          "this kind of {subject} is not permitted", {.subject = "WITH"});
        for (Json& entry : map) {
            good = good && visit(member_of(entry, "value"));
            scope_.push_back(lower(text_of(entry, "key")));
        }
        if (type == "RECURSIVE_CTE_NODE" || type == "CTE_NODE")
            scope_.push_back(lower(text_of(node, "cte_name")));
        good = good && visit_members(node, "cte_map");
        scope_.resize(before);
        return good;
    }

    Judged& judged_;
    const PreparedSql* const written_;  // null: the positions in the tree are none of the user's
    size_t depth_ = 0;
    Status why_;
    std::vector<std::string> scope_;
    std::optional<std::string> object_name_;
};

// Why json_serialize_sql would not serialise: a syntax error, or a statement of another kind.
Status parser_refusal(const Json& tree, const PreparedSql* written) {
    std::optional<size_t> position;
    const std::string digits = text_of(tree, "position");
    size_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc() && end == digits.data() + digits.size()) position = number;
    return explain_syntax(text_of(tree, "error_message"), position, written);
}

}  // namespace

Result<Judged> judge(std::string_view serialized, const PreparedSql* written) {
    Judged judged;
    judged.tree = Json::parse(serialized, nullptr, false);
    Json& tree = judged.tree;
    if (tree.is_discarded() || !tree.is_object())
        return query_failure(ReasonCode::kRefused, "the SQL could not be parsed");
    if (tree.value("error", Json(true)) != Json(false)) return parser_refusal(tree, written);
    auto statements = tree.find("statements");
    if (statements == tree.end() || !statements->is_array() || statements->empty())
        return query_failure(ReasonCode::kSqlEmpty, "the SQL is empty; write one SELECT");
    if (statements->size() != 1)
        return query_failure(
            ReasonCode::kSeveralStatements,
            "one statement is permitted, not {1}; send each by itself",
            {.details = {std::to_string(statements->size())},
             .position = written == nullptr ? std::nullopt : find_function(written->written, ";")},
            written == nullptr ? std::string_view() : written->written);
    Json& statement = (*statements)[0];
    if (!statement.is_object() || !statement.value("named_param_map", Json::array()).empty())
        return no_parameters(written);
    Walk walk(judged, written);
    if (!walk.visit(statement)) return walk.why();
    return judged;
}

}  // namespace csd::worker
