// SPDX-License-Identifier: BSD-3-Clause
//
// The functions of S3 Select in the drive's words. What is not here is passed on by its name, and the drive judges it.
// Nothing says an argument twice unless it is a column, so that SQL grows with the expression and not with its depth.
// Tested by translate_test.cc, translated_csv_test.cc, translated_json_test.cc.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "airmos/select/printer.hpp"
#include "airmos/select/timestamps.hpp"

namespace csd::airmos::select {

namespace {

Printed made(std::string sql, Type type) {
    return {std::move(sql), type, true, false};
}

void need(const Call& call, Position at, size_t least, size_t most) {
    const size_t count = call.arguments.size();
    if (count >= least && count <= most) return;
    std::string wanted = std::to_string(least);
    if (most != least) wanted += " to " + std::to_string(most);
    throw Refusal{"EvaluatorInvalidArguments",
                  call.name + " takes " + wanted + (most == 1 ? " argument" : " arguments") +
                      ", not " + std::to_string(count),
                  at};
}

std::string pattern_of(const Call& call, size_t argument) {
    const auto* literal = std::get_if<Literal>(&call.arguments[argument]->node);
    if (literal == nullptr || literal->kind != LiteralKind::kString)
        throw Refusal{"EvaluatorInvalidTimestampFormatPattern",
                      call.name + " takes a pattern in quotes, such as 'yyyy-MM-dd'",
                      call.arguments[argument]->at};
    return literal->text;
}

// A whole number, with a sign or without.
std::optional<int64_t> whole_number(const Expression& expression) {
    const auto* unary = std::get_if<Unary>(&expression.node);
    const auto* literal =
        std::get_if<Literal>(unary != nullptr ? &unary->operand->node : &expression.node);
    if (literal == nullptr || literal->kind != LiteralKind::kNumber || literal->text.size() > 15)
        return {};
    int64_t value = 0;
    const char* end = literal->text.data() + literal->text.size();
    if (std::from_chars(literal->text.data(), end, value).ptr != end) return {};
    return unary != nullptr && unary->symbol == "-" ? -value : value;
}

template <size_t N>
bool among(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 43> kOfNumbers = {
    "ABS",     "ACOS",          "ASIN",       "ATAN",        "ATAN2",     "AVG",        "CBRT",
    "CEIL",    "CEILING",       "CORR",       "COS",         "COVAR_POP", "COVAR_SAMP", "DEGREES",
    "EXP",     "FLOOR",         "FMOD",       "ISFINITE",    "KURTOSIS",  "LN",         "LOG",
    "LOG10",   "LOG2",          "MEAN",       "MEDIAN",      "MOD",       "POW",        "POWER",
    "PRODUCT", "QUANTILE_CONT", "RADIANS",    "ROUND",       "SIGN",      "SIN",        "SKEWNESS",
    "SQRT",    "STDDEV",        "STDDEV_POP", "STDDEV_SAMP", "SUM",       "TAN",        "TRUNC",
    "VARIANCE"};
constexpr std::array<std::string_view, 16> kGiveText = {
    "CONCAT", "CONCAT_WS", "LEFT",    "LPAD",  "LTRIM", "MD5",   "REGEXP_EXTRACT", "REGEXP_REPLACE",
    "REPEAT", "REPLACE",   "REVERSE", "RIGHT", "RPAD",  "RTRIM", "SHA256",         "SPLIT_PART"};
// Their first argument is text.
constexpr std::array<std::string_view, 18> kOfText = {
    "ENDS_WITH", "LEFT",           "LPAD",    "LTRIM",  "MD5",    "REGEXP_EXTRACT",
    "REPEAT",    "REGEXP_MATCHES", "REPLACE", "RIGHT",  "RPAD",   "REGEXP_FULL_MATCH",
    "RTRIM",     "REGEXP_REPLACE", "SHA256",  "STRLEN", "STRPOS", "SPLIT_PART"};
constexpr std::array<std::string_view, 8> kGiveNumber = {"COUNT", "DENSE_RANK", "LENGTH", "NTILE",
                                                         "RANK",  "ROW_NUMBER", "STRLEN", "STRPOS"};
constexpr std::array<std::string_view, 5> kGiveBoolean = {
    "CONTAINS", "ENDS_WITH", "REGEXP_FULL_MATCH", "REGEXP_MATCHES", "STARTS_WITH"};
constexpr std::array<std::string_view, 5> kAggregates = {"AVG", "COUNT", "MAX", "MIN", "SUM"};

}  // namespace

// Text in the forms that S3 reads, from 2007T to 2007-02-23T12:14:33.079-08:00; without an offset it is UTC.
Printed Printer::timestamp(Printed value) const {
    if (value.type == Type::kTimestamp || value.type == Type::kNull) return value;
    std::string text = "trim(" + as_text(value) + ")";
    const std::array<std::pair<std::string_view, std::string_view>, 4> kForms = {{
        {"^([0-9]{4})T?$", "\\1-01-01"},
        {"^([0-9]{4}-[0-9]{2})T?$", "\\1-01"},
        {"^([0-9]{4}-[0-9]{2}-[0-9]{2})T$", "\\1"},
        {"([T ][0-9]{2}:[0-9]{2})(Z|[+-].*)?$", "\\1:00\\2"},
    }};
    for (const auto& [form, whole] : kForms)
        text = "regexp_replace(" + text + ", '" + std::string(form) + "', '" + std::string(whole) +
               "')";
    return made("timezone('UTC', CAST(" + text + " AS TIMESTAMPTZ))", Type::kTimestamp);
}

Printed Printer::node(const Call& call, Position at) {
    bool known = true;
    Printed result = known_function(call, at, known);
    if (!known) return passed_through(call, at);
    if (call.distinct || call.filter || call.window)
        throw Refusal{"UnsupportedSyntax", call.name + " takes no DISTINCT, FILTER or OVER", at};
    return result;
}

Printed Printer::known_function(const Call& call, Position at, bool& known) {
    auto text_argument = [&] { return as_text(print(*call.arguments[0])); };
    if (call.name == "COALESCE") {
        need(call, at, 1, 1000);
        return coalesce(call);
    }
    if (call.name == "NULLIF") {
        need(call, at, 2, 2);
        return nullif(call);
    }
    if (call.name == "LOWER" || call.name == "UPPER") {
        need(call, at, 1, 1);
        return made(lower(call.name) + "(" + text_argument() + ")", Type::kText);
    }
    if (call.name == "CHAR_LENGTH" || call.name == "CHARACTER_LENGTH") {
        need(call, at, 1, 1);
        return made("length(" + text_argument() + ")", Type::kNumber);
    }
    if (call.name == "SUBSTRING") {
        need(call, at, 2, 3);
        return substring(call);
    }
    if (call.name == "TRIM") {
        need(call, at, 1, 2);
        return trim(call);
    }
    if (call.name == "DATE_ADD") {
        need(call, at, 2, 2);
        return date_add(call);
    }
    if (call.name == "DATE_DIFF") {
        need(call, at, 2, 2);
        // Whole units that have passed, as S3 counts.
        return made("date_sub('" + call.word + "', " + timestamp(print(*call.arguments[0])).sql +
                        ", " + timestamp(print(*call.arguments[1])).sql + ")",
                    Type::kNumber);
    }
    if (call.name == "EXTRACT") {
        need(call, at, 1, 1);
        const std::string value = timestamp(print(*call.arguments[0])).sql;
        if (call.word.starts_with("timezone"))  // timestamps are in UTC here
            return made("extract(" + call.word + " FROM timezone('UTC', " + value + "))",
                        Type::kNumber);
        return made("extract(" + call.word + " FROM " + value + ")", Type::kNumber);
    }
    if (call.name == "TO_STRING") {
        need(call, at, 2, 2);
        return to_string(call, at);
    }
    if (call.name == "TO_TIMESTAMP") {
        need(call, at, 1, 2);
        return to_timestamp(call, at);
    }
    if (call.name == "UTCNOW") {
        need(call, at, 0, 0);
        return made("timezone('UTC', now())", Type::kTimestamp);
    }
    known = false;
    return {};
}

Printed Printer::date_add(const Call& call) {
    const Printed quantity = print(*call.arguments[0]);
    const Printed value = timestamp(print(*call.arguments[1]));
    const bool seconds = call.word == "second";
    return {value.sql + " + to_" + call.word + "s(CAST(" + quantity.sql +
                (seconds ? " AS DOUBLE))" : " AS INTEGER))"),
            Type::kTimestamp, false, false};
}

Printed Printer::to_string(const Call& call, Position at) {
    const Printed value = timestamp(print(*call.arguments[0]));
    const auto pieces = output_pattern(pattern_of(call, 1), at);
    if (pieces.size() == 1 && pieces[0].characters == 0)
        return made("strftime(" + value.sql + ", " + quoted_text(pieces[0].format) + ")",
                    Type::kText);
    const std::string name = "t" + std::to_string(++lambdas_);
    std::string sql;
    for (const PatternPiece& piece : pieces) {
        std::string part = "strftime(" + name + ", " + quoted_text(piece.format) + ")";
        if (piece.characters > 0)
            part = "left(" + part + ", " + std::to_string(piece.characters) + ")";
        sql += (sql.empty() ? "" : " || ") + part;
    }
    return made("list_transform([" + value.sql + "], lambda " + name + ": " + sql + ")[1]",
                Type::kText);
}

Printed Printer::to_timestamp(const Call& call, Position at) {
    Printed value = print(*call.arguments[0]);
    if (call.arguments.size() == 1) return timestamp(std::move(value));
    const std::string format = input_pattern(pattern_of(call, 1), at);
    std::string text = as_text(value);
    // The drive reads an offset in digits, S3 also Z.
    if (format.find("%z") != std::string::npos)
        text = "regexp_replace(" + text + ", 'Z$', '+00:00')";
    return made(
        "timezone('UTC', CAST(strptime(" + text + ", " + quoted_text(format) + ") AS TIMESTAMPTZ))",
        Type::kTimestamp);
}

// Characters before the first are counted and are not there, as in standard SQL: of '123456789' those from -1 for 5 are 123.
Printed Printer::substring(const Call& call) {
    const std::string text = as_text(print(*call.arguments[0]));
    const auto start = whole_number(*call.arguments[1]);
    const bool has_length = call.arguments.size() == 3;
    const auto length = has_length ? whole_number(*call.arguments[2]) : std::optional<int64_t>();
    if (length && *length < 0)
        throw Refusal{"EvaluatorInvalidArguments", "the length of SUBSTRING must not be negative",
                      call.arguments[2]->at};
    auto sql = [&](const std::string& from, const std::string& count) {
        return "substring(" + text + ", " + from + (count.empty() ? "" : ", " + count) + ")";
    };
    if (start && !has_length)
        return made(sql(std::to_string(std::max<int64_t>(*start, 1)), ""), Type::kText);
    if (start && length) {
        const int64_t first = std::max<int64_t>(*start, 1);
        return made(sql(std::to_string(first),
                        std::to_string(std::max<int64_t>(*start + *length - first, 0))),
                    Type::kText);
    }
    const std::string name = "n" + std::to_string(++lambdas_);
    auto whole = [&](const Expression& argument) {
        return "CAST(" + print(argument).sql + " AS BIGINT)";
    };
    std::string count;
    if (has_length)
        count = "greatest(" + name + " + " + whole(*call.arguments[2]) + " - greatest(" + name +
                ", 1), 0)";
    return made("list_transform([" + whole(*call.arguments[1]) + "], lambda " + name + ": " +
                    sql("greatest(" + name + ", 1)", count) + ")[1]",
                Type::kText);
}

Printed Printer::trim(const Call& call) {
    const std::string name = call.word == "LEADING"    ? "ltrim"
                             : call.word == "TRAILING" ? "rtrim"
                                                       : "trim";
    std::string sql = name + "(" + as_text(print(*call.arguments[0]));
    if (call.arguments.size() == 2) sql += ", " + as_text(print(*call.arguments[1]));
    return made(sql + ")", Type::kText);
}

Printed Printer::coalesce(const Call& call) {
    std::vector<Printed> values;
    for (const ExpressionPtr& argument : call.arguments) values.push_back(print(*argument));
    std::vector<Printed*> all;
    for (Printed& value : values) all.push_back(&value);
    // A field that may become a number later stays open.
    alike(all, false);
    Type type = Type::kNull;
    std::string sql = "coalesce(";
    for (size_t i = 0; i < values.size(); i++) {
        sql += (i > 0 ? ", " : "") + values[i].sql;
        if (values[i].type == Type::kNull || values[i].type == type) continue;
        type = type == Type::kNull                              ? values[i].type
               : is_texty(type) && is_texty(values[i].type)     ? Type::kField
               : is_numeric(type) && is_numeric(values[i].type) ? Type::kNumber
                                                                : Type::kUnknown;
    }
    return made(sql + ")", type);
}

Printed Printer::nullif(const Call& call) {
    Printed value = print(*call.arguments[0]), other = print(*call.arguments[1]);
    if (value.is_path && value.type == Type::kField && is_numeric(other.type))
        return made("CASE WHEN TRY_CAST(" + value.sql + " AS DOUBLE) = " + operand(other) +
                        " THEN NULL ELSE " + value.sql + " END",
                    Type::kField);
    const Type type = value.type;
    if (is_texty(type) || is_texty(other.type)) alike({&value, &other}, !is_texty(type));
    return made("nullif(" + value.sql + ", " + other.sql + ")", is_texty(type) ? type : value.type);
}

// The least or greatest field is that of numbers if all of them are, else that of texts. It keeps its spelling. So it is
// with members of JSON that have several types.
Printed Printer::extreme(const Call& call, const Printed& argument) const {
    const std::string name = lower(call.name);
    const std::string plain = name + "(" + (call.distinct ? "DISTINCT " : "") + argument.sql + ")";
    const bool field = argument.type == Type::kField && argument.is_path;
    const bool open = is_open(argument) && argument.is_path;
    if (!(field || open) || call.distinct || call.filter || call.window)
        return made(plain, argument.type);
    const std::string number = "TRY_CAST(" + argument.sql + " AS DOUBLE)";
    const std::string by = "arg_" + name + "(" + argument.sql + ", ";
    const std::string by_text = field ? plain : by + as_text(argument) + ")";
    return made("CASE WHEN " +
                    (open ? "typeof(" + plain + ") <> 'JSON' THEN " + plain + " WHEN " : "") +
                    "count(" + argument.sql + ") = count(" + number + ") THEN " + by + number +
                    ") ELSE " + by_text + " END",
                argument.type);
}

Printed Printer::passed_through(const Call& call, Position at) {
    if (among(kAggregates, call.name) && call.arguments.size() != 1)
        throw Refusal{"ParseNonUnaryAgregateFunctionCall", call.name + " takes one argument", at};
    const bool numbers = among(kOfNumbers, call.name);
    std::string arguments;
    Type type = numbers                          ? Type::kNumber
                : among(kGiveText, call.name)    ? Type::kText
                : among(kGiveNumber, call.name)  ? Type::kNumber
                : among(kGiveBoolean, call.name) ? Type::kBoolean
                                                 : Type::kUnknown;
    std::string sql;
    for (const ExpressionPtr& argument : call.arguments) {
        Printed value = print(*argument);
        if (call.name == "SUM" && value.type == Type::kDecimal) type = Type::kDecimal;
        if (call.name == "MIN" || call.name == "MAX") {
            value = extreme(call, value);
            type = value.type;
            sql = value.sql;
        }
        const bool text = is_open(value) && (among(kOfText, call.name) && arguments.empty());
        arguments += (arguments.empty() ? "" : ", ") + (numbers ? as_number(value)
                                                        : text  ? as_text(value)
                                                                : value.sql);
    }
    if (sql.empty())
        sql = lower(call.name) + "(" + (call.distinct ? "DISTINCT " : "") + arguments + ")";
    if (call.filter) sql += " FILTER (WHERE " + condition(*call.filter) + ")";
    if (call.window) sql += " OVER (" + window(*call.window) + ")";
    return made(std::move(sql), type);
}

std::string Printer::window(const Window& window) {
    std::string sql;
    for (size_t i = 0; i < window.partitions.size(); i++)
        sql += (i > 0 ? ", " : "PARTITION BY ") + print(*window.partitions[i]).sql;
    if (!window.order.empty()) sql += " ORDER BY " + order(window.order, nullptr);
    if (!window.frame.empty()) sql += " " + window.frame;
    return sql;
}

}  // namespace csd::airmos::select
