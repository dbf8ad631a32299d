// SPDX-License-Identifier: BSD-3-Clause
//
// What S3 Select expressions answer over CSV, worked out by hand. Every one runs twice: over an object with a header,
// and over one without, where each @name becomes the column's position.
#include <array>
#include <utility>
#include <vector>

#include "airmos/select/drive_fixture.hpp"

namespace csd::airmos::select {
namespace {

using ::testing::StartsWith;

constexpr std::array<std::string_view, 7> kColumns = {"id",     "name",  "age",   "city",
                                                      "joined", "score", "active"};
constexpr std::string_view kRecords =
    "1,ann,30,Oslo,2020-01-15T10:30:00Z,1.5,true\n"
    "2,bob,5,Rome,2021-06-30T01:00:00+02:00,2.25,false\n"
    "3,cy,,Oslo,2019-12-31,,true\n"
    "4,Dee,100,San José,2007T,10,\n"
    "5,O'Hara,7,new_york,2007-02-23T12:14Z,-0.5,false\n";

struct Row {
    std::string_view expression, answer;
};

class OverCsv : public Translated {
  protected:
    void SetUp() override {
        std::string header;
        for (std::string_view column : kColumns)
            header += (header.empty() ? "" : ",") + std::string(column);
        store("header", header + "\n" + std::string(kRecords));
        store("plain", kRecords);
    }

    // @name as the column's name or position.
    static std::string with_columns(std::string_view expression, bool names) {
        std::string out;
        for (size_t i = 0; i < expression.size(); i++) {
            if (expression[i] != '@') {
                out += expression[i];
                continue;
            }
            for (size_t column = 0; column < kColumns.size(); column++)
                if (expression.substr(i + 1).starts_with(kColumns[column])) {
                    out += names ? std::string(kColumns[column]) : "_" + std::to_string(column + 1);
                    i += kColumns[column].size();
                }
        }
        return out;
    }

