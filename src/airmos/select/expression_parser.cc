// SPDX-License-Identifier: BSD-3-Clause
// Tested by translate_test.cc.
#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "airmos/select/parser.hpp"
#include "airmos/select/timestamps.hpp"

namespace csd::airmos::select {

namespace {

// Words that end what stands before them or begin what they name; as a column they are written in quotes.
constexpr std::array<std::string_view, 48> kReserved = {
    "ALL",    "AND",    "AS",       "ASC",   "BETWEEN", "BY",      "CASE",    "CAST",
    "CROSS",  "DESC",   "DISTINCT", "ELSE",  "END",     "ESCAPE",  "EXCEPT",  "EXISTS",
    "FALSE",  "FROM",   "FULL",     "GROUP", "HAVING",  "IN",      "INNER",   "INTERSECT",
    "IS",     "JOIN",   "LEFT",     "LIKE",  "LIMIT",   "MISSING", "NATURAL", "NOT",
    "NULL",   "OFFSET", "ON",       "OR",    "ORDER",   "OUTER",   "OVER",    "RIGHT",
    "SELECT", "THEN",   "TRUE",     "UNION", "USING",   "WHEN",    "WHERE",   "WITH"};

// Of these, the ones that are functions too where a bracket follows.
bool is_function_word(const Token& token) {
    return token.is_word("LEFT") || token.is_word("RIGHT");
}

}  // namespace

bool Parser::at_reserved_word() const {
    if (peek().kind != TokenKind::kWord) return false;
    return std::binary_search(kReserved.begin(), kReserved.end(), upper(peek().text));
}

ExpressionPtr Parser::expression() {
    const Nested nested(*this);
    const Position at = peek().at;
    Chain chain;
    chain.operands.push_back(conjunction());
    while (take_word("OR")) {
        chain.symbols.emplace_back("OR");
        chain.operands.push_back(conjunction());
    }
    return chain.symbols.empty() ? std::move(chain.operands[0]) : made(at, std::move(chain));
}

ExpressionPtr Parser::conjunction() {
    const Position at = peek().at;
    Chain chain;
    chain.operands.push_back(negation());
    while (take_word("AND")) {
        chain.symbols.emplace_back("AND");
        chain.operands.push_back(negation());
    }
    return chain.symbols.empty() ? std::move(chain.operands[0]) : made(at, std::move(chain));
}

ExpressionPtr Parser::negation() {
    const Position at = peek().at;
    if (!take_word("NOT")) return comparison();
    const Nested nested(*this);
    return made(at, Unary{"NOT", negation()});
}

ExpressionPtr Parser::comparison() {
    const Position at = peek().at;
    ExpressionPtr left = predicate(concatenation());
    for (std::string_view symbol : {"=", "<>", "!=", "<=", ">=", "<", ">"})
        if (take_symbol(symbol)) {
            ExpressionPtr right = predicate(concatenation());
            return made(at, Comparison{std::move(left), std::move(right),
                                       std::string(symbol == "!=" ? "<>" : symbol)});
        }
    return left;
}

// IN, LIKE, BETWEEN and IS behind a value.
ExpressionPtr Parser::predicate(ExpressionPtr value) {
    const Position at = peek().at;
    if (at_word("IS")) return is_predicate(std::move(value));
    const bool negated = at_word("NOT") && (peek(1).is_word("IN") || peek(1).is_word("LIKE") ||
                                            peek(1).is_word("BETWEEN"));
    if (negated) take();
    if (take_word("IN")) return in_predicate(std::move(value), negated);
    if (take_word("BETWEEN")) {
        ExpressionPtr low = concatenation();
        expect_word("AND");
        ExpressionPtr high = concatenation();
        return made(at, Between{std::move(value), std::move(low), std::move(high), negated});
    }
    if (take_word("LIKE")) {
        ExpressionPtr pattern = concatenation();
        ExpressionPtr escape;
        if (take_word("ESCAPE")) escape = concatenation();
        return made(at, Like{std::move(value), std::move(pattern), std::move(escape), negated});
    }
    return value;
}

ExpressionPtr Parser::in_predicate(ExpressionPtr value, bool negated) {
    const Position at = peek().at;
    In in;
    in.value = std::move(value);
    in.negated = negated;
    const bool square = take_symbol("[");  // a list of PartiQL's
    if (!square) expect_symbol("(", "ParseExpectedLeftParenValueConstructor");
    if (!square && starts_query()) {
        in.query = query();
    } else {
        do in.items.push_back(expression());
        while (take_symbol(","));
    }
    expect_symbol(square ? "]" : ")", "ParseExpectedArgumentDelimiter");
    return made(at, std::move(in));
}

ExpressionPtr Parser::is_predicate(ExpressionPtr value) {
    const Position at = take().at;
    const bool negated = take_word("NOT");
    // A member that is missing is null to the drive.
    if (!take_word("NULL") && !take_word("MISSING"))
        refuse("ParseExpectedKeyword", "expected NULL or MISSING, found " + peek().shown());
    return made(at, IsNull{std::move(value), negated});
}

ExpressionPtr Parser::concatenation() {
    const Position at = peek().at;
    Chain chain;
    chain.operands.push_back(sum());
    while (take_symbol("||")) {
        chain.symbols.emplace_back("||");
        chain.operands.push_back(sum());
    }
    return chain.symbols.empty() ? std::move(chain.operands[0]) : made(at, std::move(chain));
}

ExpressionPtr Parser::sum() {
    const Position at = peek().at;
    Chain chain;
    chain.operands.push_back(product());
    while (peek().is_symbol("+") || peek().is_symbol("-")) {
        chain.symbols.push_back(take().text);
        chain.operands.push_back(product());
    }
    return chain.symbols.empty() ? std::move(chain.operands[0]) : made(at, std::move(chain));
}

ExpressionPtr Parser::product() {
    const Position at = peek().at;
    Chain chain;
    chain.operands.push_back(sign());
    while (peek().is_symbol("*") || peek().is_symbol("/") || peek().is_symbol("%")) {
        chain.symbols.push_back(take().text);
        chain.operands.push_back(sign());
    }
    return chain.symbols.empty() ? std::move(chain.operands[0]) : made(at, std::move(chain));
}

ExpressionPtr Parser::sign() {
    const Position at = peek().at;
    if (!peek().is_symbol("-") && !peek().is_symbol("+")) return postfix();
    const Nested nested(*this);
    const std::string symbol = take().text;
    return made(at, Unary{symbol, sign()});
}

ExpressionPtr Parser::postfix() {
    const Position at = peek().at;
    ExpressionPtr value = primary();
    Path path;
    steps(path.steps);
    if (path.steps.empty()) return value;
    if (auto* name = std::get_if<Path>(&value->node)) {
        std::move(path.steps.begin(), path.steps.end(), std::back_inserter(name->steps));
        return value;
    }
    path.base = std::move(value);
    return made(at, std::move(path));
}

// .name, [number], [*], ['name']
void Parser::steps(std::vector<Step>& out) {
    for (;;) {
        if (take_symbol(".")) {
            if (!peek().is_name())
                refuse("ParseInvalidPathComponent",
                       "expected a name behind the dot, found " + peek().shown());
            const Token name = take();
            out.push_back({StepKind::kName, name.text, 0, name.kind == TokenKind::kQuotedName});
        } else if (take_symbol("[")) {
            const Token token = take();
            if (token.is_symbol("*")) {
                out.push_back({StepKind::kEvery, ""});
            } else if (token.kind == TokenKind::kString && !token.text.empty()) {
                out.push_back({StepKind::kName, token.text, 0, true});
            } else {
                uint64_t index = 0;
                const char* end = token.text.data() + token.text.size();
                const bool number = token.kind == TokenKind::kNumber && token.text.size() <= 9 &&
                                    std::from_chars(token.text.data(), end, index).ptr == end;
                if (!number)
                    throw Refusal{"ParseInvalidPathComponent",
                                  "expected a number, a name in quotes or * in brackets, found " +
                                      token.shown(),
                                  token.at};
                out.push_back({StepKind::kIndex, "", index});
            }
            expect_symbol("]", "ParseInvalidPathComponent");
        } else {
            return;
        }
    }
}

ExpressionPtr Parser::primary() {
    const Token& token = peek();
    const Position at = token.at;
    switch (token.kind) {
        case TokenKind::kNumber: return made(at, Literal{LiteralKind::kNumber, take().text});
        case TokenKind::kString: return made(at, Literal{LiteralKind::kString, take().text});
        case TokenKind::kIon: {
            const Token ion = take();
            return made(at, ion_literal(ion.text, at));
        }
        case TokenKind::kQuotedName: return name_or_call();
        case TokenKind::kSymbol:
            if (token.text == "(") return brackets();
            if (token.text == "[") return list();
            if (token.text == "{") return tuple();
            if (token.text == "*")
                refuse("ParseInvalidContextForWildcardInSelectList", "* is not expected here");
            break;
        case TokenKind::kWord:
            if (token.is_word("TRUE") || token.is_word("FALSE"))
                return made(at, Literal{LiteralKind::kBoolean, upper(take().text)});
            if (token.is_word("NULL") || token.is_word("MISSING")) {
                take();
                return made(at, Literal{LiteralKind::kNull, ""});
            }
            if (token.is_word("CASE")) return case_expression();
            if (token.is_word("CAST")) return cast();
            if (token.is_word("EXISTS")) {
                take();
                expect_symbol("(");
                Subquery subquery{query(), true};
                expect_symbol(")");
                return made(at, std::move(subquery));
            }
            // TIMESTAMP '2020-01-01' and DATE '2020-01-01', as SQL has them.
            if ((token.is_word("TIMESTAMP") || token.is_word("DATE")) &&
                peek(1).kind == TokenKind::kString) {
                take();
                return made(at, timestamp_literal(take().text, at));
            }
            if (!at_reserved_word() || (is_function_word(token) && peek(1).is_symbol("(")))
                return name_or_call();
            refuse("ParseUnExpectedKeyword", "expected an expression, found " + token.shown());
        default: break;
    }
    refuse("ParseExpectedExpression", "expected an expression, found " + token.shown());
}

ExpressionPtr Parser::name_or_call() {
    const Token token = take();
    if (token.kind == TokenKind::kQuotedName || !peek().is_symbol("(")) {
        Path path;
        path.steps.push_back(
            {StepKind::kName, token.text, 0, token.kind == TokenKind::kQuotedName});
        return made(token.at, std::move(path));
    }
    const Nested nested(*this);
    const std::string name = upper(token.text);
    take();
    if (name == "EXTRACT") return extract();
    if (name == "SUBSTRING") return substring();
    if (name == "TRIM") return trim();
    if (name == "DATE_ADD" || name == "DATE_DIFF") return date_function(name);
    check_function(name, token.at);
    return call(name);
}

ExpressionPtr Parser::brackets() {
    const Position at = take().at;
    const bool is_query = starts_query();
    ExpressionPtr inner = is_query ? made(at, Subquery{query(), false}) : expression();
    if (peek().is_symbol(","))
        refuse("UnsupportedSyntax", "a row of several values is not supported here");
    expect_symbol(")");
    return inner;
}

ExpressionPtr Parser::list() {
    const Position at = take().at;
    List list;
    if (!peek().is_symbol("]")) {
        do list.items.push_back(expression());
        while (take_symbol(","));
    }
    expect_symbol("]", "ParseExpectedMember");
    return made(at, std::move(list));
}

ExpressionPtr Parser::tuple() {
    const Position at = take().at;
    Tuple tuple;
    do {
        const Token name = take();
        if ((name.kind != TokenKind::kString && !name.is_name()) || name.text.empty())
            throw Refusal{"ParseExpectedMember",
                          "expected the name of a member, found " + name.shown(), name.at};
        expect_symbol(":", "ParseExpectedMember");
        tuple.members.emplace_back(name.text, expression());
    } while (take_symbol(","));
    expect_symbol("}", "ParseExpectedMember");
    return made(at, std::move(tuple));
}

ExpressionPtr Parser::case_expression() {
    const Nested nested(*this);
    const Position at = take().at;
    Case result;
    if (!at_word("WHEN")) result.operand = expression();
    if (!at_word("WHEN"))
        refuse("ParseExpectedWhenClause", "expected WHEN, found " + peek().shown());
    while (take_word("WHEN")) {
        ExpressionPtr condition = expression();
        expect_word("THEN");
        result.arms.emplace_back(std::move(condition), expression());
    }
    if (take_word("ELSE")) result.otherwise = expression();
    expect_word("END");
    return made(at, std::move(result));
}

ExpressionPtr Parser::cast() {
    struct Name {
        std::string_view word;
        CastType type;
    };
    constexpr std::array<Name, 16> kTypes = {{{"BOOL", CastType::kBoolean},
                                              {"BOOLEAN", CastType::kBoolean},
                                              {"INT", CastType::kInteger},
                                              {"INTEGER", CastType::kInteger},
                                              {"BIGINT", CastType::kInteger},
                                              {"STRING", CastType::kString},
                                              {"VARCHAR", CastType::kString},
                                              {"CHAR", CastType::kString},
                                              {"FLOAT", CastType::kFloat},
                                              {"DOUBLE", CastType::kFloat},
                                              {"REAL", CastType::kFloat},
                                              {"DECIMAL", CastType::kDecimal},
                                              {"NUMERIC", CastType::kDecimal},
                                              {"TIMESTAMP", CastType::kTimestamp},
                                              {"DATETIME", CastType::kTimestamp},
                                              {"DATE", CastType::kTimestamp}}};
    const Position at = take().at;
    expect_symbol("(", "ParseExpectedLeftParenAfterCast");
    Cast cast;
    cast.value = expression();
    if (peek().is_symbol(",") || peek().is_symbol(")"))
        refuse("ParseCastArity", "write CAST(value AS type)");
    expect_word("AS");
    const Token type = take();
    const auto* found = std::find_if(kTypes.begin(), kTypes.end(),
                                     [&](const Name& name) { return type.is_word(name.word); });
    if (found == kTypes.end())
        throw Refusal{
            "ParseExpectedTypeName",
            "expected BOOL, INT, STRING, FLOAT, DECIMAL or TIMESTAMP, found " + type.shown(),
            type.at};
    cast.type = found->type;
    if (take_symbol("(")) {
        std::vector<std::string> numbers;
        do {
            const Token number = take();
            if (number.kind != TokenKind::kNumber || number.text.size() > 5 ||
                numbers.size() == 2 ||
                number.text.find_first_not_of("0123456789") != std::string::npos)
                throw Refusal{"ParseInvalidTypeParam",
                              "expected a whole number, found " + number.shown(), number.at};
            numbers.push_back(number.text);
        } while (take_symbol(","));
        expect_symbol(")", "ParseInvalidTypeParam");
        // The length of a string or the precision of a timestamp does not matter here.
        if (cast.type == CastType::kDecimal) {
            const int precision = std::stoi(numbers[0]);
            const int scale = numbers.size() == 2 ? std::stoi(numbers[1]) : 0;
            if (precision < 1 || precision > 38 || scale > precision)
                throw Refusal{"ParseInvalidTypeParam", "a decimal has 1 to 38 digits", type.at};
            cast.parameters = "(" + std::to_string(precision) + ", " + std::to_string(scale) + ")";
        }
    }
    expect_symbol(")", "ParseExpectedRightParenBuiltinFunctionCall");
    return made(at, std::move(cast));
}

}  // namespace csd::airmos::select
