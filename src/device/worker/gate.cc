// SPDX-License-Identifier: BSD-3-Clause
// Tested by gate_test.cc.
#include "device/worker/gate.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "device/worker/functions.hpp"
#include "device/worker/sql_text.hpp"

namespace csd::worker {

namespace {

// A thousand nested operators are two thousand levels of JSON; DuckDB itself stops there.
constexpr size_t kMaxDepth = 2500;

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
    explicit Walk(Judged& judged) : judged_(judged) {}

    bool visit(Json& node) {
        if (++depth_ > kMaxDepth) return refuse("the SQL is nested too deeply");
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

    const std::string& why() const { return why_; }

  private:
    bool refuse(std::string why) {
        if (why_.empty()) why_ = std::move(why);
        return false;
    }

    bool visit_object(Json& node) {
        std::string type = text_of(node, "type");
        if (node.contains("class")) return visit_expression(node);
        if (!type.empty()) {
            if (type == "SHOW_REF")
                return refuse("SHOW, DESCRIBE and SUMMARIZE are not permitted; only SELECT is");
            if (!kOthers.contains(type))
                return refuse("this kind of SELECT is not permitted (" + lower(type) + ")");
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
        if (kind == "PARAMETER") return refuse("parameters such as ? and $1 are not permitted");
        if (!kExpressions.contains(kind))
            return refuse("this kind of expression is not permitted (" + lower(kind) + ")");
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
            case Review::kDenied: return refuse("the function " + name + " is not permitted");
            case Review::kUnknown: break;
        }
        return refuse("there is no function " + name + ", or it is not permitted");
    }

    bool visit_table_function(Json& node) {
        Json& function = member_of(node, "function");
        std::string name = lower(text_of(function, "function_name"));
        bool plain = text_of(function, "schema").empty() && text_of(function, "catalog").empty();
        if (!plain || !kTableFunctions.contains(name))
            return refuse("the table function " + name +
                          " is not permitted; the only table is the object, under any one name");
        return visit_members(function) && visit_members(node, "function");
    }

    bool visit_table(Json& node) {
        std::string name = text_of(node, "table_name");
        if (!text_of(node, "schema_name").empty() || !text_of(node, "catalog_name").empty())
            return refuse("a table has a plain name here, without schema or catalog: write " +
                          name);
        if (!node.value("at_clause", Json()).is_null())
            return refuse("AT (...) is not permitted; an object has no other versions");
        std::string key = lower(name);
        if (visible(key)) return visit_members(node);
        // The object with a path is the object.
        key = key.substr(0, key.find(kPathMark));
        if (object_name_ && *object_name_ != key)
            return refuse("there is one table, the object; the query names two: " + *object_name_ +
                          " and " + key);
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
        if (!map.is_array()) return refuse("this kind of WITH is not permitted");
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
    size_t depth_ = 0;
    std::string why_;
    std::vector<std::string> scope_;
    std::optional<std::string> object_name_;
};

Status refused(std::string why) {
    return Status(Code::kQueryRefused, std::move(why));
}

// Why json_serialize_sql would not serialise: a syntax error, or a statement of another kind.
Status parser_refusal(const Json& tree) {
    std::string text = text_of(tree, "error_message");
    if (text.starts_with("Only SELECT"))
        return refused(
            "only one SELECT is permitted (and PIVOT needs its values listed: PIVOT ... ON x IN "
            "(...))");
    return refused(text.substr(0, text.find('\n')));
}

}  // namespace

Result<Judged> judge(std::string_view serialized) {
    Judged judged;
    judged.tree = Json::parse(serialized, nullptr, false);
    Json& tree = judged.tree;
    if (tree.is_discarded() || !tree.is_object()) return refused("the SQL could not be parsed");
    if (tree.value("error", Json(true)) != Json(false)) return parser_refusal(tree);
    auto statements = tree.find("statements");
    if (statements == tree.end() || !statements->is_array() || statements->empty())
        return refused("the SQL is empty");
    if (statements->size() != 1) return refused("one statement is permitted, not several");
    Json& statement = (*statements)[0];
    if (!statement.is_object() || !statement.value("named_param_map", Json::array()).empty())
        return refused("parameters such as ? and $1 are not permitted");
    Walk walk(judged);
    if (!walk.visit(statement)) return refused(walk.why());
    return judged;
}

}  // namespace csd::worker