    static void expect(const Row& row) {
        for (const bool header : {true, false}) {
            const std::string expression = with_columns(row.expression, header);
            EXPECT_EQ(row.answer, run(header ? "header" : "plain", expression,
                                      {.csv_header = header, .csv_output = true}))
                << expression;
        }
    }
    template <size_t N>
    static void expect_all(const Row (&rows)[N]) {
        for (const Row& row : rows) expect(row);
    }
    // Of one record, the expression alone: SELECT … FROM S3Object s WHERE s.@id = 1.
    template <size_t N>
    static void expect_values(const Row (&rows)[N]) {
        for (const Row& row : rows) {
            const std::string expression =
                "SELECT " + std::string(row.expression) + " FROM S3Object s WHERE s.@id = '1'";
            const std::string answer = std::string(row.answer) + "\n";
            expect({expression, answer});
        }
    }
};

TEST_F(OverCsv, ColumnsAndTables) {
    expect_all({
        {"SELECT * FROM S3Object", kRecords},
        {"SELECT * FROM S3Object s LIMIT 1", "1,ann,30,Oslo,2020-01-15T10:30:00Z,1.5,true\n"},
        {"SELECT s.* FROM S3Object AS s LIMIT 1", "1,ann,30,Oslo,2020-01-15T10:30:00Z,1.5,true\n"},
        {"select S.@name from s3object S limit 2", "ann\nbob\n"},
        {"SELECT @name, @age FROM S3Object LIMIT 2", "ann,30\nbob,5\n"},
        {"SELECT S3Object.@name FROM S3Object LIMIT 1", "ann\n"},
        {"SELECT s3object[*].@name FROM S3Object[*] LIMIT 1", "ann\n"},
        {"SELECT x.@name FROM S3Object[*] x LIMIT 1", "ann\n"},
        {"SELECT x.@name FROM S3Object[*] AS x LIMIT 1;", "ann\n"},
        {"SELECT s._2, s._4 FROM S3Object s LIMIT 2", "ann,Oslo\nbob,Rome\n"},
        {"SELECT s.\"_2\" FROM S3Object s LIMIT 1", "ann\n"},
        {"SELECT s.\"@name\" FROM S3Object s LIMIT 1", "ann\n"},
        {"SELECT \"s\".\"@name\" FROM S3Object \"s\" LIMIT 1", "ann\n"},
        {"SELECT @name FROM S3Object s LIMIT 0", ""},
        {"SELECT @name AS n FROM S3Object LIMIT 1", "ann\n"},
        {"SELECT @name n, @age FROM S3Object LIMIT 1", "ann,30\n"},
        {"SELECT @name -- the name\n FROM /* the object */ S3Object LIMIT 1", "ann\n"},
        {"SELECT ALL @city FROM S3Object LIMIT 2", "Oslo\nRome\n"},
        {"SELECT 1, 'a', NULL, TRUE FROM S3Object LIMIT 1", "1,a,,true\n"},
    });
}

TEST_F(OverCsv, Comparisons) {
    expect_all({
        {"SELECT @name FROM S3Object s WHERE s.@age > 7", "ann\nDee\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age >= 7", "ann\nDee\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age < 7", "bob\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age <= 7", "bob\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age = 30", "ann\n"},
        {"SELECT @name FROM S3Object s WHERE 30 = s.@age", "ann\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age <> 30", "bob\nDee\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age != 30", "bob\nDee\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age = '30'", "ann\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age > '30'", "bob\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE CAST(s.@age AS INT) > 29", "ann\nDee\n"},
        {"SELECT @name FROM S3Object s WHERE s.@score > 1.5", "bob\nDee\n"},
        {"SELECT @name FROM S3Object s WHERE s.@score < 0", "O'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@score = -0.5", "O'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@score = 10.00", "Dee\n"},
        {"SELECT @name FROM S3Object s WHERE s.@score = 1e1", "Dee\n"},
        {"SELECT @name FROM S3Object s WHERE s.@name = 'O''Hara'", "O'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@name > 5", ""},
        {"SELECT @name FROM S3Object s WHERE s.@name < 'b'", "ann\nDee\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@city = 'Oslo' AND s.@age > 5", "ann\n"},
        {"SELECT @name FROM S3Object s WHERE s.@city = 'Rome' OR s.@age > 50", "bob\nDee\n"},
        {"SELECT @name FROM S3Object s WHERE NOT s.@city = 'Oslo'", "bob\nDee\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE NOT (s.@city = 'Oslo' OR s.@city = 'Rome')",
         "Dee\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@city='Oslo' OR s.@city='Rome' AND s.@age>100",
         "ann\ncy\n"},
        {"SELECT @name FROM S3Object s WHERE s.@active", "ann\ncy\n"},
        {"SELECT @name FROM S3Object s WHERE s.@active = TRUE", "ann\ncy\n"},
        {"SELECT @name FROM S3Object s WHERE s.@active = 'false'", "bob\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE NOT s.@active", "bob\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age > s.@id AND s.@id > 3", "O'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@id = 1.0", "ann\n"},
        {"SELECT @name FROM S3Object s WHERE s.@id < 12345678901234567890",
         "ann\nbob\ncy\nDee\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@city = 'San José'", "Dee\n"},
    });
}

TEST_F(OverCsv, NullAndMissing) {
    expect_all({
        {"SELECT @name FROM S3Object s WHERE s.@age IS NULL", "cy\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age IS NOT NULL", "ann\nbob\nDee\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age IS MISSING", "cy\n"},
        {"SELECT @name FROM S3Object s WHERE s.@score IS NOT MISSING", "ann\nbob\nDee\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age = ''", "cy\n"},
        {"SELECT @name FROM S3Object s WHERE '' = s.@active", "Dee\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age <> ''", "ann\nbob\nDee\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE NULL IS NULL LIMIT 1", "ann\n"},
        {"SELECT @name FROM S3Object s WHERE MISSING IS MISSING LIMIT 1", "ann\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age = NULL", ""},
        {"SELECT COALESCE(s.@age, 'none') FROM S3Object s", "30\n5\nnone\n100\n7\n"},
        {"SELECT COALESCE(s.@age, 0) FROM S3Object s", "30\n5\n0\n100\n7\n"},
        {"SELECT COALESCE(s.@age, s.@score, '-') FROM S3Object s WHERE s.@id = 3", "-\n"},
        {"SELECT @name FROM S3Object s WHERE COALESCE(s.@age, 0) < 6", "bob\ncy\n"},
        {"SELECT NULLIF(s.@city, 'Oslo') FROM S3Object s LIMIT 2", "\nRome\n"},
        {"SELECT NULLIF(s.@age, 30) FROM S3Object s LIMIT 2", "\n5\n"},
        {"SELECT NULLIF(CAST(s.@age AS INT), 5) FROM S3Object s LIMIT 2", "30\n\n"},
    });
}

TEST_F(OverCsv, BetweenInLike) {
    expect_all({
        {"SELECT @name FROM S3Object s WHERE s.@age BETWEEN 5 AND 30", "ann\nbob\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age NOT BETWEEN 5 AND 30", "Dee\n"},
        {"SELECT @name FROM S3Object s WHERE s.@name BETWEEN 'a' AND 'c'", "ann\nbob\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age BETWEEN 3 + 2 AND 2 * 3.5", "bob\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age IN (5, 7)", "bob\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age NOT IN (5, 7)", "ann\nDee\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age IN [5, 100.0]", "bob\nDee\n"},
        {"SELECT @name FROM S3Object s WHERE s.@city IN ('Rome', 'Bonn')", "bob\n"},
        {"SELECT @name FROM S3Object s WHERE s.@age IN ('30', 5)", "ann\nbob\n"},
        {"SELECT @name FROM S3Object s WHERE 'Oslo' IN (s.@city, s.@name)", "ann\ncy\n"},
        {"SELECT @name FROM S3Object s WHERE s.@name LIKE '%b'", "bob\n"},
        {"SELECT @name FROM S3Object s WHERE s.@name LIKE '_n_'", "ann\n"},
        {"SELECT @name FROM S3Object s WHERE s.@name NOT LIKE '%a%'", "bob\ncy\nDee\n"},
        {"SELECT @name FROM S3Object s WHERE s.@city LIKE '%!_%' ESCAPE '!'", "O'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@city LIKE 'new\\_york' ESCAPE '\\'", "O'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@name LIKE 'D' || '%'", "Dee\n"},
        {"SELECT @name FROM S3Object s WHERE s.@city LIKE 'San%'", "Dee\n"},
        {"SELECT @name FROM S3Object s WHERE s.@id LIKE '5'", "O'Hara\n"},
    });
}

TEST_F(OverCsv, Arithmetic) {
    expect_values({
        {"1 + 2 * 3", "7"},
        {"(1 + 2) * 3", "9"},
        {"10 - 4 - 3", "3"},
        {"-5 + 2", "-3"},
        {"- -5", "5"},
        {"+5", "5"},
        {"7 / 2", "3.5"},
        // A literal keeps its type: a DECIMAL rounds a half up, a FLOAT to the even number.
        {"7. / 2", "3.5"},
        {"CAST(25e-1 AS INT)", "2"},
        {"CAST(2.5 AS INT)", "3"},
        {"1e9 * 1e9 * 1e9 * 1e9 * 1e9", "1.0000000000000001e+45"},
        {"7 % 4", "3"},
        {"2 - (3 - 4)", "3"},
        {"s.@age + 1", "31.0"},
        {"CAST(s.@age AS INT) + 1", "31"},
        {"CAST(s.@age AS INT) * CAST(s.@score AS FLOAT)", "45.0"},
        {"s.@age - s.@id", "29.0"},
        {"-CAST(s.@age AS INT)", "-30"},
        {"'a' || 'b' || 'c'", "abc"},
        {"s.@name || '-' || s.@age", "ann-30"},
        {"'n' || 1", "n1"},
        {"1 < 2", "true"},
        {"1 + 1 = 2 AND 'a' < 'b'", "true"},
        {"CAST('1.25' AS DECIMAL)", "1.25"},
        {"CAST('0.1' AS DECIMAL) + CAST('0.2' AS DECIMAL)", "0.3"},
        {"CAST('12' AS DECIMAL)", "12"},
        {"CAST('3.14159' AS DECIMAL(5, 2))", "3.14"},
        {"CAST('3' AS NUMERIC(5, 2))", "3.00"},
    });
}

TEST_F(OverCsv, Casts) {
    expect_values({
        {"CAST(s.@age AS INT)", "30"},
        {"CAST(s.@age AS INTEGER)", "30"},
        {"CAST('9007199254740993' AS INT)", "9007199254740993"},
        {"CAST(s.@score AS FLOAT)", "1.5"},
        {"CAST('7.5' AS INT)", "8"},
        {"CAST(7.4 AS INT)", "7"},
        {"CAST(CAST('2.5' AS FLOAT) AS INT)", "2"},
        {"CAST(s.@age AS FLOAT)", "30.0"},
        {"CAST(s.@active AS BOOL)", "true"},
        {"CAST('false' AS BOOLEAN)", "false"},
        {"CAST(5 AS STRING)", "5"},
        {"CAST(1.50 AS STRING)", "1.50"},
        {"CAST(TRUE AS STRING)", "true"},
        {"CAST(s.@joined AS TIMESTAMP)", "2020-01-15T10:30:00Z"},
        {"CAST('2020-01-15' AS TIMESTAMP)", "2020-01-15T00:00:00Z"},
        {"CAST(CAST('2020-01-15' AS TIMESTAMP) AS STRING)", "2020-01-15T00:00:00Z"},
        {"CAST(NULL AS INT)", ""},
    });
}

TEST_F(OverCsv, Texts) {
    expect_values({
        {"CHAR_LENGTH(s.@name)", "3"},
        {"CHARACTER_LENGTH('San José')", "8"},
        {"LOWER('ÅBC')", "åbc"},
        {"UPPER(s.@name)", "ANN"},
        {"SUBSTRING('123456789', 0)", "123456789"},
        {"SUBSTRING('123456789', 1)", "123456789"},
        {"SUBSTRING('123456789', 2)", "23456789"},
        {"SUBSTRING('123456789', -4)", "123456789"},
        {"SUBSTRING('123456789', 0, 999)", "123456789"},
        {"SUBSTRING('123456789', 0, 2)", "1"},
        {"SUBSTRING('123456789', 1, 999)", "123456789"},
        {"SUBSTRING('123456789', 1, 2)", "12"},
        {"SUBSTRING('1', 1, 0)", "\"\""},
        {"SUBSTRING('123456789', -4, 0)", "\"\""},
        {"SUBSTRING('123456789', -4, 9)", "1234"},
        {"SUBSTRING('123456789' FROM 3)", "3456789"},
        {"SUBSTRING('123456789' FROM 3 FOR 2)", "34"},
        {"SUBSTRING(s.@name FROM CHAR_LENGTH(s.@name))", "n"},
        {"SUBSTRING('123456789', s.@id, 2)", "12"},
        {"SUBSTRING('123456789', s.@id - 3, 5)", "12"},
        {"SUBSTRING('123456789', 2, s.@id)", "2"},
        {"TRIM('  a ')", "a"},
        {"TRIM(BOTH FROM '  a ')", "a"},
        {"TRIM(LEADING FROM '  a ') || '|'", "a |"},
        {"TRIM(TRAILING FROM '  a ') || '|'", "  a|"},
        {"TRIM(BOTH '12' FROM '1112211foobar22211122')", "foobar"},
        {"TRIM(LEADING '1' FROM '11a1')", "a1"},
        {"TRIM(TRAILING '1' FROM '11a1')", "11a"},
        {"TRIM('x' FROM 'xax')", "a"},
        {"UPPER(TRIM(SUBSTRING(' ab ', 1, 3)))", "AB"},
    });
}

TEST_F(OverCsv, Timestamps) {
    expect_values({
        {"TO_TIMESTAMP('2007T')", "2007-01-01T00:00:00Z"},
        {"TO_TIMESTAMP('2007-02T')", "2007-02-01T00:00:00Z"},
        {"TO_TIMESTAMP('2007-02-23T')", "2007-02-23T00:00:00Z"},
        {"TO_TIMESTAMP('2007-02-23T12:14Z')", "2007-02-23T12:14:00Z"},
        {"TO_TIMESTAMP('2007-02-23T12:14:33.079-08:00')", "2007-02-23T20:14:33.079000Z"},
        {"TO_TIMESTAMP(s.@joined)", "2020-01-15T10:30:00Z"},
        {"`2007-02-23T12:14:33-08:00`", "2007-02-23T20:14:33Z"},
        {"`2007T`", "2007-01-01T00:00:00Z"},
        {"TIMESTAMP '2007-02-23 12:14:33.5'", "2007-02-23T12:14:33.500000Z"},
        {"DATE_ADD(year, 5, `2010-01-01T`)", "2015-01-01T00:00:00Z"},
        {"DATE_ADD(month, 1, `2010-01-31T`)", "2010-02-28T00:00:00Z"},
        {"DATE_ADD(month, 13, `2010T`)", "2011-02-01T00:00:00Z"},
        {"DATE_ADD(day, -1, `2017-01-10T`)", "2017-01-09T00:00:00Z"},
        {"DATE_ADD(hour, 1, `2017T`)", "2017-01-01T01:00:00Z"},
        {"DATE_ADD(hour, s.@id, s.@joined)", "2020-01-15T11:30:00Z"},
        {"DATE_ADD(minute, 1, `2017-01-02T03:04Z`)", "2017-01-02T03:05:00Z"},
        {"DATE_ADD(second, 1, `2017-01-02T03:04:05.006Z`)", "2017-01-02T03:04:06.006000Z"},
        {"DATE_DIFF(year, `2010-01-01T`, `2011-01-01T`)", "1"},
        {"DATE_DIFF(year, `2010-05T`, `2011-01T`)", "0"},
        {"DATE_DIFF(month, `2010T`, `2010-05T`)", "4"},
        {"DATE_DIFF(month, `2010T`, `2011T`)", "12"},
        {"DATE_DIFF(month, `2011T`, `2010T`)", "-12"},
        {"DATE_DIFF(day, `2010-01-01T23:00Z`, `2010-01-02T01:00Z`)", "0"},
        {"DATE_DIFF(hour, `2010-01-01T23:00Z`, `2010-01-02T01:00Z`)", "2"},
        {"EXTRACT(YEAR FROM `2010-01-01T`)", "2010"},
        {"EXTRACT(MONTH FROM `2010T`)", "1"},
        {"EXTRACT(MONTH FROM `2010-10T`)", "10"},
        {"EXTRACT(DAY FROM s.@joined)", "15"},
        {"EXTRACT(HOUR FROM `2017-01-02T03:04:05+07:08`)", "19"},
        {"EXTRACT(MINUTE FROM `2017-01-02T03:04:05+07:08`)", "56"},
        {"EXTRACT(SECOND FROM s.@joined)", "0"},
        {"EXTRACT(TIMEZONE_HOUR FROM `2017-01-02T03:04:05+07:08`)", "0"},
        {"TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y')", "\"July 20, 1969\""},
        {"TO_STRING(`1969-07-20T20:18Z`, 'MMM d, yyyy')", "\"Jul 20, 1969\""},
        {"TO_STRING(`1969-07-20T20:18Z`, 'M-d-yy')", "7-20-69"},
        {"TO_STRING(`1969-07-20T20:18Z`, 'MM-d-y')", "07-20-1969"},
        {"TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y h:m a')", "\"July 20, 1969 8:18 PM\""},
        {"TO_STRING(`1969-07-20T20:18Z`, 'y-MM-dd''T''H:m:ssX')", "1969-07-20T20:18:00Z"},
        {"TO_STRING(`1969-07-20T20:18:00.123Z`, 'HH:mm:ss.SSS')", "20:18:00.123"},
        {"TO_STRING(`1969-07-20T20:18:00.123Z`, 'ss.S MMMMM')", "00.1 J"},
        {"TO_STRING(s.@joined, 'yyyy/MM/dd xxx')", "2020/01/15 +00:00"},
        {"TO_STRING(`2020T`, '100%')", "100%"},
        {"TO_TIMESTAMP('20/07/1969 08:18 PM', 'dd/MM/yyyy hh:mm a')", "1969-07-20T20:18:00Z"},
        {"TO_TIMESTAMP('1969-07-20 20:18Z', 'yyyy-MM-dd HH:mmX')", "1969-07-20T20:18:00Z"},
        {"TO_TIMESTAMP('July 4, 1976', 'MMMM d, y')", "1976-07-04T00:00:00Z"},
        {"UTCNOW() > `2020-01-01T`", "true"},
        {"DATE_DIFF(year, TO_TIMESTAMP(s.@joined), UTCNOW()) >= 5", "true"},
    });
    expect_all({
        {"SELECT TO_STRING(TO_TIMESTAMP(s.@joined), 'yyyy-MM-dd HH:mm') FROM S3Object s",
         "2020-01-15 10:30\n2021-06-29 23:00\n2019-12-31 00:00\n2007-01-01 00:00\n2007-02-23 "
         "12:14\n"},
        {"SELECT @name FROM S3Object s WHERE CAST(s.@joined AS TIMESTAMP) < `2008T`",
         "Dee\nO'Hara\n"},
        {"SELECT @name FROM S3Object s WHERE s.@joined >= `2020-01-01T`", "ann\nbob\n"},
        {"SELECT @name FROM S3Object s WHERE TO_TIMESTAMP(s.@joined) BETWEEN '2019T' AND '2020T'",
         "cy\n"},
    });
}

TEST_F(OverCsv, Cases) {
    expect_all({
        {"SELECT CASE WHEN s.@age > 20 THEN 'old' ELSE 'young' END FROM S3Object s LIMIT 2",
         "old\nyoung\n"},
        {"SELECT CASE s.@city WHEN 'Oslo' THEN 1 WHEN 'Rome' THEN 2 END FROM S3Object s LIMIT 4",
         "1\n2\n1\n\n"},
        {"SELECT CASE s.@age WHEN 30 THEN 'a' WHEN 5.0 THEN 'b' ELSE s.@name END FROM S3Object s "
         "LIMIT 3",
         "a\nb\ncy\n"},
        {"SELECT CASE WHEN s.@active THEN s.@name ELSE 0 END FROM S3Object s LIMIT 2", "ann\n0\n"},
        {"SELECT @name FROM S3Object s WHERE CASE WHEN s.@id = 2 THEN TRUE ELSE FALSE END",
         "bob\n"},
    });
}

TEST_F(OverCsv, Aggregates) {
    expect_all({
        {"SELECT COUNT(*) FROM S3Object", "5\n"},
        {"SELECT count(*) FROM S3Object s WHERE s.@city = 'Oslo'", "2\n"},
        {"SELECT COUNT(s.@age) FROM S3Object s", "4\n"},
        {"SELECT COUNT(DISTINCT s.@city) FROM S3Object s", "4\n"},
        {"SELECT SUM(CAST(s.@age AS INT)) FROM S3Object s", "142\n"},
        {"SELECT SUM(s.@age) FROM S3Object s", "142.0\n"},
        {"SELECT SUM(CAST(s.@score AS DECIMAL)) FROM S3Object s", "13.25\n"},
        {"SELECT AVG(CAST(s.@age AS INT)) FROM S3Object s", "35.5\n"},
        {"SELECT AVG(s.@score) FROM S3Object s", "3.3125\n"},
        {"SELECT MIN(CAST(s.@age AS INT)), MAX(CAST(s.@age AS INT)) FROM S3Object s", "5,100\n"},
        {"SELECT MIN(s.@age), MAX(s.@age) FROM S3Object s", "5,100\n"},
        {"SELECT MIN(s.@score), MAX(s.@score) FROM S3Object s", "-0.5,10\n"},
        {"SELECT MIN(s.@city), MAX(s.@name) FROM S3Object s", "Oslo,cy\n"},
        {"SELECT MAX(s.@age) - MIN(s.@age) FROM S3Object s", "95.0\n"},
        {"SELECT MAX(TO_TIMESTAMP(s.@joined)) FROM S3Object s", "2021-06-29T23:00:00Z\n"},
        {"SELECT COUNT(*) FROM S3Object s WHERE s.@age > 1000", "0\n"},
        {"SELECT SUM(s.@age) FROM S3Object s WHERE s.@age > 1000", "\n"},
        {"SELECT COUNT(*) + 1, 2 * COUNT(s.@age) FROM S3Object s", "6,8\n"},
    });
}

TEST_F(OverCsv, TheExtension) {
    expect_all({
        {"SELECT s.@city, COUNT(*) AS n FROM S3Object s GROUP BY s.@city ORDER BY n DESC, s.@city",
         "Oslo,2\nRome,1\nSan José,1\nnew_york,1\n"},
        {"SELECT @city FROM S3Object GROUP BY @city HAVING COUNT(*) > 1", "Oslo\n"},
        {"SELECT s.@name FROM S3Object s ORDER BY s.@age", "bob\nO'Hara\nann\nDee\ncy\n"},
        {"SELECT s.@name, s.@age FROM S3Object s ORDER BY 2 DESC LIMIT 2", "Dee,100\nann,30\n"},
        {"SELECT s.@age AS a FROM S3Object s ORDER BY a LIMIT 3", "5\n7\n30\n"},
        {"SELECT s.@name FROM S3Object s ORDER BY s.@age NULLS FIRST LIMIT 2", "cy\nbob\n"},
        {"SELECT s.@name FROM S3Object s ORDER BY s.@name LIMIT 2 OFFSET 1", "O'Hara\nann\n"},
        {"SELECT DISTINCT s.@city FROM S3Object s ORDER BY s.@city",
         "Oslo\nRome\nSan José\nnew_york\n"},
        {"SELECT DISTINCT s.@active FROM S3Object s ORDER BY 1 DESC LIMIT 1", "true\n"},
        {"SELECT a.@name, b.@name FROM S3Object a JOIN S3Object b ON a.@city = b.@city AND a.@id < "
         "b.@id",
         "ann,cy\n"},
        {"SELECT COUNT(*) FROM S3Object a CROSS JOIN S3Object b", "25\n"},
        {"SELECT COUNT(*) FROM S3Object a, S3Object b WHERE a.@id = b.@id", "5\n"},
        {"SELECT a.@name, b.@id FROM S3Object a LEFT JOIN S3Object b ON a.@age = b.@id ORDER BY "
         "a.@id LIMIT 2",
         "ann,\nbob,5\n"},
        {"SELECT x.n FROM (SELECT s.@name AS n, s.@age AS a FROM S3Object s) x WHERE x.a > 20",
         "ann\nDee\n"},
        {"WITH t AS (SELECT * FROM S3Object WHERE @city = 'Oslo') SELECT COUNT(*) FROM t WHERE "
         "t.@age > 1",
         "1\n"},
        {"SELECT s.@name FROM S3Object s WHERE s.@age = (SELECT MAX(@age) FROM S3Object)", "Dee\n"},
        {"SELECT s.@name FROM S3Object s WHERE s.@id IN (SELECT @age FROM S3Object)", "O'Hara\n"},
        {"SELECT s.@name FROM S3Object s WHERE EXISTS (SELECT 1 FROM S3Object o WHERE o.@age = "
         "s.@id)",
         "O'Hara\n"},
        {"SELECT @name FROM S3Object WHERE @id = 1 UNION ALL SELECT @city FROM S3Object WHERE @id "
         "= 2",
         "ann\nRome\n"},
        {"SELECT s.@name, ROW_NUMBER() OVER (PARTITION BY s.@city ORDER BY s.@id DESC) FROM "
         "S3Object s "
         "WHERE s.@city = 'Oslo' ORDER BY s.@id",
         "ann,2\ncy,1\n"},
        {"SELECT SUM(CAST(s.@id AS INT)) OVER (ORDER BY s.@id ROWS BETWEEN 1 PRECEDING AND CURRENT "
         "ROW) "
         "FROM S3Object s ORDER BY s.@id",
         "1\n3\n5\n7\n9\n"},
        {"SELECT COUNT(*) FILTER (WHERE s.@age > 6) FROM S3Object s", "3\n"},
        {"SELECT ROUND(s.@score, 1), ABS(s.@score) FROM S3Object s WHERE s.@id = 5", "-0.5,0.5\n"},
        {"SELECT REPLACE(s.@name, 'n', 'm'), REVERSE(s.@name) FROM S3Object s LIMIT 1",
         "amm,nna\n"},
        {"SELECT @name FROM S3Object s WHERE REGEXP_MATCHES(s.@name, '^[a-c]')", "ann\nbob\ncy\n"},
        {"SELECT MEDIAN(s.@age) FROM S3Object s", "18.5\n"},
        {"SELECT LEFT(s.@name, 1) FROM S3Object s LIMIT 1", "a\n"},
    });
}

TEST_F(OverCsv, FailuresOfTheDriveHaveS3sCodes) {
    const Dialect header{.csv_header = true, .csv_output = true}, plain{.csv_output = true};
    EXPECT_THAT(run("header", "SELECT s.nothing FROM S3Object s", header),
                StartsWith("EvaluatorBindingDoesNotExist"));
    EXPECT_THAT(run("plain", "SELECT s._9 FROM S3Object s", plain),
                StartsWith("InvalidColumnIndex"));
    EXPECT_THAT(run("plain", "SELECT _9 FROM S3Object s", plain), StartsWith("InvalidColumnIndex"));
    EXPECT_THAT(run("header", "SELECT CAST(s.name AS INT) FROM S3Object s", header),
                StartsWith("CastFailed"));
    EXPECT_THAT(run("header", "SELECT s.name + 1 FROM S3Object s", header),
                StartsWith("CastFailed"));
    EXPECT_THAT(run("header", "SELECT CAST('x' AS TIMESTAMP) FROM S3Object s", header),
                StartsWith("CastFailed"));
    EXPECT_THAT(run("header", "SELECT TO_TIMESTAMP('x', 'yyyy') FROM S3Object s", header),
                StartsWith("CastFailed"));
    EXPECT_THAT(run("header", "SELECT FROBNICATE(s.name) FROM S3Object s", header),
                StartsWith("UnsupportedFunction"));
    EXPECT_THAT(run("header", "SELECT CURRENT_SETTING('threads') FROM S3Object s", header),
                StartsWith("UnsupportedFunction"));
    EXPECT_THAT(run("header", "SELECT 9223372036854775807 + 1 FROM S3Object s", header),
                StartsWith("IntegerOverflow"));
    EXPECT_THAT(run("header", "SELECT YEAR(s.name) FROM S3Object s", header),
                StartsWith("IncorrectSqlFunctionArgumentType"));
    EXPECT_THAT(run("header", "SELECT name FROM S3Object a, S3Object b", header),
                StartsWith("AmbiguousFieldName"));
    store("open", "a,b\n1,\"2\n");
    EXPECT_THAT(run("open", "SELECT * FROM S3Object", header), StartsWith("CSVParsingError"));
    store("gzip", "\x1F\x8B\x08 and so on");
    EXPECT_THAT(run("gzip", "SELECT * FROM S3Object", header),
                StartsWith("InvalidCompressionFormat"));
    EXPECT_THAT(run("plain", "SELECT * FROM S3Object", {.input = Dialect::Input::kParquet}),
                StartsWith("ParquetParsingError"));
    EXPECT_THAT(run("plain", "SELECT * FROM S3Object", {.input = Dialect::Input::kJson}),
                StartsWith("JSONParsingError"));
}

}  // namespace
}  // namespace csd::airmos::select
