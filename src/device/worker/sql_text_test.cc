// SPDX-License-Identifier: BSD-3-Clause
//
// What becomes of SQL before it is parsed.
#include "device/worker/sql_text.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace csd::worker {
namespace {

std::string prepared(const std::string& sql) {
    auto result = prepare_sql(sql);
    EXPECT_TRUE(result.ok()) << sql;
    return result.ok() ? result.value() : std::string();
}
bool refused(const std::string& sql) {
    return prepare_sql(sql).code() == Code::kQueryRefused;
}

TEST(SqlText, OrdinarySqlIsLeftAlone) {
    for (const char* sql :
         {"SELECT * FROM t", "select a[1], b[1:2] from t -- x[*]", "SELECT 's3object[*]' FROM t",
          "SELECT $$s3object[*]$$, $q$ ' $q$ FROM t",
          "SELECT \"a\"\"b\", E'it\\'s s3object[*]' FROM t",
          "/* s3object[*] /* nested */ still */ SELECT 1", "SELECT [x*2 for x in l], t[*]"})
        EXPECT_EQ(prepared(sql), sql);
}

TEST(SqlText, TheStarOfS3SelectGoes) {
    EXPECT_EQ(prepared("SELECT * FROM S3Object[*] s"), "SELECT * FROM S3Object  s");
    EXPECT_EQ(prepared("SELECT * FROM s3OBJECT [ * ]"), "SELECT * FROM s3OBJECT ");
    EXPECT_EQ(prepared("SELECT * FROM \"S3Object\"[*]"), "SELECT * FROM \"S3Object\" ");
}

TEST(SqlText, APathBecomesAName) {
    EXPECT_EQ(prepared("SELECT * FROM S3Object[*].a.b x"), "SELECT * FROM \"s3object[*].a.b\"  x");
    EXPECT_EQ(prepared("SELECT * FROM S3Object[*].a[*].b[*]"),
              "SELECT * FROM \"s3object[*].a.b\" ");
    EXPECT_EQ(prepared("SELECT * FROM S3Object[*].\"my key\""),
              "SELECT * FROM \"s3object[*].\"\"my key\"\"\" ");
    EXPECT_EQ(prepared("SELECT * FROM S3Object[*]. FROM"), "SELECT * FROM S3Object . FROM");
}

TEST(SqlText, NothingIsNoSql) {
    for (const char* sql :
         {"", " \n\t", ";", " ; ; ", "-- only a remark", "/* only */ -- remarks", "/* unfinished"})
        EXPECT_TRUE(refused(sql)) << sql;
}

TEST(SqlText, NulAndDepthAreRefused) {
    EXPECT_TRUE(refused(std::string("SELECT 1\0 x", 11)));
    EXPECT_TRUE(refused("SELECT " + std::string(300, '(') + "1" + std::string(300, ')')));
    EXPECT_TRUE(refused("SELECT " + std::string(300, '[')));
    EXPECT_FALSE(refused("SELECT '" + std::string(300, '(') + "'"));
    std::string flat = "SELECT 1";
    for (int i = 0; i < 1000; i++) flat += ", (1)";
    EXPECT_FALSE(refused(flat));
}

// Whatever the bytes, there is an answer and no crash; sanitizers watch.
TEST(SqlText, EveryPrefixOfOddSqlHasAnAnswer) {
    const std::string odd =
        "s3object[*].\"a\"\"\".b[ * ] $tag$ x $tag$ $1 E'\\'' /*/**/*/ -- \n \"s3object\"[*].'x' "
        "\xFF \"";
    for (size_t i = 0; i <= odd.size(); i++) {
        (void)prepare_sql(odd.substr(0, i));
        (void)prepare_sql(odd.substr(i));
    }
}

}  // namespace
}  // namespace csd::worker
