// SPDX-License-Identifier: BSD-3-Clause
//
// QueryReason: why a select failed, as data. A program switches on the code and never reads the sentence.
//
//     const csd::nvme::QueryReason* why = rows.status().reason();
//     if (why != nullptr && why->code == csd::nvme::ReasonCode::kColumnUnknown) return suggest(why->subject());
//
// docs/command-set.md lists the codes. A number keeps its meaning for ever; new reasons get new numbers.
// Pure; any thread. Tested by src/nvme/query_reason_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "csd/status.hpp"

namespace csd::nvme {

// The high byte is the status code (SC) of the failure, 00h where that is Invalid Field. The low byte is the reason among
// those of the status; 00h says no more than the status does. A host that does not know a code goes by its high byte.
enum class ReasonCode : uint16_t {
    kUnknown = 0x0000,  // the drive tells no reasons, or this one has none

    kOptionUnknown = 0x0001,     // subject: the option
    kOptionValue = 0x0002,       // subject: the option, whose value is not one that it takes
    kOptionUnfit = 0x0003,       // subject: the option, which is for another format
    kOptionConflict = 0x0004,    // subject: the option, which contradicts another one
    kOptionsMalformed = 0x0005,  // they are not one JSON object

    kRefused = 0x0100,
    kSyntax = 0x0101,  // position; subject: the word there, if there is one
    kSqlEmpty = 0x0102,
    kSqlNotUtf8 = 0x0103,
    kSeveralStatements = 0x0104,
    kNotSelect = 0x0105,
    kFunctionUnknown = 0x0106,         // subject: the function
    kFunctionForbidden = 0x0107,       // subject: the function
    kTableFunctionForbidden = 0x0108,  // subject: the function
    kSeveralTables = 0x0109,           // subject: the second table's name
    kTableQualified = 0x010A,          // subject: the table's name
    kTooDeep = 0x010B,
    kParameter = 0x010C,
    kConstructForbidden = 0x010D,  // subject: the kind of SELECT or expression
    kTypeUnknown = 0x010E,         // subject: the type
    kNameForbidden = 0x010F,       // subject: the name

    kData = 0x0200,
    kCompressed = 0x0201,  // subject: the compression that the value has and the options do not say
    kNotCompressed =
        0x0202,  // subject: the compression that the options say and the value does not have
    kCompressionBad = 0x0203,   // subject: the compression, whose data is damaged
    kTruncated = 0x0204,        // the value ends within a record
    kRecordTooLong = 0x0205,    // record
    kCsvMalformed = 0x0206,     // record
    kFieldConversion = 0x0207,  // record; subject: the column whose type the options give
    kJsonMalformed = 0x0208,    // record, where it is known
    kParquetMalformed = 0x0209,
    kNotUtf8 = 0x020A,        // record, where it is known
    kFormatDiffers = 0x020B,  // subject: the format that the value looks like

    kFailed = 0x0300,
    kColumnUnknown = 0x0301,    // subject: the column; position
    kTableUnknown = 0x0302,     // subject: the table; position
    kAliasTooEarly = 0x0303,    // subject: the alias; position
    kKeyUnknown = 0x0304,       // subject: the key of an object that has others
    kNoKeys = 0x0305,           // subject: the key of what is no object
    kColumnAmbiguous = 0x0306,  // subject: the column; position
    kArgumentTypes =
        0x0307,  // subject: the function or operator; position; record, where one made the type
    kCastFailed = 0x0308,      // subject: the column, where it is known; record likewise
    kCastImpossible = 0x0309,  // there is no conversion between the types
    kOverflow = 0x030A,
    kLikeEscape = 0x030B,
    kLimitNegative = 0x030C,
    kTypesDiffer = 0x030D,         // two sides of a comparison, a CASE, a UNION
    kNotGrouped = 0x030E,          // subject: the column; position
    kAggregateMisplaced = 0x030F,  // subject: the function, where it is known
    kSeveralRows = 0x0310,         // of a subquery that stands for one value
    kArgumentValue = 0x0311,       // a function's argument is not one that it takes

    kLimit = 0x0400,
    kTime = 0x0401,
    kMemory = 0x0402,
    kResultBytes = 0x0403,
    kSqlBytes = 0x0404,

    kEngine = 0x0500,
    kEngineDied = 0x0501,
    kEngineMissing = 0x0502,  // the drive's installation lacks the query engine
};

// Such as "column-unknown", as kvcli prints it; "unknown" for a code that this build does not know.
std::string_view reason_name(ReasonCode code);
// The status that a failure with this reason has: one of the kQuery codes or kInvalidField.
Code status_of(ReasonCode code);
// The reason that says no more than the status.
ReasonCode general_reason(Code status);

struct QueryReason {
    ReasonCode code = ReasonCode::kUnknown;
    std::optional<uint32_t> position;  // byte offset in the SQL as it was sent
    uint64_t record =
        0;  // of the value, from 1; a CSV header counts. Or the line, where the sentence says so. 0: none
    std::string sentence;
    uint32_t subject_offset = 0;  // within the sentence
    uint32_t subject_bytes = 0;   // 0: no subject
    uint16_t place_bytes = 0;     // at the sentence's end: what says the position to people

    // The name of the column, function, option, ... that the reason is about; empty: none.
    std::string_view subject() const {
        return std::string_view(sentence).substr(subject_offset, subject_bytes);
    }
    // For a host that made the SQL itself, whose user would not know the position.
    std::string_view without_place() const {
        return std::string_view(sentence).substr(0, sentence.size() - place_bytes);
    }

    // Makes the offsets lie within the sentence: they may come from a drive that is wrong, or a sentence that was cut.
    void clamp();

    friend bool operator==(const QueryReason&, const QueryReason&) = default;
};

}  // namespace csd::nvme
