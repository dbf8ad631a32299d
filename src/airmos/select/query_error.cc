// SPDX-License-Identifier: BSD-3-Clause
// Tested by query_error_test.cc.
#include "airmos/select/query_error.hpp"

#include <algorithm>
#include <array>

#include "airmos/select/token.hpp"
#include "csd/query_reason.hpp"

namespace csd::airmos::select {

namespace {

using nvme::ReasonCode;

struct Row {
    ReasonCode reason;
    std::string_view s3;
};

// What is not here goes by its status.
constexpr std::array kRows = {
    Row{ReasonCode::kOptionUnknown, "InvalidRequestParameter"},
    Row{ReasonCode::kOptionValue, "InvalidRequestParameter"},
    Row{ReasonCode::kOptionUnfit, "InvalidRequestParameter"},
    Row{ReasonCode::kOptionConflict, "InvalidRequestParameter"},
    Row{ReasonCode::kSqlNotUtf8, "InvalidTextEncoding"},
    Row{ReasonCode::kFunctionUnknown, "UnsupportedFunction"},
    Row{ReasonCode::kFunctionForbidden, "UnsupportedFunction"},
    Row{ReasonCode::kTableFunctionForbidden, "UnsupportedFunction"},
    Row{ReasonCode::kSeveralTables, "MultipleDataSourcesUnsupported"},
    Row{ReasonCode::kTooDeep, "UnsupportedSqlStructure"},
    Row{ReasonCode::kCompressed, "InvalidCompressionFormat"},
    Row{ReasonCode::kNotCompressed, "InvalidCompressionFormat"},
    Row{ReasonCode::kCompressionBad, "InvalidCompressionFormat"},
    Row{ReasonCode::kTruncated, "TruncatedInput"},
    Row{ReasonCode::kRecordTooLong, "OverMaxRecordSize"},
    Row{ReasonCode::kCsvMalformed, "CSVParsingError"},
    Row{ReasonCode::kFieldConversion, "ValueParseFailure"},
    Row{ReasonCode::kJsonMalformed, "JSONParsingError"},
    Row{ReasonCode::kParquetMalformed, "ParquetParsingError"},
    Row{ReasonCode::kNotUtf8, "InvalidTextEncoding"},
    Row{ReasonCode::kColumnUnknown, "EvaluatorBindingDoesNotExist"},
    Row{ReasonCode::kTableUnknown, "EvaluatorBindingDoesNotExist"},
    Row{ReasonCode::kAliasTooEarly, "EvaluatorBindingDoesNotExist"},
    Row{ReasonCode::kKeyUnknown, "InvalidKeyPath"},
    Row{ReasonCode::kNoKeys, "InvalidKeyPath"},
    Row{ReasonCode::kColumnAmbiguous, "AmbiguousFieldName"},
    Row{ReasonCode::kArgumentTypes, "IncorrectSqlFunctionArgumentType"},
    Row{ReasonCode::kCastFailed, "CastFailed"},
    Row{ReasonCode::kCastImpossible, "InvalidCast"},
    Row{ReasonCode::kOverflow, "IntegerOverflow"},
    Row{ReasonCode::kLikeEscape, "EvaluatorLikePatternInvalidEscapeSequence"},
    Row{ReasonCode::kLimitNegative, "EvaluatorNegativeLimit"},
};

bool is_position(std::string_view name) {
    return name.size() > 1 && name[0] == '_' &&
           std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool misses_column(const nvme::QueryReason& reason) {
    return reason.code == ReasonCode::kColumnUnknown && !is_position(reason.subject());
}

// Empty: the failure is none of a query.
std::string_view code_of(const Status& failed) {
    if (const nvme::QueryReason* reason = failed.reason(); reason != nullptr) {
        if (reason->code == ReasonCode::kColumnUnknown && !misses_column(*reason))
            return "InvalidColumnIndex";
        for (const Row& row : kRows)
            if (row.reason == reason->code) return row.s3;
    }
    switch (failed.code()) {
        case Code::kQueryRefused: return "UnsupportedSqlOperation";
        case Code::kQueryData: return "UnrecognizedFormatException";
        case Code::kQueryFailed: return "EvaluatorInvalidArguments";
        case Code::kQueryLimit: return "ExternalEvalException";
        case Code::kQueryBusy:
        case Code::kQueryRunning: return "Busy";
        default: return {};
    }
}

}  // namespace

Error query_error(const Status& failed) {
    const std::string_view code = code_of(failed);
    if (code.empty()) return error_of(failed);
    const nvme::QueryReason* reason = failed.reason();
    if (reason == nullptr) return Error(code, failed.message());
    return Error(code, std::string(reason->without_place()));
}

std::string missing_column(const Status& failed) {
    const nvme::QueryReason* reason = failed.reason();
    if (reason == nullptr || !misses_column(*reason)) return {};
    return lower(reason->subject());
}

}  // namespace csd::airmos::select
