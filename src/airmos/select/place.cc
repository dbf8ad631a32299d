// SPDX-License-Identifier: BSD-3-Clause
// Tested by place_test.cc.
#include "airmos/select/place.hpp"

#include <optional>

#include "airmos/select/token.hpp"
#include "nvme/query_reason.hpp"

namespace csd::airmos::select {

namespace {

using nvme::ReasonCode;

// Of the SQL or of what it computes; the others are about options, the value or limits.
bool is_about_expression(ReasonCode code) {
    const auto status = static_cast<uint16_t>(code) >> 8;
    return status == 0x01 || status == 0x03;
}
bool is_about_function(ReasonCode code) {
    return code == ReasonCode::kFunctionUnknown || code == ReasonCode::kFunctionForbidden ||
           code == ReasonCode::kTableFunctionForbidden;
}

// A function's name is followed by a bracket, so that a column of the same name is not taken for it. Where the subject may be
// either, or an operator, a column comes first.
std::optional<Position> place_of(const nvme::QueryReason& reason, std::string_view expression) {
    if (!is_about_expression(reason.code) || reason.subject().empty()) return std::nullopt;
    const std::string name = lower(reason.subject());
    const std::vector<Token> tokens = tokenize(expression);
    std::optional<Position> second_best;
    for (size_t i = 0; i + 1 < tokens.size(); i++) {
        const bool is_call = tokens[i + 1].is_symbol("(");
        const bool is_operator = tokens[i].is_symbol(reason.subject());
        if (!is_operator && !(tokens[i].is_name() && lower(tokens[i].text) == name)) continue;
        if (is_operator || is_call == is_about_function(reason.code)) return tokens[i].at;
        if (!second_best && !is_about_function(reason.code) &&
            reason.code != ReasonCode::kColumnUnknown)
            second_best = tokens[i].at;
    }
    return second_best;
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
