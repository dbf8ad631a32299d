// SPDX-License-Identifier: BSD-3-Clause
//
// A drive's failed select, as the client of a drive would have it, for tests.
#pragma once

#include <memory>
#include <string>

#include "csd/query_reason.hpp"
#include "csd/status.hpp"

namespace csd::airmos::select {

// The sentence is the text, the subject, and the place.
inline Status failure(nvme::ReasonCode code, const std::string& subject = {},
                      const std::string& text = "about ", const std::string& place = {}) {
    nvme::QueryReason reason;
    reason.code = code;
    reason.sentence = text + subject + place;
    reason.subject_offset = static_cast<uint32_t>(text.size());
    reason.subject_bytes = static_cast<uint32_t>(subject.size());
    reason.place_bytes = static_cast<uint16_t>(place.size());
    const std::string sentence = reason.sentence;
    return {nvme::status_of(code), sentence,
            std::make_shared<const nvme::QueryReason>(std::move(reason))};
}

}  // namespace csd::airmos::select
