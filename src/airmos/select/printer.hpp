// SPDX-License-Identifier: BSD-3-Clause
//
// The printer: a tree of the S3 Select dialect as the drive's SQL. It knows of every expression what type it has, as
// far as that can be known without the object: the columns of a CSV object are text whose meaning is open, and become
// numbers, truths or timestamps where the expression needs one. A member of JSON has the type that the drive finds, and is
// JSON there if it has several. The SQL then asks typeof(), which costs nothing: the drive knows it before the first
// record. The rules are in docs/s3.md, "Select dialect".
// Queries are in printer.cc, expressions in print_expression.cc, functions in functions.cc.
// Threads: pure. Tested by translate_test.cc, translated_csv_test.cc, translated_json_test.cc.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "airmos/select/translate.hpp"
#include "airmos/select/tree.hpp"

namespace csd::airmos::select {

enum class Type : uint8_t {
    kUnknown,  // the object says it: JSON and Parquet
    kField,    // text of a CSV object that may stand for something else
    kText,
    kNumber,
    kDecimal,  // a number with the digits of CAST(... AS DECIMAL)
    kBoolean,
    kTimestamp,  // UTC
    kNull,
};

struct Printed {
    std::string sql;
    Type type = Type::kUnknown;
    bool simple = true;      // needs no brackets as an operand
    bool is_column = false;  // a name alone
    bool is_path = false;    // a column or what lies below one: cheap to say twice
};

class Printer {
  public:
    Printer(const Dialect& dialect, const Names& names) : dialect_(dialect), names_(names) {}

    // Throws a Refusal.
    std::string print(const Query& query);
    // Whether what was printed has names of the object's columns.
    bool by_name() const { return by_name_; }

  private:
    struct Relation {
        std::string alias;                    // lower case
        std::map<std::string, Type> columns;  // that the query itself named, lower case
        std::optional<Type> others;           // of every further column; absent: there are none
        bool object = false;                  // these are the object's
    };
    using Scope = std::vector<Relation>;

    // --- Queries; each returns what it shows to the query around it
    Relation query(const Query& query, std::string& out, bool outermost);
    Relation core(const SelectCore& core, const Query& query, std::string& out, bool outermost);
    Relation items(const SelectCore& core, std::string& out, bool outermost);
    std::string item(const SelectItem& item, size_t position, bool outermost, Type& type);
    void from(const SelectCore& core, std::string& out);
    Relation table(const Table& table, std::string& out);
    std::string object(const Table& table) const;
    void groups(const SelectCore& core, std::string& out);
    std::string order(const std::vector<OrderItem>& items, const SelectCore* core);
    std::string order_item(const OrderItem& item, const SelectCore* core);
    std::string for_output(const Printed& value) const;

    // --- Expressions
    Printed print(const Expression& expression);
    Printed node(const Literal& literal, Position at);
    Printed node(const Path& path, Position at);
    Printed node(const Star& star, Position at);
    Printed node(const Unary& unary, Position at);
    Printed node(const Chain& chain, Position at);
    Printed node(const Comparison& comparison, Position at);
    Printed node(const Between& between, Position at);
    Printed node(const In& in, Position at);
    Printed node(const Like& like, Position at);
    Printed node(const IsNull& is_null, Position at);
    Printed node(const Case& value, Position at);
    Printed node(const Cast& cast, Position at);
    Printed node(const Call& call, Position at);
    Printed node(const Subquery& subquery, Position at);
    Printed node(const List& list, Position at);
    Printed node(const Tuple& tuple, Position at);

    std::string condition(const Expression& expression);
    void alike(std::vector<Printed*> values, bool for_comparison, bool exact = false) const;
    bool same_record(const Printed& left, const Printed& right) const;
    bool is_open(const Printed& value) const;
    bool is_exact(const Expression& expression) const;
    std::string as_text(const Printed& value) const;
    // Of a column; `of_object` tells whether the object itself has it.
    Type type_of_name(std::string_view relation, std::string_view name, bool& of_object) const;
    std::string column(const Step& step, bool of_object, Position at);
    bool is_relation(std::string_view name) const;
    std::string steps(std::string sql, const std::vector<Step>& steps, size_t from, Position at);
    std::string indexed(const std::string& list, const std::string& named, uint64_t index) const;
    Printed timestamp(Printed value) const;

    // --- Functions
    Printed known_function(const Call& call, Position at, bool& known);
    Printed date_add(const Call& call);
    Printed to_string(const Call& call, Position at);
    Printed to_timestamp(const Call& call, Position at);
    Printed substring(const Call& call);
    Printed trim(const Call& call);
    Printed coalesce(const Call& call);
    Printed nullif(const Call& call);
    Printed extreme(const Call& call, const Printed& argument) const;
    Printed passed_through(const Call& call, Position at);
    std::string window(const Window& window);

    const Dialect dialect_;
    const Names& names_;
    bool by_name_ = false;
    std::vector<Scope> scopes_;
    std::map<std::string, Relation> with_;
    size_t lambdas_ = 0;  // names for their parameters
};

std::string quoted_name(std::string_view name);
std::string quoted_text(std::string_view text);
// As an operand of an operator.
std::string operand(const Printed& value);
// As a number; text that is none fails.
std::string as_number(const Printed& value);
bool is_texty(Type type);    // kField or kText
bool is_numeric(Type type);  // kNumber or kDecimal

}  // namespace csd::airmos::select
