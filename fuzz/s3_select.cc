// SPDX-License-Identifier: BSD-3-Clause
//
// The S3 Select translator: whatever a client writes is translated or refused with a code of S3's, and the SQL that
// comes out is bounded.
//
// Input: one byte that chooses the dialect, then the expression.
#include "airmos/select/translate.hpp"

#include <cstdint>
#include <cstdlib>

using namespace csd::airmos;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 1 || size > 64 * 1024) return 0;
    select::Dialect dialect;
    dialect.input = static_cast<select::Dialect::Input>(data[0] % 3);
    dialect.csv_header = (data[0] & 4) != 0;
    dialect.csv_output = (data[0] & 8) != 0;
    dialect.parquet_output = (data[0] & 16) != 0;
    const std::string_view expression(reinterpret_cast<const char*>(data + 1), size - 1);
    // Of these names some are alike but for their case.
    const select::Names names{.header = {"a", "A", "b", "_1"}, .absent = {"s"}};
    const auto statement = select::Statement::parse(expression);
    if (!statement.ok()) {
        if (statement.error().message().empty()) abort();
        return 0;
    }
    const auto sql =
        statement.value().print(dialect, (data[0] & 32) != 0 ? names : select::Names());
    if (sql.ok() && (sql.value().sql.empty() || sql.value().sql.size() > select::kMostSqlBytes))
        abort();
    if (!sql.ok() && sql.error().message().empty()) abort();
    return 0;
}
