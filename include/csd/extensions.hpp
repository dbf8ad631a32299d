// SPDX-License-Identifier: BSD-3-Clause
//
// What a drive does beyond the published Key Value commands: its dialect, the formats of a select, what it announces, and the
// state of a running select. docs/command-set.md is the normative description. Plain data.
#pragma once

#include <cstdint>
#include <optional>

#include "csd/query_reason.hpp"

namespace csd::nvme {

// How a namespace packs its commands: chosen by the namespace, never guessed from a command.
enum class Dialect : uint8_t {
    kKeyValue,  // CSI 01h: the NVMe Key Value command set, and our extensions beside it
    k2023,      // CSI 00h: the vendor commands of 2023 on a block namespace
};

enum class DataFormat : uint8_t { kCsv = 0, kJson = 1, kParquet = 2 };

// What a drive announces in its Identify Namespace page, so that a host learns of it before it uses it.
struct Extensions {
    bool append = false;
    bool offset = false;
    bool select = false;
    bool asynchronous = false;
    bool compose = false;
    bool more = false;
    bool reasons = false;  // describe of a result tells reasons and progress, and takes id 0
    uint8_t formats = 0;   // bit per DataFormat number
    bool dialect_2023 = false;
    uint64_t max_value_bytes = 0;
    uint64_t max_result_bytes = 0;
    uint32_t max_sql_bytes = 0;
    uint32_t max_results = 0;
    uint64_t max_results_bytes = 0;  // of all held results together
    uint64_t max_record_bytes = 0;   // of CSV or JSON; 0: the drive doesn't say

    friend bool operator==(const Extensions&, const Extensions&) = default;
};

enum class ResultState : uint32_t { kDone = 0, kRunning = 1, kFailed = 2 };
struct ResultDescription {
    uint64_t size = 0;
    ResultState state = ResultState::kDone;
    // Why it failed, as far as this is no text. All of it zero unless the state is kFailed.
    ReasonCode reason = ReasonCode::kUnknown;
    std::optional<uint32_t> position;  // nothing also where the drive tells no reasons
    uint16_t place_bytes = 0;
    uint32_t subject_offset = 0;
    uint32_t subject_bytes = 0;
    uint64_t record = 0;
    // How far the select is: whole values, and their bytes. `values` is 0 where the drive does not tell.
    uint32_t values_done = 0;
    uint32_t values = 0;
    uint64_t bytes_read = 0;

    friend bool operator==(const ResultDescription&, const ResultDescription&) = default;
};

}  // namespace csd::nvme
