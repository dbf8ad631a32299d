// SPDX-License-Identifier: BSD-3-Clause
//
// The worker's use of DuckDB, in this process and without the sandbox: the library, the review of its functions,
// how it describes itself. Whole selects are tested from outside, by tests/sql.
#include <gtest/gtest.h>

#include "device/worker/catalogue.hpp"
#include "device/worker/duckdb_api.hpp"
#include "device/worker/functions.hpp"
#include "device/worker/gate.hpp"
#include "device/worker/sql_text.hpp"

namespace csd::worker {
namespace {

class Worker : public testing::Test {
  protected:
    void SetUp() override {
        auto api = load_duckdb();
        ASSERT_TRUE(api.ok()) << api.status().message();
        version_ = api.value().library_version();
        auto opened = Database::open(api.value(), {{"threads", "1"}});
        ASSERT_TRUE(opened.ok()) << opened.status().message();
        database_ = std::move(opened).value();
    }
    std::string version_;
    std::unique_ptr<Database> database_;
};

TEST_F(Worker, TheLibraryIsTheReviewedOne) {
    EXPECT_EQ(version_, kReviewedVersion);
    auto unreviewed = unreviewed_functions(*database_);
    ASSERT_TRUE(unreviewed.ok());
    for (const Unreviewed& one : unreviewed.value()) ADD_FAILURE() << one.type << " " << one.name;
}

TEST_F(Worker, AFailedQueryHasATextAndNoRows) {
    Rows rows = database_->query("SELECT nosuch");
    ASSERT_TRUE(rows.error);
    EXPECT_NE(rows.error->text.find("nosuch"), std::string::npos);
    EXPECT_TRUE(rows.rows.empty());
    EXPECT_TRUE(database_->query("SELECT $1::INT", "x").error);
    EXPECT_TRUE(database_->query("SELECT $1::VARCHAR", "\xFF").error);
    EXPECT_TRUE(database_->query("SELECT 1", "no parameter to bind").error);
    EXPECT_TRUE(database_->describe("SELEC").error);
}

TEST_F(Worker, RowsHaveNullsAndTexts) {
    Rows rows = database_->query("SELECT NULL, $1::VARCHAR", "it's");
    ASSERT_EQ(rows.rows.size(), 1u);
    EXPECT_FALSE(rows.rows[0][0]);
    EXPECT_EQ(rows.rows[0][1], "it's");
}

TEST_F(Worker, ColumnsHaveNamesAndShapes) {
    Columns columns =
        database_->describe("SELECT 1 AS a, {'x': 1} AS b, [1] AS c, [{'x': 1}] AS d");
    ASSERT_EQ(columns.columns.size(), 4u);
    EXPECT_EQ(columns.columns[0].name, "a");
    EXPECT_EQ(columns.columns[0].shape, Shape::kScalar);
    EXPECT_EQ(columns.columns[1].shape, Shape::kStruct);
    EXPECT_EQ(columns.columns[2].shape, Shape::kList);
    EXPECT_EQ(columns.columns[3].shape, Shape::kListOfStructs);
}

TEST_F(Worker, LiteralsAndNamesAreQuoted) {
    EXPECT_EQ(sql_string("it's"), "'it''s'");
    EXPECT_EQ(sql_name("a\"b"), "\"a\"\"b\"");
    Rows rows = database_->query("SELECT " + sql_string("'; DROP TABLE x; --") + " AS " +
                                 sql_name("\"; --"));
    ASSERT_EQ(rows.rows.size(), 1u);
    EXPECT_EQ(rows.rows[0][0], "'; DROP TABLE x; --");
}

TEST_F(Worker, TreesOfTheLibraryPassTheGate) {
    Rows rows = database_->query(
        "SELECT json_serialize_sql($1::VARCHAR)",
        "WITH c AS (SELECT a FROM x) SELECT max(b) FILTER (WHERE _1 > 2) OVER (ORDER BY b) "
        "FROM c, x, range(3) WHERE EXISTS (FROM x) GROUP BY CUBE (b) QUALIFY true");
    ASSERT_FALSE(rows.error);
    auto judged = judge(*rows.rows[0][0]);
    ASSERT_TRUE(judged.ok()) << judged.status().message();
    EXPECT_EQ(judged.value().objects.size(), 3u);
    EXPECT_TRUE(judged.value().positions);
}

TEST_F(Worker, AnUnknownSettingIsAnError) {
    auto api = load_duckdb();
    EXPECT_EQ(Database::open(api.value(), {{"no_such_setting", "1"}}).code(), Code::kQueryEngine);
}

}  // namespace
}  // namespace csd::worker
