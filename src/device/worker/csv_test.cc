// SPDX-License-Identifier: BSD-3-Clause
//
// Our own reading of CSV: records, dialects, types, rewriting.
#include "device/worker/csv.hpp"

#include <gtest/gtest.h>

namespace csd::worker {
namespace {

using Record = std::vector<std::string>;

std::vector<Record> records(std::string_view text, const Dialect& dialect = {}) {
    CsvReader reader(text, dialect);
    std::vector<Record> all;
    for (std::vector<Field> record; reader.next(record);) {
        Record& plain = all.emplace_back();
        for (Field& field : record) plain.push_back(std::move(field.text));
    }
    return all;
}

TEST(Csv, RecordsOfEveryLineEnd) {
    std::vector<Record> expected{{"a", "b"}, {"1", ""}, {"", "2"}};
    for (const char* text :
         {"a,b\n1,\n,2", "a,b\r\n1,\r\n,2\r\n", "a,b\r1,\r,2\r", "a,b\n\n1,\n\r\n,2\n"})
        EXPECT_EQ(records(text), expected) << text;
    EXPECT_TRUE(records("").empty());
    EXPECT_TRUE(records("\n\n").empty());
}

TEST(Csv, AHeaderIsUtf8) {
    SelectOptions options;
    options.header = Header::kUse;
    for (std::string_view text :
         {std::string_view("a,\xFF\n1,2\n"), std::string_view("a\0,b\n", 5)}) {
        auto shape = find_csv_shape(text, true, options);
        EXPECT_EQ(shape.code(), Code::kQueryData);
        EXPECT_EQ(shape.status().message(), "the header is not UTF-8 text");
    }
    EXPECT_TRUE(find_csv_shape("\u00E4,b\n1,2\n", true, options).ok());
    options.header = Header::kNone;
    EXPECT_TRUE(find_csv_shape("a,\xFF\n1,2\n", true, options).ok());
}

TEST(Csv, Quotes) {
    EXPECT_EQ(records("\"a,b\",\"c\"\"d\",\"e\nf\"\n"),
              (std::vector<Record>{{"a,b", "c\"d", "e\nf"}}));
    EXPECT_EQ(records("a\"b,c\n"), (std::vector<Record>{{"a\"b", "c"}}));
    EXPECT_EQ(records("\"unfinished,\n"), (std::vector<Record>{{"unfinished,\n"}}));
    Dialect backslash;
    backslash.escape = '\\';
    EXPECT_EQ(records("\"a\\\"b\\\\\",c", backslash), (std::vector<Record>{{"a\"b\\", "c"}}));
    Dialect none;
    none.quote = none.escape = 0;
    EXPECT_EQ(records("\"a,b\"", none), (std::vector<Record>{{"\"a", "b\""}}));
}

TEST(Csv, DelimitersAndComments) {
    Dialect dialect;
    dialect.delimiter = "||";
    dialect.comment = '#';
    dialect.record_delimiter = ";";
    EXPECT_EQ(records("#x||y;a||b|c;#;\n||;", dialect),
              (std::vector<Record>{{"a", "b|c"}, {"\n", ""}}));
}

TEST(Csv, TypesTakeTheTextBackAsItIs) {
    struct Case {
        const char* text;
        const char* type;
    };
    for (Case one : std::vector<Case>{{"0", "BIGINT"},
                                      {"-12", "BIGINT"},
                                      {"123456789012345678", "BIGINT"},
                                      {"1234567890123456789", "VARCHAR"},
                                      {"007", "VARCHAR"},
                                      {"-0.5", "DOUBLE"},
                                      {"18.", "DOUBLE"},
                                      {".5", "DOUBLE"},
                                      {"1e5", "DOUBLE"},
                                      {"1.5E-10", "DOUBLE"},
                                      {"1e", "VARCHAR"},
                                      {"1e9999", "VARCHAR"},
                                      {".", "VARCHAR"},
                                      {"-", "VARCHAR"},
                                      {"1.2.3", "VARCHAR"},
                                      {"+5", "VARCHAR"},
                                      {" 5", "VARCHAR"},
                                      {"true", "BOOLEAN"},
                                      {"FALSE", "BOOLEAN"},
                                      {"yes", "VARCHAR"},
                                      {"nan", "VARCHAR"},
                                      {"2024-02-29", "DATE"},
                                      {"2023-02-29", "VARCHAR"},
                                      {"2024-13-01", "VARCHAR"},
                                      {"2024-04-31", "VARCHAR"},
                                      {"24-01-01", "VARCHAR"},
                                      {"23:59:59", "TIME"},
                                      {"24:00:00", "VARCHAR"},
                                      {"2024-01-02 03:04:05", "TIMESTAMP"},
                                      {"2024-01-02T03:04:05.678", "TIMESTAMP"},
                                      {"2024-01-02 03:04", "VARCHAR"},
                                      {"2024-01-02 03:04:05.", "VARCHAR"},
                                      {"", "VARCHAR"}})
        EXPECT_EQ(csv_type_of(one.text), one.type) << one.text;
}

// Fed in pieces: of one byte they show that no border matters.
Status survey(std::string_view text, CsvShape& shape, size_t piece = 1) {
    return survey_csv(
        [&](const CsvSink& sink) {
            for (size_t at = 0; at < text.size(); at += piece) {
                Status taken = sink(text.substr(at, piece));
                if (!taken.ok()) return taken;
            }
            return Status();
        },
        shape);
}

CsvShape shape_of(std::string_view text, SelectOptions options = {}) {
    auto shape = find_csv_shape(text, true, options);
    EXPECT_TRUE(shape.ok());
    EXPECT_TRUE(survey(text, shape.value()).ok());
    return shape.value();
}

TEST(Csv, DelimitersAreFoundOut) {
    EXPECT_EQ(shape_of("a,b\n1,2\n").dialect.delimiter, ",");
    EXPECT_EQ(shape_of("a;b,c\n1;2\n").dialect.delimiter, ";");
    EXPECT_EQ(shape_of("a\tb c\n1\t2,3\n").dialect.delimiter, "\t");
    EXPECT_EQ(shape_of("a|b\n\"1,2\"|3\n").dialect.delimiter, "|");
    EXPECT_EQ(shape_of("one\ncolumn\n").dialect.delimiter, ",");
    EXPECT_EQ(shape_of("a,b\n1\n").dialect.delimiter, ",");  // ragged is not another delimiter
    EXPECT_EQ(shape_of("").dialect.delimiter, ",");
}

TEST(Csv, ColumnsHaveNamesAndTypes) {
    SelectOptions options;
    options.header = Header::kUse;
    CsvShape shape = shape_of("\xEF\xBB\xBFid,Id,,d\n1,2.5,x,2020-01-01\n2,3,,\n", options);
    ASSERT_EQ(shape.columns.size(), 4u);
    EXPECT_EQ(shape.columns[0].name, "id");
    EXPECT_EQ(shape.columns[1].name, "Id_1");
    EXPECT_EQ(shape.columns[2].name, "_3");
    EXPECT_EQ(shape.columns[0].type, "BIGINT");
    EXPECT_EQ(shape.columns[1].type, "DOUBLE");
    EXPECT_EQ(shape.columns[2].type, "VARCHAR");
    EXPECT_EQ(shape.columns[3].type, "DATE");
    EXPECT_EQ(shape.line_end, "\n");
    EXPECT_FALSE(shape.quoted_nulls);
    EXPECT_TRUE(shape_of("\"\"\n\"5\"\n").quoted_nulls);
    EXPECT_FALSE(shape_of("\"\"\n\"x\"\n").quoted_nulls);
}

TEST(Csv, ARecordLongerThanTheSampleIsTheValuesFault) {
    EXPECT_EQ(find_csv_shape(std::string(1000, 'x'), false, {}).code(), Code::kQueryData);
    EXPECT_TRUE(find_csv_shape(std::string(1000, 'x'), true, {}).ok());
}

TEST(Csv, ARecordCutByTheSampleDoesNotCount) {
    auto shape = find_csv_shape("1,2\n3,4,5", false, {});
    ASSERT_TRUE(shape.ok());
    EXPECT_FALSE(shape.value().ragged);
    EXPECT_FALSE(shape.value().typed());
}

TEST(Csv, EveryRecordHasItsSayInTheTypes) {
    std::string many;
    for (int i = 0; i < 1000; i++) many += "1,2024-01-01,\"\",7\r\n";
    CsvShape shape = shape_of(many + "1.5,\"2024-01-01 10:00:00\",3,x\r\n");
    EXPECT_TRUE(shape.typed());
    EXPECT_TRUE(shape.quoted_nulls);
    EXPECT_FALSE(shape.ragged);
    EXPECT_EQ(shape.columns[0].type, "DOUBLE");
    EXPECT_EQ(shape.columns[1].type, "TIMESTAMP");
    EXPECT_EQ(shape.columns[2].type, "BIGINT");
    EXPECT_EQ(shape.columns[3].type, "VARCHAR");
}

TEST(Csv, TheWidestRecordGivesTheColumns) {
    SelectOptions options;
    options.header = Header::kUse;
    CsvShape shape = shape_of("a,_4\n1,2\n3\n4,5,\n6,7,8,9\n", options);
    EXPECT_TRUE(shape.ragged);
    ASSERT_EQ(shape.columns.size(), 4u);
    EXPECT_EQ(shape.columns[2].name, "_3");
    EXPECT_EQ(shape.columns[3].name, "_4_1");
    EXPECT_EQ(shape.columns[3].type, "BIGINT");
    EXPECT_FALSE(shape_of("a,b\n1,2,\n3,4,,,\n").ragged);
    options.all_text = true;
    EXPECT_EQ(shape_of("a\n1,2\n", options).columns[1].type, "VARCHAR");
}

TEST(Csv, RecordsOfAnySizeAreNotTaken) {
    CsvShape shape = shape_of("a,b\n");
    Status wide = survey(std::string(5000, ',') + "1\n", shape, 1000);
    EXPECT_EQ(wide.code(), Code::kQueryData);
    EXPECT_NE(wide.message().find("5001 fields"), std::string::npos) << wide.message();
    Status endless = survey(std::string(3'000'000, 'x'), shape, 256 * 1024);
    EXPECT_EQ(endless.code(), Code::kQueryData);
    EXPECT_NE(endless.message().find("2000000 bytes"), std::string::npos) << endless.message();
}

std::string rewritten(std::string_view text, const Dialect& from, const Dialect& to) {
    std::string out;
    EXPECT_TRUE(rewrite_csv(text, from, to, [&](std::string_view part) {
                    out += part;
                    return Status();
                }).ok());
    return out;
}

TEST(Csv, RewritingKeepsWhatFieldsSay) {
    Dialect lines{",", '"', '"', 0, "\n", true};
    Dialect other{"<>", '\'', '\'', 0, "|", true};
    std::string text = "a,b\n\"x|y\",\n\"\",it's\n\n";
    std::string made = rewritten(text, lines, other);
    EXPECT_EQ(made, "a<>b|'x|y'<>|''<>'it''s'||");
    EXPECT_EQ(records(made, other), records(text, lines));
}

TEST(Csv, RewritingStopsWhenItCannotWrite) {
    Dialect lines{",", '"', '"', 0, "\n"};
    Status status = rewrite_csv("a\nb\n", lines, lines,
                                [](std::string_view) { return Status(Code::kQueryLimit, "full"); });
    EXPECT_EQ(status.code(), Code::kQueryLimit);
}

}  // namespace
}  // namespace csd::worker
