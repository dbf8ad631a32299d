// SPDX-License-Identifier: BSD-3-Clause
//
// What a query means is the same before and after it is printed from its parse tree. DuckDB itself says what it means, in
// this process and without the sandbox.
#include "device/worker/literals.hpp"

#include <gtest/gtest.h>

#include "device/worker/duckdb_api.hpp"

namespace csd::worker {
namespace {

class Literals : public testing::Test {
  protected:
    void SetUp() override {
        auto api = load_duckdb();
        ASSERT_TRUE(api.ok()) << api.status().message();
        auto opened = Database::open(api.value(), {{"threads", "1"}});
        ASSERT_TRUE(opened.ok()) << opened.status().message();
        database_ = std::move(opened).value();
    }

    // As select.cc has it printed.
    std::string reprinted(const std::string& sql) {
        Rows tree = database_->query("SELECT json_serialize_sql($1::VARCHAR)", sql);
        EXPECT_FALSE(tree.error) << sql;
        if (tree.error) return {};
        Json json = Json::parse(*tree.rows[0][0], nullptr, false);
        if (json.is_discarded() || json.value("error", true)) return {};
        drop_own_schema(json);
        keep_literal_types(json);
        Rows text = database_->query("SELECT json_deserialize_sql($1::JSON)", json.dump());
        EXPECT_FALSE(text.error) << sql << text.error->text;
        return text.error ? std::string() : *text.rows[0][0];
    }

    std::string meaning(const std::string& sql) {
        Rows rows = database_->query("SELECT typeof(v), CAST(v AS VARCHAR) FROM (" + sql +
                                     "\n) AS result(v)");
        if (rows.error) return "an error";
        std::string out;
        for (const Row& row : rows.rows)
            out += row[0].value_or("") + " " + row[1].value_or("null") + "\n";
        return out;
    }

    void expect_kept(const std::string& expression) {
        const std::string sql = "SELECT " + expression;
        const std::string printed = reprinted(sql);
        // What can't be printed is refused.
        if (printed.empty()) return;
        EXPECT_EQ(meaning(printed), meaning(sql)) << printed;
    }

