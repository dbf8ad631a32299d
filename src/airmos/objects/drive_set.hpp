// SPDX-License-Identifier: BSD-3-Clause
//
// The set of drives: each carries a record of whose it is, and which one.
//
// A new set is formed in two steps, because the node may be killed in between: first every drive gets a record that
// says `not formed`, and when all have one, every record is stored again as formed. A drive without a record is therefore
// only taken into a set that was never served.
// Threads: values, and a thread of the drive. Tested by set_test.cc.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "airmos/objects/drive.hpp"
#include "airmos/objects/records.hpp"

namespace csd::airmos::objects {

using SetIdentity = std::array<uint8_t, 16>;

// What one drive says of itself.
struct SetAnswer {
    std::string device;
    bool reachable = false;
    std::string why_not;
    bool holds_values = false;  // of anybody
    std::optional<SetRecord> record;
};

SetAnswer ask_for_set(Drive& drive);

// Whether the drives, in this order, are one set; a sentence that says what is wrong otherwise. The set may be new, all or
// in part: then form_set() is due.
struct SetJudgement {
    bool formed = false;
    SetIdentity set{};  // of a set that is formed, or was begun
    bool begun = false;
};
Result<SetJudgement> judge_set(const std::vector<SetAnswer>& answers);

// Whether a drive that was not there at the start is the one that belongs at `index`.
Status judge_late(const SetAnswer& answer, const SetIdentity& set, size_t count, size_t index);

Result<SetIdentity> form_set(const std::vector<std::unique_ptr<Drive>>& drives,
                             const SetJudgement& judged);

}  // namespace csd::airmos::objects
