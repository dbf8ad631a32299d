// SPDX-License-Identifier: BSD-3-Clause
// Tested by translate_test.cc.
#include "airmos/select/translate.hpp"

#include "airmos/select/parser.hpp"
#include "airmos/select/printer.hpp"

namespace csd::airmos::select {

Outcome<Translation> translate(std::string_view expression, const Dialect& dialect,
                               const Names& names) {
    if (expression.size() > kMostExpressionBytes)
        return Error("ExpressionTooLong",
                     "the expression has " + std::to_string(expression.size()) +
                         " bytes, and at most " + std::to_string(kMostExpressionBytes) +
                         " are allowed");
    try {
        const QueryPtr query = Parser(tokenize(expression)).parse();
        Printer printer(dialect, names);
        std::string sql = printer.print(*query);
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

}  // namespace csd::airmos::select
