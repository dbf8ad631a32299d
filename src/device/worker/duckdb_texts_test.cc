// SPDX-License-Identifier: BSD-3-Clause
//
// Pins the texts of DuckDB that errors.cc recognises to the DuckDB in use: it is made to say each of them. With another
// version this fails for every text that has changed, and errors.cc has to follow.
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "device/worker/duckdb_api.hpp"
#include "device/worker/errors.hpp"
#include "device/worker/functions.hpp"
#include "lib/temp_dir.hpp"

namespace csd::worker {
namespace {

class DuckdbTexts : public testing::Test {
  protected:
    void SetUp() override {
        auto api = load_duckdb();
        ASSERT_TRUE(api.ok()) << api.status().message();
        auto opened = Database::open(api.value(), {{"threads", "1"}});
        ASSERT_TRUE(opened.ok()) << opened.status().message();
        database_ = std::move(opened).value();
    }

    std::string file(const std::string& name, const std::string& bytes) {
        const std::string path = directory_.path() + "/" + name;
        std::ofstream(path, std::ios::binary) << bytes;
        return sql_string(path);
    }

    // What DuckDB says, and every pattern that fits.
    void expect_error(const std::string& sql) {
        const auto error = database_->execute(sql);
        if (!error) {
            ADD_FAILURE() << "DuckDB runs it: " << sql;
            return;
        }
        const Status status = explain(error->text, Stage::kRun);
        ASSERT_NE(status.reason(), nullptr);
        const auto code = static_cast<uint16_t>(status.reason()->code);
        EXPECT_NE(code & 0xFF, 0) << "no pattern fits what DuckDB says to " << sql << "\n"
                                  << error->text;
        const std::string text = error->text.substr(error->text.find(" Error: ") + 8);
        std::vector<std::string_view> parts;
        for (std::string_view pattern : duckdb_patterns())
            if (fits_pattern(text, pattern, parts)) seen_.insert(pattern);
    }

