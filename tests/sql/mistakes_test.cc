// SPDX-License-Identifier: BSD-3-Clause
//
// Mistakes that people make with a select, and what the drive says to each. mistakes.txt is the table:
//
//     value NAME                    a value; its bytes follow up to a line ----. Others are made below
//     mistake VALUE [csv|json|parquet] [no-header] [{options}]
//     SQL                           up to a line ----
//     REASON POSITION RECORD SUBJECT   - for none; the subject goes to the line's end
//     the whole sentence
//
// Lines that begin with # between blocks are comments. A sentence names the thing, the place, and what to do.
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "base/bytes.hpp"
#include "device/query/query_fixture.hpp"
#include "nvme/query_reason.hpp"

namespace csd::query {
namespace {

struct Mistake {
    int line = 0;
    std::string value;
    std::string sql;
    std::string options;
    DataFormat input = DataFormat::kCsv;
    bool header = true;
    std::string reason, position, record, subject, sentence;
};

std::string gzipped(const std::string& text) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string utf16(const std::string& text, bool marked) {
    std::string out = marked ? "\xFF\xFE" : "";
    for (char c : text) {
        out += c;
        out += '\0';
    }
    return out;
}

class Mistakes : public testing::Test {
  protected:
    void SetUp() override {
        // On a busy machine a query must neither wait for an idle one nor be late.
        Options options;
        options.normal_priority = true;
        options.deadline_ms = 600'000;
        engine_ = open_engine(options);
        read_table();
        make_values();
    }

    void read_table() {
        std::ifstream file(CSD_SQL_TESTS "/mistakes.txt");
        ASSERT_TRUE(file.is_open());
        int number = 0;
        std::string line;
        const auto next = [&] {
            number++;
            return static_cast<bool>(std::getline(file, line));
        };
        const auto block = [&] {
            std::string text;
            while (next() && line != "----") text += line + "\n";
            return text;
        };
        while (next()) {
            if (line.empty() || line[0] == '#') continue;
            std::istringstream words(line);
            std::string verb, name;
            words >> verb >> name;
            if (verb == "value") {
                values_[name] = block();
                continue;
            }
            ASSERT_EQ(verb, "mistake") << "line " << number;
            Mistake mistake;
            mistake.line = number;
            mistake.value = name;
            read_how(words, mistake);
            mistake.sql = block();
            if (!mistake.sql.empty()) mistake.sql.pop_back();
            ASSERT_TRUE(next());
            std::istringstream expected(line);
            expected >> mistake.reason >> mistake.position >> mistake.record;
            std::getline(expected >> std::ws, mistake.subject);
            ASSERT_TRUE(next());
            mistake.sentence = line;
            mistakes_.push_back(mistake);
        }
    }

    static void read_how(std::istringstream& words, Mistake& mistake) {
        for (std::string word; words >> word;) {
            if (word == "json") mistake.input = DataFormat::kJson;
            if (word == "parquet") mistake.input = DataFormat::kParquet;
            if (word == "no-header") mistake.header = false;
            if (word[0] != '{') continue;
            std::getline(words, mistake.options);
            mistake.options = word + mistake.options;
        }
    }

    void make_values() {
        const std::string cars = values_["cars"];
        values_["empty"] = "";
        values_["utf16"] = utf16(cars, true);
        values_["utf16-unmarked"] = utf16(cars, false);
        values_["latin1"] = "City,price\nBonn,1\nK\xF6ln,2\n";
        values_["latin1-header"] =
            "Gr\xF6\xDF"
            "e,price\n1,2\n";
        values_["latin1-json"] = "{\"City\":\"Bonn\"}\n{\"City\":\"K\xF6ln\"}\n";
        values_["gzip"] = gzipped(cars);
        values_["gzip-cut"] = gzipped(cars).substr(0, gzipped(cars).size() - 12);
        values_["bzip2"] = "BZh91AY&SY";
        values_["zip"] = std::string("PK\x03\x04") + std::string(100, '\0');
        values_["png"] =
            std::string("\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\1\0", 20) + std::string(80, '\0');
        make_parquet(cars);
    }

    void make_parquet(const std::string& cars) {
        Question question{cars, "SELECT * FROM s3object", "", DataFormat::kCsv,
                          DataFormat::kParquet};
        const Answered made = ask(*engine_, question);
        ASSERT_EQ(made.code, Code::kOk) << made.text;
        const std::string& whole = made.text;
        values_["parquet"] = whole;
        values_["parquet-cut"] = whole.substr(0, whole.size() - 20);
        values_["parquet-without-front"] = whole.substr(20);
        const std::string end = whole.substr(whole.size() - 8);
        const size_t footer = load_le<uint32_t>(as_bytes(end), 0);
        std::string& pages = values_["parquet-bad-pages"] = whole;
        for (size_t i = 4; i < 60; i++) pages[i] = '\xFF';
        std::string& thrift = values_["parquet-bad-footer"] = whole;
        for (size_t i = 0; i < footer; i++) thrift[whole.size() - 8 - footer + i] = '\xFF';
        std::string& half = values_["parquet-zero-footer"] = whole;
        for (size_t i = 30; i < 60; i++) half[whole.size() - 8 - footer + i] = '\0';
        std::string& length = values_["parquet-long-footer"] = whole;
        length[whole.size() - 6] = '\x7F';
        values_["parquet-encrypted"] = "PARE" + whole.substr(4, whole.size() - 8) + "PARE";
    }

