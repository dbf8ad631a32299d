// SPDX-License-Identifier: BSD-3-Clause
// Tested by query_reason_test.cc.
#include "nvme/query_reason.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace csd::nvme {

namespace {

struct Name {
    ReasonCode code;
    std::string_view name;
};

constexpr std::array kNames = {
    Name{ReasonCode::kUnknown, "unknown"},
    Name{ReasonCode::kOptionUnknown, "option-unknown"},
    Name{ReasonCode::kOptionValue, "option-value"},
    Name{ReasonCode::kOptionUnfit, "option-unfit"},
    Name{ReasonCode::kOptionConflict, "option-conflict"},
    Name{ReasonCode::kOptionsMalformed, "options-malformed"},
    Name{ReasonCode::kRefused, "refused"},
    Name{ReasonCode::kSyntax, "syntax"},
    Name{ReasonCode::kSqlEmpty, "sql-empty"},
    Name{ReasonCode::kSqlNotUtf8, "sql-not-utf8"},
    Name{ReasonCode::kSeveralStatements, "several-statements"},
    Name{ReasonCode::kNotSelect, "not-select"},
    Name{ReasonCode::kFunctionUnknown, "function-unknown"},
    Name{ReasonCode::kFunctionForbidden, "function-forbidden"},
    Name{ReasonCode::kTableFunctionForbidden, "table-function-forbidden"},
    Name{ReasonCode::kSeveralTables, "several-tables"},
    Name{ReasonCode::kTableQualified, "table-qualified"},
    Name{ReasonCode::kTooDeep, "too-deep"},
    Name{ReasonCode::kParameter, "parameter"},
    Name{ReasonCode::kConstructForbidden, "construct-forbidden"},
    Name{ReasonCode::kTypeUnknown, "type-unknown"},
    Name{ReasonCode::kNameForbidden, "name-forbidden"},
    Name{ReasonCode::kData, "data"},
    Name{ReasonCode::kCompressed, "compressed"},
    Name{ReasonCode::kNotCompressed, "not-compressed"},
    Name{ReasonCode::kCompressionBad, "compression-bad"},
    Name{ReasonCode::kTruncated, "truncated"},
    Name{ReasonCode::kRecordTooLong, "record-too-long"},
    Name{ReasonCode::kCsvMalformed, "csv-malformed"},
    Name{ReasonCode::kFieldConversion, "field-conversion"},
    Name{ReasonCode::kJsonMalformed, "json-malformed"},
    Name{ReasonCode::kParquetMalformed, "parquet-malformed"},
    Name{ReasonCode::kNotUtf8, "not-utf8"},
    Name{ReasonCode::kFormatDiffers, "format-differs"},
    Name{ReasonCode::kFailed, "failed"},
    Name{ReasonCode::kColumnUnknown, "column-unknown"},
    Name{ReasonCode::kTableUnknown, "table-unknown"},
    Name{ReasonCode::kAliasTooEarly, "alias-too-early"},
    Name{ReasonCode::kKeyUnknown, "key-unknown"},
    Name{ReasonCode::kNoKeys, "no-keys"},
    Name{ReasonCode::kColumnAmbiguous, "column-ambiguous"},
    Name{ReasonCode::kArgumentTypes, "argument-types"},
    Name{ReasonCode::kCastFailed, "cast-failed"},
    Name{ReasonCode::kCastImpossible, "cast-impossible"},
    Name{ReasonCode::kOverflow, "overflow"},
    Name{ReasonCode::kLikeEscape, "like-escape"},
    Name{ReasonCode::kLimitNegative, "limit-negative"},
    Name{ReasonCode::kTypesDiffer, "types-differ"},
    Name{ReasonCode::kNotGrouped, "not-grouped"},
    Name{ReasonCode::kAggregateMisplaced, "aggregate-misplaced"},
    Name{ReasonCode::kSeveralRows, "several-rows"},
    Name{ReasonCode::kArgumentValue, "argument-value"},
    Name{ReasonCode::kLimit, "limit"},
    Name{ReasonCode::kTime, "time"},
    Name{ReasonCode::kMemory, "memory"},
    Name{ReasonCode::kResultBytes, "result-bytes"},
    Name{ReasonCode::kSqlBytes, "sql-bytes"},
    Name{ReasonCode::kEngine, "engine"},
    Name{ReasonCode::kEngineDied, "engine-died"},
    Name{ReasonCode::kEngineMissing, "engine-missing"},
};

// Statuses by the high byte of their reasons.
constexpr std::array kStatuses = {Code::kInvalidField, Code::kQueryRefused, Code::kQueryData,
                                  Code::kQueryFailed,  Code::kQueryLimit,   Code::kQueryEngine};

// Bytes of the UTF-8 character at the front, 0 if it is none.
size_t character_bytes(std::string_view text) {
    auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    unsigned char first = byte(0);
    size_t size = first < 0x80                    ? 1
                  : first >= 0xC2 && first < 0xE0 ? 2
                  : (first & 0xF0) == 0xE0        ? 3
                  : first >= 0xF0 && first < 0xF5 ? 4
                                                  : 0;
    if (size > text.size()) return 0;
    for (size_t i = 1; i < size; i++)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    if (size == 3 && ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) >= 0xA0)))
        return 0;
    if (size == 4 && ((first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) >= 0x90)))
        return 0;
    return size;
}

