// SPDX-License-Identifier: BSD-3-Clause
// Tested by translate_test.cc, place_test.cc.
#include "airmos/select/translate.hpp"

#include <atomic>

#include "airmos/select/parser.hpp"
#include "airmos/select/place.hpp"
#include "airmos/select/printer.hpp"
#include "airmos/select/query_error.hpp"

namespace csd::airmos::select {
namespace {

std::atomic<uint64_t> parsed_so_far{0};

}  // namespace

struct Statement::Parsed {
    std::vector<Token> tokens;
    QueryPtr query;
};

uint64_t Statement::parses() {
    return parsed_so_far;
}

Outcome<Statement> Statement::parse(std::string_view expression) {
    if (expression.size() > kMostExpressionBytes)
        return Error("ExpressionTooLong",
                     "the expression has " + std::to_string(expression.size()) +
                         " bytes, and at most " + std::to_string(kMostExpressionBytes) +
                         " are allowed");
    parsed_so_far++;
    try {
        auto parsed = std::make_shared<Parsed>();
        parsed->tokens = tokenize(expression);
        parsed->query = Parser(parsed->tokens).parse();
        return Statement(std::move(parsed));
    } catch (const Refusal& refusal) {
        return refusal.error();
    }
}

Outcome<Translation> Statement::print(const Dialect& dialect, const Names& names) const {
    try {
        Printer printer(dialect, names);
        std::string sql = printer.print(*parsed_->query);
        if (sql.size() > kMostSqlBytes)
            return Error("ExpressionTooLong", "the drive takes " + std::to_string(kMostSqlBytes) +
                                                  " bytes of SQL, and the expression becomes " +
                                                  std::to_string(sql.size()) +
                                                  "; a shorter list of IN is often enough");
        return Translation{std::move(sql), printer.by_name()};
    } catch (const Refusal& refusal) {
        return refusal.error();
    }
}

Error Statement::error_of(const Status& failed) const {
    Error error = query_error(failed);
    const auto at =
        failed.reason() != nullptr ? place_of(*failed.reason(), parsed_->tokens) : std::nullopt;
    if (!at) return error;
    return Refusal{error.code(), std::string(error.message()), *at}.error();
}

}  // namespace csd::airmos::select
