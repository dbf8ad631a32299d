// SPDX-License-Identifier: BSD-3-Clause
//
// Values that are not plain: compressed, deleted meanwhile, large, damaged, of another format.
#include <bzlib.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "device/query/query_fixture.hpp"

namespace csd::query {
namespace {

namespace fs = std::filesystem;

std::string csv_rows(int count) {
    std::string csv = "id,name\n";
    for (int i = 0; i < count; i++) csv += std::to_string(i) + ",name " + std::to_string(i) + "\n";
    return csv;
}

std::string gzip(const std::string& text) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string bzip2(const std::string& text) {
    auto bytes = static_cast<unsigned>(text.size() + text.size() / 100 + 1000);
    std::string out(bytes, '\0');
    EXPECT_EQ(BZ2_bzBuffToBuffCompress(out.data(), &bytes, const_cast<char*>(text.data()),
                                       static_cast<unsigned>(text.size()), 9, 0, 0),
              BZ_OK);
    out.resize(bytes);
    return out;
}

std::string zstd(const std::string& text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
    return out;
}

struct Compressed {
    const char* name;
    std::string (*make)(const std::string&);
};
constexpr Compressed kCompressions[] = {{"gzip", gzip}, {"bzip2", bzip2}, {"zstd", zstd}};

std::string option(const std::string& compression) {
    return "{\"compression\": \"" + compression + "\"}";
}

TEST(QueryValue, CompressedCsvAndJsonAreRead) {
    auto engine = open_engine();
    std::string json;
    for (int i = 0; i < 1000; i++) json += "{\"id\": " + std::to_string(i) + "}\n";
    for (const Compressed& compression : kCompressions) {
        std::string csv = compression.make(csv_rows(50'000));
        EXPECT_EQ(ask(*engine,
                      {csv, "SELECT count(*) AS n, max(id) AS m FROM t", option(compression.name)})
                      .text,
                  "n,m\n50000,49999\n")
            << compression.name;
        std::string lines = compression.make(json);
        EXPECT_EQ(ask(*engine, {lines, "SELECT sum(id) AS s FROM t", option(compression.name),
                                DataFormat::kJson})
                      .text,
                  "s\n499500\n")
            << compression.name;
    }
}

TEST(QueryValue, SeveralStreamsAreOneValue) {
    auto engine = open_engine();
    for (const Compressed& compression : kCompressions) {
        std::string two = compression.make("a\n1\n") + compression.make("2\n");
        EXPECT_EQ(ask(*engine, {two, "SELECT sum(a) AS s FROM t", option(compression.name)}).text,
                  "s\n3\n")
            << compression.name;
    }
}

TEST(QueryValue, CompressionWithARecordDelimiterOfItsOwn) {
    auto engine = open_engine();
    for (const Compressed& compression : kCompressions) {
        std::string value = compression.make("a,b;1,x;2,\"y;\nz\";");
        std::string options = "{\"compression\": \"" + std::string(compression.name) +
                              "\", \"record_delimiter\": \";\"}";
        EXPECT_EQ(ask(*engine, {value, "SELECT a, length(b) AS n FROM t", options}).text,
                  "a,n\n1,1\n2,4\n")
            << compression.name;
    }
}

TEST(QueryValue, DamagedCompressionIsTheValuesFault) {
    auto engine = open_engine();
    for (const Compressed& compression : kCompressions) {
        std::string cut = compression.make(csv_rows(5000));
        cut.resize(cut.size() / 2);
        EXPECT_EQ(ask(*engine, {cut, "SELECT count(*) FROM t", option(compression.name)}).code,
                  Code::kQueryData)
            << compression.name;
        Answered wrong =
            ask(*engine, {csv_rows(10), "SELECT count(*) FROM t", option(compression.name)});
        EXPECT_EQ(wrong.code, Code::kQueryData) << compression.name;
        // Not said to be compressed: the answer says what to do.
        Answered unsaid = ask(*engine, {compression.make(csv_rows(10)), "SELECT count(*) FROM t"});
        EXPECT_EQ(unsaid.code, Code::kQueryData);
        EXPECT_NE(unsaid.text.find(compression.name), std::string::npos) << unsaid.text;
    }
}

TEST(QueryValue, ADecompressionBombMeetsALimit) {
    Options options;
    options.result_bytes = 8 << 20;
    options.deadline_ms = 20'000;
    auto engine = open_engine(options);
    std::string bomb = bzip2("a\n" + std::string(40 << 20, '1'));
    EXPECT_LT(bomb.size(), 100'000u);
    EXPECT_EQ(ask(*engine, {bomb, "SELECT count(*) FROM t", option("bzip2")}).code,
              Code::kQueryLimit);
}

TEST(QueryValue, AValueDeletedMeanwhileIsStillRead) {
    std::string name = (fs::temp_directory_path() / "csd-value-XXXXXX").string();
    UniqueFd file(mkstemp(name.data()));
    std::ofstream(name) << "a\n1\n";
    Request request = request_of({"", "SELECT a FROM t"});
    request.value.reset(open(name.c_str(), O_RDONLY | O_CLOEXEC));
    request.value_bytes = 4;
    fs::remove(name);
    std::ofstream(name) << "another value under the same name\n";
    auto engine = open_engine();
    Outcome outcome = engine->run(std::move(request), {});
    fs::remove(name);
    ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
    EXPECT_EQ(bytes_of(outcome), "a\n1\n");
}

TEST(QueryValue, LargeValuesAreReadWithSeveralThreads) {
    auto engine = open_engine();
    std::string csv = csv_rows(600'000);
    EXPECT_GT(csv.size(), 8u << 20);
    EXPECT_EQ(ask(*engine, {csv, "SELECT count(*) AS n, sum(id) AS s, max(name) AS m FROM t"}).text,
              "n,s,m\n600000,179999700000,name 99999\n");
    EXPECT_EQ(ask(*engine, {csv, "SELECT * FROM t"}).text, csv);
}

// More records than any sample has, and at the end one that changes everything.
std::string json_with_late_record(std::string_view late) {
    std::string json;
    for (int i = 0; i < 30'000; i++) json += "{\"a\":1,\"s\":\"word\",\"n\":{\"x\":1}}\n";
    json += late;
    for (int i = 0; i < 10; i++) json += "{\"a\":1,\"s\":\"word\",\"n\":{\"x\":1}}\n";
    return json;
}

TEST(QueryValue, LateRecordsOfJsonAreReadAsTheyAre) {
    auto engine = open_engine();
    std::string json = json_with_late_record(
        "{\"a\":1.5}\n{\"a\":2.4,\"new\":7,\"n\":{\"y\":\"deep\"}}\n{\"s\":\"2024-01-02\"}\n");
    std::string sql =
        "SELECT max(a) AS m, sum(a) AS s, sum(new) AS n, max(n.y) AS y, "
        "count(DISTINCT s) AS words FROM t";
    std::string expected = "m,s,n,y,words\n2.4,30013.9,7,deep,2\n";
    std::string scan = ", \"scan\": [5, " + std::to_string(json.size()) + "]}";
    for (const char* columns : {"", "\"columns\": \"text\""}) {
        std::string plain = "{" + std::string(columns) + "}", comma = *columns != 0 ? ", " : "";
        EXPECT_EQ(ask(*engine, {json, sql, plain, DataFormat::kJson}).text, expected) << columns;
        for (const Compressed& compression : kCompressions) {
            std::string packed = compression.make(json);
            std::string options = "{" + std::string(columns) + comma + "\"compression\": \"" +
                                  compression.name + "\"}";
            EXPECT_EQ(ask(*engine, {packed, sql, options, DataFormat::kJson}).text, expected)
                << options;
        }
    }
    Answered part = ask(*engine, {json, "SELECT max(a) AS m, sum(new) AS n FROM t",
                                  "{\"json\": \"lines\"" + scan, DataFormat::kJson});
    EXPECT_EQ(part.text, "m,n\n2.4,7\n");
    Answered all = ask(
        *engine, {json, "SELECT * FROM t WHERE new = 7", "", DataFormat::kJson, DataFormat::kJson});
    EXPECT_EQ(all.text, "{\"a\":2.4,\"s\":null,\"n\":{\"x\":null,\"y\":\"deep\"},\"new\":7}\n");
}

TEST(QueryValue, AByteOrderMarkIsNoRecord) {
    auto engine = open_engine();
    const std::string mark = "\xEF\xBB\xBF";
    for (const char* json :
         {"[{\"a\":1},{\"a\":2}]", "{\"a\":1}\n{\"a\":2}\n", "{\"a\":1}{\"a\":2}"})
        for (const char* columns : {"", "\"columns\": {\"a\": \"BIGINT\"}, "}) {
            std::string sql = "SELECT count(*) AS n, sum(a) AS s FROM t";
            for (const Compressed& compression : kCompressions)
                EXPECT_EQ(ask(*engine, {compression.make(mark + json), sql,
                                        "{" + std::string(columns) + "\"compression\": \"" +
                                            compression.name + "\"}",
                                        DataFormat::kJson})
                              .text,
                          "n,s\n2,3\n")
                    << json;
            EXPECT_EQ(ask(*engine, {mark + json, sql,
                                    "{" + std::string(columns) + "\"compression\": \"none\"}",
                                    DataFormat::kJson})
                          .text,
                      "n,s\n2,3\n")
                << json;
        }
    std::string csv = mark + "\"a\",b\n1,x\r\n2,y\n";
    EXPECT_EQ(ask(*engine, {csv, "SELECT sum(a) AS a FROM t"}).text, "a\n3\n");
}

TEST(QueryValue, LargeJsonThatIsTornIsAnErrorWhateverTheQueryReads) {
    auto engine = open_engine();
    std::string lines, array = "[";
    for (int i = 0; i < 30'000; i++) {
        std::string record = "{\"a\":" + std::to_string(i) + ",\"s\":\"some words, } of text\"}";
        lines += record + "\n";
        array += record + ",";
    }
    for (const char* sql : {"SELECT count(*) AS n FROM t", "SELECT a FROM t LIMIT 1"})
        for (const char* options : {"", "{\"columns\": {\"a\": \"BIGINT\"}}"}) {
            Question question{lines, sql, options, DataFormat::kJson};
            EXPECT_EQ(ask(*engine, question).code, Code::kOk) << sql << options;
            for (const std::string& torn :
                 {lines + "{\"a\":1", lines + "{\"a\":1,}\n" + lines, lines + "[\n", array}) {
                question.value = torn;
                EXPECT_EQ(ask(*engine, question).code, Code::kQueryData)
                    << sql << options << torn.substr(torn.size() - 10);
            }
        }
    std::string other = lines + "{\"a\":\n1}\n{\"a\":\",]\"}\n";
    EXPECT_EQ(ask(*engine, {other, "SELECT count(*) AS n FROM t", "", DataFormat::kJson}).text,
              "n\n30002\n");
}

TEST(QueryValue, LateStringsThatAreNoDatesAreText) {
    auto engine = open_engine();
    std::string json;
    for (int i = 0; i < 30'000; i++) json += "{\"d\":\"2024-01-02\"}\n";
    json += "{\"d\":\"never\"}\n";
    EXPECT_EQ(ask(*engine, {json, "SELECT max(d) AS d FROM t", "", DataFormat::kJson}).text,
              "d\nnever\n");
}

TEST(QueryValue, LateFieldsOfCsvAreReadAsTheyAre) {
    auto engine = open_engine();
    std::string csv = "id,day,moment,b\n";
    for (int i = 0; i < 30'000; i++) csv += "1,2024-01-02,2024-01-02 03:04:05,true\n";
    std::string numbers = csv + "1.5,2024-01-02,2024-01-02 03:04:05,true\n";
    std::string sql =
        "SELECT max(id) AS id, max(day) AS day, max(moment) AS moment, min(b) AS b FROM t";
    EXPECT_EQ(ask(*engine, {numbers, sql}).text,
              "id,day,moment,b\n1.5,2024-01-02,2024-01-02 03:04:05,true\n");
    std::string others = csv + "none,2024-01-03 01:00:00,2024-01-02 03:04:05+02:00,0\n";
    std::string expected =
        "id,day,moment,b\nnone,2024-01-03 01:00:00,2024-01-02 03:04:05+02:00,0\n";
    EXPECT_EQ(ask(*engine, {others, sql}).text, expected);
    for (const Compressed& compression : kCompressions)
        EXPECT_EQ(ask(*engine, {compression.make(others), sql, option(compression.name)}).text,
                  expected)
            << compression.name;
    // A type that was asked for is kept to.
    std::string asked =
        "{\"columns\": {\"id\": \"BIGINT\", \"day\": \"VARCHAR\", "
        "\"moment\": \"VARCHAR\", \"b\": \"VARCHAR\"}}";
    Answered answered = ask(*engine, {others, sql, asked});
    EXPECT_EQ(answered.code, Code::kQueryData);
    EXPECT_NE(answered.text.find("30002"), std::string::npos) << answered.text;
}

TEST(QueryValue, LateRecordsOfAnotherWidthAreRead) {
    auto engine = open_engine();
    std::string csv = "a,b\n";
    for (int i = 0; i < 300'000; i++) csv += "1,\"two\nlines\"\n";  // what several threads read
    std::string ragged = csv + "2\n3,\"three\nlines\",4,5\n";
    for (const char* options : {"{\"columns\": \"text\"}", ""}) {
        std::string sum = "SELECT count(*) AS n, sum(CAST(a AS INT)) AS a, count(b) AS b FROM t";
        EXPECT_EQ(ask(*engine, {csv, sum, options}).text, "n,a,b\n300000,300000,300000\n");
        EXPECT_EQ(ask(*engine, {ragged, sum, options}).text, "n,a,b\n300002,300005,300001\n");
        EXPECT_EQ(ask(*engine, {ragged, "SELECT b, _3, _4 FROM t WHERE _4 = 5", options}).text,
                  "b,_3,_4\n\"three\nlines\",4,5\n");
        EXPECT_EQ(ask(*engine, {ragged, "SELECT _5 FROM t", options}).code, Code::kQueryFailed);
    }
    std::string wide = csv + std::string(5000, ',') + "1\n";
    Answered answered = ask(*engine, {wide, "SELECT count(*) FROM t", "{\"columns\": \"text\"}"});
    EXPECT_EQ(answered.code, Code::kQueryData);
    EXPECT_NE(answered.text.find("5001 fields, more than"), std::string::npos) << answered.text;
}

// As many as a reader of DuckDB takes unless it is told otherwise, and more.
TEST(QueryValue, RecordsMayBeLong) {
    auto engine = open_engine();
    for (size_t bytes : {size_t{1} << 20, size_t{2'000'000}, size_t{20} << 20}) {
        const std::string content(bytes, 'y'), n = std::to_string(bytes);
        for (const bool first : {true, false}) {
            std::string csv =
                first ? "1," + content + "\r\n2,z\r\n" : "2,z\r\n1," + content + "\r\n";
            for (const char* options : {"", "{\"columns\": \"text\"}"}) {
                Question question{csv, "SELECT count(*) AS n, max(length(_2)) AS m FROM t",
                                  options};
                question.input_header = false;
                EXPECT_EQ(ask(*engine, question).text, "n,m\n2," + n + "\n") << first << options;
            }
        }
        const std::string record = "{\"a\":1,\"s\":\"" + content + "\"}";
        for (const std::string& json : {record + "\n{\"a\":2}\n", "[{\"a\":2}," + record + "]"})
            for (const char* options :
                 {"", "{\"columns\": {\"a\": \"BIGINT\", \"s\": \"VARCHAR\"}}"})
                EXPECT_EQ(ask(*engine, {json, "SELECT sum(a) AS n, max(length(s)) AS m FROM t",
                                        options, DataFormat::kJson})
                              .text,
                          "n,m\n3," + n + "\n")
                    << options;
    }
}

TEST(QueryValue, OtherFormatsThanSaidAreTheValuesFault) {
    auto engine = open_engine();
    std::string parquet = ask(*engine, {"", "SELECT range AS id FROM range(10)", "",
                                        DataFormat::kCsv, DataFormat::kParquet})
                              .text;
    std::string csv = csv_rows(10);
    for (auto& [value, format] :
         {std::pair{parquet, DataFormat::kCsv}, std::pair{parquet, DataFormat::kJson},
          std::pair{csv, DataFormat::kParquet}, std::pair{csv, DataFormat::kJson},
          std::pair{std::string(), DataFormat::kParquet},
          std::pair{parquet.substr(0, 100), DataFormat::kParquet}})
        EXPECT_EQ(ask(*engine, {value, "SELECT * FROM t", "", format}).code, Code::kQueryData)
            << static_cast<int>(format) << " " << value.size();
}

TEST(QueryValue, DeepJsonIsBounded) {
    Options options;
    options.deadline_ms = 10'000;
    auto engine = open_engine(options);
    std::string deep;
    for (int i = 0; i < 3000; i++) deep += "{\"a\":";
    deep += "1";
    for (int i = 0; i < 3000; i++) deep += "}";
    Answered answered = ask(*engine, {deep, "SELECT count(*) AS n FROM t", "", DataFormat::kJson});
    EXPECT_TRUE(answered.text == "n\n1\n" || answered.code == Code::kQueryData) << answered.text;
}

TEST(QueryValue, DamagedParquetNeverHarmsTheEngine) {
    auto engine = open_engine();
    std::string whole =
        ask(*engine,
            {"", "SELECT range AS id, 'n' || range AS name, range * 1.5 AS price FROM range(500)",
             "", DataFormat::kCsv, DataFormat::kParquet})
            .text;
    std::mt19937 random(20261122);
    for (int i = 0; i < 60; i++) {
        std::string damaged = whole;
        for (int flips = 0; flips < 3; flips++)
            damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
        Answered answered = ask(*engine, {damaged, "SELECT * FROM t", "", DataFormat::kParquet});
        EXPECT_EQ(answered.text.find("/proc/"), std::string::npos);
    }
    EXPECT_EQ(ask(*engine, {whole, "SELECT count(*) AS n FROM t", "", DataFormat::kParquet}).text,
              "n\n500\n");
}

}  // namespace
}  // namespace csd::query
