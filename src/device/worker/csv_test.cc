// SPDX-License-Identifier: BSD-3-Clause
//
// Our own reading of CSV: records, dialects, types, rewriting.
#include "device/worker/csv.hpp"

#include <gtest/gtest.h>

#include "device/worker/csv_check.hpp"
#include "device/worker/csv_types.hpp"
#include "nvme/query_reason.hpp"

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
        EXPECT_TRUE(shape.status().message().starts_with("the header is not UTF-8 text"))
            << shape.status().message();
        EXPECT_EQ(shape.status().reason()->code, nvme::ReasonCode::kNotUtf8);
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
                                      {"9007199254740993.5", "VARCHAR"},
                                      {"9007199254740992.5", "DOUBLE"},
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
        EXPECT_EQ(sql_name_of(csv_type_of(one.text)), one.type) << one.text;
}

TEST(Csv, ColumnsHaveATypeThatHoldsAllFields) {
    const auto joined = [](std::initializer_list<const char*> fields) {
        CsvType forward = CsvType::kNone, backward = CsvType::kNone;
        for (const char* field : fields) forward = join_types(forward, csv_type_of(field));
        for (const char* field : fields) backward = join_types(csv_type_of(field), backward);
        EXPECT_EQ(forward, backward);
        return std::string(sql_name_of(forward));
    };
    EXPECT_EQ(joined({"1", "123456789012345678"}), "BIGINT");
    EXPECT_EQ(joined({"1", "0.5"}), "DOUBLE");
    EXPECT_EQ(joined({"123456789012345678", "0.5"}), "VARCHAR");
    EXPECT_EQ(joined({"0.5", "1", "123456789012345678"}), "VARCHAR");
    EXPECT_EQ(joined({"nan", "inf"}), "VARCHAR");
    EXPECT_EQ(joined({"nan", "1"}), "DOUBLE");
    EXPECT_EQ(joined({"-Infinity", "0.5", "NaN"}), "DOUBLE");
    EXPECT_EQ(joined({"NaN", "123456789012345678"}), "VARCHAR");
    EXPECT_EQ(joined({"NaN", "x"}), "VARCHAR");
    EXPECT_EQ(joined({"2024-01-02", "2024-01-02 03:04:05"}), "TIMESTAMP");
    EXPECT_EQ(joined({"2024-01-02", "1"}), "VARCHAR");
    EXPECT_EQ(joined({"true", "1"}), "VARCHAR");
    EXPECT_EQ(joined({}), "");
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
    EXPECT_TRUE(find_csv_shape(std::string(1000, 'x'), false, {}).value().cut);
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

struct Checked {
    bool plain = false;
    bool one_thread = false;  // of what is plain
    bool operator==(const Checked&) const = default;
};

Checked check(std::string_view text, const CsvShape& shape, size_t piece) {
    CsvCheck check(shape);
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
        if (!check.feed(text.substr(0, piece))) return {};
    bool plain = check.finish();
    return {plain, plain && check.one_thread()};
}

// With more and more records before it, so that it lies at every border of blocks.
void expect_checked(std::string_view text, bool plain, bool one_thread = false,
                    SelectOptions options = {}) {
    options.all_text = true;
    options.delimiter = ",";
    auto shape = find_csv_shape(text, true, options);
    ASSERT_TRUE(shape.ok());
    std::string line(shape.value().columns.size() - 1, ',');
    line = "x" + line + shape.value().line_end;
    std::string front;
    for (size_t i = 0; i < 70; i++, front += line) {
        std::string value = front + std::string(text);
        for (size_t piece : {size_t{1}, size_t{7}, size_t{1000}}) {
            bool same = check(value, shape.value(), piece) == Checked{plain, one_thread};
            EXPECT_TRUE(same) << i << " " << piece << " " << text;
        }
        // The survey says the same of what is plain.
        CsvShape seen = shape.value();
        Status surveyed = survey(value, seen, 50);
        bool agrees = surveyed.ok() && !seen.rewrite && !seen.ragged;
        EXPECT_TRUE(!plain || (agrees && seen.one_thread == one_thread)) << text;
    }
}

TEST(Csv, PlainIsWhatEveryReaderCutsAlike) {
    for (const char* plain :
         {"a,b\n1,2\n", "a,b\r\n1,2\r\n", "a,b\r1,2\r", "a,b\n1,2", "a,b\r\n\"1\",\"2\"\r\n",
          "a,b\n\"\",\"a\"\"b\"\n", "a\n\"\"\"\"\n", "a,b\n1,2\n\n\n3,4\n\n", "a,b\r\n1,2\r\n\r\n",
          "a\n1\n\n2\n", "a, b\n1 ,2 \n"})
        expect_checked(plain, true);
    for (const char* one_thread :
         {"a,b\n1,\"x\ny\"\n", "a,b\r\n\"x\r\ny\",2\r\n", "a,b\n\"x,\",2\n", "a,b\n\"x,\"\"y\",2\n",
          "a,b\n\"x,  \",2\n", "a,b\r\n\"x\ry\",2\r\n"})
        expect_checked(one_thread, true, true);
    for (const char* other :
         {"a,b\n1,2\r\n3,4\n", "a,b\n1,2\r3,4\n", "a,b\r\n1,2\n", "a,b\r\n1,2\r", "a,b\r1,2\n",
          "a,b\n1\n", "a,b\n1,2,\n", "a,b\n1,2,3\n", "a,b\n1,\"2\n", "a,b\n1,\"2\"x\n",
          "a,b\n1, \"2\"\n", "a,b\n1,\"2\" \n", "a,b\n1,2\"3\n", "a,b\n1,2\"\"3\n"})
        expect_checked(other, false);
    CsvShape shape = shape_of("a,b\n1,2\n");
    EXPECT_FALSE(check("\na,b\n1,2\n", shape, 1).plain);
    EXPECT_TRUE(check("\xEF\xBB\xBF"
                      "\"a\",b\n1,2\n",
                      shape, 1)
                    .plain);
    SelectOptions comments;
    comments.comment = '#';
    expect_checked("a,b\n1,2\n#\n", false, false, comments);
    SelectOptions escapes;
    escapes.escape = '\\';
    expect_checked("a,b\n1,\"2\"\n", true, false, escapes);
    expect_checked("a,b\n1,\"\\\"2\"\n", false, false, escapes);
    expect_checked("a,b\n1,\"a\"\"2\"\n", false, false, escapes);
}

TEST(Csv, RecordsThatCannotBeReadAreNamedByTheirLine) {
    CsvShape shape = shape_of("a,b\n1,2\n");
    // Up to what to do about it.
    auto why = [&](std::string_view text) {
        const std::string message = survey(text, shape, 3).message();
        return message.substr(0, message.find(';'));
    };
    EXPECT_EQ(why("a,b\n1,2,3\n4,\"5\n6,7\n8,9\n"), "line 3 of the CSV has an unterminated quote");
    EXPECT_EQ(why("\"a\"x,b\n1,2\n"),
              "line 1 of the CSV has text behind the closing quote of a field");
    EXPECT_EQ(why("a,b\r\n\"x\r\ny\",2\r3,\"4\"5\r\n"),
              "line 4 of the CSV has text behind the closing quote of a field");
    std::string endless = "a,b\n1,2\n3,\"" + std::string(3'000'000, 'x');
    shape.max_record_bytes = 2'000'000;
    Status too_long = survey(endless, shape, 256 * 1024);
    EXPECT_TRUE(too_long.message().starts_with("a record of the CSV is longer than 2000000 bytes"))
        << too_long.message();
    EXPECT_TRUE(too_long.message().ends_with("; a quote on line 3 is open")) << too_long.message();
    EXPECT_EQ(too_long.reason()->code, nvme::ReasonCode::kRecordTooLong);
    EXPECT_EQ(too_long.reason()->record, 3u);
    shape.dialect.record_delimiter = "||";
    EXPECT_EQ(why("a,b||1,2||3,\"4\"5||"),
              "record 3 of the CSV has text behind the closing quote of a field");
}

TEST(Csv, TheLongestRecordIsKnown) {
    const std::string record = "1,\"" + std::string(3'000'000, 'x') + "\"\n";
    const std::string text = "a,b\n" + record + "2,y\n";
    CsvShape shape = shape_of("a,b\n1,2\n");
    EXPECT_TRUE(survey(text, shape, 256 * 1024).ok());
    EXPECT_EQ(shape.longest_record, record.size());
    CsvCheck check(shape);
    EXPECT_TRUE(check.feed(text) && check.finish());
    EXPECT_GE(check.longest_record(), record.size());
    EXPECT_LE(check.longest_record(), record.size() + 256);
}

std::string rewritten_plainly(std::string_view text, SelectOptions options = {}) {
    CsvShape shape = shape_of(text, options);
    std::string out;
    EXPECT_TRUE(rewrite_plainly([&](const CsvSink& sink) { return sink(text); }, shape,
                                [&](std::string_view part) {
                                    out += part;
                                    return Status();
                                })
                    .ok());
    return out;
}

TEST(Csv, WhatDuckDbCouldCutDifferentlyIsRewritten) {
    for (const char* plain : {"a,b\n1,2\n", "a,b\n1\n1,2,3\n", "a,b\n1,\"x\ny\"\n", "a\n1\n\n"})
        EXPECT_FALSE(shape_of(plain).rewrite) << plain;
    for (const char* unlike : {"a,b\n1,2\r\n", "a,b\r\n1,2\n", "a,b\n1,2\r3,4\n", "a,b\n1, \"2\"\n",
                               "a,b\n\"1\" ,2\n", "a\r"})
        EXPECT_TRUE(shape_of(unlike).rewrite) << unlike;
    SelectOptions header;
    header.header = Header::kUse;
    EXPECT_TRUE(shape_of("\n\na,b\n1,2\n", header).rewrite);
    EXPECT_EQ(rewritten_plainly("\r\n\na,b\n1\n2, \"x,y\" \r3,\"\",5\n\n6,7,,\n", header),
              "1,,\n2,\"x,y\",\n3,\"\",5\n6,7,\n");
    EXPECT_EQ(rewritten_plainly("\na\n\n1\r\n", header), "\n1\n");
    EXPECT_EQ(rewritten_plainly("\n1\r\n"), "\n1\n");
    EXPECT_EQ(rewritten_plainly("\xEF\xBB\xBF\xEF\xBB\xBF"
                                "a\r\nb\n"),
              "\"\xEF\xBB\xBF"
              "a\"\nb\n");
}

TEST(Csv, RecordsOfAnySizeAreNotTaken) {
    CsvShape shape = shape_of("a,b\n");
    Status wide = survey(std::string(5000, ',') + "1\n", shape, 1000);
    EXPECT_EQ(wide.code(), Code::kQueryData);
    EXPECT_NE(wide.message().find("5001 fields"), std::string::npos) << wide.message();
    shape.max_record_bytes = 2'000'000;
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
