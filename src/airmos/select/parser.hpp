// SPDX-License-Identifier: BSD-3-Clause
//
// The parser of the S3 Select dialect: recursive descent, one function a rule of the grammar in docs/s3.md. It throws a
// Refusal. Queries are in parser.cc, expressions in expression_parser.cc.
// Threads: pure. Tested by translate_test.cc and fuzz/s3_select.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "airmos/select/tree.hpp"

namespace csd::airmos::select {

class Parser {
  public:
    // The tokens outlive the parser.
    explicit Parser(const std::vector<Token>& tokens) : tokens_(tokens) {}

    // The whole text is one SELECT; a ; may end it.
    QueryPtr parse();

  private:
    // One level of nesting, for as long as it lives.
    class Nested {
      public:
        explicit Nested(Parser& parser);
        ~Nested() { parser_.depth_--; }
        Nested(const Nested&) = delete;
        Nested& operator=(const Nested&) = delete;

      private:
        Parser& parser_;
    };

    // --- Tokens
    const Token& peek(size_t ahead = 0) const;
    Token take();
    bool at_word(std::string_view upper_case) const { return peek().is_word(upper_case); }
    bool take_word(std::string_view upper_case);
    bool take_symbol(std::string_view symbol);
    void expect_word(std::string_view upper_case);
    void expect_symbol(std::string_view symbol, std::string_view code = "ParseUnexpectedToken");
    std::string expect_name(std::string_view code, std::string_view what);
    [[noreturn]] void refuse(std::string_view code, std::string message) const;

    // --- Queries
    QueryPtr query();
    void with(Query& query);
    SelectCore select_core();
    void select_list(SelectCore& core);
    SelectItem select_item();
    void from(SelectCore& core);
    Table table();
    void object_path(Table& table);
    std::string join_words();
    std::vector<OrderItem> order_items();
    std::vector<std::string> names_in_brackets();
    ExpressionPtr row_count(std::string_view of);
    std::string alias(bool required);
    bool starts_query() const { return at_word("SELECT") || at_word("WITH"); }

    // --- Expressions, loosest first
    ExpressionPtr expression();
    ExpressionPtr conjunction();
    ExpressionPtr negation();
    ExpressionPtr comparison();
    ExpressionPtr predicate(ExpressionPtr value);
    ExpressionPtr in_predicate(ExpressionPtr value, bool negated);
    ExpressionPtr is_predicate(ExpressionPtr value);
    ExpressionPtr concatenation();
    ExpressionPtr sum();
    ExpressionPtr product();
    ExpressionPtr sign();
    ExpressionPtr postfix();
    ExpressionPtr primary();
    ExpressionPtr name_or_call();
    ExpressionPtr brackets();
    ExpressionPtr list();
    ExpressionPtr tuple();
    ExpressionPtr case_expression();
    ExpressionPtr cast();
    ExpressionPtr date_function(const std::string& name);
    ExpressionPtr extract();
    ExpressionPtr substring();
    ExpressionPtr trim();
    static void check_function(const std::string& name, Position at);
    ExpressionPtr call(const std::string& name);
    void over(Call& call);
    std::string frame();
    std::string frame_bound();
    std::string date_part();
    std::vector<ExpressionPtr> expressions_until_bracket();
    bool at_reserved_word() const;
    void steps(std::vector<Step>& out);

    template <typename Node>
    static ExpressionPtr made(Position at, Node node) {
        return std::make_unique<Expression>(Expression{at, std::move(node)});
    }

    const std::vector<Token>& tokens_;
    size_t next_ = 0;
    int depth_ = 0;
};

}  // namespace csd::airmos::select
