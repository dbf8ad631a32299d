// SPDX-License-Identifier: BSD-3-Clause
//
// What S3 Select expressions answer over JSON and Parquet, worked out by hand.
#include "airmos/select/drive_fixture.hpp"

namespace csd::airmos::select {
namespace {

using ::testing::StartsWith;

struct Row {
    std::string_view expression, answer;
};

class OverJson : public Translated {
  protected:
    void SetUp() override {
        store("lines",
              R"({"id": 1, "name": "ann", "at": {"city": "Oslo", "tags": ["x", "y"]}, "n": 5})"
              "\n"
              R"({"id": 2, "name": "bob", "at": {"city": "Rome", "tags": []}, "n": 7.5})"
              "\n"
              R"({"id": 3, "name": "cy", "at": {"city": "Oslo", "tags": ["z"]}, "Odd Name": true})"
              "\n");
        store(
            "document",
            R"({"rows": [{"k": "a", "sub": [{"z": 1}, {"z": 2}]}, {"k": "b", "sub": [{"z": 3}]}],)"
            R"( "one": {"two": [10, 20], "three": {"four": "5"}}})");
        store("array", R"([{"v": 1}, {"v": 2}])");
    }
    template <size_t N>
    static void expect_all(std::string_view key, const Row (&rows)[N]) {
        for (const Row& row : rows)
            EXPECT_EQ(row.answer, run(key, row.expression, {.input = Dialect::Input::kJson}))
                << row.expression;
    }
};

TEST_F(OverJson, Lines) {
    expect_all(
        "lines",
        {
            {"SELECT s.name FROM S3Object s WHERE s.id = 2", "{\"name\":\"bob\"}\n"},
            {"SELECT s.name FROM S3Object[*] s WHERE s.n > 6", "{\"name\":\"bob\"}\n"},
            {"SELECT s.at.city FROM S3Object[*] s WHERE s.id = 1", "{\"city\":\"Oslo\"}\n"},
            {"SELECT s.at.city AS c, s.id FROM S3Object[*] s WHERE s.id = 1",
             "{\"c\":\"Oslo\",\"id\":1}\n"},
            {"SELECT s.at.tags[0] FROM S3Object[*] s",
             "{\"tags\":\"x\"}\n{\"tags\":null}\n{\"tags\":\"z\"}\n"},
            {"SELECT s['name'] FROM S3Object[*] s LIMIT 1", "{\"name\":\"ann\"}\n"},
            {"SELECT s.at['city'] FROM S3Object[*] s LIMIT 1", "{\"city\":\"Oslo\"}\n"},
            {"SELECT COUNT(*) FROM S3Object[*] s", "{\"_1\":3}\n"},
            {"SELECT s.id, COUNT(*), MAX(s.n) FROM S3Object s GROUP BY s.id ORDER BY s.id LIMIT 1",
             "{\"id\":1,\"_2\":1,\"_3\":5.0}\n"},
            {"SELECT UPPER(s.name) FROM S3Object s LIMIT 1", "{\"_1\":\"ANN\"}\n"},
            {"SELECT s.id + 1 FROM S3Object s LIMIT 1", "{\"_1\":2}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.n IS MISSING", "{\"id\":3}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.n IS NOT NULL", "{\"id\":1}\n{\"id\":2}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.\"Odd Name\"", "{\"id\":3}\n"},
            {"SELECT s.\"Odd Name\" FROM S3Object s WHERE s.id = 3", "{\"Odd Name\":true}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.at.city LIKE 'O%'", "{\"id\":1}\n{\"id\":3}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.id LIKE '1'", "{\"id\":1}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.name IN ('bob', 'cy')",
             "{\"id\":2}\n{\"id\":3}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.id BETWEEN 2 AND 9", "{\"id\":2}\n{\"id\":3}\n"},
            {"SELECT [s.id, 9] FROM S3Object s LIMIT 1", "{\"_1\":[1,9]}\n"},
            {"SELECT {'a': s.id, 'b': s.name} AS t FROM S3Object s LIMIT 1",
             "{\"t\":{\"a\":1,\"b\":\"ann\"}}\n"},
            {"SELECT CAST(s.id AS STRING) AS t FROM S3Object s LIMIT 1", "{\"t\":\"1\"}\n"},
            {"SELECT CAST(s.n AS INT) AS t FROM S3Object s LIMIT 1", "{\"t\":5}\n"},
            {"SELECT s.at.tags[*] AS t FROM S3Object s WHERE s.id = 1", "{\"t\":[\"x\",\"y\"]}\n"},
            {"SELECT COALESCE(s.n, 0) AS n FROM S3Object s WHERE s.id = 3", "{\"n\":0.0}\n"},
            {"SELECT TO_STRING(`2020T`, 'y') AS y FROM S3Object s LIMIT 1", "{\"y\":\"2020\"}\n"},
            {"SELECT s._1 FROM S3Object s LIMIT 1", "{\"_1\":1}\n"},
            {"SELECT * FROM S3Object s WHERE s.id = 2",
             "{\"id\":2,\"name\":\"bob\",\"at\":{\"city\":\"Rome\",\"tags\":[]},\"n\":7.5,\"Odd "
             "Name\":null}\n"},
        });
}

TEST_F(OverJson, PathsInADocument) {
    expect_all(
        "document",
        {
            {"SELECT r.k FROM S3Object[*].rows[*] r", "{\"k\":\"a\"}\n{\"k\":\"b\"}\n"},
            {"SELECT k FROM S3Object[*].rows[*]", "{\"k\":\"a\"}\n{\"k\":\"b\"}\n"},
            {"SELECT r.k FROM S3Object.rows r WHERE r.k = 'b'", "{\"k\":\"b\"}\n"},
            {"SELECT r.z FROM S3Object[*].rows[*].sub[*] r", "{\"z\":1}\n{\"z\":2}\n{\"z\":3}\n"},
            {"SELECT SUM(r.z) AS t FROM S3Object[*].rows[*].sub[*] r WHERE r.z > 1", "{\"t\":5}\n"},
            {"SELECT r.z FROM S3Object[*].rows[1].sub[*] r", "{\"z\":3}\n"},
            {"SELECT r.k FROM S3Object[*].rows[0] r", "{\"k\":\"a\"}\n"},
            {"SELECT * FROM S3Object[*].rows[*].k", "{\"k\":\"a\"}\n{\"k\":\"b\"}\n"},
            {"SELECT r.four FROM S3Object[*].one.three r", "{\"four\":\"5\"}\n"},
            {"SELECT * FROM S3Object[*].one.two[*]", "{\"two\":10}\n{\"two\":20}\n"},
            {"SELECT s.one.three.four FROM S3Object[*] s", "{\"four\":\"5\"}\n"},
            {"SELECT s.one.two[1] AS t FROM S3Object[*] s", "{\"t\":20}\n"},
            {"SELECT s.rows[1].sub[0].z FROM S3Object[*] s", "{\"z\":3}\n"},
            {"SELECT s.rows[*].k AS ks FROM S3Object[*] s", "{\"ks\":[\"a\",\"b\"]}\n"},
            {"SELECT s.rows[*].sub[*].z AS zs FROM S3Object[*] s", "{\"zs\":[1,2,3]}\n"},
        });
    store("dates", R"({"at": "2020-01-15T10:30:00Z", "day": "2020-01-15"})");
    expect_all("dates", {{"SELECT s.at, s.day FROM S3Object[*] s",
                          "{\"at\":\"2020-01-15T10:30:00Z\",\"day\":\"2020-01-15\"}\n"},
                         {"SELECT s.day FROM S3Object[*] s WHERE s.at > `2020T`",
                          "{\"day\":\"2020-01-15\"}\n"},
                         {"SELECT s.day FROM S3Object[*] s WHERE s.day LIKE '2020-01-%'",
                          "{\"day\":\"2020-01-15\"}\n"},
                         {"SELECT EXTRACT(DAY FROM s.at) AS d FROM S3Object[*] s", "{\"d\":15}\n"},
                         {"SELECT TO_TIMESTAMP(s.day) AS t FROM S3Object[*] s",
                          "{\"t\":\"2020-01-15T00:00:00Z\"}\n"}});
    expect_all("array", {
                            {"SELECT s.v FROM S3Object[*] s", "{\"v\":1}\n{\"v\":2}\n"},
                            {"SELECT s.v FROM S3Object[*][*] s WHERE s.v = 2", "{\"v\":2}\n"},
                        });
}

// What is text in one record and something else in another is compared, and leaves, as what it is in each.
TEST_F(OverJson, MembersOfSeveralTypes) {
    store(
        "mixed",
        R"({"id": 1, "v": "a", "l": [1, 2], "o": {"k": 1}, "m": ["x", 1], "big": 9007199254740993})"
        "\n"
        R"({"id": "2", "v": 5, "l": 7, "o": "text", "m": ["2"], "big": 9007199254740992})"
        "\n"
        R"({"id": "x", "v": true, "l": [3], "o": {"k": "w"}, "m": [], "big": 1})"
        "\n"
        R"({"id": 10, "v": "2020-05-01T", "n": null})"
        "\n");
    expect_all(
        "mixed",
        {
            {"SELECT s.id FROM S3Object s",
             "{\"id\":1}\n{\"id\":\"2\"}\n{\"id\":\"x\"}\n{\"id\":10}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.id = '2'", "{\"id\":\"2\"}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.id = 'x'", "{\"id\":\"x\"}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.id = '1'", "{\"id\":1}\n"},
            {"SELECT s.id FROM S3Object s WHERE 1 = s.id", "{\"id\":1}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.id > 1.5", "{\"id\":\"2\"}\n{\"id\":10}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.id IN ('x', 1)", "{\"id\":1}\n{\"id\":\"x\"}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.id IN (1, 2)", "{\"id\":1}\n{\"id\":\"2\"}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.id BETWEEN '2' AND 'y'",
             "{\"id\":\"2\"}\n{\"id\":\"x\"}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.id = s.v OR s.v = s.o.k", ""},
            {"SELECT s.id FROM S3Object s WHERE s.m[0] = s.id", "{\"id\":\"2\"}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.v LIKE 'a%'", "{\"id\":1}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.v = TRUE", "{\"id\":\"2\"}\n{\"id\":\"x\"}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.v IS NULL", ""},
            {"SELECT CHAR_LENGTH(s.id) AS l, UPPER(s.v) AS u FROM S3Object s LIMIT 3",
             "{\"l\":1,\"u\":\"A\"}\n{\"l\":1,\"u\":\"5\"}\n{\"l\":1,\"u\":\"TRUE\"}\n"},
            {"SELECT s.id || '-' || s.o.k AS t FROM S3Object s WHERE s.v = 'a'",
             "{\"t\":\"1-1\"}\n"},
            {"SELECT CAST(s.id AS STRING) AS t FROM S3Object s WHERE s.id = 'x'",
             "{\"t\":\"x\"}\n"},
            {"SELECT CAST(s.id AS INT) + 1 AS t FROM S3Object s WHERE s.id = '2'", "{\"t\":3}\n"},
            {"SELECT CASE s.v WHEN 'a' THEN 1 WHEN '5' THEN 2 END AS c FROM S3Object s LIMIT 2",
             "{\"c\":1}\n{\"c\":2}\n"},
            {"SELECT COALESCE(s.o.k, 'none') AS c FROM S3Object s LIMIT 3",
             "{\"c\":\"1\"}\n{\"c\":\"none\"}\n{\"c\":\"w\"}\n"},
            {"SELECT EXTRACT(MONTH FROM s.v) AS m FROM S3Object s WHERE s.id = 10", "{\"m\":5}\n"},
            {"SELECT s.l[0] AS f, s.l[1] AS g FROM S3Object s LIMIT 2",
             "{\"f\":1,\"g\":2}\n{\"f\":null,\"g\":null}\n"},
            {"SELECT s.m[0] AS f, s.m[1] AS g FROM S3Object s LIMIT 2",
             "{\"f\":\"x\",\"g\":1}\n{\"f\":\"2\",\"g\":null}\n"},
            {"SELECT MIN(s.id) AS a, MAX(s.id) AS b, MAX(s.big) AS c FROM S3Object s",
             "{\"a\":1,\"b\":\"x\",\"c\":9007199254740993}\n"},
            {"SELECT s.id FROM S3Object s ORDER BY s.id DESC",
             "{\"id\":10}\n{\"id\":\"2\"}\n{\"id\":1}\n{\"id\":\"x\"}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.big = 9007199254740993", "{\"id\":1}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.big = CAST('9007199254740993' AS INT)",
             "{\"id\":1}\n"},
            {"SELECT s.id FROM S3Object s WHERE s.big IN (5, 9007199254740992)",
             "{\"id\":\"2\"}\n"},
            {"SELECT REPLACE(s.id, 'x', 'y') AS t FROM S3Object s LIMIT 3",
             "{\"t\":\"1\"}\n{\"t\":\"2\"}\n{\"t\":\"y\"}\n"},
        });
    const Dialect csv{.input = Dialect::Input::kJson, .csv_output = true};
    EXPECT_EQ("1,a\n2,5\nx,true\n10,2020-05-01T\n",
              run("mixed", "SELECT s.id, s.v FROM S3Object s", csv));
    EXPECT_EQ("x,true,[3],\"{\"\"k\"\":\"\"w\"\"}\",[],1,\n",
              run("mixed", "SELECT * FROM S3Object s WHERE s.id = 'x'", csv));
    EXPECT_EQ("10\n2\n1\nx\n",
              run("mixed", "SELECT DISTINCT s.id FROM S3Object s ORDER BY id DESC", csv));
    EXPECT_EQ("x\n10\n", run("mixed", "SELECT s.id FROM S3Object s LIMIT 2 OFFSET 2", csv));
    EXPECT_EQ("5\n", run("mixed", "SELECT COUNT(*) + 1 FROM S3Object s", csv));
}

TEST_F(OverJson, WhatDoesNotExistIsSaid) {
    const Dialect json{.input = Dialect::Input::kJson};
    EXPECT_THAT(run("lines", "SELECT s.zip FROM S3Object s", json),
                StartsWith("EvaluatorBindingDoesNotExist"));
    EXPECT_THAT(run("lines", "SELECT s.at.zip FROM S3Object s", json),
                StartsWith("InvalidKeyPath"));
}

TEST_F(OverJson, Parquet) {
    store("people",
          "id,name,at,price\n1,ann,2020-01-15 10:30:00,1.5\n2,bob,2021-06-30 00:00:00,2.25\n");
    kv::SelectOptions options;
    options.input_header = true;
    options.output = nvme::DataFormat::kParquet;
    std::string parquet;
    ASSERT_TRUE(
        drive_->select(*Key::from_text("people"), "SELECT * FROM t", options, kv::Sink::to(parquet))
            .ok());
    store("parquet", parquet);
    const Dialect dialect{.input = Dialect::Input::kParquet, .csv_output = true};
    const Row rows[] = {
        {"SELECT s.name FROM S3Object s WHERE s.id > 1", "bob\n"},
        {"SELECT s.id + 1, s.price * 2 FROM S3Object s", "2,3.0\n3,4.5\n"},
        {"SELECT s.name FROM S3Object s WHERE s.at < `2021T`", "ann\n"},
        {"SELECT EXTRACT(YEAR FROM s.at) FROM S3Object s", "2020\n2021\n"},
        {"SELECT TO_STRING(s.at, 'dd.MM.yyyy') FROM S3Object s", "15.01.2020\n30.06.2021\n"},
        {"SELECT DATE_DIFF(day, s.at, `2020-01-16T10:30Z`) FROM S3Object s WHERE s.id = 1", "1\n"},
        {"SELECT SUM(s.price), AVG(s.id), COUNT(*) FROM S3Object s", "3.75,1.5,2\n"},
        {"SELECT SUM(CAST(s.price AS DECIMAL)) FROM S3Object s", "3.75\n"},
        {"SELECT s._2 FROM S3Object s LIMIT 1", "ann\n"},
        {"SELECT CHAR_LENGTH(s.name) FROM S3Object s LIMIT 1", "3\n"},
        {"SELECT s.name FROM S3Object s ORDER BY s.price DESC", "bob\nann\n"},
    };
    for (const Row& row : rows)
        EXPECT_EQ(row.answer, run("parquet", row.expression, dialect)) << row.expression;
}

}  // namespace
}  // namespace csd::airmos::select
