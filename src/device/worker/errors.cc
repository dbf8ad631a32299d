// SPDX-License-Identifier: BSD-3-Clause
// Tested by errors_test.cc.
#include "device/worker/errors.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "device/worker/functions.hpp"
#include "device/worker/json_tree.hpp"
#include "device/worker/words.hpp"
#include "nvme/query_reason.hpp"

namespace csd::worker {

namespace {

using nvme::query_failure;
using nvme::ReasonCode;
using nvme::ReasonParts;

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
                                                         "Malformed JSON in",
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

constexpr std::array<std::string_view, 2> kTooLarge = {"File too large", "Could not write"};
constexpr std::array<std::string_view, 6> kNoMemory = {"bad_alloc",
                                                       "could not allocate",
                                                       "failed to allocate",
                                                       "Cannot allocate memory",
                                                       "Resource temporarily unavailable",
                                                       "maximum length"};

// Of a text that no pattern fits.
ReasonCode general_code(const Parts& parts, Stage stage) {
    if (contains_any(parts.text, kTooLarge)) return ReasonCode::kResultBytes;
    if (parts.kind == "Out of Memory" || contains_any(parts.text, kNoMemory))
        return ReasonCode::kMemory;
    if (parts.kind == "INTERNAL" || parts.kind == "FATAL") return ReasonCode::kEngine;
    if (stage == Stage::kParse || parts.kind == "Parser" || parts.kind == "Syntax" ||
        parts.kind == "Permission" || parts.kind == "Catalog")
        return ReasonCode::kRefused;
    if (stage == Stage::kSchema) return ReasonCode::kData;
    if (parts.kind != "Binder" && is_about_value(parts)) return ReasonCode::kData;
    return ReasonCode::kFailed;
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

// Settings of DuckDB that no user of the drive can set, and functions of ours that no user wrote.
bool is_foreign_advice(std::string_view sentence) {
    constexpr std::array<std::string_view, 22> kWords = {
        "sample_size",   "ignore_errors", "maximum_object_size",
        "maximum_depth", "auto_detect",   "union_by_name",
        "null_padding",  "strict_mode",   "all_varchar",
        "max_line_size", "SET ",          "PRAGMA",
        "read_csv",      "read_json",     "read_parquet",
        "setting '",     "INSTALL",       "LOAD ",
        "'format'",      "parallel=",     "buffer_size",
        "disable_"};
    return contains_any(sentence, kWords);
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
        if (line.empty() || (!out.empty() && is_foreign_advice(line))) continue;
        if (!out.empty()) out += "; ";
        out += line.substr(0, kMaxLineBytes);
        if (line.size() > kMaxLineBytes) out += "...";
    }
    return out.substr(0, kMaxTextBytes);
}

// Without the sentences that advise such things. A sentence ends with a full stop and a blank.
std::string without_foreign_advice(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const size_t stop = text.find(". ");
        const size_t end = stop == std::string_view::npos ? text.size() : stop + 2;
        const std::string_view sentence = text.substr(0, end);
        if (!is_foreign_advice(sentence)) out += sentence;
        text.remove_prefix(end);
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

// --- Patterns -----------------------------------------------------------------------------------------------------------

// Where the subject's position in the SQL is looked for.
enum class Find : uint8_t { kNothing, kName, kFunction, kLiteral };

struct Pattern {
    std::string_view text;  // of DuckDB, with % for what varies
    ReasonCode code;
    int subject;                // which % names it, from 1; 0: none
    Find find;                  // the subject; a literal is the first %
    int record;                 // which % is its number; 0: none
    uint64_t too_many;          // by which that is too high
    std::string_view sentence;  // with {subject}, {record} and {1} to {9} for each %
    // Words, functions and operators that it may be about, for where DuckDB tells no position. (select is a subquery.
    std::string_view places = {};
};

#include "device/worker/duckdb_texts_1_5_6.inc"

// DuckDB's inner names of types, which are none of SQL's.
std::string with_sql_types(std::string text) {
    using Pair = std::pair<std::string_view, std::string_view>;
    static constexpr std::array kTypes = {Pair{"INTEGER_LITERAL", "INTEGER"},
                                          Pair{"STRING_LITERAL", "VARCHAR"},
                                          Pair{"INT128", "HUGEINT"},
                                          Pair{"INT64", "BIGINT"},
                                          Pair{"INT32", "INTEGER"},
                                          Pair{"INT16", "SMALLINT"},
                                          Pair{"INT8", "TINYINT"},
                                          Pair{"BOOL", "BOOLEAN"}};
    for (const auto& [inner, sql] : kTypes)
        if (text == inner) return std::string(sql);
    for (const auto& [inner, sql] : {kTypes[0], kTypes[1]})
        for (size_t at = text.find(inner); at != std::string::npos; at = text.find(inner))
            text.replace(at, inner.size(), sql);
    return text;
}

ReasonParts parts_of(const Pattern& pattern, const std::vector<std::string_view>& parts) {
    ReasonParts out;
    for (std::string_view part : parts)
        out.details.push_back(with_sql_types(shortened(without_paths(part))));
    if (pattern.subject > 0) {
        std::string_view subject = parts[static_cast<size_t>(pattern.subject - 1)];
        out.subject = subject.substr(0, subject.find('\n'));  // blanks follow the last
    }
    if (pattern.record > 0) {
        const std::string_view digits = parts[static_cast<size_t>(pattern.record - 1)];
        for (char c : digits) {
            if (std::isdigit(static_cast<unsigned char>(c)) == 0) break;
            out.record = out.record * 10 + static_cast<uint64_t>(c - '0');
        }
        out.record -= std::min(out.record, pattern.too_many);
    }
    return out;
}

// The first of the words, divided by blanks, that the SQL has.
std::optional<uint32_t> find_any(std::string_view sql, std::string_view words) {
    while (!words.empty()) {
        const size_t end = std::min(words.find(' '), words.size());
        const std::string_view word = words.substr(0, end);
        words.remove_prefix(std::min(words.size(), end + 1));
        std::optional<uint32_t> place =
            word == "(select" ? find_subquery(sql) : find_function(sql, word);
        if (!place) place = find_word(sql, word);
        if (place) return place;
    }
    return std::nullopt;
}

std::optional<uint32_t> find_subject(Find find, std::string_view sql, const ReasonParts& parts,
                                     size_t from) {
    std::optional<uint32_t> position;
    switch (find) {
        case Find::kNothing: break;
        case Find::kName:
            if (auto place = find_name(sql, parts.subject, from)) position = place->position;
            break;
        case Find::kFunction: position = find_function(sql, parts.subject, from); break;
        case Find::kLiteral:
            for (const std::string& text : parts.details)
                if (!position) position = find_literal(sql, text, from);
            break;
    }
    return position;
}

std::vector<NamedPlace> calls_of_functions(std::string_view sql) {
    std::vector<NamedPlace> calls = calls_in(sql);
    std::erase_if(calls, [](const NamedPlace& call) {
        return review_of(lower(call.name)) != Review::kAllowed;
    });
    return calls;
}

// DuckDB's position is where the expression begins that the error is about; the subject stands there or behind it.
void find_position(const Pattern& pattern, const Asked& asked, ReasonParts& parts) {
    if (asked.sql == nullptr) return;
    const std::string_view sql = asked.sql->written;
    parts.position = find_subject(pattern.find, sql, parts, asked.place.value_or(0));
    if (!parts.position) parts.position = asked.place;
    if (!parts.position) parts.position = find_any(sql, pattern.places);
    // What no text tells the place of, and no record, is computed by the only function that there is.
    if (const auto calls = calls_of_functions(sql);
        !parts.position && parts.record == 0 && calls.size() == 1) {
        parts.position = calls[0].position;
    }
}

std::string_view written_sql(const Asked& asked) {
    return asked.sql == nullptr ? std::string_view() : std::string_view(asked.sql->written);
}

// Text that was copied from a word processor.
bool has_typographic_quote(std::string_view word) {
    return word.find("\xE2\x80\x98") != word.npos || word.find("\xE2\x80\x99") != word.npos ||
           word.find("\xE2\x80\x9C") != word.npos || word.find("\xE2\x80\x9D") != word.npos;
}

// Every name in double quotes in DuckDB's list of what comes near.
std::vector<std::string> candidates(std::string_view text) {
    std::vector<std::string> names;
    size_t at = text.find("Candidate bindings:");
    if (at == std::string_view::npos) return names;
    for (text.remove_prefix(at); (at = text.find('"')) != std::string_view::npos;) {
        text.remove_prefix(at + 1);
        const size_t end = text.find('"');
        if (end == std::string_view::npos) break;
        std::string_view name = text.substr(0, end);
        names.emplace_back(name);
        text.remove_prefix(end + 1);
    }
    return names;
}

// A name in double quotes is a column, though many mean text by it.
Status column_unknown(std::string_view text, ReasonParts parts, const Asked& asked) {
    constexpr size_t kMaxNames = 8;
    const bool quoted = asked.sql != nullptr && is_quoted_name(asked.sql->written, parts.subject);
    const std::vector<std::string> named =
        asked.columns != nullptr && !asked.columns->empty() ? *asked.columns : candidates(text);
    const std::vector<std::string_view> words(named.begin(), named.end());
    const std::string near = nearest_word(parts.subject, words);
    parts.details = {quoted_list(named, kMaxNames), near};
    std::string_view sentence = "there is no column \"{subject}\"";
    if (has_typographic_quote(parts.subject))
        sentence =
            "there is no column {subject}; names stand in straight double quotes, and text in "
            "straight single quotes";
    else if (!near.empty())
        sentence = "there is no column \"{subject}\"; did you mean \"{2}\"?";
    else if (quoted && !named.empty())
        sentence =
            "there is no column \"{subject}\"; text stands in single quotes: '{subject}'; the "
            "columns are {1}";
    else if (quoted)
        sentence = "there is no column \"{subject}\"; text stands in single quotes: '{subject}'";
    else if (!named.empty())
        sentence = "there is no column \"{subject}\"; the columns are {1}";
    return query_failure(ReasonCode::kColumnUnknown, sentence, parts, written_sql(asked));
}

template <size_t N>
std::optional<Status> by_pattern(std::string_view text, const std::array<Pattern, N>& patterns,
                                 const Asked& asked, ReasonParts* told) {
    std::vector<std::string_view> found;
    for (const Pattern& pattern : patterns) {
        if (!fits_pattern(text, pattern.text, found)) continue;
        ReasonParts parts = parts_of(pattern, found);
        find_position(pattern, asked, parts);
        if (told != nullptr) *told = parts;
        if (pattern.code == ReasonCode::kColumnUnknown)
            return column_unknown(text, std::move(parts), asked);
        return query_failure(pattern.code, pattern.sentence, parts, written_sql(asked));
    }
    return std::nullopt;
}

// The function that DuckDB probably means: the one at its position, the one that its text names, or the only one.
std::optional<NamedPlace> function_meant(std::string_view text, const Asked& asked) {
    const std::vector<NamedPlace> calls = calls_of_functions(asked.sql->written);
    const std::string said = lower(text);
    for (const NamedPlace& call : calls)
        if (asked.place == call.position) return call;
    for (const NamedPlace& call : calls)
        if (said.find(lower(call.name)) != std::string::npos) return call;
    return calls.size() == 1 ? std::optional(calls[0]) : std::nullopt;
}

// A text that no pattern fits, of a statement that DuckDB bound or ran: what functions say of their arguments has no end.
std::optional<Status> about_function(const Parts& parts, const std::string& text,
                                     const Asked& asked) {
    if (asked.sql == nullptr || is_about_value(parts)) return std::nullopt;
    const auto function = function_meant(parts.text, asked);
    if (!function) return std::nullopt;
    return query_failure(
        ReasonCode::kArgumentValue, "{subject} cannot be computed: {1}; check its arguments",
        {.subject = std::string(function->name), .details = {text}, .position = function->position},
        asked.sql->written);
}

Status general(const Parts& parts, Stage stage, const Asked& asked) {
    const ReasonCode code = general_code(parts, stage);
    switch (code) {
        case ReasonCode::kResultBytes:
            return query_failure(code,
                                 "the result is larger than a result may be; select fewer rows "
                                 "or columns");
        case ReasonCode::kMemory:
            return query_failure(code,
                                 "the query needs more memory than it may have; select fewer "
                                 "columns, or sort and group less");
        case ReasonCode::kEngine:
            return query_failure(code, "the query engine failed inside; the drive is well");
        default: break;
    }
    ReasonParts out;
    std::string text = without_foreign_advice(shortened(without_paths(parts.text)));
    if (text.empty()) text = "the query failed";
    if (stage == Stage::kRun && (code == ReasonCode::kFailed || parts.kind == "Catalog"))
        if (auto status = about_function(parts, text, asked)) return *status;
    out.position = asked.place;
    out.details.push_back(std::move(text));
    if (out.details[0].size() <= nvme::kMaxDetailBytes)
        return query_failure(code,
                             code == ReasonCode::kData ? "the value could not be read: {1}" : "{1}",
                             out, written_sql(asked));
    // A detail is cut; a text that is the sentence need not be.
    nvme::QueryReason reason;
    reason.code = code;
    reason.sentence = nvme::printable_text(
        (code == ReasonCode::kData ? "the value could not be read: " : "") + out.details[0],
        nvme::kMaxReasonBytes);
    return query_failure(std::move(reason));
}

// --- The parser ---------------------------------------------------------------------------------------------------------

const std::vector<std::string_view> kKeywords = {
    "SELECT",   "FROM", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT",    "OFFSET",
    "DISTINCT", "JOIN", "UNION", "LIKE",  "WHEN",  "THEN",   "ELSE",     "BETWEEN",
    "VALUES",   "WITH", "OVER",  "CASE",  "DESC",  "NULL",   "PARTITION"};

// The keyword that the word at the position, or the one before it, was probably to be.
std::string misspelt_keyword(std::string_view sql, size_t position, std::string& written) {
    for (std::string_view word : {word_at(sql, position), word_before(sql, position)}) {
        const bool is_keyword =
            std::any_of(kKeywords.begin(), kKeywords.end(),
                        [word](std::string_view one) { return edits_between(one, word) == 0; });
        std::string meant = is_keyword ? std::string() : nearest_word(word, kKeywords);
        if (meant.empty()) continue;
        written = word;
        return meant;
    }
    return {};
}

Status syntax_at(std::string_view text, size_t position, std::string_view sql) {
    ReasonParts parts;
    parts.position = static_cast<uint32_t>(position);
    const std::string_view word = word_at(sql, position);
    parts.subject = word;
    std::string written;
    const std::string meant = misspelt_keyword(sql, position, written);
    parts.details = {written, meant};
    std::string_view sentence =
        "the SQL makes no sense at \"{subject}\"; look for a missing comma, operator, bracket or "
        "keyword before it";
    if (text.starts_with("unterminated /*"))
        sentence = "a comment is never closed; close it by */";
    else if (text.starts_with("unterminated"))
        sentence = "a quote is never closed; close it: {subject}";
    else if (word.empty())
        sentence = "the SQL ends too early; look for a part, a bracket or a quote that is missing";
    else if (!meant.empty() && written == word)
        sentence = "the SQL makes no sense at \"{subject}\"; did you mean {2}?";
    else if (!meant.empty())
        sentence =
            "the SQL makes no sense at \"{subject}\"; did you mean {2} instead of \"{1}\" before "
            "it?";
    else if (const std::string before = lower(word_before(sql, position));
             before == "group" || before == "order")
        sentence = "the SQL makes no sense at \"{subject}\"; write BY before it";
    else if (lower(word_before(sql, position)) == "top")
        sentence =
            "the SQL makes no sense at \"{subject}\"; for the first rows write LIMIT at the end "
            "instead of TOP";
    return query_failure(ReasonCode::kSyntax, sentence, parts, sql);
}

}  // namespace

bool fits_pattern(std::string_view text, std::string_view pattern,
                  std::vector<std::string_view>& parts) {
    parts.clear();
    while (true) {
        const size_t mark = pattern.find('%');
        if (mark == std::string_view::npos) return text == pattern;
        if (!text.starts_with(pattern.substr(0, mark))) return false;
        text.remove_prefix(mark);
        pattern.remove_prefix(mark + 1);
        const std::string_view next = pattern.substr(0, pattern.find('%'));
        const size_t end = next.empty() ? text.size() : text.find(next);
        if (end == std::string_view::npos) return false;
        parts.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

std::vector<std::string_view> duckdb_patterns() {
    std::vector<std::string_view> texts;
    for (const Pattern& pattern : kPatterns) texts.push_back(pattern.text);
    for (const Pattern& pattern : kValuePatterns) texts.push_back(pattern.text);
    return texts;
}

bool is_duplicate_name(std::string_view duckdb_text) {
    return duckdb_text.find("Duplicate struct entry name") != std::string_view::npos;
}

Status explain_syntax(std::string_view duckdb_text, std::optional<size_t> position,
                      const PreparedSql* sql) {
    const std::string_view text = duckdb_text.substr(0, duckdb_text.find('\n'));
    const std::string_view written = sql == nullptr ? std::string_view() : sql->written;
    if (text.starts_with("Only SELECT"))
        return query_failure(
            ReasonCode::kNotSelect,
            "only one SELECT is permitted (and PIVOT needs its values listed: PIVOT ... ON x IN "
            "(...))",
            {.position = written.empty() ? std::nullopt : std::optional<uint32_t>(0)}, written);
    if (has_typographic_quote(written)) {
        const size_t at = written.find("\xE2\x80");
        return query_failure(ReasonCode::kSyntax,
                             "the SQL has typographic quotes; names stand in \" and text in '",
                             {.position = static_cast<uint32_t>(at)}, written);
    }
    if (text.find("errhint NOT IMPLEMENTED") != text.npos && find_word(written, "limit"))
        return query_failure(ReasonCode::kSyntax,
                             "LIMIT takes one number; write LIMIT 10 OFFSET 5 for LIMIT 5, 10",
                             {.position = find_word(written, "limit")}, written);
    if (position && sql != nullptr) return syntax_at(text, sql->position_of(*position), written);
    return query_failure(ReasonCode::kSyntax, "the SQL makes no sense: {1}",
                         {.details = {std::string(text)}});
}

Status explain(std::string_view duckdb_text, Stage stage, const Asked& asked,
               nvme::ReasonParts* told) {
    const Parts parts = split(without_tail(duckdb_text));
    const bool of_engine =
        parts.kind == "INTERNAL" || parts.kind == "FATAL" || parts.kind == "Out of Memory";
    // A reader's text may contain that of a conversion.
    if (stage != Stage::kParse && !of_engine && parts.kind != "Binder")
        if (auto status = by_pattern(parts.text, kValuePatterns, asked, told)) return *status;
    if (stage == Stage::kRun && !of_engine && parts.kind != "IO")
        if (auto status = by_pattern(parts.text, kPatterns, asked, told)) return *status;
    return general(parts, stage, asked);
}

}  // namespace csd::worker
