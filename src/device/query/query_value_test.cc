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

TEST(QueryValue, ARowBehindTheSampleThatDoesNotFitIsToldWithItsLine) {
    auto engine = open_engine();
    std::string csv = "id,name\n";
    for (int i = 0; i < 100'000; i++) csv += std::to_string(i) + ",x\n";
    csv += "none,x\n";
    Answered answered = ask(*engine, {csv, "SELECT max(id) FROM t"});
    EXPECT_EQ(answered.code, Code::kQueryData);
    EXPECT_NE(answered.text.find("100002"), std::string::npos) << answered.text;
    EXPECT_EQ(ask(*engine, {csv, "SELECT count(*) AS n FROM t", "{\"columns\": \"text\"}"}).text,
              "n\n100001\n");
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
