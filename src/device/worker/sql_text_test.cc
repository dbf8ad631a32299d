// SPDX-License-Identifier: BSD-3-Clause
//
// What becomes of SQL before it is parsed.
#include "device/worker/sql_text.hpp"
#include "nvme/query_reason.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace csd::worker {
namespace {

std::string prepared(const std::string& sql) {
    auto result = prepare_sql(sql);
    EXPECT_TRUE(result.ok()) << sql;
    return result.ok() ? result.value().text : std::string();
}
std::vector<std::string> paths(const std::string& sql) {
    auto result = prepare_sql(sql);
    EXPECT_TRUE(result.ok()) << sql;
    return result.ok() ? result.value().paths : std::vector<std::string>();
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
    EXPECT_EQ(prepared("SELECT * FROM S3Object[*].a.b x"), "SELECT * FROM \"s3object[*].0\"  x");
    EXPECT_EQ(prepared("SELECT * FROM S3Object[*].a[*].b[*], \"s3object\"[*].c"),
              "SELECT * FROM \"s3object[*].0\" , \"s3object[*].1\" ");
    EXPECT_EQ(prepared("SELECT * FROM S3Object[*]. FROM"), "SELECT * FROM S3Object . FROM");
}

TEST(SqlText, PathsAreNamesSafelyQuoted) {
    using Paths = std::vector<std::string>;
    EXPECT_EQ(paths("SELECT * FROM S3Object[*], s3object"), Paths{});
    EXPECT_EQ(paths("SELECT * FROM S3Object[*].a[*].b[*], \"s3object\"[*].c"),
              (Paths{R"("a"."b")", R"("c")"}));
    EXPECT_EQ(paths(R"(FROM S3Object[*]."my key".x)"), Paths{R"("my key"."x")"});
    EXPECT_EQ(paths(R"(FROM S3Object[*]."a"", f() as ""b")"), Paths{R"("a"", f() as ""b")"});
    // A blank of Unicode is part of a word here, and ends one in DuckDB.
    EXPECT_EQ(paths("FROM S3Object[*].a\u00A0b"), Paths{"\"a\u00A0b\""});
    for (const char* none :
         {"FROM S3Object[*].\"a", "FROM S3Object[*].\"a\"\"", "FROM S3Object[*].\"\"",
          "FROM S3Object[*].(select 1)", "FROM S3Object[*].'a'", "FROM S3Object[*]./**/a"})
        EXPECT_EQ(paths(none), Paths{}) << none;
}

TEST(SqlText, ANameLikeOursIsRefused) {
    for (const char* sql :
         {R"(select * from "x[*].a, current_setting('memory_limit') as v")",
          R"(select * from "s3object[*].0", S3Object[*].a)", R"(select * from /**/"S3Object[*].a")",
          R"(with "s3object[*].0" as (select 1) select 1)"})
        EXPECT_TRUE(refused(sql)) << sql;
}

TEST(SqlText, OnlyAnIndexNamesAPath) {
    const std::vector<std::string> two{"\"a\"", "\"b\""};
    EXPECT_EQ(path_named("s3object", two).value(), "");
    EXPECT_EQ(path_named("s3object[*].1", two).value(), "\"b\"");
    for (const char* name :
         {"s3object[*].2", "s3object[*].a", "s3object[*].", "s3object[*].-1", "s3object[*]. 0",
          "s3object[*].0, f()", "s3object[*].99999999999999999999", "x[*].0", "[*].0"})
        EXPECT_EQ(path_named(name, two).code(), Code::kQueryRefused) << name;
    EXPECT_EQ(path_named("s3object[*].0", {}).code(), Code::kQueryRefused);
}

TEST(SqlText, TextIsUtf8) {
    for (const char* good : {"", "a", "\u00E4", "\u20AC", "\U0001F600", "\xF4\x8F\xBF\xBF"})
        EXPECT_TRUE(is_utf8_text(good)) << good;
    for (const char* bad : {"\xFF", "\x80", "a\xE4", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80",
                            "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\xC3("})
        EXPECT_FALSE(is_utf8_text(bad)) << bad;
    EXPECT_FALSE(is_utf8_text(std::string_view("a\0", 2)));
    EXPECT_EQ(prepare_sql("SELECT '\xFF'").status().reason()->code, nvme::ReasonCode::kSqlNotUtf8);
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

TEST(SqlPlaces, NamesFunctionsAndLiteralsAreFound) {
    const std::string_view sql =
        "SELECT sum(a) AS b, s.\"B c\", 'it''s' -- b\nFROM t s WHERE b + 1 > 2";
    EXPECT_EQ(find_name(sql, "A")->position, 11u);
    EXPECT_EQ(find_name(sql, "b")->position, sql.rfind("b +")) << "AS gives a name";
    EXPECT_EQ(find_name("SELECT 1 AS b", "b")->position, 12u) << "but there is no other";
    EXPECT_TRUE(find_name(sql, "b C")->quoted);
    EXPECT_FALSE(find_name(sql, "zip"));
    EXPECT_TRUE(is_quoted_name(sql, "b c"));
    EXPECT_FALSE(is_quoted_name(sql, "a"));
    EXPECT_FALSE(is_quoted_name(sql, "zip"));
    EXPECT_EQ(find_function(sql, "SUM"), 7u);
    EXPECT_EQ(find_function(sql, "+"), sql.find('+'));
    EXPECT_FALSE(find_function(sql, "a"));
    EXPECT_EQ(find_literal(sql, "it's"), sql.find('\''));
    EXPECT_EQ(find_literal(sql, "2"), sql.size() - 1);
    EXPECT_FALSE(find_literal(sql, "its"));
    EXPECT_EQ(find_word(sql, "where"), sql.find("WHERE"));
}

TEST(SqlPlaces, ArgumentsAreColumns) {
    using Names = std::vector<std::string>;
    EXPECT_EQ(arguments_at("SELECT sum(price) FROM t", 7), Names{"price"});
    EXPECT_EQ(arguments_at("SELECT sum(distinct price) FROM t", 7), Names{"price"});
    EXPECT_EQ(arguments_at("SELECT sum(t.\"a b\", 1) FROM t", 7), Names{"a b"});
    EXPECT_EQ(arguments_at("SELECT sum(price + 1) FROM t", 7), Names{});
    EXPECT_EQ(arguments_at("SELECT price + (1) FROM t", 13), Names{"price"});
    // What is none of the value's columns the caller sees.
    EXPECT_EQ(arguments_at("SELECT 1 + t.price FROM t", 9), (Names{"1", "price"}));
    EXPECT_EQ(arguments_at("SELECT -price FROM t", 7), (Names{"SELECT", "price"}));
    EXPECT_EQ(arguments_at("SELECT", 3), Names{});
}

TEST(SqlPlaces, ComparisonsWithNumbers) {
    using Names = std::vector<std::string>;
    EXPECT_EQ(columns_compared_with_numbers("SELECT a WHERE City = 'x' AND t.price >= -1"),
              Names{"price"});
    EXPECT_EQ(columns_compared_with_numbers("SELECT a WHERE 5 < t.price"), Names{"price"});
    EXPECT_EQ(columns_compared_with_numbers("SELECT a WHERE a = b"), Names{});
}

TEST(SqlPlaces, WordsAroundAPosition) {
    const std::string_view sql = "SELECT a form  b";
    EXPECT_EQ(word_at(sql, 15), "b");
    EXPECT_EQ(word_before(sql, 15), "form");
    EXPECT_EQ(word_at(sql, 10), "form");
    EXPECT_EQ(word_at(sql, 16), "");
    EXPECT_EQ(word_before(sql, 16), "b");
    EXPECT_EQ(word_before(sql, 0), "");
}

TEST(SqlPlaces, PositionsInThePreparedTextAreThoseOfTheUsers) {
    const std::string_view sql = "SELECT r.k FROM S3Object[*].rows[*] r, S3Object [*] s WHERE zip";
    const PreparedSql prepared = prepare_sql(sql).value();
    EXPECT_EQ(prepared.position_of(7), 7u);
    EXPECT_EQ(prepared.position_of(prepared.text.find("r,")), sql.find("r,"));
    EXPECT_EQ(prepared.position_of(prepared.text.find("zip")), sql.find("zip"));
    EXPECT_EQ(prepared.position_of(100'000), sql.size());
}

}  // namespace
}  // namespace csd::worker
