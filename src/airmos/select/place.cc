// SPDX-License-Identifier: BSD-3-Clause
// Tested by place_test.cc.
#include "airmos/select/place.hpp"

#include <optional>

#include "airmos/select/token.hpp"
#include "nvme/query_reason.hpp"

namespace csd::airmos::select {

namespace {

using nvme::ReasonCode;

bool is_about_function(ReasonCode code) {
    return code == ReasonCode::kFunctionUnknown || code == ReasonCode::kFunctionForbidden ||
           code == ReasonCode::kTableFunctionForbidden;
}
bool is_about_name(ReasonCode code) {
    return is_about_function(code) || code == ReasonCode::kColumnUnknown ||
           code == ReasonCode::kColumnAmbiguous || code == ReasonCode::kKeyUnknown ||
           code == ReasonCode::kTableUnknown || code == ReasonCode::kAliasTooEarly;
}

// A function's name is followed by a bracket, so that a column of the same name is not taken for it.
std::optional<Position> place_of(const nvme::QueryReason& reason, std::string_view expression) {
    if (!is_about_name(reason.code) || reason.subject().empty()) return std::nullopt;
    const std::string name = lower(reason.subject());
    const std::vector<Token> tokens = tokenize(expression);
    for (size_t i = 0; i + 1 < tokens.size(); i++) {
        const bool is_call = tokens[i + 1].is_symbol("(");
        if (tokens[i].is_name() && lower(tokens[i].text) == name &&
            is_call == is_about_function(reason.code)) {
            return tokens[i].at;
        }
    }
    return std::nullopt;
}

}  // namespace

Error with_place(const Error& error, std::string_view expression) {
    if (error.reason() == nullptr) return error;
    try {
        const auto at = place_of(*error.reason(), expression);
        if (!at) return error;
        return Refusal{error.code(), std::string(error.message()), *at}.error();
    } catch (const Refusal&) {  // not an expression at all: then no drive has seen it
        return error;
    }
}

}  // namespace csd::airmos::select
