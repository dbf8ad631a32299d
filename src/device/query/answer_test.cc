// SPDX-License-Identifier: BSD-3-Clause
//
// What the engine believes of a worker's answer: nothing that it must not.
#include "device/query/answer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device/query/protocol.hpp"

namespace csd::query {
namespace {

std::string message(uint32_t code, const std::string& text, uint32_t claimed_bytes) {
    Answer answer{code, claimed_bytes};
    return std::string(reinterpret_cast<const char*>(&answer), sizeof(answer)) + text;
}
std::string message(Code code, const std::string& text) {
    return message(static_cast<uint32_t>(code), text, static_cast<uint32_t>(text.size()));
}

TEST(Answer, OkIsSuccess) {
    EXPECT_TRUE(judge_answer(message(Code::kOk, "")).ok());
}

TEST(Answer, QueryCodesKeepTheirText) {
    for (Code code : {Code::kInvalidField, Code::kQueryRefused, Code::kQueryData,
                      Code::kQueryFailed, Code::kQueryLimit, Code::kQueryEngine}) {
        Status status = judge_answer(message(code, "why"));
        EXPECT_EQ(status.code(), code);
        EXPECT_EQ(status.message(), "why");
    }
}

TEST(Answer, OtherCodesAreTheEnginesFailure) {
    for (uint32_t code :
         {static_cast<uint32_t>(Code::kNotFound), static_cast<uint32_t>(Code::kAborted),
          static_cast<uint32_t>(Code::kQueryBusy), 255u, 256u, 0xFFFFFFFFu})
        EXPECT_EQ(judge_answer(message(code, "x", 1)).code(), Code::kQueryEngine) << code;
}

TEST(Answer, BrokenMessagesAreTheEnginesFailure) {
    EXPECT_EQ(judge_answer("").code(), Code::kQueryEngine);
    EXPECT_EQ(judge_answer("abc").code(), Code::kQueryEngine);
    EXPECT_EQ(judge_answer(message(0, "", 5)).code(), Code::kQueryEngine);
    EXPECT_EQ(judge_answer(message(0, "abc", 0)).code(), Code::kQueryEngine);
}

TEST(Answer, AFailureAlwaysHasASentence) {
    EXPECT_FALSE(judge_answer(message(Code::kQueryFailed, "")).message().empty());
}

TEST(Answer, TextBecomesPrintableUtf8) {
    EXPECT_EQ(printable_text("a\nb\x1B[2Jc\x7F", 100), "a b [2Jc ");
    EXPECT_EQ(printable_text("gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80", 100),
              "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80");
    EXPECT_EQ(printable_text("\xC3", 100), "?");                 // cut
    EXPECT_EQ(printable_text("\xC0\xAF", 100), "??");            // overlong
    EXPECT_EQ(printable_text("\xED\xA0\x80", 100), "???");       // a surrogate
    EXPECT_EQ(printable_text("\xF4\x90\x80\x80", 100), "????");  // behind the last character
    EXPECT_EQ(printable_text("\xC2\x9B", 100), " ");             // a C1 control
}

TEST(Answer, TextIsCutBetweenCharacters) {
    EXPECT_EQ(printable_text("\xE2\x82\xAC\xE2\x82\xAC", 5), "\xE2\x82\xAC");
}

UniqueFd result_of(const std::string& text) {
    UniqueFd fd(memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    EXPECT_EQ(write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    return fd;
}

TEST(Answer, ASealedResultCannotChange) {
    Outcome outcome = seal_result(result_of("abc"), -1, 10);
    ASSERT_TRUE(outcome.status.ok());
    EXPECT_EQ(outcome.result_bytes, 3u);
    EXPECT_EQ(pwrite(outcome.result.get(), "x", 1, 0), -1);
    EXPECT_EQ(ftruncate(outcome.result.get(), 0), -1);
}

TEST(Answer, AResultThatIsTooLargeIsALimit) {
    EXPECT_EQ(seal_result(result_of("abcd"), -1, 3).status.code(), Code::kQueryLimit);
}

TEST(Answer, AResultStillMappedForWritingIsNotTrusted) {
    UniqueFd fd = result_of("abc");
    void* mapped = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    ASSERT_NE(mapped, MAP_FAILED);
    Outcome outcome = seal_result(std::move(fd), -1, 10);  // no worker whose death would unmap it
    EXPECT_EQ(outcome.status.code(), Code::kQueryEngine);
    munmap(mapped, 4096);
}

}  // namespace
}  // namespace csd::query
