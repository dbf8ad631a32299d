// SPDX-License-Identifier: BSD-3-Clause
//
// The XML of SelectObjectContent. Tested by select_request_test.cc.
#include "airmos/operations/select_request.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "airmos/operations/text.hpp"
#include "airmos/xml/reader.hpp"

namespace csd::airmos::ops {
namespace {

using Input = select::Dialect::Input;
using Kind = AnswerFormat::Kind;

Error missing(const std::string& what) {
    return Error("MissingRequiredParameter",
                 "The SelectRequest entity is missing a required parameter: " + what);
}

// A text that the request may leave out; "" is a value too.
std::string text_or(const xml::Element& parent, std::string_view name, std::string otherwise) {
    auto text = parent.text_of(name);
    return text ? std::move(*text) : std::move(otherwise);
}

bool is_true(const std::optional<std::string>& text) {
    return text && lower(*text) == "true";
}

Outcome<> read_csv_input(const xml::Element& csv, SelectRequest& made) {
    made.dialect.input = Input::kCsv;
    made.drive.input = nvme::DataFormat::kCsv;
    made.header = lower(text_or(csv, "FileHeaderInfo", "NONE"));
    if (made.header != "none" && made.header != "use" && made.header != "ignore")
        return Error("InvalidFileHeaderInfo");
    made.dialect.csv_header = made.header == "use";
    made.drive.input_header = made.header == "use";
    made.delimiter = text_or(csv, "FieldDelimiter", ",");
    made.record_delimiter = text_or(csv, "RecordDelimiter", "\n");
    made.comment = text_or(csv, "Comments", "");
    made.quote = csv.text_of("QuoteCharacter");
    made.escape = csv.text_of("QuoteEscapeCharacter");
    return Nothing{};
}

Outcome<> read_json_input(const xml::Element& json, SelectRequest& made) {
    made.dialect.input = Input::kJson;
    made.drive.input = nvme::DataFormat::kJson;
    made.json_shape = lower(text_or(json, "Type", ""));
    if (made.json_shape != "lines" && made.json_shape != "document")
        return Error("InvalidJsonType");
    return Nothing{};
}

Outcome<> read_input(const xml::Element& input, SelectRequest& made) {
    const auto csv = input.child("CSV"), json = input.child("JSON"),
               parquet = input.child("Parquet");
    if (int{csv.has_value()} + int{json.has_value()} + int{parquet.has_value()} != 1)
        return Error("InvalidDataSource", "InputSerialization names one of CSV, JSON and Parquet");
    made.compression = lower(text_or(input, "CompressionType", "NONE"));
    if (made.compression != "none" && made.compression != "gzip" && made.compression != "bzip2") {
        return Error("InvalidCompressionFormat",
                     "The compression is not valid. NONE, GZIP and BZIP2 are supported.");
    }
    if (csv) return read_csv_input(*csv, made);
    if (json) return read_json_input(*json, made);
    if (made.compression != "none") {
        return Error("InvalidCompressionFormat",
                     "Parquet compresses its columns by itself: CompressionType must be NONE");
    }
    made.dialect.input = Input::kParquet;
    made.drive.input = nvme::DataFormat::kParquet;
    return Nothing{};
}

Outcome<> read_csv_output(const xml::Element& csv, SelectRequest& made) {
    AnswerFormat& format = made.format;
    format.kind = Kind::kCsv;
    made.dialect.csv_output = true;
    made.drive.output = nvme::DataFormat::kCsv;
    format.delimiter = text_or(csv, "FieldDelimiter", ",");
    format.record_delimiter = text_or(csv, "RecordDelimiter", "\n");
    format.quote = text_or(csv, "QuoteCharacter", "\"");
    format.escape = text_or(csv, "QuoteEscapeCharacter", format.quote);
    const std::string fields = lower(text_or(csv, "QuoteFields", "ASNEEDED"));
    if (fields != "asneeded" && fields != "always") return Error("InvalidQuoteFields");
    format.quote_all = fields == "always";
    for (const auto& [name, value] : {std::pair("FieldDelimiter", &format.delimiter),
                                      std::pair("RecordDelimiter", &format.record_delimiter)}) {
        if (value->empty() || value->size() > 4) {
            return Error("InvalidRequestParameter",
                         std::string(name) + " of the output has 1 to 4 bytes");
        }
    }
    if (format.quote.size() > 1 || format.escape.size() > 1)
        return Error("InvalidRequestParameter",
                     "A quote or escape character is one ASCII character");
    return Nothing{};
}

Outcome<> read_output(const xml::Element& output, SelectRequest& made) {
    const auto csv = output.child("CSV"), json = output.child("JSON"),
               parquet = output.child("Parquet");
    if (int{csv.has_value()} + int{json.has_value()} + int{parquet.has_value()} != 1) {
        return Error("ObjectSerializationConflict",
                     "OutputSerialization names one of CSV, JSON and Parquet");
    }
    if (csv) return read_csv_output(*csv, made);
    if (json) {
        made.format.kind = Kind::kJson;
        made.drive.output = nvme::DataFormat::kJson;
        auto delimiter = json->text_of("RecordDelimiter");
        if (delimiter && !delimiter->empty()) made.format.record_delimiter = std::move(*delimiter);
        return Nothing{};
    }
    made.format.kind = Kind::kParquet;
    made.dialect.parquet_output = true;
    made.drive.output = nvme::DataFormat::kParquet;
    return Nothing{};
}

Outcome<> read_scan_range(const xml::Element& range, SelectRequest& made) {
    ScanRange scan;
    for (auto [name, number] : {std::pair("Start", &scan.first), std::pair("End", &scan.last)}) {
        const auto text = range.text_of(name);
        if (!text) continue;
        *number = parse_number(trim(*text));
        if (!*number) return Error("InvalidScanRange", std::string(name) + " is not a number");
    }
    if (!scan.first && !scan.last)
        return Error("InvalidScanRange", "ScanRange has no Start or End");
    if (scan.first && scan.last && *scan.first > *scan.last)
        return Error("InvalidScanRange", "Start lies behind End");
    if (made.compression != "none" || made.dialect.input == Input::kParquet ||
        made.json_shape == "document") {
        return Error("UnsupportedScanRangeInput",
                     "ScanRange is for CSV and JSON LINES that are not compressed");
    }
    made.scan = scan;
    return Nothing{};
}

}  // namespace

Outcome<SelectRequest> parse_select_request(std::string xml) {
    const auto document = xml::Document::parse(std::move(xml), "SelectObjectContentRequest");
    if (!document.ok()) return document.error();
    const xml::Element root = document.value().root();
    SelectRequest made;
    auto expression = root.text_of("Expression");
    if (!expression || trim(*expression).empty()) return missing("Expression");
    if (expression->size() > kMaxExpressionBytes) return Error("ExpressionTooLong");
    made.expression = std::move(*expression);
    const auto type = root.text_of("ExpressionType");
    if (!type) return missing("ExpressionType");
    if (lower(*type) != "sql") return Error("InvalidExpressionType");
    if (const auto progress = root.child("RequestProgress"))
        made.progress = is_true(progress->text_of("Enabled"));
    const auto input = root.child("InputSerialization");
    if (!input) return missing("InputSerialization");
    if (auto fine = read_input(*input, made); !fine.ok()) return fine.error();
    const auto output = root.child("OutputSerialization");
    if (!output) return missing("OutputSerialization");
    if (auto fine = read_output(*output, made); !fine.ok()) return fine.error();
    if (const auto range = root.child("ScanRange")) {
        if (auto fine = read_scan_range(*range, made); !fine.ok()) return fine.error();
    }
    return made;
}

static std::pair<uint64_t, uint64_t> scan_bounds(const ScanRange& scan, uint64_t object_bytes) {
    const uint64_t end = object_bytes > 0 ? object_bytes - 1 : 0;
    if (scan.first) return {*scan.first, scan.last.value_or(std::max(end, *scan.first))};
    return {object_bytes - std::min(*scan.last, object_bytes), end};
}

uint64_t scanned_bytes(const SelectRequest& request, uint64_t object_bytes) {
    if (!request.scan) return object_bytes;
    const auto [first, last] = scan_bounds(*request.scan, object_bytes);
    if (first >= object_bytes) return 0;
    return std::min(last, object_bytes - 1) - first + 1;
}

std::string options_json(const SelectRequest& request, uint64_t object_bytes) {
    nlohmann::json options = nlohmann::json::object();
    if (request.compression != "none") options["compression"] = request.compression;
    if (request.dialect.input == Input::kCsv) {
        options["header"] = request.header;
        options["columns"] = "text";  // S3 Select: what CSV has is text until a CAST
        options["delimiter"] = request.delimiter;
        if (request.record_delimiter != "\n" && request.record_delimiter != "\r\n" &&
            !request.record_delimiter.empty())
            options["record_delimiter"] = request.record_delimiter;
        if (request.quote) options["quote"] = *request.quote;
        if (request.escape) options["escape"] = *request.escape;
        if (!request.comment.empty()) options["comment"] = request.comment;
    } else if (request.dialect.input == Input::kJson) {
        options["json"] = request.json_shape;
        options["columns"] = "text";  // a string that looks like a date is a string
    }
    if (request.scan) {
        const auto [first, last] = scan_bounds(*request.scan, object_bytes);
        options["scan"] = {first, last};
    }
    const AnswerFormat& format = request.format;
    if (format.kind == Kind::kCsv && !format.needs_reformatting()) {
        if (format.delimiter != ",") options["out_delimiter"] = format.delimiter;
        if (format.quote != "\"") options["out_quote"] = format.quote;
        if (format.record_delimiter != "\n")
            options["out_record_delimiter"] = format.record_delimiter;
    }
    // What is not UTF-8 was refused with the XML.
    return options.empty() ? std::string() : options.dump();
}

}  // namespace csd::airmos::ops
