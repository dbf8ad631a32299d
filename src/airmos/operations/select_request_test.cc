// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/operations/select_request.hpp"

#include <gtest/gtest.h>

namespace csd::airmos::ops {
namespace {

std::string request(const std::string& input, const std::string& output,
                    const std::string& more = {}) {
    return "<SelectObjectContentRequest xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
           "<Expression>SELECT * FROM s3object</Expression><ExpressionType>SQL</ExpressionType>"
           "<InputSerialization>" +
           input + "</InputSerialization><OutputSerialization>" + output +
           "</OutputSerialization>" + more + "</SelectObjectContentRequest>";
}

std::string options(const std::string& input, const std::string& output = "<CSV/>",
                    const std::string& more = {}) {
    const auto parsed = parse_select_request(request(input, output, more));
    if (!parsed.ok()) return std::string(parsed.error().code());
    return options_json(parsed.value(), 1000);
}

TEST(SelectRequest, TellsTheDriveHowToReadCsv) {
    EXPECT_EQ(options("<CSV/>"), R"({"columns":"text","delimiter":",","header":"none"})");
    EXPECT_EQ(
        options("<CompressionType>GZIP</CompressionType><CSV>"
                "<FileHeaderInfo>Use</FileHeaderInfo><FieldDelimiter>|</FieldDelimiter>"
                "<RecordDelimiter>;</RecordDelimiter><QuoteCharacter>'</QuoteCharacter>"
                "<QuoteEscapeCharacter>\\</QuoteEscapeCharacter><Comments>#</Comments></CSV>"),
        R"({"columns":"text","comment":"#","compression":"gzip","delimiter":"|","escape":"\\",)"
        R"("header":"use","quote":"'","record_delimiter":";"})");
    // Ends of lines are found out by the drive, whichever the request names.
    EXPECT_EQ(options("<CSV><RecordDelimiter>\r\n</RecordDelimiter></CSV>"), options("<CSV/>"));
}

TEST(SelectRequest, TellsTheDriveHowToReadJsonAndParquet) {
    EXPECT_EQ(options("<JSON><Type>LINES</Type></JSON>"), R"({"columns":"text","json":"lines"})");
    EXPECT_EQ(options("<JSON><Type>Document</Type></JSON>", "<JSON/>"),
              R"({"columns":"text","json":"document"})");
    EXPECT_EQ(options("<Parquet/>", "<Parquet/>"), "");
}

TEST(SelectRequest, TellsTheDriveHowToWriteCsvUnlessTheNodeDoes) {
    const std::string form = "<FieldDelimiter>;</FieldDelimiter><QuoteCharacter>'</QuoteCharacter>";
    EXPECT_EQ(options("<Parquet/>", "<CSV>" + form + "</CSV>"),
              R"({"out_delimiter":";","out_quote":"'"})");
    EXPECT_EQ(options("<Parquet/>", "<CSV><QuoteFields>ALWAYS</QuoteFields>" + form + "</CSV>"),
              "");
}

TEST(SelectRequest, KnowsThreeKindsOfScanRange) {
    const auto scan = [](const std::string& range) {
        return options("<JSON><Type>LINES</Type></JSON>", "<CSV/>",
                       "<ScanRange>" + range + "</ScanRange>");
    };
    EXPECT_EQ(scan("<Start>5</Start><End>9</End>"),
              R"({"columns":"text","json":"lines","scan":[5,9]})");
    EXPECT_EQ(scan("<Start>5</Start>"), R"({"columns":"text","json":"lines","scan":[5,999]})");
    EXPECT_EQ(scan("<End>10</End>"), R"({"columns":"text","json":"lines","scan":[990,999]})");
    EXPECT_EQ(scan("<End>5000</End>"), R"({"columns":"text","json":"lines","scan":[0,999]})");
    EXPECT_EQ(scan("<Start>9</Start><End>5</End>"), "InvalidScanRange");
    EXPECT_EQ(scan("<Start>x</Start>"), "InvalidScanRange");
    EXPECT_EQ(scan(""), "InvalidScanRange");
}

TEST(SelectRequest, CountsWhatAScanRangeReads) {
    const auto scanned = [](const std::string& range, uint64_t bytes) {
        const auto parsed = parse_select_request(request(
            "<CSV/>", "<CSV/>", range.empty() ? "" : "<ScanRange>" + range + "</ScanRange>"));
        return scanned_bytes(parsed.value(), bytes);
    };
    EXPECT_EQ(scanned("", 1000), 1000u);
    EXPECT_EQ(scanned("<Start>5</Start><End>9</End>", 1000), 5u);
    EXPECT_EQ(scanned("<Start>990</Start><End>5000</End>", 1000), 10u);
    EXPECT_EQ(scanned("<Start>1000</Start>", 1000), 0u);
    EXPECT_EQ(scanned("<End>7</End>", 1000), 7u);
    EXPECT_EQ(scanned("<End>7</End>", 0), 0u);
}

TEST(SelectRequest, SaysWhatIsWrong) {
    EXPECT_EQ(options("<CSV/><JSON/>"), "InvalidDataSource");
    EXPECT_EQ(options(""), "InvalidDataSource");
    EXPECT_EQ(options("<CSV><FileHeaderInfo>MAYBE</FileHeaderInfo></CSV>"),
              "InvalidFileHeaderInfo");
    EXPECT_EQ(options("<JSON/>"), "InvalidJsonType");
    EXPECT_EQ(options("<CompressionType>ZIP</CompressionType><CSV/>"), "InvalidCompressionFormat");
    EXPECT_EQ(options("<CompressionType>GZIP</CompressionType><Parquet/>"),
              "InvalidCompressionFormat");
    EXPECT_EQ(options("<CSV/>", ""), "ObjectSerializationConflict");
    EXPECT_EQ(options("<CSV/>", "<CSV/><JSON/>"), "ObjectSerializationConflict");
    EXPECT_EQ(options("<CSV/>", "<CSV><QuoteFields>SOME</QuoteFields></CSV>"),
              "InvalidQuoteFields");
    EXPECT_EQ(options("<Parquet/>", "<CSV/>", "<ScanRange><End>1</End></ScanRange>"),
              "UnsupportedScanRangeInput");
    const auto code = [](const std::string& xml) {
        const auto parsed = parse_select_request(xml);
        return parsed.ok() ? "" : std::string(parsed.error().code());
    };
    EXPECT_EQ(code("<SelectObjectContentRequest/>"), "MissingRequiredParameter");
    EXPECT_EQ(code("<Select/>"), "MalformedXML");
    EXPECT_EQ(code("<SelectObjectContentRequest><Expression>x</Expression>"
                   "<ExpressionType>XQUERY</ExpressionType></SelectObjectContentRequest>"),
              "InvalidExpressionType");
    EXPECT_EQ(code("<SelectObjectContentRequest><Expression>" +
                   std::string(kMaxExpressionBytes + 1, 'x') +
                   "</Expression></SelectObjectContentRequest>"),
              "ExpressionTooLong");
}

}  // namespace
}  // namespace csd::airmos::ops
