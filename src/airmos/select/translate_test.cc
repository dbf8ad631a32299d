// SPDX-License-Identifier: BSD-3-Clause
//
// The translation itself: what SQL comes out, what is refused and where, and that nothing is too much for it.
// What the SQL answers is in translated_csv_test.cc and translated_json_test.cc.
#include "airmos/select/translate.hpp"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "airmos/select/drive_fixture.hpp"

namespace csd::airmos::select {
namespace {

constexpr Dialect kCsv{.csv_header = true};
constexpr Dialect kJson{.input = Dialect::Input::kJson};
constexpr Dialect kParquet{.input = Dialect::Input::kParquet};

std::string sql(std::string_view expression, const Dialect& dialect = kCsv) {
    auto translated = translate(expression, dialect);
    if (!translated.ok())
        return std::string(translated.error().code()) + ": " +
               std::string(translated.error().message());
    return translated.value().sql;
}

std::string code(std::string_view expression) {
    auto translated = translate(expression, kCsv);
    return translated.ok() ? "translated" : std::string(translated.error().code());
}

TEST(Translate, NamesAreQuotedSoThatNoneIsAKeyword) {
    EXPECT_EQ(R"(SELECT * FROM S3Object AS "S3Object")", sql("select * from s3object"));
    EXPECT_EQ(R"(SELECT "s"."Order Date" FROM S3Object AS "s")",
              sql(R"(SELECT s."Order Date" FROM S3Object[*] s)"));
    EXPECT_EQ(R"(SELECT "S3Object"."a""b" FROM S3Object AS "S3Object")",
              sql(R"(SELECT S3Object."a""b" FROM S3Object)"));
    EXPECT_EQ(R"(SELECT 'it''s' AS "_1" FROM S3Object AS "S3Object")",
              sql("SELECT 'it''s' FROM S3Object"));
}

TEST(Translate, AFieldBecomesWhatItIsComparedWith) {
    EXPECT_EQ(R"(SELECT * FROM S3Object AS "s" WHERE TRY_CAST("s"."a" AS DOUBLE) > 5)",
              sql("SELECT * FROM S3Object s WHERE s.a > 5"));
    EXPECT_EQ(R"(SELECT * FROM S3Object AS "s" WHERE "s"."a" > '5')",
              sql("SELECT * FROM S3Object s WHERE s.a > '5'"));
    EXPECT_EQ(R"(SELECT * FROM S3Object AS "s" WHERE TRY_CAST("s"."a" AS DOUBLE) > 5)",
              sql("SELECT * FROM S3Object s WHERE s.a > 5", kJson));
    EXPECT_EQ(R"(SELECT * FROM S3Object AS "s" WHERE "s"."a" > 5)",
              sql("SELECT * FROM S3Object s WHERE s.a > 5", kParquet));
}

TEST(Translate, PathsCountFromOneInTheDrive) {
    EXPECT_EQ(R"(SELECT "s"."a"."b"[1]."c" AS "c" FROM S3Object AS "s")",
              sql("SELECT s.a.b[0].c FROM S3Object[*] s", kParquet));
    EXPECT_EQ(R"(SELECT "s"."a"[CASE typeof("s"."a") WHEN 'JSON' THEN 1 WHEN 'VARCHAR' THEN NULL )"
              R"(ELSE 2 END] AS "a" FROM S3Object AS "s")",
              sql("SELECT s.a[1] FROM S3Object[*] s", kJson));
    EXPECT_EQ(R"(SELECT * FROM S3Object[*]."a"."b" AS "x")",
              sql("SELECT * FROM S3Object[*].a.b[*] x", kJson));
}

TEST(Translate, ANameInQuotesIsOneSpelling) {
    const Names names{.header = {"id", "name", "NAME", "Name", "x", "x", "Id_1"}};
    auto with_header = [&](std::string_view expression) {
        auto translated = translate(expression, kCsv, names);
        return translated.ok() ? translated.value().sql : std::string(translated.error().code());
    };
    EXPECT_EQ(R"(SELECT "s"."_3" AS "NAME", "_2" AS "name" FROM S3Object AS "s")",
              with_header(R"(SELECT s."NAME", "name" FROM S3Object s)"));
    EXPECT_EQ(R"(SELECT * FROM S3Object AS "S3Object" WHERE TRY_CAST("_4" AS DOUBLE) = 5)",
              with_header(R"(SELECT * FROM S3Object WHERE "Name" = 5)"));
    EXPECT_EQ(R"(SELECT "s"."ID" FROM S3Object AS "s")",
              with_header("SELECT s.\"ID\" FROM S3Object s"));
    EXPECT_EQ(R"(SELECT "s"."_2" FROM S3Object AS "s")",
              with_header("SELECT s._2 FROM S3Object s"));
    for (const char* several : {"name", "s.name", "s.NAME", "s.\"nAME\"", "s.x", "s.\"x\""})
        EXPECT_EQ("AmbiguousFieldName",
                  with_header("SELECT " + std::string(several) + " FROM S3Object s"));
    // What the query itself names is its own.
    EXPECT_EQ(R"(SELECT "q"."name" FROM (SELECT "s"."id" AS "name" FROM S3Object AS "s") AS "q")",
              with_header("SELECT q.name FROM (SELECT s.id AS name FROM S3Object s) q"));
    EXPECT_TRUE(translate("SELECT id FROM S3Object", kCsv).value().by_name);
    EXPECT_FALSE(translate("SELECT _1, COUNT(*) FROM S3Object", kCsv).value().by_name);
}

TEST(Translate, AnAbsentMemberIsNull) {
    auto translated = translate("SELECT s.a.b, s.c FROM S3Object s WHERE s.\"A\" IS MISSING", kJson,
                                Names{.absent = {"a"}});
    ASSERT_TRUE(translated.ok());
    EXPECT_EQ(R"(SELECT NULL AS "b", "s"."c" FROM S3Object AS "s" WHERE NULL IS NULL)",
              translated.value().sql);
}

TEST(Translate, ALongRowOfOperatorsIsNoDeepTree) {
    std::string expression = "SELECT s.a FROM S3Object s WHERE s.a = 0";
    for (int i = 1; i < 900; i++) expression += " OR s.a = " + std::to_string(i);
    EXPECT_TRUE(translate(expression, kCsv).ok());
}

struct Refused {
    std::string_view expression, code;
};

TEST(Translate, RefusalsHaveS3sCodes) {
    constexpr Refused kRefused[] = {
        {"", "ParseEmptySelect"},
        {"  -- nothing\n", "ParseEmptySelect"},
        {"DELETE FROM S3Object", "UnsupportedSqlOperation"},
        {"DROP TABLE x", "UnsupportedSqlOperation"},
        {"SELECT", "ParseEmptySelect"},
        {"SELECT FROM S3Object", "ParseEmptySelect"},
        {"SELECT 1", "ParseSelectMissingFrom"},
        {"SELECT * S3Object", "ParseSelectMissingFrom"},
        {"SELECT * FROM", "ParseUnexpectedToken"},
        {"SELECT * FROM other", "InvalidDataSource"},
        {"SELECT * FROM S3Object WHERE", "ParseExpectedExpression"},
        {"SELECT * FROM S3Object; SELECT 1 FROM S3Object", "ParseUnexpectedToken"},
        {"SELECT * FROM S3Object s t", "ParseUnexpectedToken"},
        {"SELECT * FROM S3Object AS", "ParseExpectedIdentForAlias"},
        {"SELECT a AS 5 FROM S3Object", "ParseExpectedIdentForAlias"},
        {"SELECT a b c FROM S3Object", "ParseSelectMissingFrom"},
        {"SELECT _0 FROM S3Object", "InvalidColumnIndex"},
        {"SELECT s._00 FROM S3Object s", "InvalidColumnIndex"},
        {"SELECT _1234567 FROM S3Object", "InvalidColumnIndex"},
        {"SELECT # FROM S3Object", "LexerInvalidChar"},
        {"SELECT a ! b FROM S3Object", "LexerInvalidOperator"},
        {"SELECT 'a FROM S3Object", "LexerInvalidLiteral"},
        {"SELECT \"a FROM S3Object", "LexerInvalidLiteral"},
        {"SELECT \"\" FROM S3Object", "LexerInvalidLiteral"},
        {"SELECT 1x FROM S3Object", "LexerInvalidLiteral"},
        {"SELECT 1e FROM S3Object", "LexerInvalidLiteral"},
        {"SELECT 1e309 FROM S3Object", "LexerInvalidLiteral"},
        {"SELECT `nonsense` FROM S3Object", "LexerInvalidIONLiteral"},
        {"SELECT `2020-13-01T` FROM S3Object", "LexerInvalidIONLiteral"},
        {"SELECT TIMESTAMP 'x' FROM S3Object", "LexerInvalidLiteral"},
        {"SELECT /* FROM S3Object", "LexerInvalidChar"},
        {"SELECT \xFF FROM S3Object", "InvalidTextEncoding"},
        {"SELECT * FROM S3Object LIMIT -1", "EvaluatorNegativeLimit"},
        {"SELECT * FROM S3Object LIMIT x", "ParseExpectedNumber"},
        {"SELECT * FROM S3Object LIMIT 1.5", "ParseExpectedNumber"},
        {"SELECT CAST(a) FROM S3Object", "ParseCastArity"},
        {"SELECT CAST a AS INT FROM S3Object", "ParseExpectedLeftParenAfterCast"},
        {"SELECT CAST(a AS BLOB) FROM S3Object", "ParseExpectedTypeName"},
        {"SELECT CAST(a AS DECIMAL(50)) FROM S3Object", "ParseInvalidTypeParam"},
        {"SELECT CAST(a AS INT FROM S3Object", "ParseExpectedRightParenBuiltinFunctionCall"},
        {"SELECT SUM(a, b) FROM S3Object", "ParseNonUnaryAgregateFunctionCall"},
        {"SELECT SUM(*) FROM S3Object", "ParseUnsupportedCallWithStar"},
        {"SELECT LOWER(a, b) FROM S3Object", "EvaluatorInvalidArguments"},
        {"SELECT LOWER(a FROM S3Object", "ParseExpectedRightParenBuiltinFunctionCall"},
        {"SELECT UTCNOW(1) FROM S3Object", "EvaluatorInvalidArguments"},
        {"SELECT SUBSTRING(a) FROM S3Object", "ParseExpectedArgumentDelimiter"},
        {"SELECT SUBSTRING(a, 1, -1) FROM S3Object", "EvaluatorInvalidArguments"},
        {"SELECT DATE_ADD(week, 1, a) FROM S3Object", "ParseExpectedDatePart"},
        {"SELECT DATE_ADD(timezone_hour, 1, a) FROM S3Object", "ParseExpectedDatePart"},
        {"SELECT EXTRACT(a FROM b) FROM S3Object", "ParseExpectedDatePart"},
        {"SELECT EXTRACT(YEAR, b) FROM S3Object", "ParseExpectedKeyword"},
        {"SELECT TO_STRING(a, b) FROM S3Object", "EvaluatorInvalidTimestampFormatPattern"},
        {"SELECT TO_STRING(a, 'Q') FROM S3Object", "EvaluatorInvalidTimestampFormatPatternSymbol"},
        {"SELECT TO_STRING(a, 'ddd') FROM S3Object", "EvaluatorInvalidTimestampFormatPatternToken"},
        {"SELECT TO_STRING(a, '''x') FROM S3Object",
         "EvaluatorUnterminatedTimestampFormatPatternToken"},
        {"SELECT TO_TIMESTAMP(a, 'MMMMM') FROM S3Object",
         "EvaluatorInvalidTimestampFormatPatternSymbolForParsing"},
        {"SELECT TO_TIMESTAMP(a, 'yyyy y') FROM S3Object",
         "EvaluatorTimestampFormatPatternDuplicateFields"},
        {"SELECT TO_TIMESTAMP(a, 'hh') FROM S3Object",
         "EvaluatorTimestampFormatPatternHourClockAmPmMismatch"},
        {"SELECT a LIKE 5 FROM S3Object", "LikeInvalidInputs"},
        {"SELECT a LIKE 'x' ESCAPE 'ab' FROM S3Object",
         "EvaluatorLikePatternInvalidEscapeSequence"},
        {"SELECT a LIKE 'x' ESCAPE 'é' FROM S3Object", "EvaluatorLikePatternInvalidEscapeSequence"},
        {"SELECT a LIKE 'x!' ESCAPE '!' FROM S3Object",
         "EvaluatorLikePatternInvalidEscapeSequence"},
        {"SELECT a LIKE '!x' ESCAPE '!' FROM S3Object",
         "EvaluatorLikePatternInvalidEscapeSequence"},
        {"SELECT CASE a END FROM S3Object", "ParseExpectedWhenClause"},
        {"SELECT CASE WHEN a THEN b FROM S3Object", "ParseExpectedKeyword"},
        {"SELECT a IS 5 FROM S3Object", "ParseExpectedKeyword"},
        {"SELECT a IN 5 FROM S3Object", "ParseExpectedLeftParenValueConstructor"},
        {"SELECT a + * FROM S3Object", "ParseInvalidContextForWildcardInSelectList"},
        {"SELECT s. FROM S3Object s", "ParseSelectMissingFrom"},
        {"SELECT s.a[x] FROM S3Object s", "ParseInvalidPathComponent"},
        {"SELECT * FROM S3Object[*].a.b", "InvalidKeyPath"},
        {"SELECT * FROM S3Object[0]", "ParseInvalidPathComponent"},
        {"SELECT * FROM S3Object.*", "ParseInvalidPathComponent"},
        {"SELECT * FROM S3Object a JOIN S3Object b", "ParseMalformedJoin"},
        {"SELECT * FROM S3Object a LEFT S3Object b", "ParseMalformedJoin"},
        {"SELECT * FROM S3Object s AT x", "UnsupportedSyntax"},
        {"SELECT (1, 2) FROM S3Object", "UnsupportedSyntax"},
        {"SELECT LOWER(DISTINCT a) FROM S3Object", "UnsupportedSyntax"},
        {"SELECT LOWER(a) OVER () FROM S3Object", "UnsupportedSyntax"},
        {"SELECT {5: a} FROM S3Object", "ParseExpectedMember"},
        {"SELECT [a FROM S3Object", "ParseExpectedMember"},
        {"SELECT from FROM S3Object", "ParseEmptySelect"},
        {"SELECT a, from FROM S3Object", "ParseUnExpectedKeyword"},
    };
    for (const Refused& refused : kRefused)
        EXPECT_EQ(refused.code, code(refused.expression))
            << refused.expression << "\n  " << sql(refused.expression);
}

TEST(Translate, TheSentenceSaysWhere) {
    EXPECT_EQ("ParseExpectedExpression: line 1, column 15: expected an expression, found ,",
              sql("SELECT a + 1, , b FROM S3Object"));
    EXPECT_EQ("ParseExpectedKeyword: line 3, column 9: expected BY, found s",
              sql("SELECT *\nFROM S3Object s\n  GROUP s.a"));
    // Columns are characters, not bytes.
    EXPECT_EQ("LexerInvalidChar: line 1, column 13: the character # is not expected",
              sql("SELECT 'éé' # FROM S3Object"));
}

TEST(Translate, DepthAndSizeAreBounded) {
    for (const auto& [open, close] :
         {std::pair("(", ")"), std::pair("NOT ", ""), std::pair("- ", ""), std::pair("LOWER(", ")"),
          std::pair("[", "]"), std::pair("CASE WHEN ", " THEN 1 END"), std::pair("{'a': ", "}"),
          std::pair("(SELECT ", " FROM S3Object)"), std::pair("EXISTS (SELECT ", " FROM S3Object)"),
          std::pair("CAST(", " AS INT)"), std::pair("1 IN (", ")")}) {
        std::string expression = "1";
        for (int i = 0; i < 3'000; i++) expression += close;
        std::string front;
        for (int i = 0; i < 3'000; i++) front += open;
        expression = "SELECT " + front + expression + " FROM S3Object";
        EXPECT_EQ("UnsupportedSqlStructure", code(expression)) << open;
    }
    EXPECT_EQ("ExpressionTooLong",
              code("SELECT '" + std::string(kMostExpressionBytes, 'x') + "' FROM S3Object"));
    EXPECT_EQ("ExpressionTooLong",
              code("SELECT '" + std::string(kMostSqlBytes, 'x') + "' FROM S3Object"));
    std::string indices;
    for (int i = 0; i < 80'000; i++) indices += "[0]";
    EXPECT_THAT(sql("SELECT a" + indices + " FROM S3Object", kJson),
                ::testing::StartsWith("ExpressionTooLong"));
    EXPECT_EQ("translated",
              code("SELECT '" + std::string(kMostSqlBytes / 2, 'x') + "' FROM S3Object"));
}

TEST(Translate, GarbageIsRefusedAndNeverMore) {
    const std::vector<std::string> words = {
        "SELECT",   "FROM",  "S3Object", "s",    ".",    "*",     "[",     "]",         "(",
        ")",        ",",     "WHERE",    "a",    "'x'",  "5",     "=",     "<",         "AND",
        "NOT",      "IN",    "LIKE",     "CASE", "WHEN", "THEN",  "END",   "CAST",      "AS",
        "INT",      "`",     "\"",       "'",    "--",   "/*",    "TRIM",  "EXTRACT",   "YEAR",
        "NULL",     "COUNT", "OVER",     "{",    "}",    ":",     "JOIN",  "ON",        "UNION",
        "\n",       "\xC3",  "-",        "WITH", "BY",   "ORDER", "LIMIT", "SUBSTRING", "FOR",
        "DATE_ADD", "IS",    "BETWEEN",  "||",   "_1"};
    std::mt19937 random(20'261'122);
    for (int round = 0; round < 20'000; round++) {
        std::string expression = round % 2 == 0 ? "SELECT " : "SELECT * FROM S3Object s WHERE ";
        for (size_t length = random() % 25; length > 0; length--)
            expression += words[random() % words.size()] + (random() % 4 == 0 ? "" : " ");
        (void)translate(expression, random() % 2 == 0 ? kCsv : kJson);
    }
}

// Expressions by the grammar, at random.
class RandomExpressions {
  public:
    explicit RandomExpressions(uint32_t seed) : random_(seed) {}

    std::string query() {
        std::string text = "SELECT " + value(3) + ", " + value(2) + " AS x FROM S3Object s";
        if (one_of(2)) text += " WHERE " + truth(3);
        if (one_of(2)) text += " ORDER BY " + value(1) + (one_of(2) ? " DESC" : "");
        if (one_of(2)) text += " LIMIT 3";
        return text;
    }

  private:
    bool one_of(uint32_t n) { return random_() % n == 0; }

    std::string value(int depth) {
        if (depth == 0) {
            constexpr const char* kLeaves[] = {"s.a",     "b",       "s._1",    "5",
                                               "-2.5",    "'it''s'", "NULL",    "TRUE",
                                               "`2020T`", "1e3",     "s.\"b\"", "MISSING"};
            return kLeaves[random_() % std::size(kLeaves)];
        }
        const std::string a = value(depth - 1), b = value(depth - 1);
        switch (random_() % 16) {
            case 0: return "(" + a + ")";
            case 1: return "COALESCE(" + a + ", " + b + ")";
            case 2: return a + " || " + b;
            case 3: return "CASE WHEN " + truth(depth - 1) + " THEN " + a + " ELSE " + b + " END";
            case 4: return "CAST(" + a + " AS STRING)";
            case 5: return "SUBSTRING(" + a + ", " + std::to_string(random_() % 5) + ", 2)";
            case 6: return "TRIM(BOTH 'x' FROM " + a + ")";
            case 7: return "UPPER(" + a + ")";
            case 8: return "CHAR_LENGTH(" + a + ") - 1";
            case 9: return "NULLIF(" + a + ", " + b + ")";
            case 10: return "[" + a + "]";
            case 11: return "- (" + a + " + " + b + ")";
            case 12: return "DATE_ADD(day, 1, " + a + ")";
            case 13: return "TO_STRING(" + a + ", 'yyyy S')";
            case 14: return "(SELECT COUNT(*) FROM S3Object o WHERE o.a = " + a + ")";
            default: return "{'k': " + a + "}";
        }
    }

    std::string truth(int depth) {
        if (depth == 0) return "s.a = '1'";
        const std::string a = value(depth - 1), b = value(depth - 1);
        switch (random_() % 9) {
            case 0: return a + " = " + b;
            case 1: return a + " <> " + b;
            case 2: return "NOT " + truth(depth - 1);
            case 3: return truth(depth - 1) + " AND " + truth(depth - 1);
            case 4: return "(" + truth(depth - 1) + " OR " + truth(depth - 1) + ")";
            case 5: return a + " IS NOT MISSING";
            case 6: return a + " IN (" + b + ", 5)";
            case 7: return a + " LIKE '%x' ESCAPE '!'";
            default: return a + " NOT BETWEEN " + b + " AND 9";
        }
    }

    std::mt19937 random_;
};

// Words of the engine's grammar, in any case and wherever a function may stand.
TEST(Translate, WordsThatNoFunctionHasAreRefusedWhereTheyStand) {
    struct Row {
        std::string_view expression, refusal;
    };
    constexpr Row kRows[] = {
        {"SELECT int(s._1) FROM S3Object s",
         "UnsupportedFunction: line 1, column 8: there is no function INT"},
        {"SELECT s._1 FROM S3Object s\nWHERE Time(s._1) = 'x'",
         "UnsupportedFunction: line 2, column 7: there is no function TIME"},
        {"SELECT COUNT(array(s._1)) FROM S3Object s",
         "UnsupportedFunction: line 1, column 14: there is no function ARRAY"},
        {"SELECT 1 FROM S3Object s ORDER BY position('a', s._1)",
         "UnsupportedFunction: line 1, column 35: there is no function POSITION"},
        {"SELECT try_cast(s._1) FROM S3Object s",
         "UnsupportedFunction: line 1, column 8: there is no function TRY_CAST"},
        {"SELECT if(s._1) FROM S3Object s",
         "EvaluatorInvalidArguments: line 1, column 11: IF does not take 1 arguments"},
    };
    for (const Row& row : kRows) {
        const auto translated = translate(row.expression, kCsv);
        ASSERT_FALSE(translated.ok()) << row.expression;
        EXPECT_EQ(row.refusal, std::string(translated.error().code()) + ": " +
                                   std::string(translated.error().message()));
    }
    EXPECT_TRUE(translate("SELECT s.int, s.\"time\", array FROM S3Object s", kCsv).ok())
        << "they are names of columns";
}

class RandomlyTranslated : public Translated {};

// The drive may find that types do not fit. It must never find that our SQL is no SQL.
TEST_F(RandomlyTranslated, WhatComesOutIsSql) {
    store("csv", "a,b\n1,x\n2,\n");
    store("json", "{\"a\":1,\"b\":\"x\"}\n{\"a\":\"2\",\"b\":\"y\"}\n");
    RandomExpressions expressions(7);
    for (int round = 0; round < 150; round++) {
        const std::string expression = expressions.query();
        const Dialect& dialect = round % 3 == 0 ? kJson : kCsv;
        auto translated = translate(expression, dialect);
        if (!translated.ok()) {
            EXPECT_EQ("LikeInvalidInputs", translated.error().code()) << expression;
            continue;
        }
        const std::string answer = run(round % 3 == 0 ? "json" : "csv", expression, dialect);
        for (const char* word :
             {"syntax error", "UnsupportedSqlOperation", "InternalError", "UnsupportedFunction"})
            EXPECT_EQ(std::string::npos, answer.find(word)) << expression << "\n  " << answer;
    }
}

}  // namespace
}  // namespace csd::airmos::select
