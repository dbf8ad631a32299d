// SPDX-License-Identifier: BSD-3-Clause
// Tested by translate_test.cc.
#include <algorithm>

#include "airmos/select/printer.hpp"

namespace csd::airmos::select {

namespace {

// Digits of a number that a double holds for certain.
constexpr size_t kDoubleDigits = 15;

bool is_empty_text(const Expression& expression) {
    const auto* literal = std::get_if<Literal>(&expression.node);
    return literal != nullptr && literal->kind == LiteralKind::kString && literal->text.empty();
}

bool is_long_number(const Expression& expression) {
    const auto* literal = std::get_if<Literal>(&expression.node);
    return literal != nullptr && literal->kind == LiteralKind::kNumber &&
           literal->text.size() > kDoubleDigits &&
           literal->text.find_first_of("eE") == std::string::npos;
}

std::string tried_number(const Printed& value, bool exact) {
    return "TRY_CAST(" + value.sql + (exact ? " AS DECIMAL(38, 9))" : " AS DOUBLE)");
}

Printed simple(std::string sql, Type type) {
    return {std::move(sql), type, true, false};
}
Printed compound(std::string sql, Type type) {
    return {std::move(sql), type, false, false};
}

// 0: no name by position; else the digits behind the _.
size_t position_digits(std::string_view name) {
    if (name.size() < 2 || name[0] != '_') return 0;
    return name.find_first_not_of("0123456789", 1) == std::string_view::npos ? name.size() - 1 : 0;
}

}  // namespace

std::string quoted_name(std::string_view name) {
    std::string out = "\"";
    for (char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
}

std::string quoted_text(std::string_view text) {
    std::string out = "'";
    for (char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
    return out + "'";
}

bool is_texty(Type type) {
    return type == Type::kField || type == Type::kText;
}
bool is_numeric(Type type) {
    return type == Type::kNumber || type == Type::kDecimal;
}

std::string operand(const Printed& value) {
    return value.simple ? value.sql : "(" + value.sql + ")";
}

// Whether it may be of any type, JSON among them.
bool Printer::is_open(const Printed& value) const {
    return value.type == Type::kUnknown && dialect_.input == Dialect::Input::kJson;
}

// Whether it is a number that a double may not hold. The integers of JSON are exact, so what is compared with them is too.
bool Printer::is_exact(const Expression& expression) const {
    const auto* cast = std::get_if<Cast>(&expression.node);
    return is_long_number(expression) || (cast != nullptr && cast->type == CastType::kInteger &&
                                          dialect_.input == Dialect::Input::kJson);
}

std::string Printer::as_text(const Printed& value) const {
    if (is_texty(value.type) || value.type == Type::kNull) return value.sql;
    if (!is_open(value)) return "CAST(" + value.sql + " AS VARCHAR)";
    // Of JSON the string without its quotes.
    const std::string text = "to_json(" + value.sql + ")->>'$'";
    if (!value.is_path) return "(" + text + ")";
    return "CASE typeof(" + value.sql + ") WHEN 'VARCHAR' THEN CAST(" + value.sql +
           " AS VARCHAR) ELSE " + text + " END";
}

std::string as_number(const Printed& value) {
    return is_texty(value.type) ? "CAST(" + value.sql + " AS DOUBLE)" : operand(value);
}

Printed Printer::print(const Expression& expression) {
    return std::visit([&](const auto& it) { return node(it, expression.at); }, expression.node);
}

Printed Printer::node(const Literal& literal, Position) {
    switch (literal.kind) {
        case LiteralKind::kNumber:
            return {literal.text, Type::kNumber, literal.text[0] != '-', false};
        case LiteralKind::kString: return simple(quoted_text(literal.text), Type::kText);
        case LiteralKind::kBoolean: return simple(literal.text, Type::kBoolean);
        case LiteralKind::kTimestamp:
            return simple("TIMESTAMP " + quoted_text(literal.text), Type::kTimestamp);
        case LiteralKind::kNull: break;
    }
    return simple("NULL", Type::kNull);
}

bool Printer::is_relation(std::string_view name) const {
    const std::string wanted = lower(name);
    return std::any_of(scopes_.begin(), scopes_.end(), [&](const Scope& scope) {
        return std::any_of(scope.begin(), scope.end(),
                           [&](const Relation& relation) { return relation.alias == wanted; });
    });
}

// The innermost query that knows the name decides.
Type Printer::type_of_name(std::string_view relation, std::string_view name,
                           bool& of_object) const {
    const std::string wanted = lower(name), of = lower(relation);
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
        for (const Relation& candidate : *scope) {
            if (!of.empty() && candidate.alias != of) continue;
            if (auto found = candidate.columns.find(wanted); found != candidate.columns.end())
                return found->second;
        }
        for (const Relation& candidate : *scope)
            if ((of.empty() || candidate.alias == of) && candidate.others) {
                of_object = candidate.object;
                return *candidate.others;
            }
    }
    return Type::kUnknown;
}

Printed Printer::node(const Path& path, Position at) {
    if (path.base) {
        Printed base = print(*path.base);
        return simple(steps("(" + base.sql + ")", path.steps, 0, at), Type::kUnknown);
    }
    const auto& names = path.steps;
    size_t column = 0;
    std::string sql, relation;
    if (names.size() > 1 && is_relation(names[0].name)) {
        relation = names[0].name;
        column = 1;
        if (names[1].kind == StepKind::kEvery) column++;  // S3Object[*].name
        if (column >= names.size() || names[column].kind != StepKind::kName)
            throw Refusal{"ParseInvalidPathComponent", "expected a column behind " + relation, at};
        sql = quoted_name(relation) + ".";
    }
    const std::string& name = names[column].name;
    const bool zero =
        position_digits(name) > 0 && name.find_first_not_of('0', 1) == std::string::npos;
    if (zero || position_digits(name) > 5)
        throw Refusal{"InvalidColumnIndex", "columns are counted from _1 on, there is no " + name,
                      at};
    bool of_object = false;
    const Type type = type_of_name(relation, name, of_object);
    if (of_object &&
        std::find(names_.absent.begin(), names_.absent.end(), lower(name)) != names_.absent.end())
        return simple("NULL", Type::kNull);
    const std::string meant = this->column(names[column], of_object, at);
    const bool plain = meant == quoted_name(name);
    sql += meant;
    if (column + 1 == names.size()) return {std::move(sql), type, true, plain, true};
    return {steps(std::move(sql), names, column + 1, at), Type::kUnknown, true, false, true};
}

// The object's column of that name. In S3 a name in quotes is one spelling, and one without is all of them. Where the header
// has several, the drive knows the one that is meant by its place.
std::string Printer::column(const Step& step, bool of_object, Position at) {
    if (!of_object || position_digits(step.name) > 0) return quoted_name(step.name);
    by_name_ = true;
    size_t alike = 0, same = 0, place = 0;
    for (size_t i = 0; i < names_.header.size(); i++) {
        if (lower(names_.header[i]) != lower(step.name)) continue;
        alike++;
        if (names_.header[i] != step.name) continue;
        same++;
        place = i + 1;
    }
    if (alike < 2) return quoted_name(step.name);
    std::string by_place = "_" + std::to_string(place);
    const bool taken =
        std::find(names_.header.begin(), names_.header.end(), by_place) != names_.header.end();
    if (!step.quoted || same != 1 || taken)
        throw Refusal{"AmbiguousFieldName",
                      std::to_string(alike) + " columns of the header are called " + step.name +
                          (step.quoted ? "" : "; the name in quotes is one spelling of it"),
                      at};
    return quoted_name(by_place);
}

// The drive counts the elements of a list from 1, those of JSON from 0, and takes the letters of a text for elements.
std::string Printer::indexed(const std::string& list, const std::string& named,
                             uint64_t index) const {
    const std::string in_list = std::to_string(index + 1);
    if (dialect_.input != Dialect::Input::kJson) return list + "[" + in_list + "]";
    return list + "[CASE typeof(" + named + ") WHEN 'JSON' THEN " + std::to_string(index) +
           " WHEN 'VARCHAR' THEN NULL ELSE " + in_list + " END]";
}

// The path behind a value. [*] makes a list of what the rest of the path finds in each element.
std::string Printer::steps(std::string sql, const std::vector<Step>& steps, size_t from,
                           Position at) {
    std::string named = sql;  // the same value for typeof(), which no index changes
    for (size_t i = from; i < steps.size(); i++) {
        const Step& step = steps[i];
        if (sql.size() > kMostSqlBytes)
            throw Refusal{"ExpressionTooLong", "this path is too long", at};
        if (step.kind == StepKind::kName) {
            sql += "." + quoted_name(step.name);
            named += "." + quoted_name(step.name);
        } else if (step.kind == StepKind::kIndex) {
            sql = indexed(sql, named, step.index);
            named += "[1]";
        } else if (i + 1 < steps.size()) {
            const std::string element = "e" + std::to_string(++lambdas_);
            const bool more =
                std::any_of(steps.begin() + static_cast<std::ptrdiff_t>(i) + 1, steps.end(),
                            [](const Step& s) { return s.kind == StepKind::kEvery; });
            std::string list = "list_transform(" + sql + ", lambda " + element + ": " +
                               this->steps(element, steps, i + 1, at) + ")";
            return more ? "flatten(" + list + ")" : list;
        }
    }
    return sql;
}

Printed Printer::node(const Star& star, Position) {
    return simple(star.relation.empty() ? "*" : quoted_name(star.relation) + ".*", Type::kUnknown);
}

Printed Printer::node(const Unary& unary, Position) {
    if (unary.symbol == "NOT")
        return compound("NOT (" + condition(*unary.operand) + ")", Type::kBoolean);
    Printed value = print(*unary.operand);
    const Type type = value.type == Type::kDecimal ? Type::kDecimal : Type::kNumber;
    std::string inner = is_texty(value.type) ? as_number(value) : operand(value);
    // Two signs in a row would begin a comment.
    return compound(unary.symbol + (inner[0] == '-' || inner[0] == '+' ? "(" + inner + ")" : inner),
                    type);
}

Printed Printer::node(const Chain& chain, Position) {
    const std::string& kind = chain.symbols[0];
    std::string sql;
    bool decimal = true;
    for (size_t i = 0; i < chain.operands.size(); i++) {
        if (i > 0) sql += " " + chain.symbols[i - 1] + " ";
        if (kind == "AND" || kind == "OR") {
            sql += "(" + condition(*chain.operands[i]) + ")";
            continue;
        }
        const Printed value = print(*chain.operands[i]);
        if (kind == "||") {
            sql += is_texty(value.type) ? operand(value) : as_text(value);
            continue;
        }
        const bool times = value.type == Type::kTimestamp;
        const std::string& symbol = chain.symbols[i > 0 ? i - 1 : 0];
        decimal = decimal && value.type == Type::kDecimal && symbol != "/" && symbol != "%";
        sql += times ? operand(value) : as_number(value);
    }
    if (kind == "AND" || kind == "OR") return compound(std::move(sql), Type::kBoolean);
    if (kind == "||") return compound(std::move(sql), Type::kText);
    return compound(std::move(sql), decimal ? Type::kDecimal : Type::kNumber);
}

// What a WHERE takes: a field is true or false by its text.
std::string Printer::condition(const Expression& expression) {
    const Printed value = print(expression);
    return is_texty(value.type) ? "CAST(" + value.sql + " AS BOOLEAN)" : value.sql;
}

// Makes values of different types meet. To compare, what is open becomes what it is compared with, and is null if it cannot.
// Otherwise, as branches of one value, they become text.
void Printer::alike(std::vector<Printed*> values, bool for_comparison, bool exact) const {
    auto any = [&](auto wanted) {
        return std::any_of(values.begin(), values.end(),
                           [&](const Printed* v) { return wanted(v->type); });
    };
    const bool texty = any(is_texty);
    const bool timestamps = any([](Type type) { return type == Type::kTimestamp; });
    const bool booleans = any([](Type type) { return type == Type::kBoolean; });
    if (for_comparison) {
        for (Printed* value : values) {
            if (timestamps && value->type != Type::kTimestamp && value->type != Type::kNull &&
                (texty || dialect_.input != Dialect::Input::kParquet))
                *value = timestamp(std::move(*value));
            else if (timestamps || !(is_texty(value->type) || is_open(*value)))
                continue;
            else if (any(is_numeric))
                *value = simple(tried_number(*value, exact), Type::kNumber);
            else if (booleans)
                *value = simple("TRY_CAST(" + value->sql + " AS BOOLEAN)", Type::kBoolean);
            else if (texty)
                *value = simple(as_text(*value), Type::kText);
        }
        return;
    }
    if (!texty) return;
    for (Printed* value : values)
        if (!is_texty(value->type) && value->type != Type::kNull)
            *value = simple(value->type == Type::kTimestamp ? for_output(*value) : as_text(*value),
                            Type::kText);
}

Printed Printer::node(const Comparison& comparison, Position) {
    Printed left = print(*comparison.left), right = print(*comparison.right);
    // An empty field is null and, to S3, the empty text.
    if (left.type == Type::kField && is_empty_text(*comparison.right))
        left = simple("coalesce(" + left.sql + ", '')", Type::kText);
    if (right.type == Type::kField && is_empty_text(*comparison.left))
        right = simple("coalesce(" + right.sql + ", '')", Type::kText);
    const bool record = same_record(left, right);
    const std::string text = as_text(left) + " " + comparison.symbol + " " + as_text(right);
    alike({&left, &right}, true, is_exact(*comparison.left) || is_exact(*comparison.right));
    std::string sql = operand(left) + " " + comparison.symbol + " " + operand(right);
    if (!record) return compound(std::move(sql), Type::kBoolean);
    // Where one of them is text, both are.
    return simple("CASE WHEN regexp_matches(typeof(" + left.sql + ") || typeof(" + right.sql +
                      "), 'JSON|VARCHAR') THEN " + text + " ELSE " + sql + " END",
                  Type::kBoolean);
}

// Two members of a record. In a join, whose condition must stay plain to be quick, they are compared as they are.
bool Printer::same_record(const Printed& left, const Printed& right) const {
    return is_open(left) && is_open(right) && left.is_path && right.is_path &&
           scopes_.size() == 1 && scopes_.back().size() == 1;
}

Printed Printer::node(const Between& between, Position) {
    Printed value = print(*between.value), low = print(*between.low), high = print(*between.high);
    alike({&value, &low, &high}, true,
          is_exact(*between.value) || is_exact(*between.low) || is_exact(*between.high));
    return compound(operand(value) + (between.negated ? " NOT BETWEEN " : " BETWEEN ") +
                        operand(low) + " AND " + operand(high),
                    Type::kBoolean);
}

Printed Printer::node(const In& in, Position) {
    Printed value = print(*in.value);
    const std::string word = in.negated ? " NOT IN (" : " IN (";
    if (in.query) {
        std::string inner;
        query(*in.query, inner, false);
        return compound(operand(value) + word + inner + ")", Type::kBoolean);
    }
    std::vector<Printed> items;
    for (const ExpressionPtr& item : in.items) items.push_back(print(*item));
    // Of a list that mixes texts and numbers the field is compared as text.
    const bool mixed =
        std::any_of(items.begin(), items.end(), [](const Printed& i) { return is_texty(i.type); });
    std::vector<Printed*> all = {&value};
    for (Printed& item : items) all.push_back(&item);
    const bool as_texts = mixed && (is_texty(value.type) || is_open(value));
    const bool exact = is_exact(*in.value) ||
                       std::any_of(in.items.begin(), in.items.end(),
                                   [this](const ExpressionPtr& item) { return is_exact(*item); });
    alike(all, !as_texts, exact);
    std::string list;
    for (const Printed& item : items) list += (list.empty() ? "" : ", ") + item.sql;
    return compound(operand(value) + word + list + ")", Type::kBoolean);
}

Printed Printer::node(const Like& like, Position at) {
    Printed value = print(*like.value), pattern = print(*like.pattern);
    if (is_numeric(pattern.type) || pattern.type == Type::kBoolean)
        throw Refusal{"LikeInvalidInputs", "LIKE takes a pattern in quotes", at};
    std::string sql = operand({as_text(value), Type::kText, value.simple, false}) +
                      (like.negated ? " NOT LIKE " : " LIKE ") +
                      operand({as_text(pattern), Type::kText, pattern.simple, false});
    if (!like.escape) return compound(std::move(sql), Type::kBoolean);
    const auto* escape = std::get_if<Literal>(&like.escape->node);
    const auto* text = std::get_if<Literal>(&like.pattern->node);
    if (escape == nullptr || escape->kind != LiteralKind::kString || escape->text.size() != 1)
        throw Refusal{"EvaluatorLikePatternInvalidEscapeSequence",
                      "ESCAPE takes one ASCII character in quotes", like.escape->at};
    if (text != nullptr)
        for (size_t i = text->text.find(escape->text); i != std::string::npos;
             i = text->text.find(escape->text, i + 2))
            if (i + 1 == text->text.size() ||
                (text->text[i + 1] != '%' && text->text[i + 1] != '_' &&
                 text->text[i + 1] != escape->text[0]))
                throw Refusal{"EvaluatorLikePatternInvalidEscapeSequence",
                              "behind the escape character stands %, _ or itself",
                              like.pattern->at};
    return compound(sql + " ESCAPE " + quoted_text(escape->text), Type::kBoolean);
}

Printed Printer::node(const IsNull& is_null, Position) {
    return compound(
        operand(print(*is_null.value)) + (is_null.negated ? " IS NOT NULL" : " IS NULL"),
        Type::kBoolean);
}

Printed Printer::node(const Case& value, Position) {
    std::vector<Printed> conditions, results;
    for (const auto& [condition, result] : value.arms) {
        conditions.push_back(value.operand ? print(*condition)
                                           : simple(this->condition(*condition), Type::kBoolean));
        results.push_back(print(*result));
    }
    if (value.otherwise) results.push_back(print(*value.otherwise));
    std::string sql = "CASE";
    if (value.operand) {
        Printed operand_printed = print(*value.operand);
        std::vector<Printed*> all = {&operand_printed};
        for (Printed& condition : conditions) all.push_back(&condition);
        const bool mixed = std::any_of(conditions.begin(), conditions.end(),
                                       [](const Printed& c) { return is_texty(c.type); });
        alike(all, !mixed);
        sql += " " + operand(operand_printed);
    }
    std::vector<Printed*> all;
    for (Printed& result : results) all.push_back(&result);
    alike(all, false);
    Type type = Type::kNull;
    for (const Printed& result : results) {
        if (result.type == Type::kNull || result.type == type) continue;
        type = type == Type::kNull                           ? result.type
               : is_texty(type) && is_texty(result.type)     ? Type::kField
               : is_numeric(type) && is_numeric(result.type) ? Type::kNumber
                                                             : Type::kUnknown;
    }
    for (size_t i = 0; i < conditions.size(); i++)
        sql += " WHEN " + conditions[i].sql + " THEN " + results[i].sql;
    if (value.otherwise) sql += " ELSE " + results.back().sql;
    return simple(sql + " END", type);
}

Printed Printer::node(const Cast& cast, Position) {
    Printed value = print(*cast.value);
    switch (cast.type) {
        case CastType::kBoolean:
            return simple("CAST(" + value.sql + " AS BOOLEAN)", Type::kBoolean);
        case CastType::kInteger: return simple("CAST(" + value.sql + " AS BIGINT)", Type::kNumber);
        case CastType::kFloat: return simple("CAST(" + value.sql + " AS DOUBLE)", Type::kNumber);
        case CastType::kDecimal:
            if (!cast.parameters.empty())
                return simple("CAST(" + value.sql + " AS DECIMAL" + cast.parameters + ")",
                              Type::kNumber);
            return simple("CAST(" + value.sql + " AS DECIMAL(38, 9))", Type::kDecimal);
        case CastType::kTimestamp: return timestamp(std::move(value));
        case CastType::kString: break;
    }
    if (is_open(value)) return simple(as_text(value), Type::kText);
    if (value.type == Type::kTimestamp || value.type == Type::kDecimal)
        return simple("CAST(" + for_output(value) + " AS VARCHAR)", Type::kText);
    return simple("CAST(" + value.sql + " AS VARCHAR)", Type::kText);
}

Printed Printer::node(const Subquery& subquery, Position) {
    std::string inner;
    Relation shown = query(*subquery.query, inner, false);
    if (subquery.exists) return compound("EXISTS (" + inner + ")", Type::kBoolean);
    const Type type =
        shown.columns.size() == 1 && !shown.others ? shown.columns.begin()->second : Type::kUnknown;
    return simple("(" + inner + ")", type);
}

Printed Printer::node(const List& list, Position) {
    std::string sql = "[";
    for (const ExpressionPtr& item : list.items)
        sql += (sql.size() > 1 ? ", " : "") + print(*item).sql;
    return simple(sql + "]", Type::kUnknown);
}

Printed Printer::node(const Tuple& tuple, Position) {
    std::string sql = "{";
    for (const auto& [name, value] : tuple.members)
        sql += (sql.size() > 1 ? ", " : "") + quoted_text(name) + ": " + print(*value).sql;
    return simple(sql + "}", Type::kUnknown);
}

}  // namespace csd::airmos::select
