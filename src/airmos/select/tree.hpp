// SPDX-License-Identifier: BSD-3-Clause
//
// An S3 Select expression as a tree: what parser.cc makes and printer.cc prints as the drive's SQL.
// Threads: values. Tested by translate_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "airmos/select/token.hpp"

namespace csd::airmos::select {

struct Expression;
struct Query;
using ExpressionPtr = std::unique_ptr<Expression>;
using QueryPtr = std::unique_ptr<Query>;

enum class LiteralKind : uint8_t { kNumber, kString, kBoolean, kNull, kTimestamp };
struct Literal {
    LiteralKind kind = LiteralKind::kNull;
    std::string text;  // a timestamp as YYYY-MM-DD HH:MM:SS[.ffffff], UTC
};

enum class StepKind : uint8_t { kName, kIndex, kEvery };
struct Step {
    StepKind kind = StepKind::kName;
    std::string name;
    uint64_t index = 0;   // counted from 0
    bool quoted = false;  // the name is meant as it is spelled
};
// base.a[0].b; without a base the first step is a name that the query sees: a column or a table.
struct Path {
    ExpressionPtr base;
    std::vector<Step> steps;
};

struct Star {
    std::string relation;  // of s.*; empty: all
};

// -x and NOT x.
struct Unary {
    std::string symbol;
    ExpressionPtr operand;
};
// Operands of one precedence in a row, such as a + b - c: flat, so that a long row is no deep tree.
struct Chain {
    std::vector<ExpressionPtr> operands;
    std::vector<std::string> symbols;  // one fewer
};
struct Comparison {
    ExpressionPtr left, right;
    std::string symbol;
};
struct Between {
    ExpressionPtr value, low, high;
    bool negated = false;
};
struct In {
    ExpressionPtr value;
    std::vector<ExpressionPtr> items;
    QueryPtr query;  // instead of the items
    bool negated = false;
};
struct Like {
    ExpressionPtr value, pattern, escape;  // escape may be absent
    bool negated = false;
};
struct IsNull {
    ExpressionPtr value;
    bool negated = false;
};
struct Case {
    ExpressionPtr operand;  // may be absent
    std::vector<std::pair<ExpressionPtr, ExpressionPtr>> arms;
    ExpressionPtr otherwise;  // may be absent
};

enum class CastType : uint8_t { kBoolean, kInteger, kString, kFloat, kDecimal, kTimestamp };
struct Cast {
    ExpressionPtr value;
    CastType type = CastType::kString;
    std::string parameters;  // "(5, 2)" of a decimal
};

struct OrderItem {
    ExpressionPtr value;
    bool descending = false;
    std::optional<bool> nulls_first;
};
struct Window {
    std::vector<ExpressionPtr> partitions;
    std::vector<OrderItem> order;
    std::string frame;  // in the drive's words
};
struct Call {
    std::string name;  // upper case
    std::vector<ExpressionPtr> arguments;
    std::string word;  // the part of a date, or the side of TRIM
    bool distinct = false;
    ExpressionPtr filter;            // may be absent
    std::unique_ptr<Window> window;  // may be absent
};

struct Subquery {
    QueryPtr query;
    bool exists = false;  // EXISTS (...)
};
struct List {
    std::vector<ExpressionPtr> items;
};
struct Tuple {
    std::vector<std::pair<std::string, ExpressionPtr>> members;
};

struct Expression {
    Position at;
    std::variant<Literal, Path, Star, Unary, Chain, Comparison, Between, In, Like, IsNull, Case,
                 Cast, Call, Subquery, List, Tuple>
        node;
};

struct SelectItem {
    ExpressionPtr value;
    std::string alias;
};

// One table of a FROM. Exactly one of `object` (with a path), `name` (of a WITH) and `query` is meant.
struct Table {
    Position at;
    bool object = false;
    std::vector<Step> path;  // behind S3Object[*]
    std::string name;
    QueryPtr query;
    std::string alias;
    std::string join;                     // how it joins what stands before it; empty for the first
    ExpressionPtr on;                     // may be absent
    std::vector<std::string> join_names;  // USING
};

struct SelectCore {
    bool distinct = false;
    std::vector<SelectItem> items;
    std::vector<Table> from;
    ExpressionPtr where;
    std::vector<ExpressionPtr> groups;
    ExpressionPtr having;
};

struct CommonTable {
    std::string name;
    std::vector<std::string> columns;
    QueryPtr query;
};

struct Query {
    Position at;
    bool recursive = false;
    std::vector<CommonTable> with;
    std::vector<SelectCore> parts;     // one, or several between set operations
    std::vector<std::string> between;  // "UNION ALL", ...; one fewer
    std::vector<OrderItem> order;
    ExpressionPtr limit, offset;
};

}  // namespace csd::airmos::select
