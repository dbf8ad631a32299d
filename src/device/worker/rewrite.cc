// SPDX-License-Identifier: BSD-3-Clause
// Tested by tests/sql/select.test.
#include "device/worker/rewrite.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "device/worker/literals.hpp"
#include "device/worker/sql_text.hpp"

namespace csd::worker {

namespace {

// 0: not a name by position.
size_t position_of(std::string_view name) {
    if (name.size() < 2 || name.size() > 6 || name[0] != '_' || name[1] == '0') return 0;
    size_t position = 0;
    for (char c : name.substr(1)) {
        if (c < '0' || c > '9') return 0;
        position = position * 10 + static_cast<size_t>(c - '0');
    }
    return position;
}

// One table of a FROM, as far as positions matter.
struct Relation {
    std::string alias;
    std::vector<std::string> columns;  // of the object, by position; empty: no positions
    std::set<std::string> own;         // names that the query gave, lower case
};

using Scope = std::vector<Relation>;

class Namer {
  public:
    Namer(const std::set<const Json*>& objects, const std::vector<std::string>& names)
        : objects_(objects), names_(names) {
        for (const std::string& name : names) real_.insert(lower(name));
    }

    // Returns what the query exposes to the one around it.
    Relation visit_query(Json& node) {
        auto before = with_;
        for (Json& entry : member_of(member_of(node, "cte_map"), "map")) {
            Relation made =
                visit_query(member_of(member_of(member_of(entry, "value"), "query"), "node"));
            apply_aliases(made, member_of(member_of(entry, "value"), "aliases"));
            with_[lower(text_of(entry, "key"))] = made;
        }
        Relation exposed;
        if (text_of(node, "type") == "SELECT_NODE") {
            exposed = visit_select(node);
        } else {
            std::string cte = lower(text_of(node, "cte_name"));
            exposed = visit_query(member_of(node, "left"));
            if (!cte.empty()) with_[cte] = exposed;
            visit_query(member_of(node, "right"));
            // ORDER BY behind a set operation speaks of the names it exposes.
        }
        with_ = std::move(before);
        return exposed;
    }

  private:
    static void apply_aliases(Relation& relation, const Json& aliases) {
        for (size_t i = 0; i < aliases.size(); i++) {
            if (i < relation.columns.size()) relation.columns[i] = aliases[i].get<std::string>();
            relation.own.insert(lower(aliases[i].get<std::string>()));
        }
    }

    Relation visit_select(Json& node) {
        scopes_.emplace_back();
        collect(member_of(node, "from_table"));
        std::set<std::string> given;
        for (Json& item : member_of(node, "select_list"))
            if (std::string alias = text_of(item, "alias"); !alias.empty())
                given.insert(lower(alias));
        for (Json& item : member_of(node, "select_list")) {
            std::string written =
                item.value("class", "") == "COLUMN_REF" && text_of(item, "alias").empty()
                    ? last_name(item)
                    : std::string();
            visit(item);
            if (position_of(written) > 0 && last_name(item) != written) item["alias"] = written;
        }
        for (const char* member : {"where_clause", "group_expressions", "having", "qualify"})
            visit(member_of(node, member));
        // In ORDER BY a name that the select list gave comes before a column.
        scopes_.back().push_back({"", {}, given});
        visit(member_of(node, "modifiers"));
        scopes_.back().pop_back();
        Relation exposed = expose(member_of(node, "select_list"));
        scopes_.pop_back();
        return exposed;
    }

    static std::string last_name(const Json& reference) {
        return reference["column_names"].back().get<std::string>();
    }

    Relation expose(const Json& select_list) const {
        Relation exposed;
        for (const Json& item : select_list) {
            if (item.value("class", "") == "STAR" && item.value("columns", Json()) == Json(false)) {
                for (const Relation& relation : scopes_.back()) {
                    if (exposed.columns.empty()) exposed.columns = relation.columns;
                    exposed.own.insert(relation.own.begin(), relation.own.end());
                }
            } else if (std::string alias = text_of(item, "alias"); !alias.empty()) {
                exposed.own.insert(lower(alias));
            } else if (item.value("class", "") == "COLUMN_REF") {
                exposed.own.insert(lower(last_name(item)));
            }
        }
        return exposed;
    }

    // Fills the innermost scope from a from-clause, and visits what the clause contains.
    void collect(Json& table) {
        if (!table.is_object()) return;
        std::string type = text_of(table, "type");
        Relation relation;
        relation.alias = lower(text_of(table, "alias"));
        if (type == "JOIN") {
            collect(member_of(table, "left"));
            collect(member_of(table, "right"));
            visit(member_of(table, "condition"));
            for (Json& name : member_of(table, "using_columns")) rename(name);
            return;
        }
        if (type == "PIVOT") {
            scopes_.emplace_back();
            collect(member_of(table, "source"));
            visit(member_of(table, "aggregates"));
            visit(member_of(table, "pivots"));
            for (Json& name : member_of(table, "groups")) rename(name);
            scopes_.pop_back();
        } else if (type == "SUBQUERY") {
            Relation inner = visit_query(member_of(member_of(table, "subquery"), "node"));
            relation.columns = inner.columns;
            relation.own = inner.own;
        } else if (type == "BASE_TABLE") {
            std::string name = lower(text_of(table, "table_name"));
            bool object = objects_.contains(&table) && name.find(kPathMark) == std::string::npos;
            if (auto found = with_.find(name); !objects_.contains(&table) && found != with_.end())
                relation = found->second;
            else if (object)
                relation.columns = names_;
            relation.alias =
                text_of(table, "alias").empty() ? name : lower(text_of(table, "alias"));
        } else if (type == "TABLE_FUNCTION") {
            visit(member_of(member_of(table, "function"), "children"));
        } else {
            visit(member_of(table, "values"));
        }
        if (table.contains("column_name_alias"))
            apply_aliases(relation, member_of(table, "column_name_alias"));
        scopes_.back().push_back(std::move(relation));
    }