std::string shortened(std::string_view text, size_t max_bytes) {
    std::string out = printable_text(text, max_bytes);
    if (out.size() + 4 < text.size()) out += "...";
    return out;
}

// Fills the text's placeholders in one pass, so that braces in what it fills in mean nothing.
class Printer {
  public:
    Printer(QueryReason& reason, const ReasonParts& parts) : reason_(reason), parts_(parts) {}

    void print(std::string_view text) {
        while (!text.empty()) {
            const size_t open = std::min(text.find('{'), text.size());
            reason_.sentence += text.substr(0, open);
            text.remove_prefix(open);
            const size_t close = text.find('}');
            if (close == std::string_view::npos) {
                reason_.sentence += text;
                return;
            }
            fill(text.substr(1, close - 1));
            text.remove_prefix(close + 1);
        }
    }

  private:
    void fill(std::string_view name) {
        if (name == "subject") {
            const std::string subject = shortened(parts_.subject, kMaxSubjectBytes);
            reason_.subject_offset = static_cast<uint32_t>(reason_.sentence.size());
            reason_.subject_bytes = static_cast<uint32_t>(subject.size());
            reason_.sentence += subject;
        } else if (name == "record") {
            reason_.sentence += std::to_string(parts_.record);
        } else if (name.size() == 1 && name[0] >= '1' && name[0] <= '9') {
            const auto index = static_cast<size_t>(name[0] - '1');
            if (index < parts_.details.size())
                reason_.sentence += shortened(parts_.details[index], kMaxDetailBytes);
        }
    }

    QueryReason& reason_;
    const ReasonParts& parts_;
};

// Lines and columns count from 1, columns in characters.
std::string place_in(std::string_view sql, uint32_t position) {
    const std::string_view before = sql.substr(0, std::min<size_t>(position, sql.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    const auto column = 1 + std::count_if(before.begin() + static_cast<ptrdiff_t>(line_start),
                                          before.end(), [](char c) { return (c & 0xC0) != 0x80; });
    return " (line " + std::to_string(line) + ", column " + std::to_string(column) + " of the SQL)";
}

}  // namespace

std::string_view reason_name(ReasonCode code) {
    const auto* found = std::find_if(kNames.begin(), kNames.end(),
                                     [code](const Name& name) { return name.code == code; });
    return found == kNames.end() ? "unknown" : found->name;
}

Code status_of(ReasonCode code) {
    const size_t kind = static_cast<uint16_t>(code) >> 8;
    return kind < kStatuses.size() ? kStatuses[kind] : Code::kQueryFailed;
}

ReasonCode general_reason(Code status) {
    const auto* found = std::find(kStatuses.begin(), kStatuses.end(), status);
    return found == kStatuses.end() ? ReasonCode::kUnknown
                                    : static_cast<ReasonCode>((found - kStatuses.begin()) << 8);
}

void QueryReason::clamp() {
    const auto size = static_cast<uint32_t>(sentence.size());
    subject_offset = std::min(subject_offset, size);
    subject_bytes = std::min(subject_bytes, size - subject_offset);
    if (subject_bytes == 0) subject_offset = 0;
    if (place_bytes > size - subject_offset - subject_bytes) place_bytes = 0;
}

QueryReason make_reason(ReasonCode code, std::string_view text, const ReasonParts& parts,
                        std::string_view sql) {
    QueryReason reason;
    reason.code = code;
    reason.position = parts.position;
    reason.record = parts.record;
    const std::string place =
        parts.position && !sql.empty() ? place_in(sql, *parts.position) : std::string();
    Printer(reason, parts).print(text);
    reason.sentence = printable_text(reason.sentence, kMaxReasonBytes - place.size()) + place;
    reason.place_bytes = static_cast<uint16_t>(place.size());
    reason.clamp();
    return reason;
}

Status query_failure(ReasonCode code, std::string_view text, const ReasonParts& parts,
                     std::string_view sql) {
    return query_failure(make_reason(code, text, parts, sql));
}

Status query_failure(QueryReason reason) {
    const Code code = status_of(reason.code);
    return query_failure(code, std::move(reason));
}

Status query_failure(Code code, QueryReason reason) {
    std::string sentence = reason.sentence;
    return {code, std::move(sentence), std::make_shared<const QueryReason>(std::move(reason))};
}

std::string printable_text(std::string_view text, size_t max_bytes) {
    std::string out;
    while (!text.empty()) {
        size_t size = character_bytes(text);
        std::string_view next = text.substr(0, std::max<size_t>(size, 1));
        if (out.size() + next.size() > max_bytes) break;
        auto first = static_cast<unsigned char>(next[0]);
        if (size == 0)
            out += '?';
        else if (first < 0x20 || first == 0x7F ||
                 (size == 2 && first == 0xC2 && (next[1] & 0x7F) < 0x20))
            out += ' ';
        else
            out += next;
        text.remove_prefix(next.size());
    }
    return out;
}

}  // namespace csd::nvme
