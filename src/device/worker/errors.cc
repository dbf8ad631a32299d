// SPDX-License-Identifier: BSD-3-Clause
// Tested by errors_test.cc.
#include "device/worker/errors.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace csd::worker {

namespace {

constexpr size_t kMaxTextBytes = 400;
constexpr size_t kMaxLineBytes = 160;  // a line may echo the value

struct Parts {
    std::string_view kind;  // "Binder", "Invalid Input", ...
    std::string_view text;
};

Parts split(std::string_view text) {
    constexpr std::string_view kMark = " Error: ";
    size_t at = text.find(kMark);
    if (at > 40) return {"", text};
    return {text.substr(0, at), text.substr(at + kMark.size())};
}

template <size_t N>
bool contains_any(std::string_view text, const std::array<std::string_view, N>& marks) {
    return std::any_of(marks.begin(), marks.end(), [text](std::string_view mark) {
        return text.find(mark) != std::string_view::npos;
    });
}

// What readers of files say, and nothing else does.
bool is_about_value(const Parts& parts) {
    constexpr std::array<std::string_view, 17> kMarks = {"CSV Error",
                                                         "Malformed JSON",
                                                         "JSON transform error",
                                                         "CSV Sniffer",
                                                         "when sniffing file",
                                                         "Parquet",
                                                         "parquet",
                                                         "Thrift",
                                                         "GZIP",
                                                         "gzip",
                                                         "ZSTD",
                                                         "magic bytes",
                                                         "/proc/self/fd",
                                                         "Snappy",
                                                         "thrift",
                                                         "maximum_object_size",
                                                         "Invalid unicode"};
    return parts.kind == "IO" || parts.kind == "Serialization" || contains_any(parts.text, kMarks);
}

Code code_of(const Parts& parts, Stage stage) {
    constexpr std::array<std::string_view, 6> kMemory = {"bad_alloc",
                                                         "could not allocate",
                                                         "failed to allocate",
                                                         "Cannot allocate memory",
                                                         "Resource temporarily unavailable",
                                                         "maximum length"};
    constexpr std::array<std::string_view, 2> kSize = {"File too large", "Could not write"};
    if (contains_any(parts.text, kSize)) return Code::kQueryLimit;
    if (parts.kind == "Out of Memory" || contains_any(parts.text, kMemory))
        return Code::kQueryLimit;
    if (parts.kind == "INTERNAL" || parts.kind == "FATAL") return Code::kQueryEngine;
    if (stage == Stage::kParse || parts.kind == "Parser" || parts.kind == "Syntax" ||
        parts.kind == "Permission" || parts.kind == "Catalog")
        return Code::kQueryRefused;
    if (stage == Stage::kSchema) return Code::kQueryData;
    if (parts.kind != "Binder" && is_about_value(parts)) return Code::kQueryData;
    return Code::kQueryFailed;
}

// A position within SQL that the user did not write, advice on settings, lists of every overload: all of
// it comes behind one of these.
std::string_view without_tail(std::string_view text) {
    constexpr std::array<std::string_view, 9> kTails = {"\nLINE ",
                                                        "\nPossible ",
                                                        "\nThe search space",
                                                        "\n  file =",
                                                        "\n\tCandidate functions",
                                                        "\nCandidate functions",
                                                        "\nHint:",
                                                        "Try auto-detecting",
                                                        "\nStack Trace"};
    for (std::string_view tail : kTails) text = text.substr(0, text.find(tail));
    return text;
}

// Where the bracket that opens at `open` closes, quotes heeded; the end if it does not.
size_t closing_bracket(std::string_view text, size_t open) {
    size_t depth = 0;
    bool in_quotes = false;
    for (size_t i = open; i < text.size(); i++) {
        if (text[i] == '\'') in_quotes = !in_quotes;
        if (in_quotes) continue;
        if (text[i] == '(') depth++;
        if (text[i] == ')' && --depth == 0) return i + 1;
    }
    return text.size();
}

// The object is "the value", whether DuckDB calls it by its path or by the function that reads it.
std::string without_paths(std::string_view text) {
    constexpr std::string_view kPath = "/proc/self/fd/";
    std::string out;
    for (size_t at = text.find(kPath); at != std::string_view::npos; at = text.find(kPath)) {
        size_t end = at + kPath.size();
        while (end < text.size() &&
               (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
            end++;
        if (at > 0 && end < text.size() && text[at - 1] == text[end] &&
            (text[end] == '\'' || text[end] == '"')) {
            at--;
            end++;
        }
        for (std::string_view reader : {"read_csv(", "read_json(", "read_parquet("})
            if (text.substr(0, at).ends_with(reader)) {
                end = closing_bracket(text, at - 1);
                at -= reader.size();
                break;
            }
        out += text.substr(0, at);
        out += "the value";
        text.remove_prefix(end);
    }
    return out += text;
}

std::string shortened(std::string_view text) {
    std::string out;
    while (!text.empty() && out.size() < kMaxTextBytes) {
        size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(text.size(), end + 1));
        while (!line.empty() && std::isspace(static_cast<unsigned char>(line.front())))
            line.remove_prefix(1);
        while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back())))
            line.remove_suffix(1);
        if (line.empty()) continue;
        if (!out.empty()) out += "; ";
        out += line.substr(0, kMaxLineBytes);
        if (line.size() > kMaxLineBytes) out += "...";
    }
    return out.substr(0, kMaxTextBytes);
}

}  // namespace

Status explain(std::string_view duckdb_text, Stage stage) {
    Parts parts = split(without_tail(duckdb_text));
    Code code = code_of(parts, stage);
    switch (code) {
        case Code::kQueryLimit:
            return Status(
                code, contains_any(parts.text, std::array<std::string_view, 2>{"File too large",
                                                                               "Could not write"})
                          ? "the result is larger than a result may be"
                          : "the query needs more memory than it may have");
        case Code::kQueryEngine:
            return Status(code, "the query engine failed inside; the drive is well");
        default: break;
    }
    std::string text = shortened(without_paths(parts.text));
    if (text.empty()) text = "the query failed";
    if (code == Code::kQueryData) text = "the value could not be read: " + text;
    return Status(code, text);
}

}  // namespace csd::worker
