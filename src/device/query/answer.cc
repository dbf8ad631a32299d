// SPDX-License-Identifier: BSD-3-Clause
// Tested by answer_test.cc.
#include "device/query/answer.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "device/query/protocol.hpp"

namespace csd::query {

namespace {

using nvme::query_failure;
using nvme::ReasonCode;

constexpr int kDeathWaitMs = 1000;

Status no_answer() {
    return query_failure(ReasonCode::kEngineDied, "the query's process gave no answer");
}

bool may_say(Code code) {
    switch (code) {
        case Code::kOk:
        case Code::kInvalidField:
        case Code::kQueryRefused:
        case Code::kQueryData:
        case Code::kQueryFailed:
        case Code::kQueryLimit:
        case Code::kQueryEngine: return true;
        default: return false;
    }
}

}  // namespace

Status judge_answer(std::string_view message) {
    Answer answer;
    if (message.size() < sizeof(answer)) return no_answer();
    std::memcpy(&answer, message.data(), sizeof(answer));
    auto code = static_cast<Code>(answer.code);
    if (answer.code > UINT8_MAX || !may_say(code) ||
        answer.text_bytes != message.size() - sizeof(answer))
        return no_answer();
    if (code == Code::kOk) return {};
    nvme::QueryReason reason;
    reason.sentence = printable_text(message.substr(sizeof(answer)), kMaxAnswerText);
    if (reason.sentence.empty()) reason.sentence = "the query failed";
    reason.code = static_cast<ReasonCode>(answer.reason);
    if (nvme::status_of(reason.code) != code) reason.code = nvme::general_reason(code);
    if (answer.position != UINT32_MAX) reason.position = answer.position;
    reason.record = answer.record;
    reason.subject_offset = answer.subject_offset;
    reason.subject_bytes = answer.subject_bytes;
    reason.place_bytes = answer.place_bytes;
    reason.clamp();
    return nvme::query_failure(code, std::move(reason));
}

Outcome seal_result(UniqueFd result, int pidfd, uint64_t max_bytes) {
    constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    bool sealed = fcntl(result.get(), F_ADD_SEALS, kSeals) == 0;
    if (!sealed && errno == EBUSY) {
        pollfd gone{pidfd, POLLIN, 0};
        poll(&gone, 1, kDeathWaitMs);
        sealed = fcntl(result.get(), F_ADD_SEALS, kSeals) == 0;
    }
    struct stat info {};
    if (!sealed || fstat(result.get(), &info) != 0)
        return {query_failure(ReasonCode::kEngine, "the result could not be sealed"), {}, 0};
    auto bytes = static_cast<uint64_t>(info.st_size);
    if (bytes > max_bytes)
        return {
            query_failure(ReasonCode::kResultBytes,
                          "the result is larger than {1} bytes, which is the most that this drive "
                          "holds of one result; select fewer rows or columns",
                          {.details = {std::to_string(max_bytes)}}),
            {},
            0};
    return {Status(), std::move(result), bytes};
}

}  // namespace csd::query