    void visit(Json& node) {
        if (node.is_array()) {
            for (Json& child : node) visit(child);
            return;
        }
        if (!node.is_object()) return;
        if (node.contains("cte_map")) {
            visit_query(node);
            return;
        }
        std::string kind = text_of(node, "class");
        if (kind == "COLUMN_REF") {
            visit_reference(member_of(node, "column_names"));
            return;
        }
        if (kind == "STAR") {
            for (Json& name : member_of(node, "exclude_list")) rename(name);
            for (Json& entry : member_of(node, "replace_list")) rename(member_of(entry, "key"));
        }
        for (auto& [key, child] : node.items()) visit(child);
    }

    void visit_reference(Json& path) {
        // _1 or _1.member; else table._1, perhaps with members behind it.
        if (position_of(path[0].get<std::string>()) > 0)
            rename(path[0]);
        else if (path.size() > 1)
            rename(path[1], lower(path[0].get<std::string>()));
    }

    void rename(Json& name, const std::string& table = {}) {
        if (!name.is_string()) return;
        size_t position = position_of(name.get<std::string>());
        if (position == 0) return;
        for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
            for (const Relation& relation : *scope)
                if ((table.empty() || relation.alias == table) &&
                    relation.own.contains(lower(name.get<std::string>())))
                    return;
            for (const Relation& relation : *scope) {
                if ((!table.empty() && relation.alias != table) ||
                    position > relation.columns.size())
                    continue;
                if (!real_.contains(lower(name.get<std::string>())))
                    name = relation.columns[position - 1];
                return;
            }
        }
    }

    const std::set<const Json*>& objects_;
    const std::vector<std::string>& names_;
    std::set<std::string> real_;
    std::map<std::string, Relation> with_;
    std::vector<Scope> scopes_;
};

}  // namespace

void name_positions(Judged& judged, const std::vector<std::string>& names) {
    std::set<const Json*> objects(judged.objects.begin(), judged.objects.end());
    Namer(objects, names).visit_query(judged.tree["statements"][0]["node"]);
}

namespace {

bool mentions_any(const Json& node, const std::set<const Json*>& objects) {
    if (objects.contains(&node)) return true;
    if (!node.is_structured()) return false;
    return std::any_of(node.begin(), node.end(),
                       [&](const Json& child) { return mentions_any(child, objects); });
}

// A * or COLUMNS(...) is several columns, with names of their own.
bool is_several(const Json& node) {
    if (!node.is_structured()) return false;
    const std::string kind = node.is_object() ? text_of(node, "class") : std::string();
    if (kind == "STAR") return true;
    return kind != "SUBQUERY" && std::any_of(node.begin(), node.end(), is_several);
}

Status name_items(Json& node, const std::set<const Json*>& objects,
                  const std::function<Result<std::string>(const Json&)>& text_of_expression) {
    if (!node.is_structured()) return {};
    for (Json& child : node) {
        Status named = name_items(child, objects, text_of_expression);
        if (!named.ok()) return named;
    }
    for (Json& item : member_of(node, "select_list")) {
        if (!item.contains("alias") || !text_of(item, "alias").empty()) continue;
        if (!mentions_any(item, objects) && (!has_retyped_literal(item) || is_several(item)))
            continue;
        auto text = text_of_expression(item);
        if (!text.ok()) return text.status();
        member_of(item, "alias") = std::move(text).value();
    }
    return {};
}

}  // namespace

Status keep_names(
    Judged& judged,
    const std::function<Result<std::string>(const Json& expression)>& text_of_expression) {
    std::set<const Json*> objects(judged.objects.begin(), judged.objects.end());
    return name_items(judged.tree, objects, text_of_expression);
}

Status replace_objects(Judged& judged, const std::vector<std::string>& paths,
                       const std::function<Result<Json>(const std::string& path)>& reader) {
    for (Json* node : judged.objects) {
        std::string name = text_of(*node, "table_name");
        auto path = path_named(name, paths);
        if (!path.ok()) return path.status();
        name.resize(std::min(name.size(), name.find(kPathMark)));
        auto table = reader(path.value());
        if (!table.ok()) return table.status();
        Json replacement = table.value();
        std::string alias = text_of(*node, "alias");
        replacement["alias"] = alias.empty() ? name : alias;
        replacement["sample"] = (*node)["sample"];
        replacement["column_name_alias"] = (*node)["column_name_alias"];
        *node = std::move(replacement);
    }
    return {};
}

}  // namespace csd::worker
