// SPDX-License-Identifier: BSD-3-Clause
//
// The XML of SelectObjectContent, taken apart: the expression, and what the drive has to know to read the object and to
// write the answer. Fields and their defaults are from the S3 API reference.
// Threads: pure. Tested by select_request_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "airmos/core/error.hpp"
#include "airmos/operations/answer_format.hpp"
#include "airmos/select/translate.hpp"
#include "csd/kv.hpp"

namespace csd::airmos::ops {

inline constexpr size_t kMaxExpressionBytes = 256 * 1024;
inline constexpr size_t kMaxSelectRequestBytes = 1024 * 1024;  // every byte of it a reference

// Bytes of the object, both inclusive; without first, the last `last` bytes.
struct ScanRange {
    std::optional<uint64_t> first, last;
};

struct SelectRequest {
    std::string expression;
    select::Dialect dialect;
    kv::SelectOptions drive;  // without json: options_json() makes it
    bool progress = false;

    std::string compression = "none";
    std::string json_shape;  // lines, document
    std::string header;      // CSV: use, ignore, none
    std::string delimiter = ",", record_delimiter = "\n", comment;
    std::optional<std::string> quote, escape;
    std::optional<ScanRange> scan;
    AnswerFormat format;
};

// MalformedXML, MissingRequiredParameter, InvalidFileHeaderInfo, ...
Outcome<SelectRequest> parse_select_request(std::string xml);

// The options of the drive for an object of that size: docs/select.md.
std::string options_json(const SelectRequest& request, uint64_t object_bytes);
// Bytes of the object that a select over it reads.
uint64_t scanned_bytes(const SelectRequest& request, uint64_t object_bytes);

}  // namespace csd::airmos::ops
