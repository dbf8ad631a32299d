// SPDX-License-Identifier: BSD-3-Clause
//
// Calls of functions, and those of S3 Select whose arguments are written in words of their own.
// Tested by translate_test.cc.
#include <algorithm>
#include <array>

#include "airmos/select/parser.hpp"

namespace csd::airmos::select {

namespace {

// Words of the engine's grammar that no function can have as its name. The engine would find a syntax error in SQL that the
// client has not written, at a place that the client doesn't know. tests/airmos/select_test.py asks the engine for all.
constexpr std::array<std::string_view, 87> kNoFunctions = {
    "ANALYSE",      "ANALYZE",       "ANTI",      "ANY",        "ARRAY",
    "ASYMMETRIC",   "BIGINT",        "BIT",       "BOOLEAN",    "BOTH",
    "CHAR",         "CHARACTER",     "CHECK",     "COLLATE",    "COLUMN",
    "CONSTRAINT",   "CREATE",        "DEC",       "DECIMAL",    "DEFAULT",
    "DEFERRABLE",   "DESCRIBE",      "DO",        "FETCH",      "FLOAT",
    "FOR",          "FOREIGN",       "INITIALLY", "INOUT",      "INT",
    "INTEGER",      "INTERVAL",      "INTO",      "LAMBDA",     "LATERAL",
    "LEADING",      "NATIONAL",      "NCHAR",     "NONE",       "NUMERIC",
    "ONLY",         "OPERATOR",      "OUT",       "OVERLAY",    "PIVOT",
    "PIVOT_LONGER", "PIVOT_WIDER",   "PLACING",   "POSITION",   "PRECISION",
    "PRIMARY",      "QUALIFY",       "REAL",      "REFERENCES", "RETURNING",
    "SEMI",         "SETOF",         "SHOW",      "SMALLINT",   "SOME",
    "SUMMARIZE",    "SYMMETRIC",     "TABLE",     "TIME",       "TIMESTAMP",
    "TO",           "TRAILING",      "TREAT",     "TRY_CAST",   "UNIQUE",
    "UNPACK",       "UNPIVOT",       "VALUES",    "VARCHAR",    "VARIADIC",
    "WINDOW",       "XMLATTRIBUTES", "XMLCONCAT", "XMLELEMENT", "XMLEXISTS",
    "XMLFOREST",    "XMLNAMESPACES", "XMLPARSE",  "XMLPI",      "XMLROOT",
    "XMLSERIALIZE", "XMLTABLE"};

// Functions that the engine's grammar takes with so many arguments only.
struct Arity {
    std::string_view name;
    size_t least, most;
};
constexpr std::array<Arity, 4> kArities = {
    {{"COLUMNS", 1, 1}, {"GROUPING", 1, 1000}, {"GROUPING_ID", 1, 1000}, {"IF", 3, 3}}};

void check_arity(const Call& call, Position at) {
    const auto* arity = std::find_if(kArities.begin(), kArities.end(),
                                     [&](const Arity& one) { return one.name == call.name; });
    const size_t count = call.arguments.size();
    if (arity == kArities.end() || (count >= arity->least && count <= arity->most)) return;
    throw Refusal{"EvaluatorInvalidArguments",
                  call.name + " does not take " + std::to_string(count) + " arguments", at};
}

}  // namespace

// `at` is where the name is.
void Parser::check_function(const std::string& name, Position at) {
    if (!std::binary_search(kNoFunctions.begin(), kNoFunctions.end(), name)) return;
    throw Refusal{"UnsupportedFunction", "there is no function " + name, at};
}

std::vector<ExpressionPtr> Parser::expressions_until_bracket() {
    std::vector<ExpressionPtr> arguments;
    if (!peek().is_symbol(")")) {
        do arguments.push_back(expression());
        while (take_symbol(","));
    }
    expect_symbol(")", "ParseExpectedRightParenBuiltinFunctionCall");
    return arguments;
}

// The part of a date, in lower case.
std::string Parser::date_part() {
    constexpr std::array<std::string_view, 8> kParts = {
        "YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TIMEZONE_HOUR", "TIMEZONE_MINUTE"};
    const Token token = take();
    if (std::none_of(kParts.begin(), kParts.end(),
                     [&](std::string_view part) { return token.is_word(part); }))
        throw Refusal{"ParseExpectedDatePart",
                      "expected year, month, day, hour, minute or second, found " + token.shown(),
                      token.at};
    return lower(token.text);
}

// DATE_ADD(part, quantity, timestamp), DATE_DIFF(part, timestamp, timestamp)
ExpressionPtr Parser::date_function(const std::string& name) {
    Call call;
    const Position at = peek().at;
    call.name = name;
    call.word = date_part();
    if (call.word.starts_with("timezone"))
        throw Refusal{"ParseExpectedDatePart", "a time zone cannot be counted", at};
    expect_symbol(",", "ParseExpectedArgumentDelimiter");
    call.arguments = expressions_until_bracket();
    return made(at, std::move(call));
}

// EXTRACT(part FROM timestamp)
ExpressionPtr Parser::extract() {
    Call call;
    const Position at = peek().at;
    call.name = "EXTRACT";
    call.word = date_part();
    expect_word("FROM");
    call.arguments = expressions_until_bracket();
    return made(at, std::move(call));
}

// SUBSTRING(text FROM start FOR length), SUBSTRING(text, start, length)
ExpressionPtr Parser::substring() {
    Call call;
    const Position at = peek().at;
    call.name = "SUBSTRING";
    call.arguments.push_back(expression());
    if (take_word("FROM")) {
        call.arguments.push_back(expression());
        if (take_word("FOR")) call.arguments.push_back(expression());
        expect_symbol(")", "ParseExpectedRightParenBuiltinFunctionCall");
    } else {
        expect_symbol(",", "ParseExpectedArgumentDelimiter");
        for (ExpressionPtr& argument : expressions_until_bracket())
            call.arguments.push_back(std::move(argument));
    }
    return made(at, std::move(call));
}

// TRIM([LEADING | TRAILING | BOTH] [characters] FROM text), TRIM(text)
ExpressionPtr Parser::trim() {
    Call call;
    const Position at = peek().at;
    call.name = "TRIM";
    call.word = "BOTH";
    bool sided = false;
    for (std::string_view side : {"LEADING", "TRAILING", "BOTH"})
        if (!sided && at_word(side) && !peek(1).is_symbol(")") && !peek(1).is_symbol(",")) {
            sided = true;
            call.word = side;
            take();
        }
    if (!take_word("FROM")) {
        ExpressionPtr first = expression();
        if (!take_word("FROM")) {
            if (sided) refuse("ParseExpectedKeyword", "expected FROM, found " + peek().shown());
            call.arguments.push_back(std::move(first));
            if (take_symbol(",")) call.arguments.push_back(expression());
            expect_symbol(")", "ParseExpectedRightParenBuiltinFunctionCall");
            return made(at, std::move(call));
        }
        call.arguments.push_back(expression());
        call.arguments.push_back(std::move(first));
    } else {
        call.arguments.push_back(expression());
    }
    expect_symbol(")", "ParseExpectedRightParenBuiltinFunctionCall");
    return made(at, std::move(call));
}

ExpressionPtr Parser::call(const std::string& name) {
    Call call;
    const Position at = peek().at;
    call.name = name;
    if (peek().is_symbol("*") && peek(1).is_symbol(")")) {
        if (name != "COUNT")
            refuse("ParseUnsupportedCallWithStar", "only COUNT takes *, not " + name);
        call.arguments.push_back(made(at, Star{}));
        take();
        take();
    } else {
        call.distinct = take_word("DISTINCT");
        if (!call.distinct) take_word("ALL");
        call.arguments = expressions_until_bracket();
        check_arity(call, at);
    }
    if (at_word("FILTER") && peek(1).is_symbol("(")) {
        take();
        take();
        expect_word("WHERE");
        call.filter = expression();
        expect_symbol(")");
    }
    if (take_word("OVER")) over(call);
    return made(at, std::move(call));
}

void Parser::over(Call& call) {
    call.window = std::make_unique<Window>();
    expect_symbol("(");
    if (take_word("PARTITION")) {
        expect_word("BY");
        do call.window->partitions.push_back(expression());
        while (take_symbol(","));
    }
    if (take_word("ORDER")) {
        expect_word("BY");
        call.window->order = order_items();
    }
    if (at_word("ROWS") || at_word("RANGE")) call.window->frame = frame();
    expect_symbol(")");
}

std::string Parser::frame() {
    std::string words = upper(take().text);
    if (!take_word("BETWEEN")) return words + " " + frame_bound();
    words += " BETWEEN " + frame_bound();
    expect_word("AND");
    return words + " AND " + frame_bound();
}

std::string Parser::frame_bound() {
    std::string words;
    if (take_word("CURRENT")) {
        expect_word("ROW");
        return "CURRENT ROW";
    }
    if (take_word("UNBOUNDED")) {
        words = "UNBOUNDED";
    } else {
        const Token count = take();
        if (count.kind != TokenKind::kNumber)
            throw Refusal{"ParseExpectedNumber",
                          "expected a number of rows, found " + count.shown(), count.at};
        words = count.text;
    }
    if (take_word("PRECEDING")) return words + " PRECEDING";
    expect_word("FOLLOWING");
    return words + " FOLLOWING";
}

}  // namespace csd::airmos::select
