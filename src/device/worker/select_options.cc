// SPDX-License-Identifier: BSD-3-Clause
// Tested by select_options_test.cc.
#include "device/worker/select_options.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "device/worker/words.hpp"
#include "nvme/query_reason.hpp"

namespace csd::worker {

namespace {

using nvme::DataFormat;
using Json = nlohmann::ordered_json;

using nvme::query_failure;
using nvme::ReasonCode;

constexpr std::array<std::string_view, 13> kNames = {"compression",
                                                     "delimiter",
                                                     "quote",
                                                     "escape",
                                                     "comment",
                                                     "record_delimiter",
                                                     "header",
                                                     "columns",
                                                     "json",
                                                     "scan",
                                                     "out_delimiter",
                                                     "out_quote",
                                                     "out_record_delimiter"};

constexpr size_t kMaxDelimiterBytes = 4;  // as much as DuckDB takes
constexpr size_t kMaxColumns = 1000;

Status wrong(std::string_view name, std::string_view what,
             ReasonCode code = ReasonCode::kOptionValue) {
    return query_failure(code, "option {subject}: {1}",
                         {.subject = std::string(name), .details = {std::string(what)}});
}

// One word of a few.
template <typename T, size_t N>
Status read_word(std::string_view name, const Json& value,
                 const std::array<std::pair<std::string_view, T>, N>& words, T& out) {
    std::string text = value.is_string() ? value.get<std::string>() : std::string();
    std::string known;
    for (auto& [word, meaning] : words) {
        if (text == word) {
            out = meaning;
            return {};
        }
        known += (known.empty() ? "" : ", ") + std::string(word);
    }
    return wrong(name, "must be one of " + known);
}

Status read_delimiter(std::string_view name, const Json& value, std::string& out) {
    if (value.is_string()) out = value.get<std::string>();
    if (!value.is_string() || out.empty() || out.size() > kMaxDelimiterBytes ||
        out.find('\0') != out.npos)
        return wrong(name, "must be a string of 1 to 4 bytes");
    return {};
}

Status read_char(std::string_view name, const Json& value, char& out) {
    if (!value.is_string()) return wrong(name, "must be a string of at most one character");
    auto text = value.get<std::string>();
    if (text.size() > 1 || (!text.empty() && (text[0] == 0 || text[0] == '\n' || text[0] == '\r' ||
                                              (text[0] & 0x80) != 0)))
        return wrong(name, "must be one ASCII character, or empty for none");
    out = text.empty() ? '\0' : text[0];
    return {};
}

Status read_scan(const Json& value, std::optional<ByteRange>& out) {
    bool good = value.is_array() && value.size() == 2 && value[0].is_number_unsigned() &&
                value[1].is_number_unsigned();
    if (!good) return wrong("scan", "must be [first byte, last byte]");
    out = ByteRange{value[0].get<uint64_t>(), value[1].get<uint64_t>()};
    if (out->first > out->last)
        return wrong("scan", "must be [first byte, last byte], and the first lies behind the last");
    return {};
}

Status read_columns(const Json& value, SelectOptions& out) {
    if (value == "text") {
        out.all_text = true;
        return {};
    }
    if ((!value.is_array() && !value.is_object()) || value.empty() || value.size() > kMaxColumns)
        return wrong("columns",
                     "must be \"text\", a list of names, or an object of names and types");
    for (auto& [key, element] : value.items()) {
        if (!element.is_string()) return wrong("columns", "names and types are strings");
        auto text = element.get<std::string>();
        ColumnSpec spec = value.is_array() ? ColumnSpec{text, ""} : ColumnSpec{key, text};
        bool plain = !spec.name.empty() && spec.name.find('\0') == std::string::npos &&
                     spec.type.find('\0') == std::string::npos &&
                     (value.is_array() || !spec.type.empty());
        if (!plain) return wrong("columns", "names and types must not be empty or contain NUL");
        out.columns.push_back(std::move(spec));
    }
    return {};
}

Status read_option(const std::string& name, const Json& value, SelectOptions& out) {
    using Compressions = std::array<std::pair<std::string_view, Compression>, 4>;
    using Headers = std::array<std::pair<std::string_view, Header>, 3>;
    using Shapes = std::array<std::pair<std::string_view, JsonShape>, 2>;
    if (name == "compression")
        return read_word(name, value,
                         Compressions{{{"none", Compression::kNone},
                                       {"gzip", Compression::kGzip},
                                       {"bzip2", Compression::kBzip2},
                                       {"zstd", Compression::kZstd}}},
                         out.compression);
    if (name == "header")
        return read_word(
            name, value,
            Headers{{{"use", Header::kUse}, {"ignore", Header::kIgnore}, {"none", Header::kNone}}},
            out.header);
    if (name == "json")
        return read_word(name, value,
                         Shapes{{{"lines", JsonShape::kLines}, {"document", JsonShape::kDocument}}},
                         out.json);
    if (name == "delimiter") return read_delimiter(name, value, out.delimiter.emplace());
    if (name == "record_delimiter") return read_delimiter(name, value, out.record_delimiter);
    if (name == "out_delimiter") return read_delimiter(name, value, out.out_delimiter);
    if (name == "out_record_delimiter")
        return read_delimiter(name, value, out.out_record_delimiter);
    if (name == "quote") return read_char(name, value, out.quote);
    if (name == "escape") return read_char(name, value, out.escape.emplace());
    if (name == "comment") return read_char(name, value, out.comment);
    if (name == "out_quote") return read_char(name, value, out.out_quote);
    if (name == "columns") return read_columns(value, out);
    if (name == "scan") return read_scan(value, out.scan);
    const std::string meant = nearest_word(name, {kNames.begin(), kNames.end()});
    std::string known;
    for (std::string_view one : kNames) known += (known.empty() ? "" : ", ") + std::string(one);
    // The list is longer than a detail may be.
    return query_failure(ReasonCode::kOptionUnknown,
                         meant.empty() ? "there is no option {subject}; there are " + known
                                       : "there is no option {subject}; did you mean {1}?",
                         {.subject = name, .details = {meant}});
}

// Which formats an option speaks of; of another format it is a mistake, not to be passed over.
Status fits(const std::string& name, const SelectShape& shape) {
    constexpr std::array<std::string_view, 6> kCsvInput = {
        "delimiter", "quote", "escape", "comment", "record_delimiter", "header"};
    bool csv_input = std::find(kCsvInput.begin(), kCsvInput.end(), name) != kCsvInput.end();
    if (csv_input && shape.input != DataFormat::kCsv)
        return wrong(name, "is for CSV input", ReasonCode::kOptionUnfit);
    if (name == "json" && shape.input != DataFormat::kJson)
        return wrong(name, "is for JSON input", ReasonCode::kOptionUnfit);
    if (name.starts_with("out_") && shape.output != DataFormat::kCsv)
        return wrong(name, "is for CSV output", ReasonCode::kOptionUnfit);
    if (shape.input == DataFormat::kParquet &&
        (name == "compression" || name == "columns" || name == "scan"))
        return wrong(name, "is for CSV and JSON input; Parquet says it itself",
                     ReasonCode::kOptionUnfit);
    return {};
}

Status check_together(const SelectOptions& options, const SelectShape& shape) {
    auto clash = [](const std::string& delimiter, char quote) {
        return quote != 0 && delimiter.find(quote) != std::string::npos;
    };
    if (options.delimiter &&
        (clash(*options.delimiter, options.quote) || is_line_end(*options.delimiter)))
        return wrong("delimiter", "must differ from the quote and the record delimiter",
                     ReasonCode::kOptionConflict);
    if (!options.record_delimiter.empty() && (clash(options.record_delimiter, options.quote) ||
                                              options.record_delimiter == options.delimiter))
        return wrong("record_delimiter", "must differ from the quote and the delimiter",
                     ReasonCode::kOptionConflict);
    if (clash(options.out_delimiter, options.out_quote) || is_line_end(options.out_delimiter))
        return wrong("out_delimiter", "must differ from the quote and the record delimiter",
                     ReasonCode::kOptionConflict);
    if (clash(options.out_record_delimiter, options.out_quote) ||
        options.out_record_delimiter == options.out_delimiter)
        return wrong("out_record_delimiter", "must differ from the quote and the delimiter",
                     ReasonCode::kOptionConflict);
    if (options.comment != 0 &&
        (options.comment == options.quote ||
         (options.delimiter && options.delimiter->find(options.comment) != std::string::npos)))
        return wrong("comment", "must differ from the quote and the delimiter",
                     ReasonCode::kOptionConflict);
    if (options.scan && options.compression != Compression::kNone)
        return wrong("scan", "does not go with compression", ReasonCode::kOptionConflict);
    if (options.scan && shape.input == DataFormat::kJson && options.json == JsonShape::kDocument)
        return wrong("scan", "is for JSON lines, not for a document", ReasonCode::kOptionConflict);
    if (shape.input == DataFormat::kJson && !options.columns.empty() &&
        options.columns.front().type.empty())
        return wrong("columns", "of JSON must be \"text\" or an object of names and types",
                     ReasonCode::kOptionConflict);
    return {};
}

}  // namespace

bool is_line_end(std::string_view text) {
    return text == "\n" || text == "\r\n" || text == "\r";
}

Result<SelectOptions> parse_select_options(std::string_view text, const SelectShape& shape) {
    SelectOptions options;
    if (shape.input_header) options.header = Header::kUse;
    if (text.empty()) return options;
    Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded() || !json.is_object())
        return query_failure(ReasonCode::kOptionsMalformed,
                             "the options are not one JSON object, such as {1}",
                             {.details = {R"({"delimiter": ";"})"}});
    for (auto& [name, value] : json.items()) {
        Status read = read_option(name, value, options);
        if (read.ok()) read = fits(name, shape);
        if (!read.ok()) return read;
    }
    Status checked = check_together(options, shape);
    if (!checked.ok()) return checked;
    return options;
}

}  // namespace csd::worker
