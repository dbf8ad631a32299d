// SPDX-License-Identifier: BSD-3-Clause
//
// The worker's looks at all of a JSON value: they find the same, however the value comes in pieces.
//
// Input: one byte, whose lowest bit says whether the records are elements of an array and whose others where the pieces
// are cut, then the value.
#include "device/worker/json_survey.hpp"

#include "device/worker/json_check.hpp"

#include <cstdlib>

using namespace csd::worker;

static JsonSurvey survey_of(std::string_view value, bool in_array, size_t piece) {
    constexpr size_t kMaxDepth = 8;
    JsonSurvey survey(in_array, kMaxDepth);
    while (!value.empty() && survey.feed(value.substr(0, piece))) {
        value.remove_prefix(std::min(piece, value.size()));
    }
    if (value.empty()) survey.finish();
    return survey;
}

static std::string check_of(std::string_view value, bool in_array, size_t piece) {
    JsonCheck check(in_array);
    csd::Status fed;
    for (; !value.empty() && fed.ok(); value.remove_prefix(std::min(piece, value.size())))
        fed = check.feed(value.substr(0, piece));
    if (fed.ok()) fed = check.finish();
    if (!fed.ok()) return std::string(fed.message());
    return check.one_a_line() ? "lines" : "whole";
}

static void compare(const JsonColumns& one, const JsonColumns& other) {
    if (one.objects != other.objects || one.by_name != other.by_name) abort();
    if (one.columns.size() != other.columns.size()) abort();
    for (size_t i = 0; i < one.columns.size(); i++) {
        const ColumnSpec &a = one.columns[i], &b = other.columns[i];
        if (a.name != b.name || a.type != b.type) abort();
    }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2 || size > 64 * 1024) return 0;
    const bool in_array = (data[0] & 1) != 0;
    const std::string_view value(reinterpret_cast<const char*>(data + 1), size - 1);
    const JsonSurvey whole = survey_of(value, in_array, value.size());
    const JsonSurvey pieces = survey_of(value, in_array, 1 + data[0] / 2U);
    if (whole.fault() != pieces.fault()) abort();
    for (const bool text : {false, true})
        if (!whole.fault()) compare(whole.columns(text), pieces.columns(text));
    const std::string checked = check_of(value, in_array, value.size());
    if (checked != check_of(value, in_array, 1 + data[0] / 2U)) abort();
    return 0;
}