    test::TempDir directory_{"texts"};
    std::unique_ptr<Database> database_;
    std::set<std::string_view> seen_;
};

const char* const kQueries[] = {
    "SELECT x FROM range(3) t(a)",
    "SELECT t.x FROM range(3) t(a)",
    "SELECT t.x FROM (VALUES (1)) t(a)",
    "SELECT * EXCLUDE (x) FROM range(3) t(a)",
    "SELECT COLUMNS('x') FROM range(3) t(a)",
    "SELECT a FROM range(3) t(a) JOIN range(3) u(b) USING (a)",
    "SELECT q.a FROM range(3) t(a)",
    "SELECT q.a",
    "SELECT b + 1, a AS b FROM range(3) t(a)",
    "SELECT s.b FROM (SELECT {'a': 1} AS s)",
    "SELECT a.b FROM range(3) t(a)",
    "SELECT a FROM range(3) t(a), range(3) u(a)",
    "SELECT t.a FROM range(3) t(a), range(3) t(a)",
    "SELECT max() FROM range(3) t(a)",
    "SELECT sum(a::VARCHAR) FROM range(3) t(a)",
    "SELECT row_number() FROM range(3) t(a)",
    "SELECT a, count(*) FROM range(3) t(a)",
    "SELECT * FROM range(3) t(a) HAVING a > 1",
    "SELECT a FROM range(3) t(a) WHERE count(*) > 1",
    "SELECT a FROM range(3) t(a) WHERE row_number() OVER () = 1",
    "SELECT a FROM range(3) t(a) GROUP BY count(*)",
    "SELECT sum(count(*)) FROM range(3) t(a)",
    "SELECT count(*) FROM range(3) t(a) HAVING row_number() OVER () = 1",
    "SELECT a FROM range(3) t(a) QUALIFY a > 1",
    "SELECT (SELECT * FROM range(3))",
    "SELECT (SELECT 1, 2)",
    "SELECT 1 UNION SELECT 1, 2",
    "SELECT DATE '2020-01-01' > 5",
    "SELECT DATE '2020-01-01' IN (SELECT 5)",
    "SELECT CASE WHEN true THEN DATE '2020-01-01' ELSE 5 END",
    "SELECT [DATE '2020-01-01', 5]",
    "UNPIVOT (SELECT 1 AS a, 'x' AS b) ON a, b",
    "SELECT 1::INTEGER[]",
    "SELECT CAST(v AS INT) FROM (VALUES ('n/a')) t(v)",
    "SELECT CAST(v AS DECIMAL(5,2)) FROM (VALUES ('n/a')) t(v)",
    "SELECT CAST('x' AS INT)",
    "SELECT CAST('x' AS DECIMAL(5,2))",
    "SELECT CAST(v AS DATE) FROM (VALUES ('n/a')) t(v)",
    "SELECT CAST('x' AS TIMESTAMP)",
    "SELECT CAST(v AS DATE) FROM (VALUES ('2020-13-01')) t(v)",
    "SELECT CAST('2020-13-01' AS DATE)",
    "SELECT strptime('x', '%Y')",
    "SELECT CAST('{' AS JSON)",
    "SELECT CAST(v AS TINYINT) FROM (VALUES (300)) t(v)",
    "SELECT CAST(300 AS TINYINT)",
    "SELECT CAST(v AS STRUCT(a INT)) FROM (VALUES ('{')) t(v)",
    "SELECT CAST('{' AS STRUCT(a INT))",
    "SELECT CAST(123456 AS DECIMAL(5,2))",
    "SELECT [1, 2, 3]::INT[2]",
    "SELECT a + 9223372036854775807 FROM range(1, 3) t(a)",
    "SELECT 170141183460469231731687303715884105727::HUGEINT + 1::HUGEINT",
    "SELECT make_date(2020, 13, 1)",
    "SELECT date_trunc('foo', DATE '2020-01-01')",
    "SELECT sqrt(-1)",
    "SELECT ln(0)",
    "SELECT regexp_matches('x', '(')",
    "SELECT regexp_matches('x', '[')",
    "SELECT regexp_matches('x', '*')",
    "SELECT regexp_matches('x', '\\q')",
    "SELECT 'a' LIKE 'b' ESCAPE 'ab'",
    "SELECT 1 LIMIT -1",
    "SELECT CAST(1 AS NOSUCH)",
    "SELECT 1 ORDER BY 9",
    "SELECT 1 GROUP BY 9",
    "SELECT abs('x')",
    "SELECT date_add(1)",
    "SELECT list_has_all('x', '(')",
    "SELECT lag() OVER ()",
    "SELECT upper('x') OVER ()",
    "SELECT array_pop_back(a) OVER () FROM range(3) t(a)",
    "SELECT upper(DISTINCT 'x')",
    "SELECT list_aggregate([1], 'nosuch')",
    "SELECT sum(rank() OVER ()) FROM range(3) t(a)",
    "SELECT grouping(a) FROM range(3) t(a)",
    "SELECT grouping(b) FROM range(3) t(a), range(3) u(b) GROUP BY a",
    "PIVOT (SELECT 1 AS a, 'x' AS b) ON b IN ('x') USING a",
    "SELECT TRY(sum(a)) FROM range(3) t(a)",
    "SELECT TRY((SELECT 1))",
    "SELECT unnest(a) FROM range(3) t(a)",
    "SELECT unnest()",
    "SELECT list_transform([1], 'x')",
    "SELECT list_transform([1], (x, y, z) -> x)",
    "SELECT list_sort([1], 'x')",
    "SELECT list_append([1, 2], 'x')",
    "SELECT a || [1] FROM range(3) t(a)",
    "SELECT greatest(1, DATE '2020-01-01')",
    "SELECT array_value(1, 'x')",
    "SELECT CAST('x' AS UNION(a INT, b DATE))",
    "SELECT CAST(1 AS DECIMAL(50, 1))",
    "SELECT CAST(1 AS DECIMAL(3, 5))",
    "SELECT 'x' COLLATE nosuch",
    "SELECT a FROM range(3) t(a) ORDER BY a COLLATE nosuch",
    "SELECT a COLLATE nocase FROM range(3) t(a)",
    "SELECT CAST('\\x1' AS BLOB)",
    "SELECT CAST('x' AS BIT)",
    "SELECT from_json_strict('{\"a\":\"x\"}', '{\"a\":\"INTEGER\"}')",
    "SELECT x",
    "UNPIVOT (SELECT 1 AS a) ON zz",
    "SELECT *",
    "SELECT * EXCLUDE (a) FROM range(3) t(a)",
    "SELECT COLUMNS(1) FROM range(3) t(a)",
    "SELECT COLUMNS('a') + COLUMNS('b') FROM range(3) t(a), range(3) u(b)",
    "SELECT COLUMNS('(') FROM range(3) t(a)",
    "SELECT a FROM range(3) t(a) UNION SELECT b FROM range(3) u(b) ORDER BY sqrt(a + 1)",
    "SELECT 1 ORDER BY 'x'",
    "SELECT 1 LIMIT 200%",
    "SELECT 1 FROM range(3) t(a) NATURAL JOIN range(3) u(b)",
    "SELECT 1 FROM range(3) t(a) ASOF JOIN range(3) u(b) ON a = b",
    "SELECT 1 FROM range(3) t(a) ASOF JOIN range(3) u(b) ON a >= b AND a > b",
    "SELECT 1 FROM range(3) t(a) FULL JOIN (SELECT t.a) w ON true",
    "SELECT * FROM (VALUES (1)) w(a, b)",
    "WITH RECURSIVE w(n) AS (SELECT n FROM w) SELECT * FROM w",
    "SELECT DEFAULT",
    "SELECT * FROM (SELECT 1 AS a, 'x' AS t) PIVOT (sum(a) FOR t IN ('x', 'x'))",
    "SELECT MAP {1: 2, 1: 3}",
    "SELECT MAP {NULL: 2}",
    "SELECT map([1, 2], [3])",
    "SELECT {'a': 1, 'a': 2}",
    "SELECT 1 << 100",
    "SELECT -1 << 2",
    "SELECT abs(CAST(-128 AS TINYINT))",
    "SELECT DATE '2020-01-01' + INTERVAL 1000000 YEAR",
    "SELECT make_time(25, 0, 0)",
    "SELECT TIMESTAMP '2020-01-01' AT TIME ZONE 'nosuch'",
    "SELECT * FROM range(1, 10, 0)",
    "SELECT strftime(DATE '2020-01-01', '%Q')",
    "SELECT printf('%d', 'x')",
    "SELECT format('{')",
    "SELECT json_extract('{}', '$.a[')",
    "SELECT 'abc'[1:2:3]",
    "SELECT regexp_matches('x', 'a{2,1}')",
    "SELECT regexp_matches('x', '[z-a]')",
    "SELECT regexp_matches('x', '(?P<n')",
    "SELECT regexp_matches('x', '(?z)a')",
    "SELECT regexp_matches('x', 'a**')",
    "SELECT regexp_matches('x', '\\')",
    "SELECT regexp_matches('x', ')')",
    "SELECT regexp_matches('x', 'a', 'q')",
    "SELECT a * 9223372036854775807 FROM range(2, 3) t(a)",
    "SELECT -9223372036854775807 - a FROM range(2, 3) t(a)",
    "SELECT a // b FROM (SELECT CAST(-128 AS TINYINT) AS a, CAST(-1 AS TINYINT) AS b)",
};

TEST_F(DuckdbTexts, EachPatternIsWhatDuckdbSays) {
    for (const char* sql : kQueries) expect_error(sql);

    const std::string csv_options =
        ", auto_detect=false, header=true, delim=',', quote='\"', escape='\"', columns=";
    const auto csv = [&](const std::string& path, const std::string& columns) {
        expect_error("SELECT * FROM read_csv(" + path + csv_options + columns + ")");
    };
    const std::string two = "{'a': 'VARCHAR', 'b': 'BIGINT'}";
    csv(file("latin1.csv", "a,b\nK\xF6ln,1\n"), two);
    csv(file("text.csv", "a,b\n1,x\n"), two);
    csv(file("date.csv", "a,b\n1,x\n"), "{'a': 'VARCHAR', 'b': 'DATE'}");
    csv(file("three.csv", "a,b\n1,2,3\n"), two);
    csv(file("open.csv", "a,b\n\"1,2\n"), two);

    const auto json = [&](const std::string& path, const std::string& options) {
        expect_error("SELECT * FROM read_json(" + path + ", " + options + ")");
    };
    const std::string lines = "format='newline_delimited'";
    json(file("latin1.json", "{\"a\":1}\n{\"a\":\"K\xF6ln\"}\n"), lines);
    json(file("word.json", "{\"a\":1}\n{\"a\":tru}\n"), lines);
    json(file("array.json", "[{\"a\":1},{\"a\":tru}]\n"), "format='array'");
    json(file("type.json", "{\"a\":1}\n{\"a\":\"x\"}\n"), lines + ", columns={'a': 'BIGINT'}");
    json(file("long.json", "{\"a\":1}\n{\"a\":\"" + std::string(40'000'000, 'x') + "\"}\n"), lines);

    for (std::string_view pattern : duckdb_patterns())
        EXPECT_TRUE(seen_.contains(pattern)) << "DuckDB was not made to say: " << pattern;
}

// What functions say of their arguments has no end. Every one that a query may call, with arguments of every kind: whatever
// DuckDB says is told under a reason of its own, and with a place.
TEST_F(DuckdbTexts, WhateverAFunctionSaysHasAReasonAndAPlace) {
    const Rows functions = database_->query(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_name SIMILAR TO "
        "'[a-z_0-9]+' AND function_type IN ('scalar', 'aggregate', 'macro') ORDER BY 1");
    ASSERT_FALSE(functions.error);
    size_t calls = 0, refused = 0;
    for (const Row& row : functions.rows) {
        if (review_of(*row[0]) != Review::kAllowed) continue;
        for (const char* arguments : {"()",
                                      "(1)",
                                      "(-1)",
                                      "('x')",
                                      "('x', '(')",
                                      "(1, 'x')",
                                      "('x', 1)",
                                      "(d)",
                                      "(d, 'x')",
                                      "('x', d)",
                                      "(1, d)",
                                      "([1, 2])",
                                      "([1, 2], -1)",
                                      "([1, 2], 'x')",
                                      "({'a': 1})",
                                      "(NULL)",
                                      "(a, b)",
                                      "(t, 'foo', 'bar')",
                                      "('%Y', t)",
                                      "(1, 2, 3)",
                                      "('x', -1, 5)",
                                      "(1e308)",
                                      "(9223372036854775807, 9223372036854775807)",
                                      "(t, t, t, t, t, t, t)",
                                      "(t) OVER (ORDER BY zz)",
                                      "(t) OVER ()"}) {
            const PreparedSql sql =
                prepare_sql("SELECT " + *row[0] + arguments +
                            " FROM (VALUES (1::BIGINT, 2::DOUBLE, 'n/a', DATE '2020-01-01'), "
                            "(-5, 0, '{', DATE '1992-01-01')) v(a, b, t, d)")
                    .value();
            calls++;
            const auto error = database_->execute(sql.text);
            // The drive's parser is another call, which tells its place itself.
            if (!error || error->text.starts_with("Parser Error")) continue;
            refused++;
            std::optional<uint32_t> place;
            if (error->position) place = place_as_written(sql.written, sql.text, *error->position);
            const Status status = explain(error->text, Stage::kRun, {&sql, nullptr, place});
            ASSERT_NE(status.reason(), nullptr);
            const nvme::QueryReason& reason = *status.reason();
            if (reason.code == nvme::ReasonCode::kMemory) continue;  // of no place
            EXPECT_NE(static_cast<uint16_t>(reason.code) & 0xFF, 0) << sql.written << error->text;
            EXPECT_TRUE(reason.position) << sql.written << "\n" << error->text;
        }
    }
    EXPECT_GE(calls, 10'000u);
    EXPECT_GE(refused, 8'000u);
}

// The numbers of records that the patterns take from the texts.
TEST_F(DuckdbTexts, RecordsAreCountedFromOne) {
    const auto record_of = [&](const std::string& sql) -> uint64_t {
        const auto error = database_->execute(sql);
        if (!error) return 0;
        const Status status = explain(error->text, Stage::kRun);
        return status.reason()->record;
    };
    std::string text;
    for (int i = 1; i <= 9; i++) text += i == 7 ? "{\"a\":tru}\n" : "{\"a\":1}\n";
    const std::string path = file("lines.json", text);
    const std::string read = "SELECT * FROM read_json(" + path + ", format='newline_delimited'";
    EXPECT_EQ(record_of(read + ")"), 7u);
    EXPECT_EQ(record_of(read + ", columns={'a': 'BIGINT'})"), 7u);
    text.replace(text.find("tru"), 3, "\"x\"");
    const std::string typed = file("typed.json", text);
    EXPECT_EQ(record_of("SELECT * FROM read_json(" + typed +
                        ", format='newline_delimited', columns={'a': 'BIGINT'})"),
              7u);
}

// The parser's refusals, which come as JSON.
TEST_F(DuckdbTexts, TheParserSaysWhere) {
    const auto refusal = [&](std::string_view sql) {
        const Rows rows = database_->query("SELECT json_serialize_sql($1::VARCHAR)", sql);
        return rows.error || rows.rows.empty() || !rows.rows[0][0] ? std::string()
                                                                   : *rows.rows[0][0];
    };
    EXPECT_NE(refusal("SELECT a FORM x").find(R"("position":"14")"), std::string::npos);
    EXPECT_NE(refusal("SELECT 'a").find("unterminated quoted string"), std::string::npos);
    EXPECT_NE(refusal("SELECT 1 /* a").find("unterminated /* comment"), std::string::npos);
    EXPECT_NE(refusal("DELETE FROM x").find("Only SELECT"), std::string::npos);
    EXPECT_NE(refusal("SELECT 1 LIMIT 5, 10").find("errhint NOT IMPLEMENTED"), std::string::npos);
    EXPECT_NE(refusal("SELECT f(a) FROM x").find(R"("query_location":7)"), std::string::npos);
    const auto error = database_->execute("SELECT {'a': 1, 'A': 2}");
    ASSERT_TRUE(error);
    EXPECT_TRUE(is_duplicate_name(error->text)) << error->text;
}

}  // namespace
}  // namespace csd::worker
