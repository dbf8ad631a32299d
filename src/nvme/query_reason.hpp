// SPDX-License-Identifier: BSD-3-Clause
//
// How the drive makes a QueryReason (csd/query_reason.hpp): it prints the sentence from the fields, and 86h describe carries them.
//
//     return query_failure(ReasonCode::kColumnUnknown, "there is no column {subject}; write {1}",
//                          {.subject = "prize", .details = {"price"}, .position = 7}, sql);
//
// Pure; any thread. Tested by query_reason_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "csd/query_reason.hpp"

namespace csd::nvme {

inline constexpr size_t kMaxReasonBytes = 1024;  // of the sentence
inline constexpr size_t kMaxSubjectBytes = 256;
inline constexpr size_t kMaxDetailBytes = 160;

// What fills the sentence of query_failure().
struct ReasonParts {
    std::string subject;
    std::vector<std::string>
        details;  // may be bytes of the value: they become printable, and are cut
    std::optional<uint32_t> position;
    uint64_t record = 0;
};

// `text` is the sentence with {subject}, {record}, and {1} to {9} for the details. With a position and the SQL, the
// line and column are added at its end.
QueryReason make_reason(ReasonCode code, std::string_view text, const ReasonParts& parts = {},
                        std::string_view sql = {});
Status query_failure(ReasonCode code, std::string_view text, const ReasonParts& parts = {},
                     std::string_view sql = {});
// The reason as a Status of its code's kind, or of `code`.
Status query_failure(QueryReason reason);
Status query_failure(Code code, QueryReason reason);

// Control characters become spaces, bytes that are not UTF-8 become '?', the end is cut between characters.
std::string printable_text(std::string_view text, size_t max_bytes);

}  // namespace csd::nvme
