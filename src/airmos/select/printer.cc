// SPDX-License-Identifier: BSD-3-Clause
// Tested by translate_test.cc.
#include "airmos/select/printer.hpp"

#include <algorithm>

namespace csd::airmos::select {

namespace {

// The name that a select item has without an alias; empty: none.
std::string own_name(const SelectItem& item) {
    const auto* path = std::get_if<Path>(&item.value->node);
    if (path == nullptr || path->steps.empty()) return {};
    for (auto step = path->steps.rbegin(); step != path->steps.rend(); ++step)
        if (step->kind == StepKind::kName) return step->name;
    return {};
}

std::string joined(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
    return out;
}

std::string name_list(const std::vector<std::string>& names) {
    std::vector<std::string> quoted;
    for (const std::string& name : names) quoted.push_back(quoted_name(name));
    return "(" + joined(quoted) + ")";
}

}  // namespace

std::string Printer::print(const Query& query) {
    std::string out;
    this->query(query, out, true);
    if (dialect_.input != Dialect::Input::kJson || !dialect_.csv_output) return out;
    // A string within JSON leaves its quotes there.
    return "SELECT CASE WHEN regexp_matches(typeof(COLUMNS(*)), '^(JSON|STRUCT|MAP)|\\]$') THEN "
           "to_json(COLUMNS(*))->>'$' ELSE CAST(COLUMNS(*) AS VARCHAR) END FROM (" +
           out + ") AS answer";
}

Printer::Relation Printer::query(const Query& query, std::string& out, bool outermost) {
    const auto with_before = with_;
    if (!query.with.empty()) {
        out += query.recursive ? "WITH RECURSIVE " : "WITH ";
        for (size_t i = 0; i < query.with.size(); i++) {
            const CommonTable& table = query.with[i];
            out += (i > 0 ? ", " : "") + quoted_name(table.name);
            if (!table.columns.empty()) out += name_list(table.columns);
            // A recursive query sees itself, of columns that are not known yet.
            if (query.recursive) with_[lower(table.name)] = {"", {}, Type::kUnknown};
            out += " AS (";
            Relation made = this->query(*table.query, out, false);
            out += ")";
            if (!table.columns.empty()) made = {"", {}, Type::kUnknown};
            with_[lower(table.name)] = std::move(made);
        }
        out += " ";
    }
    Relation shown;
    for (size_t i = 0; i < query.parts.size(); i++) {
        if (i > 0) out += " " + query.between[i - 1] + " ";
        Relation part = core(query.parts[i], query, out, outermost);
        if (i == 0) shown = std::move(part);
    }
    // Behind a set operation ORDER BY speaks of the names that it shows.
    if (query.parts.size() > 1 && !query.order.empty()) {
        scopes_.push_back({shown});
        out += " ORDER BY " + order(query.order, nullptr);
        scopes_.pop_back();
    }
    if (query.limit) out += " LIMIT " + print(*query.limit).sql;
    if (query.offset) out += " OFFSET " + print(*query.offset).sql;
    with_ = with_before;
    return shown;
}

Printer::Relation Printer::core(const SelectCore& core, const Query& query, std::string& out,
                                bool outermost) {
    scopes_.emplace_back();
    std::string tables;
    from(core, tables);
    out += core.distinct ? "SELECT DISTINCT " : "SELECT ";
    Relation shown = items(core, out, outermost);
    out += " FROM " + tables;
    if (core.where) out += " WHERE " + condition(*core.where);
    groups(core, out);
    if (core.having) out += " HAVING " + condition(*core.having);
    if (query.parts.size() == 1 && !query.order.empty())
        out += " ORDER BY " + order(query.order, &core);
    scopes_.pop_back();
    return shown;
}

Printer::Relation Printer::items(const SelectCore& core, std::string& out, bool outermost) {
    Relation shown;
    for (size_t i = 0; i < core.items.size(); i++) {
        const SelectItem& item = core.items[i];
        Type type = Type::kUnknown;
        out += (i > 0 ? ", " : "") + this->item(item, i + 1, outermost, type);
        if (const auto* star = std::get_if<Star>(&item.value->node)) {
            for (const Relation& relation : scopes_.back()) {
                if (!star->relation.empty() && relation.alias != lower(star->relation)) continue;
                shown.columns.insert(relation.columns.begin(), relation.columns.end());
                if (relation.others)
                    shown.others = shown.others && *shown.others != *relation.others
                                       ? Type::kUnknown
                                       : *relation.others;
            }
        } else {
            const std::string name = item.alias.empty() ? own_name(item) : item.alias;
            if (!name.empty()) shown.columns[lower(name)] = type;
        }
    }
    return shown;
}

std::string Printer::item(const SelectItem& item, size_t position, bool outermost, Type& type) {
    Printed value = print(*item.value);
    type = value.type;
    const bool named = value.is_column && value.type != Type::kTimestamp;
    std::string sql = outermost ? for_output(value) : value.sql;
    if (!item.alias.empty()) return sql + " AS " + quoted_name(item.alias);
    if (!outermost || named || std::holds_alternative<Star>(item.value->node)) return sql;
    // S3 names what has no name by its place.
    std::string name = own_name(item);
    if (name.empty()) name = "_" + std::to_string(position);
    return sql + " AS " + quoted_name(name);
}

// What leaves the drive: timestamps as ISO 8601, decimals without idle zeros.
std::string Printer::for_output(const Printed& value) const {
    if (value.type == Type::kTimestamp && !dialect_.parquet_output)
        return "replace(strftime(" + value.sql + ", '%Y-%m-%dT%H:%M:%S.%fZ'), '.000000Z', 'Z')";
    if (value.type == Type::kDecimal && dialect_.csv_output)
        return "rtrim(rtrim(CAST(" + value.sql + " AS VARCHAR), '0'), '.')";
    return value.sql;
}

void Printer::from(const SelectCore& core, std::string& out) {
    for (const Table& table : core.from) {
        if (table.join == ",")
            out += ", ";
        else if (!table.join.empty())
            out += " " + table.join + " ";
        Relation relation = this->table(table, out);
        scopes_.back().push_back(std::move(relation));
        if (table.on) out += " ON " + condition(*table.on);
        if (!table.join_names.empty()) out += " USING " + name_list(table.join_names);
    }
}

Printer::Relation Printer::table(const Table& table, std::string& out) {
    Relation relation;
    std::string alias = table.alias;
    const auto made = with_.find(lower(table.name));
    if (table.query) {
        // A query in FROM does not see the tables beside it.
        Scope beside = std::move(scopes_.back());
        scopes_.pop_back();
        out += "(";
        relation = query(*table.query, out, false);
        out += ")";
        scopes_.push_back(std::move(beside));
        if (alias.empty()) alias = "_query" + std::to_string(++lambdas_);
    } else if (made != with_.end() && table.path.empty()) {
        out += quoted_name(table.name);
        relation = made->second;
        if (alias.empty()) alias = table.name;
    } else if (table.object) {
        out += object(table);
        const bool text = dialect_.input == Dialect::Input::kCsv;
        relation.others = text ? Type::kField : Type::kUnknown;
        relation.object = true;
        if (alias.empty()) alias = "S3Object";
    } else {
        throw Refusal{
            "InvalidDataSource",
            "the only table is S3Object, and there is no table " + quoted_name(table.name),
            table.at};
    }
    out += " AS " + quoted_name(alias);
    relation.alias = lower(alias);
    return relation;
}

// The drive itself knows S3Object and S3Object[*].a.b; what goes further becomes queries around that.
std::string Printer::object(const Table& table) const {
    if (table.path.empty()) return "S3Object";
    if (dialect_.input == Dialect::Input::kCsv)
        throw Refusal{"InvalidKeyPath", "records of CSV have no paths", table.at};
    const auto& path = table.path;
    std::string sql = "S3Object[*]";
    size_t next = 0;
    const auto first_other = std::find_if(
        path.begin(), path.end(), [](const Step& step) { return step.kind != StepKind::kName; });
    if (first_other == path.end() || first_other->kind == StepKind::kEvery)
        for (; next < path.size() && path[next].kind == StepKind::kName; next++)
            sql += "." + quoted_name(path[next].name);
    if (next > 0 && next < path.size()) next++;  // the [*] behind the names
    while (next < path.size()) {
        std::string value, name = "value";
        for (; next < path.size() && path[next].kind != StepKind::kEvery; next++) {
            if (path[next].kind == StepKind::kName) {
                name = path[next].name;
                value += (value.empty() ? "" : ".") + quoted_name(name);
            } else {
                value += "[" + std::to_string(path[next].index + 1) + "]";
            }
        }
        if (value.empty() || value[0] == '[')
            throw Refusal{"ParseInvalidPathComponent",
                          "a name is needed between two brackets of the path", table.at};
        const bool every = next < path.size();
        if (every) next++;
        // Of a list a row an element, whose members become the columns.
        sql = "(SELECT unnest(" + (every ? value : "[" + value + "]") + ", max_depth := 2) AS " +
              quoted_name(name) + " FROM " + sql + ")";
    }
    return sql;
}

void Printer::groups(const SelectCore& core, std::string& out) {
    for (size_t i = 0; i < core.groups.size(); i++)
        out += (i > 0 ? ", " : " GROUP BY ") + print(*core.groups[i]).sql;
}

std::string Printer::order(const std::vector<OrderItem>& items, const SelectCore* core) {
    std::vector<std::string> parts;
    for (const OrderItem& item : items) parts.push_back(order_item(item, core));
    return joined(parts);
}

// A field orders by its number where it is one; what is none comes behind, as text. So does a member of several types.
std::string Printer::order_item(const OrderItem& item, const SelectCore* core) {
    Printed value = print(*item.value);
    const auto* literal = std::get_if<Literal>(&item.value->node);
    const auto* path = std::get_if<Path>(&item.value->node);
    const SelectItem* meant = nullptr;
    if (core != nullptr && literal != nullptr && literal->kind == LiteralKind::kNumber) {
        const bool stars = std::any_of(
            core->items.begin(), core->items.end(),
            [](const SelectItem& i) { return std::holds_alternative<Star>(i.value->node); });
        const size_t place =
            literal->text.size() < 6 ? std::strtoul(literal->text.c_str(), nullptr, 10) : 0;
        if (!stars && place >= 1 && place <= core->items.size()) meant = &core->items[place - 1];
    } else if (core != nullptr && path != nullptr && !path->base && path->steps.size() == 1) {
        for (const SelectItem& candidate : core->items)
            if (!candidate.alias.empty() && lower(candidate.alias) == lower(path->steps[0].name))
                meant = &candidate;
    }
    if (meant != nullptr && !std::holds_alternative<Call>(meant->value->node))
        value = print(*meant->value);
    const std::string direction = item.descending ? " DESC" : "";
    std::string out;
    if (item.nulls_first && *item.nulls_first) out = operand(value) + " IS NULL DESC, ";
    if (value.type == Type::kField)
        out += "TRY_CAST(" + value.sql + " AS DOUBLE)" + direction + " NULLS LAST, ";
    if (is_open(value) && value.is_path) {
        const std::string mixed =
            "CASE typeof(" + value.sql + ") WHEN 'JSON' THEN to_json(" + value.sql + ")->>'$' END";
        out += "TRY_CAST(" + mixed + " AS DOUBLE)" + direction + " NULLS LAST, " + mixed +
               direction + " NULLS LAST, ";
    }
    return out + value.sql + direction + (value.type == Type::kField ? " NULLS LAST" : "");
}

}  // namespace csd::airmos::select
