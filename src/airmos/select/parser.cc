// SPDX-License-Identifier: BSD-3-Clause
// Tested by translate_test.cc.
#include "airmos/select/parser.hpp"

#include <algorithm>
#include <array>

namespace csd::airmos::select {

namespace {

// The drive takes 200 brackets within each other; one level here becomes up to three of them.
constexpr int kMostDepth = 60;

}  // namespace

Parser::Nested::Nested(Parser& parser) : parser_(parser) {
    if (++parser_.depth_ > kMostDepth) {
        parser_.depth_--;
        parser_.refuse("UnsupportedSqlStructure",
                       "the expression nests deeper than " + std::to_string(kMostDepth));
    }
}

const Token& Parser::peek(size_t ahead) const {
    return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
}

Token Parser::take() {
    Token token = peek();
    if (next_ + 1 < tokens_.size()) next_++;
    return token;
}

bool Parser::take_word(std::string_view upper_case) {
    if (!at_word(upper_case)) return false;
    take();
    return true;
}

bool Parser::take_symbol(std::string_view symbol) {
    if (!peek().is_symbol(symbol)) return false;
    take();
    return true;
}

void Parser::expect_word(std::string_view upper_case) {
    if (!take_word(upper_case))
        refuse("ParseExpectedKeyword",
               "expected " + std::string(upper_case) + ", found " + peek().shown());
}

void Parser::expect_symbol(std::string_view symbol, std::string_view code) {
    if (!take_symbol(symbol))
        refuse(code, "expected " + std::string(symbol) + ", found " + peek().shown());
}

std::string Parser::expect_name(std::string_view code, std::string_view what) {
    if (!peek().is_name() || at_reserved_word())
        refuse(code, "expected " + std::string(what) + ", found " + peek().shown());
    return take().text;
}

void Parser::refuse(std::string_view code, std::string message) const {
    throw Refusal{code, std::move(message), peek().at};
}

QueryPtr Parser::parse() {
    if (peek().kind == TokenKind::kEnd) refuse("ParseEmptySelect", "the expression is empty");
    if (!starts_query())
        refuse("UnsupportedSqlOperation", "expected SELECT, found " + peek().shown());
    QueryPtr parsed = query();
    take_symbol(";");
    if (peek().kind != TokenKind::kEnd)
        refuse("ParseUnexpectedToken",
               "the expression should end here, but " + peek().shown() + " follows");
    return parsed;
}

QueryPtr Parser::query() {
    const Nested nested(*this);
    auto query = std::make_unique<Query>();
    query->at = peek().at;
    if (take_word("WITH")) with(*query);
    query->parts.push_back(select_core());
    while (at_word("UNION") || at_word("INTERSECT") || at_word("EXCEPT")) {
        std::string between = upper(take().text);
        if (take_word("ALL")) between += " ALL";
        query->between.push_back(std::move(between));
        query->parts.push_back(select_core());
    }
    if (take_word("ORDER")) {
        expect_word("BY");
        query->order = order_items();
    }
    if (take_word("LIMIT")) query->limit = row_count("LIMIT");
    if (take_word("OFFSET")) query->offset = row_count("OFFSET");
    if (!query->limit && take_word("LIMIT")) query->limit = row_count("LIMIT");
    return query;
}

void Parser::with(Query& query) {
    query.recursive = take_word("RECURSIVE");
    do {
        CommonTable table;
        table.name = expect_name("ParseExpectedIdentForAlias", "the name of a table");
        if (peek().is_symbol("(")) table.columns = names_in_brackets();
        expect_word("AS");
        expect_symbol("(");
        table.query = this->query();
        expect_symbol(")");
        query.with.push_back(std::move(table));
    } while (take_symbol(","));
}

SelectCore Parser::select_core() {
    SelectCore core;
    expect_word("SELECT");
    if (take_word("DISTINCT"))
        core.distinct = true;
    else
        take_word("ALL");
    select_list(core);
    if (!take_word("FROM"))
        refuse("ParseSelectMissingFrom", "expected FROM, found " + peek().shown());
    from(core);
    if (take_word("WHERE")) core.where = expression();
    if (take_word("GROUP")) {
        expect_word("BY");
        do core.groups.push_back(expression());
        while (take_symbol(","));
    }
    if (take_word("HAVING")) core.having = expression();
    return core;
}

void Parser::select_list(SelectCore& core) {
    if (at_word("FROM") || peek().kind == TokenKind::kEnd)
        refuse("ParseEmptySelect", "the SELECT list is empty");
    do core.items.push_back(select_item());
    while (take_symbol(","));
}

SelectItem Parser::select_item() {
    SelectItem item;
    const Position at = peek().at;
    if (take_symbol("*")) {
        item.value = made(at, Star{});
        return item;
    }
    if (peek().is_name() && peek(1).is_symbol(".") && peek(2).is_symbol("*")) {
        item.value = made(at, Star{take().text});
        take();
        take();
        return item;
    }
    item.value = expression();
    item.alias = alias(false);
    return item;
}

// AS name, or a name alone where nothing else can stand.
std::string Parser::alias(bool required) {
    if (take_word("AS") || required) return expect_name("ParseExpectedIdentForAlias", "a name");
    if (peek().is_name() && !at_reserved_word()) return take().text;
    return {};
}

void Parser::from(SelectCore& core) {
    core.from.push_back(table());
    for (;;) {
        Table next;
        std::string join;
        if (take_symbol(",")) {
            join = ",";
        } else {
            join = join_words();
            if (join.empty()) return;
        }
        next = table();
        next.join = std::move(join);
        if (next.join != "," && !next.join.starts_with("CROSS") &&
            !next.join.starts_with("NATURAL")) {
            if (take_word("ON"))
                next.on = expression();
            else if (take_word("USING"))
                next.join_names = names_in_brackets();
            else
                refuse("ParseMalformedJoin", "expected ON or USING, found " + peek().shown());
        }
        core.from.push_back(std::move(next));
    }
}

// "" if no join follows.
std::string Parser::join_words() {
    std::string words;
    if (take_word("NATURAL")) words = "NATURAL ";
    if (take_word("CROSS"))
        words += "CROSS ";
    else if (take_word("INNER"))
        words += "INNER ";
    else
        for (std::string_view side : {"LEFT", "RIGHT", "FULL"})
            if (take_word(side)) {
                words += std::string(side) + " ";
                take_word("OUTER");
                break;
            }
    if (take_word("JOIN")) return words + "JOIN";
    if (!words.empty()) refuse("ParseMalformedJoin", "expected JOIN, found " + peek().shown());
    return {};
}

Table Parser::table() {
    Table table;
    table.at = peek().at;
    if (take_symbol("(")) {
        if (!starts_query())
            refuse("ParseUnexpectedToken", "expected SELECT, found " + peek().shown());
        table.query = query();
        expect_symbol(")");
    } else {
        table.name = expect_name("ParseUnexpectedToken", "S3Object");
        if (upper(table.name) == "S3OBJECT") object_path(table);
    }
    table.alias = alias(false);
    if (at_word("AT") || at_word("BY"))
        refuse("UnsupportedSyntax", "positions of records (AT, BY) are not supported");
    return table;
}

// What may follow S3Object: [*] and .name in any mixture, and [n].
void Parser::object_path(Table& table) {
    table.object = true;
    if (peek().is_symbol(".") && peek(1).is_symbol("*"))
        refuse("ParseInvalidPathComponent", "write S3Object[*] here, not S3Object.*");
    steps(table.path);
    // The first [*] is the records themselves.
    if (!table.path.empty() && table.path.front().kind == StepKind::kEvery)
        table.path.erase(table.path.begin());
    // An array of records at the top of a document is read as its records already.
    if (!table.path.empty() && table.path.front().kind == StepKind::kEvery)
        table.path.erase(table.path.begin());
    if (!table.path.empty() && table.path.front().kind == StepKind::kIndex)
        throw Refusal{"ParseInvalidPathComponent",
                      "S3Object has no records by number; use LIMIT and OFFSET", table.at};
}

std::vector<OrderItem> Parser::order_items() {
    std::vector<OrderItem> items;
    do {
        OrderItem item;
        item.value = expression();
        if (take_word("DESC"))
            item.descending = true;
        else
            take_word("ASC");
        if (take_word("NULLS")) {
            item.nulls_first = at_word("FIRST");
            if (!take_word("FIRST")) expect_word("LAST");
        }
        items.push_back(std::move(item));
    } while (take_symbol(","));
    return items;
}

std::vector<std::string> Parser::names_in_brackets() {
    std::vector<std::string> names;
    expect_symbol("(");
    do names.push_back(expect_name("ParseExpectedIdentForAlias", "a name"));
    while (take_symbol(","));
    expect_symbol(")");
    return names;
}

ExpressionPtr Parser::row_count(std::string_view of) {
    if (peek().is_symbol("-"))
        refuse("EvaluatorNegativeLimit", std::string(of) + " must not be negative");
    const Token token = take();
    const bool whole = token.kind == TokenKind::kNumber && token.text.size() <= 18 &&
                       token.text.find_first_not_of("0123456789") == std::string::npos;
    if (!whole)
        throw Refusal{"ParseExpectedNumber",
                      std::string(of) + " takes a whole number, not " + token.shown(), token.at};
    return made(token.at, Literal{LiteralKind::kNumber, token.text});
}

}  // namespace csd::airmos::select