    std::unique_ptr<Database> database_;
};

const char* const kNumbers[] = {"7",
                                "7.",
                                "-7.",
                                ".5",
                                "0.5",
                                "00.5",
                                "007.50",
                                "2.5",
                                "-2.5",
                                "100.",
                                "25e-1",
                                "-25e-1",
                                "1e9",
                                "1E+9",
                                "1e300",
                                "1e-300",
                                "5e-324",
                                "1.7976931348623157e308",
                                "0.1e0",
                                "1_000",
                                "1_000.5",
                                "2147483647",
                                "-2147483648",
                                "2147483648",
                                "9007199254740993",
                                "9223372036854775807",
                                "-9223372036854775808",
                                "9223372036854775808",
                                "18446744073709551616",
                                "170141183460469231731687303715884105727",
                                "-170141183460469231731687303715884105728",
                                "170141183460469231731687303715884105728",
                                "340282366920938463463374607431768211456",
                                "123456789012345678.",
                                "1234567890123456789.",
                                "12345678901234567890123456789012345678.",
                                ".12345678901234567890123456789012345678",
                                "123456789012345678.123456789",
                                "123456789012345678901234567890123456789.5",
                                "0.",
                                "0.0",
                                "0e0"};

const char* const kOthers[] = {"NULL",
                               "true",
                               "FALSE",
                               "''",
                               "'it''s'",
                               "'a\nb\\t\"'",
                               "e'a\\nb\\x41\\\\'",
                               "$$x'y$$",
                               "'\u00E4\U0001F600'",
                               "'\\xAA\\x00'::BLOB",
                               "'10101'::BIT",
                               "x'AB'",
                               "DATE '2020-02-29'",
                               "TIME '12:30:00.5'",
                               "TIMESTAMP '2020-01-01 00:00:00.123456'",
                               "TIMESTAMPTZ '2020-01-01 00:00:00+02'",
                               "INTERVAL '1' DAY",
                               "INTERVAL 1.5 HOUR",
                               "INTERVAL '1 month 2 days'",
                               "INTERVAL (7. // 2) DAY",
                               "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID",
                               "[7., 1e1, NULL]",
                               "[1, 2.50]",
                               "[]",
                               "{'a': 7., 'b c': {'d': 1e0}}",
                               "MAP {'k': 25e-1}",
                               "ROW(7., .5)",
                               "[1e0, 2., 3][2.]",
                               "[x * 1e1 FOR x IN [7., .5] IF x > 1.]",
                               "list_transform([1., 2e0], lambda x: x // 2.)",
                               "CASE WHEN 1e0 > .5 THEN 7. ELSE 25e-1 END",
                               "1. BETWEEN .5 AND 2e0",
                               "7. IN (7, 1e0)",
                               "coalesce(NULL, 7.)",
                               "(SELECT max(v) FROM (VALUES (7.), (25e-1)) AS t(v))",
                               "(SELECT quantile_cont(v, .5) FROM (VALUES (7.), (8.)) AS t(v))",
                               ("(SELECT sum(v) OVER (ORDER BY v ROWS 1 PRECEDING) FROM "
                                "(VALUES (7.)) AS t(v) LIMIT 1e0)"),
                               "TRY_CAST('x' AS DECIMAL(5, 2))",
                               "struct_pack(a := 7.).a",
                               "@ -7.",
                               "NOT 1e0",
                               "- (-7.)",
                               "-(25e-1)",
                               "~ 7",
                               "5 !",
                               "'a' COLLATE NOCASE = 'A'",
                               "'x' LIKE 'x%' ESCAPE '!'",
                               "'x' SIMILAR TO '[a-z]'",
                               "7. IS DISTINCT FROM 7",
                               "extract(year FROM DATE '2020-01-01')",
                               "TIMESTAMP '2020-01-01' AT TIME ZONE 'UTC'"};

const char* const kOperators[] = {"+",
                                  "-",
                                  "*",
                                  "/",
                                  "//",
                                  "%",
                                  "**",
                                  "^",
                                  "&",
                                  "|",
                                  "<<",
                                  ">>",
                                  "||",
                                  "=",
                                  "<>",
                                  "<",
                                  ">=",
                                  "AND",
                                  "IS NOT DISTINCT FROM"};

const char* const kTypes[] = {"BOOLEAN", "TINYINT", "INT",    "BIGINT",        "HUGEINT",
                              "UBIGINT", "FLOAT",   "DOUBLE", "DECIMAL(5, 1)", "DECIMAL(38, 9)",
                              "VARCHAR", "BLOB",    "DATE",   "INTERVAL",      "JSON"};

TEST_F(Literals, KeepTheirTypesAndValues) {
    for (const char* literal : kNumbers) expect_kept(literal);
    for (const char* literal : kOthers) expect_kept(literal);
}

TEST_F(Literals, KeepWhatOperatorsMakeOfThem) {
    for (const char* left : kNumbers)
        for (const char* right : {"2", "2.", "1e0", ".5", "'2'"})
            for (const std::string symbol : kOperators)
                expect_kept(std::string(left) + " " + symbol + " " + right);
    for (const std::string symbol : kOperators) {
        expect_kept("2. " + symbol + " 3e0 " + symbol + " .5");
        expect_kept("2. " + symbol + " (3e0 " + symbol + " .5)");
        expect_kept("-2. " + symbol + " -3e0");
    }
}

TEST_F(Literals, KeepWhatCastsMakeOfThem) {
    for (const std::string type : kTypes)
        for (const char* literal : kNumbers) {
            expect_kept("CAST(" + std::string(literal) + " AS " + type + ")");
            expect_kept("TRY_CAST(" + std::string(literal) + " AS " + type + ")");
            expect_kept("(" + std::string(literal) + ")::" + type);
        }
}

TEST_F(Literals, QueriesKeepTheirRows) {
    const std::string values = " FROM (VALUES (1, 'x'), (2, 'y'), (7, 'x')) AS t(a, b)";
    for (const char* sql :
         {"SELECT a // 2. FROM t ORDER BY a // 2. DESC", "SELECT a * 1e3 FROM t LIMIT 1e0",
          "SELECT sum(a / 2.)::VARCHAR || b FROM t GROUP BY b HAVING sum(a) > 1e0 ORDER BY 1",
          "SELECT a + 7. FROM t UNION ALL SELECT 25e-1 ORDER BY 1",
          "SELECT a FROM t WHERE a > 1.5 ORDER BY a LIMIT 50. PERCENT",
          "SELECT DISTINCT ON (a // 4.) a // 4. FROM t ORDER BY a // 4.",
          "SELECT count(*) FILTER (WHERE a > 15e-1) FROM t",
          "SELECT a FROM t QUALIFY row_number() OVER (ORDER BY a * 1e0) = 1.",
          "SELECT range FROM range(7) WHERE range % 2. = 1e0 ORDER BY 1"}) {
        std::string whole = sql;
        if (size_t at = whole.find(" FROM t"); at != std::string::npos)
            whole.replace(at, 7, values);
        const std::string printed = reprinted(whole);
        EXPECT_EQ(meaning(printed), meaning(whole)) << printed;
        EXPECT_NE(meaning(whole), "an error") << whole;
    }
}

TEST_F(Literals, FunctionsArePrintedAsTheyAreWritten) {
    EXPECT_EQ(reprinted("SELECT list_value(1)"), "SELECT list_value(1)");
    EXPECT_EQ(reprinted("SELECT [1], {'a': 2.5}"), "SELECT list_value(1), struct_pack(a := 2.5)");
    EXPECT_EQ(reprinted("SELECT 7. // 2"), "SELECT (CAST(7 AS DECIMAL(1,0)) // 2)");
    EXPECT_EQ(reprinted("SELECT 1e9"), "SELECT CAST('1000000000.0' AS DOUBLE)");
}

}  // namespace
}  // namespace csd::worker
