// SPDX-License-Identifier: BSD-3-Clause
// Tested by place_test.cc.
#include "airmos/select/place.hpp"

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

}  // namespace

// A function's name is followed by a bracket, so that a column of the same name is not taken for it.
std::optional<Position> place_of(const nvme::QueryReason& reason,
                                 const std::vector<Token>& tokens) {
    if (!is_about_name(reason.code) || reason.subject().empty()) return std::nullopt;
    const std::string name = lower(reason.subject());
    for (size_t i = 0; i + 1 < tokens.size(); i++) {
        const bool is_call = tokens[i + 1].is_symbol("(");
        if (tokens[i].is_name() && lower(tokens[i].text) == name &&
            is_call == is_about_function(reason.code)) {
            return tokens[i].at;
        }
    }
    return std::nullopt;
}

}  // namespace csd::airmos::select