    Outcome run(const Mistake& mistake) {
        Question question;
        question.value = values_.at(mistake.value);
        question.sql = mistake.sql;
        question.options = mistake.options;
        question.input = mistake.input;
        question.input_header = mistake.header && mistake.input == DataFormat::kCsv;
        return engine_->run(request_of(question), {});
    }

    std::unique_ptr<QueryEngine> engine_;
    std::map<std::string, std::string> values_;
    std::vector<Mistake> mistakes_;
};

// As the table has it, so that a wrong row can be replaced by what is printed.
std::string row_of(const nvme::QueryReason& reason) {
    std::string row(nvme::reason_name(reason.code));
    row += " " + (reason.position ? std::to_string(*reason.position) : "-");
    row += " " + (reason.record != 0 ? std::to_string(reason.record) : "-");
    row += " " + (reason.subject().empty() ? "-" : std::string(reason.subject()));
    return row + "\n" + reason.sentence;
}

TEST_F(Mistakes, EachHasItsReasonAndASentence) {
    EXPECT_GE(mistakes_.size(), 80u);
    for (const Mistake& mistake : mistakes_) {
        SCOPED_TRACE("mistakes.txt:" + std::to_string(mistake.line) + ": " + mistake.sql);
        if (!values_.contains(mistake.value)) {
            ADD_FAILURE() << "there is no value " << mistake.value;
            continue;
        }
        const Outcome outcome = run(mistake);
        ASSERT_FALSE(outcome.status.ok());
        ASSERT_NE(outcome.status.reason(), nullptr) << outcome.status.message();
        const nvme::QueryReason& reason = *outcome.status.reason();
        EXPECT_EQ(row_of(reason), mistake.reason + " " + mistake.position + " " + mistake.record +
                                      " " + mistake.subject + "\n" + mistake.sentence);
        EXPECT_EQ(outcome.status.message(), reason.sentence);
        EXPECT_EQ(outcome.status.code(), nvme::status_of(reason.code));
    }
}

// Statements that are wrong in one way each, over the SQL that docs/select.md allows. A row of mistakes.txt says all of an
// answer; this says of many that somebody thought of an answer at all: it has a reason of its own, not DuckDB's words, and
// a place. A few are right after all, as DuckDB gets better; most must not be.
TEST_F(Mistakes, EveryRefusedStatementHasAReasonOfItsOwnAndAPlace) {
    std::ifstream file(CSD_SQL_TESTS "/mistaken.txt");
    ASSERT_TRUE(file.is_open());
    Mistake mistake;
    mistake.value = "letters";
    values_["letters"] = "a,b,t,d\n1,2.0,n/a,2020-01-01\n-5,0,{,1992-01-01\n";
    size_t refused = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        mistake.sql = line;
        const Outcome outcome = run(mistake);
        if (outcome.status.ok()) continue;
        refused++;
        ASSERT_NE(outcome.status.reason(), nullptr) << line << ": " << outcome.status.message();
        const nvme::QueryReason& reason = *outcome.status.reason();
        EXPECT_NE(static_cast<uint16_t>(reason.code) & 0xFF, 0)
            << line << "\n    " << row_of(reason);
        EXPECT_TRUE(reason.position) << line << "\n    " << row_of(reason);
        EXPECT_NE(reason.sentence.find("; "), std::string::npos)
            << line << ": what to do?\n    " << row_of(reason);
    }
    EXPECT_GE(refused, 300u);
}

// Nothing of the engine's inside, and nothing that the user could not do.
TEST_F(Mistakes, NoSentenceSpeaksOfTheEngine) {
    for (const Mistake& mistake : mistakes_) {
        for (std::string_view word : {"/proc",
                                      "read_csv",
                                      "read_json",
                                      "read_parquet",
                                      "sample_size",
                                      "ignore_errors",
                                      "maximum_object_size",
                                      " SET ",
                                      "PRAGMA",
                                      "Binder",
                                      "Candidate",
                                      "LINE",
                                      "Invalid Input",
                                      "magic bytes",
                                      "Thrift",
                                      "auto_detect",
                                      "union_by_name",
                                      "INT32",
                                      "INT64",
                                      "_LITERAL"})
            EXPECT_TRUE(mistake.sentence.find(word) == std::string::npos ||
                        mistake.sql.find(word) != std::string::npos)
                << "mistakes.txt:" << mistake.line << ": " << word;
        EXPECT_FALSE(mistake.sentence.ends_with(".")) << mistake.line;
    }
}

// A reason that no row shows is one that no test has seen.
TEST_F(Mistakes, TheTableShowsTheReasonsThatASelectCanHave) {
    std::set<std::string> shown;
    for (const Mistake& mistake : mistakes_) shown.insert(mistake.reason);
    // Those of limits, of the engine, and the general ones have tests of their own; a record that is too long has
    // 256 MiB, which csv_test.cc does with a lower limit.
    for (uint16_t code = 1; code < 0x0400; code++) {
        const auto name = nvme::reason_name(static_cast<nvme::ReasonCode>(code));
        if (name == "unknown" || (code & 0xFF) == 0 || name == "sql-not-utf8" ||
            name == "record-too-long")
            continue;
        EXPECT_TRUE(shown.contains(std::string(name))) << name;
    }
}

}  // namespace
}  // namespace csd::query
