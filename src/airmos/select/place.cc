// SPDX-License-Identifier: BSD-3-Clause
// Tested by place_test.cc.
#include "airmos/select/place.hpp"

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

}  // namespace

// A function's name is followed by a bracket, so that a column of the same name is not taken for it. Where the subject may be
// either, or an operator, a column comes first.
std::optional<Position> place_of(const nvme::QueryReason& reason,
                                 const std::vector<Token>& tokens) {
    if (!is_about_expression(reason.code) || reason.subject().empty()) return std::nullopt;
    const std::string name = lower(reason.subject());
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

}  // namespace csd::airmos::select
