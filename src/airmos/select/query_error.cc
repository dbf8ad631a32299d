// SPDX-License-Identifier: BSD-3-Clause
// Tested by query_error_test.cc.
#include "airmos/select/query_error.hpp"

#include <algorithm>
#include <array>

namespace csd::airmos::select {

namespace {

struct Reason {
    Code code;
    std::string_view words;  // of the drive's sentence
    std::string_view s3;
};

// The first that fits is meant. The words are the query engine's; a test runs queries that fail in these ways.
constexpr std::array kReasons = {
    Reason{Code::kInvalidField, "option ", "InvalidRequestParameter"},
    Reason{Code::kQueryRefused, "there is no function", "UnsupportedFunction"},
    Reason{Code::kQueryRefused, "the function", "UnsupportedFunction"},
    Reason{Code::kQueryRefused, "one table, the object", "MultipleDataSourcesUnsupported"},
    Reason{Code::kQueryRefused, "nests brackets", "UnsupportedSqlStructure"},
    Reason{Code::kQueryRefused, "nested too deeply", "UnsupportedSqlStructure"},
    Reason{Code::kQueryData, "with the option compression", "InvalidCompressionFormat"},
    Reason{Code::kQueryData, "decompress", "InvalidCompressionFormat"},
    Reason{Code::kQueryData, "not whole gzip", "InvalidCompressionFormat"},
    Reason{Code::kQueryData, "not whole bzip2", "InvalidCompressionFormat"},
    Reason{Code::kQueryData, "ends too early", "TruncatedInput"},
    Reason{Code::kQueryData, "record of the CSV is longer", "OverMaxRecordSize"},
    Reason{Code::kQueryData, "Maximum line size", "OverMaxRecordSize"},
    Reason{Code::kQueryData, "CSV", "CSVParsingError"},
    Reason{Code::kQueryData, "JSON", "JSONParsingError"},
    Reason{Code::kQueryData, "maximum_object_size", "OverMaxRecordSize"},
    Reason{Code::kQueryData, "Parquet", "ParquetParsingError"},
    Reason{Code::kQueryData, "parquet", "ParquetParsingError"},
    Reason{Code::kQueryData, "magic bytes", "ParquetParsingError"},
    Reason{Code::kQueryData, "UTF-8", "InvalidTextEncoding"},
    Reason{Code::kQueryFailed, "Referenced column \"_", "InvalidColumnIndex"},
    Reason{Code::kQueryFailed, "not found in FROM clause", "EvaluatorBindingDoesNotExist"},
    Reason{Code::kQueryFailed, "does not have a column named \"_", "InvalidColumnIndex"},
    Reason{Code::kQueryFailed, "does not have a column named", "EvaluatorBindingDoesNotExist"},
    Reason{Code::kQueryFailed, "Referenced table", "EvaluatorBindingDoesNotExist"},
    Reason{Code::kQueryFailed, "before it is defined", "EvaluatorBindingDoesNotExist"},
    Reason{Code::kQueryFailed, "Could not find key", "InvalidKeyPath"},
    Reason{Code::kQueryFailed, "Cannot extract field", "InvalidKeyPath"},
    Reason{Code::kQueryFailed, "Ambiguous reference", "AmbiguousFieldName"},
    Reason{Code::kQueryFailed, "No function matches", "IncorrectSqlFunctionArgumentType"},
    Reason{Code::kQueryFailed, "Could not convert", "CastFailed"},
    Reason{Code::kQueryFailed, "could not be cast", "CastFailed"},
    Reason{Code::kQueryFailed, "invalid timestamp field", "CastFailed"},
    Reason{Code::kQueryFailed, "Could not parse", "CastFailed"},
    Reason{Code::kQueryFailed, "Unimplemented type for cast", "InvalidCast"},
    Reason{Code::kQueryFailed, "out of range", "IntegerOverflow"},
    Reason{Code::kQueryFailed, "Overflow", "IntegerOverflow"},
    Reason{Code::kQueryFailed, "overflow", "IntegerOverflow"},
    Reason{Code::kQueryFailed, "Like pattern must not end with escape",
           "EvaluatorLikePatternInvalidEscapeSequence"},
    Reason{Code::kQueryFailed, "Invalid escape string",
           "EvaluatorLikePatternInvalidEscapeSequence"},
    Reason{Code::kQueryFailed, "LIMIT", "EvaluatorNegativeLimit"},
};

}  // namespace

std::string_view missing_column(std::string_view sentence) {
    for (const std::string_view words :
         {"does not have a column named \"", "Referenced column \""}) {
        const size_t at = sentence.find(words);
        if (at == std::string_view::npos) continue;
        const std::string_view name = sentence.substr(at + words.size());
        return name.substr(0, std::min(name.find('"'), name.size()));
    }
    return {};
}

std::string_view query_error_code(const Status& status) {
    for (const Reason& reason : kReasons)
        if (reason.code == status.code() &&
            status.message().find(reason.words) != std::string::npos)
            return reason.s3;
    switch (status.code()) {
        case Code::kQueryRefused: return "UnsupportedSqlOperation";
        case Code::kQueryData: return "UnrecognizedFormatException";
        case Code::kQueryFailed: return "EvaluatorInvalidArguments";
        case Code::kQueryLimit: return "ExternalEvalException";
        case Code::kQueryBusy:
        case Code::kQueryRunning: return "Busy";
        default: return "InternalError";
    }
}

}  // namespace csd::airmos::select
