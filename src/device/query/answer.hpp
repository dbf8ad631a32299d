// SPDX-License-Identifier: BSD-3-Clause
//
// What the engine makes of a worker's last words. A worker may be under a stranger's control: its code must
// be one that a worker may say, its text becomes printable UTF-8 of bounded length, its reason is one that its
// code has, the offsets lie within the text, its result file is sealed
// before anybody looks at it. Pure but for seal_result. Tested by answer_test.cc.
#pragma once

#include <string>
#include <string_view>

#include "device/query/query.hpp"
#include "nvme/query_reason.hpp"

namespace csd::query {

// `message` as it came from the socket: an Answer and its text.
Status judge_answer(std::string_view message);

using nvme::printable_text;

// The worker has been sent SIGKILL; should it still have the file mapped, its death is awaited first.
Outcome seal_result(UniqueFd result, int pidfd, uint64_t max_bytes);

}  // namespace csd::query
