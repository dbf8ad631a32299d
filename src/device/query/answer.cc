// SPDX-License-Identifier: BSD-3-Clause
// Tested by answer_test.cc.
#include "device/query/answer.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "device/query/protocol.hpp"

namespace csd::query {

namespace {

constexpr int kDeathWaitMs = 1000;

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

// Bytes of the UTF-8 character at the front, 0 if it is none.
size_t character_bytes(std::string_view text) {
    auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    unsigned char first = byte(0);
    size_t size = first < 0x80                    ? 1
                  : first >= 0xC2 && first < 0xE0 ? 2
                  : (first & 0xF0) == 0xE0        ? 3
                  : first >= 0xF0 && first < 0xF5 ? 4
                                                  : 0;
    if (size > text.size()) return 0;
    for (size_t i = 1; i < size; i++)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    if (size == 3 && ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) >= 0xA0)))
        return 0;
    if (size == 4 && ((first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) >= 0x90)))
        return 0;
    return size;
}

}  // namespace

std::string printable_text(std::string_view text, size_t max_bytes) {
    std::string out;
    while (!text.empty()) {
        size_t size = character_bytes(text);
        std::string_view next = text.substr(0, std::max<size_t>(size, 1));
        if (out.size() + next.size() > max_bytes) break;
        auto first = static_cast<unsigned char>(next[0]);
        if (size == 0)
            out += '?';
        else if (first < 0x20 || first == 0x7F ||
                 (size == 2 && first == 0xC2 && (next[1] & 0x7F) < 0x20))
            out += ' ';
        else
            out += next;
        text.remove_prefix(next.size());
    }
    return out;
}

Status judge_answer(std::string_view message) {
    Answer answer;
    if (message.size() < sizeof(answer))
        return Status(Code::kQueryEngine, "the query's process gave no answer");
    std::memcpy(&answer, message.data(), sizeof(answer));
    auto code = static_cast<Code>(answer.code);
    if (answer.code > UINT8_MAX || !may_say(code) ||
        answer.text_bytes != message.size() - sizeof(answer))
        return Status(Code::kQueryEngine, "the query's process gave no answer");
    if (code == Code::kOk) return {};
    std::string text = printable_text(message.substr(sizeof(answer)), kMaxAnswerText);
    return Status(code, text.empty() ? "the query failed" : text);
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
        return {Status(Code::kQueryEngine, "the result could not be sealed"), {}, 0};
    auto bytes = static_cast<uint64_t>(info.st_size);
    if (bytes > max_bytes)
        return {Status(Code::kQueryLimit,
                       "the result is larger than " + std::to_string(max_bytes) + " bytes"),
                {},
                0};
    return {Status(), std::move(result), bytes};
}

}  // namespace csd::query
